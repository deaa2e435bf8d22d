use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::status::fields_of;
use pb::probe_effect_request::Intended;
use serde_json::json;
use sqlx::PgPool;

use crate::support::Parcel;
use crate::topics::{
    Head, NUMBER, OTHER_NUMBER, Topics, claim_ref, confirm_collected, expect, expect_confirmed,
};

/// A parcel that arrived and whose buyer wants another.
async fn exchange_asked(topics: &mut Topics) -> (Parcel, pb::ChannelClaim) {
    let parcel = topics.delivered(1, NUMBER).await;
    let demand = json!({"reason": "different_option"});
    topics.buyer(&parcel, "exchange", demand).await;
    let claim = topics.claim_of(&parcel, pb::ClaimList::Exchanges).await;
    assert_eq!(claim.kind(), pb::ClaimKind::Exchange);
    assert!(claim.channel_claim_id.starts_with("exchange-"), "{claim:?}");
    (parcel, claim)
}

fn reship(head: Head, claim: &pb::ChannelClaim, parcel_id: &str) -> pb::ReshipExchangeRequest {
    pb::ReshipExchangeRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: head.fence,
        exchange_reshipment: Some(pb::ExchangeReshipment {
            claim: claim_ref(claim),
            channel_parcel_id: parcel_id.to_owned(),
            carrier: "CJ_LOGISTICS".to_owned(),
            tracking_number: OTHER_NUMBER.to_owned(),
        }),
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_exchange_is_collected_and_goes_out_in_a_parcel_of_its_own(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (_, claim) = exchange_asked(&mut topics).await;
    let early = reship(topics.head(), &claim, "1");
    let result = topics
        .claims
        .reship_exchange(early)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(&result, pb::WriteOutcome::RefusedFinal, "PARCEL_NOT_FOUND");

    let collected = confirm_collected(topics.head(), &claim);
    let result = topics.claims.confirm_collected(collected).await.unwrap();
    expect_confirmed(&result.into_inner().result);
    let now = topics.fetch_claim(&claim).await.claim.unwrap();
    assert_eq!(now.stage(), pb::ClaimStage::Collected);
    let parcel_id = now.reshipments[0].channel_parcel_id.clone();
    assert!(
        now.actions()
            .any(|action| action == pb::ClaimAction::Reship)
    );

    topics.trouble("reset_after", "/invoices", 1).await;
    let mut request = reship(topics.head(), &claim, &parcel_id);
    let result = topics
        .claims
        .reship_exchange(request.clone())
        .await
        .unwrap();
    let result = result.into_inner().result;
    expect(
        &result,
        pb::WriteOutcome::Unclear,
        "CHANNEL_CONNECTION_LOST",
    );
    let told = request.exchange_reshipment.clone().unwrap();
    let intended = Intended::ExchangeReshipment(told);
    let probed = topics.probe(&request.effect_id, intended).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Happened, "{probed:?}");
    request.fence += 1;
    let settled = topics.claims.reship_exchange(request).await.unwrap();
    expect_confirmed(&settled.into_inner().result);

    // Another worker, another effect: the number is there already.
    let again = reship(topics.head(), &claim, &parcel_id);
    let result = topics.claims.reship_exchange(again).await.unwrap();
    expect_confirmed(&result.into_inner().result);
    let now = topics.fetch_claim(&claim).await.claim.unwrap();
    assert_eq!(now.state(), pb::ClaimState::Completed);
    assert_eq!(now.reshipments[0].tracking_number, OTHER_NUMBER);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_exchange_is_rejected_with_a_reason_that_coupang_takes(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (_, claim) = exchange_asked(&mut topics).await;
    let reject = |reason: pb::ClaimRejectReason| {
        let head = topics.head();
        pb::RejectClaimRequest {
            merchant_id: head.merchant_id,
            channel_account_id: head.channel_account_id,
            effect_id: head.effect_id,
            fence: 1,
            claim_rejection: Some(pb::ClaimRejection {
                claim: claim_ref(&claim),
                reason: reason.into(),
                note: String::new(),
            }),
        }
    };
    let other = reject(pb::ClaimRejectReason::Other);
    let sold_out = reject(pb::ClaimRejectReason::OutOfStock);
    let nothing = reject(pb::ClaimRejectReason::Unspecified);
    let result = topics
        .claims
        .reject_claim(other)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(&result, pb::WriteOutcome::RefusedFinal, "REASON_NOT_TAKEN");
    let refused = topics.claims.reject_claim(nothing).await.unwrap_err();
    assert_eq!(fields_of(&refused)[0].0, "claim_rejection.reason");
    let result = topics.claims.reject_claim(sold_out).await.unwrap();
    expect_confirmed(&result.into_inner().result);
    let now = topics.fetch_claim(&claim).await.claim.unwrap();
    assert_eq!(now.state(), pb::ClaimState::Rejected);
    let late = confirm_collected(topics.head(), &claim);
    let result = topics
        .claims
        .confirm_collected(late)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(&result, pb::WriteOutcome::RefusedFinal, "CLAIM_REJECTED");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_exchange_that_was_taken_back_blocks_what_would_be_done(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (_, claim) = exchange_asked(&mut topics).await;
    let number = claim.channel_claim_id.strip_prefix("exchange-").unwrap();
    let path = format!("/control/exchanges/coupang/{number}/withdraw");
    topics.stage.post(&path, json!({})).await;
    let request = confirm_collected(topics.head(), &claim);
    let result = topics
        .claims
        .confirm_collected(request)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(&result, pb::WriteOutcome::Blocked, "CLAIM_WITHDRAWN");

    // The look comes first: had the number been told, nobody would know what became of it.
    topics.trouble("reset_after", "/invoices", 1).await;
    let request = reship(topics.head(), &claim, "1");
    let result = topics.claims.reship_exchange(request).await.unwrap();
    let result = result.into_inner().result;
    expect(&result, pb::WriteOutcome::Blocked, "CLAIM_WITHDRAWN");
}
