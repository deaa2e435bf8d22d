use moa_proto::moa::channel_proxy::v1 as pb;
use pb::probe_effect_request::Intended;
use serde_json::json;
use sqlx::PgPool;

use crate::support::Parcel;
use crate::topics::{
    Head, NUMBER, OTHER_NUMBER, Topics, claim_ref, confirm_collected, expect, expect_confirmed,
    quantity,
};

/// A parcel that arrived and whose buyer sends it back.
async fn return_asked(topics: &mut Topics) -> (Parcel, pb::ChannelClaim) {
    let parcel = topics.delivered(1, NUMBER).await;
    topics.buyer(&parcel, "return", json!({})).await;
    let claim = topics.claim_of(&parcel, pb::ClaimList::Returns).await;
    assert_eq!(claim.kind(), pb::ClaimKind::Return);
    (parcel, claim)
}

fn approve(head: Head, claim: &pb::ChannelClaim) -> pb::ApproveClaimRequest {
    pb::ApproveClaimRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: head.fence,
        claim_approval: Some(pb::ClaimApproval {
            claim: claim_ref(claim),
            quantity: quantity(claim),
        }),
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_return_is_collected_then_approved(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (_, claim) = return_asked(&mut topics).await;
    assert!(
        !claim
            .contact
            .clone()
            .unwrap_or_default()
            .collect_name
            .is_empty()
    );

    let head = topics.head();
    let report = pb::ReportCollectionRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: 1,
        collection_report: Some(pb::CollectionReport {
            claim: claim_ref(&claim),
            carrier: "CJ_LOGISTICS".to_owned(),
            tracking_number: OTHER_NUMBER.to_owned(),
        }),
    };
    let result = topics.claims.report_collection(report).await.unwrap();
    expect_confirmed(&result.into_inner().result);
    let now = topics.fetch_claim(&claim).await.claim.unwrap();
    assert_eq!(now.stage(), pb::ClaimStage::Collecting);
    assert_eq!(now.collections[0].tracking_number, OTHER_NUMBER);
    assert_eq!(now.collections[0].carrier, "CJ_LOGISTICS");

    let early = approve(topics.head(), &claim);
    let result = topics
        .claims
        .approve_claim(early)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(
        &result,
        pb::WriteOutcome::RefusedFinal,
        "CLAIM_STATE_CHANGED",
    );

    let collected = confirm_collected(topics.head(), &claim);
    let result = topics.claims.confirm_collected(collected).await.unwrap();
    expect_confirmed(&result.into_inner().result);
    let now = topics.fetch_claim(&claim).await.claim.unwrap();
    assert_eq!(now.stage(), pb::ClaimStage::Collected);
    assert_eq!(
        now.actions().collect::<Vec<_>>(),
        [pb::ClaimAction::Approve]
    );

    for _ in 0..2 {
        let request = approve(topics.head(), &claim);
        let result = topics.claims.approve_claim(request).await.unwrap();
        expect_confirmed(&result.into_inner().result);
    }
    let now = topics.fetch_claim(&claim).await.claim.unwrap();
    assert_eq!(now.state(), pb::ClaimState::Completed);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_return_that_was_taken_back_is_gone_and_listed_as_withdrawn(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (parcel, claim) = return_asked(&mut topics).await;
    let id = &claim.channel_claim_id;
    let path = format!("/control/receipts/coupang/{id}/withdraw");
    topics.stage.post(&path, json!({})).await;

    let single = topics.fetch_claim(&claim).await;
    assert!(single.gone && single.claim.is_none(), "{single:?}");
    let withdrawn = topics.claim_of(&parcel, pb::ClaimList::Withdrawals).await;
    assert_eq!(withdrawn.channel_claim_id, *id);
    assert_eq!(withdrawn.state(), pb::ClaimState::Withdrawn);

    let request = confirm_collected(topics.head(), &claim);
    let effect_id = request.effect_id.clone();
    let result = topics.claims.confirm_collected(request).await.unwrap();
    let result = result.into_inner().result;
    expect(&result, pb::WriteOutcome::RefusedFinal, "CLAIM_NOT_FOUND");
    let confirmation = pb::CollectionConfirmation {
        claim: claim_ref(&claim),
    };
    let intended = Intended::CollectionConfirmation(confirmation);
    let probed = topics.probe(&effect_id, intended).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Blocked, "{probed:?}");
}
