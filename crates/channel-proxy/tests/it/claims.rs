use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::ServiceName;
use moa_service::status::{fields_of, metadata_of, reason_of};
use pb::probe_effect_request::Intended;
use serde_json::json;
use sqlx::PgPool;

use crate::support::Parcel;
use crate::topics::{
    Head, NUMBER, OTHER_NUMBER, Topics, claim_ref, expect, expect_confirmed, quantity,
};

fn stop_confirmation(claim: &pb::ChannelClaim) -> pb::StopConfirmation {
    pb::StopConfirmation {
        claim: claim_ref(claim),
        quantity: quantity(claim),
    }
}

fn confirm_stop(head: Head, claim: &pb::ChannelClaim) -> pb::ConfirmStopRequest {
    pb::ConfirmStopRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: head.fence,
        stop_confirmation: Some(stop_confirmation(claim)),
    }
}

/// A parcel that was acknowledged and whose buyer wants it stopped.
async fn stop_asked(topics: &mut Topics) -> (Parcel, pb::ChannelClaim) {
    let parcel = topics.acknowledged(2).await;
    topics.buyer(&parcel, "stop", json!({})).await;
    let claim = topics.claim_of(&parcel, pb::ClaimList::Returns).await;
    assert_eq!(claim.kind(), pb::ClaimKind::StopShipment);
    let actions: Vec<_> = claim.actions().collect();
    let expected = [
        pb::ClaimAction::ConfirmStop,
        pb::ClaimAction::ReportAlreadyShipped,
    ];
    assert_eq!(actions, expected);
    (parcel, claim)
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_stop_is_confirmed_once_and_a_repeat_is_answered_from_memory(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (parcel, claim) = stop_asked(&mut topics).await;
    let request = confirm_stop(topics.head(), &claim);
    let first = topics.claims.confirm_stop(request.clone()).await.unwrap();
    let first = first.into_inner().result;
    expect_confirmed(&first);
    let now = topics.fetch_claim(&claim).await.claim.unwrap();
    assert_eq!(now.state(), pb::ClaimState::Completed);
    assert_eq!(now.actions, Vec::<i32>::new());
    let order = topics.order(&parcel.channel_order_id).await;
    assert!(order.gone, "{order:?}");

    // Nobody could be asked now.
    topics
        .stage
        .faults(json!([{"channel": "coupang", "kind": "error_500"}]))
        .await;
    let again = topics.claims.confirm_stop(request.clone()).await.unwrap();
    assert_eq!(again.into_inner().result, first);
    let mut stale = request;
    stale.fence = 7;
    let raised = topics.claims.confirm_stop(stale.clone()).await.unwrap();
    expect_confirmed(&raised.into_inner().result);
    stale.fence = 6;
    let result = topics
        .claims
        .confirm_stop(stale)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(&result, pb::WriteOutcome::RefusedLater, "STALE_FENCE");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_stop_that_is_confirmed_already_counts_as_done(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (_, claim) = stop_asked(&mut topics).await;
    for _ in 0..2 {
        let request = confirm_stop(topics.head(), &claim);
        let result = topics.claims.confirm_stop(request).await.unwrap();
        expect_confirmed(&result.into_inner().result);
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_stop_of_another_quantity_is_refused_for_good(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (_, claim) = stop_asked(&mut topics).await;
    let mut request = confirm_stop(topics.head(), &claim);
    request.stop_confirmation.as_mut().unwrap().quantity += 1;
    let result = topics
        .claims
        .confirm_stop(request)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(&result, pb::WriteOutcome::RefusedFinal, "QUANTITY_MISMATCH");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_unclear_stop_is_probed_and_not_repeated(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (_, claim) = stop_asked(&mut topics).await;
    topics.trouble("reset_after", "stoppedShipment", 1).await;
    let mut request = confirm_stop(topics.head(), &claim);
    let result = topics.claims.confirm_stop(request.clone()).await.unwrap();
    let result = result.into_inner().result;
    expect(&result, pb::WriteOutcome::Unclear, "CHANNEL_CONNECTION_LOST");
    request.fence += 1;
    let repeat = topics.claims.confirm_stop(request.clone()).await.unwrap();
    assert_eq!(repeat.into_inner().result, result, "it is not sent again");

    let intended = Intended::StopConfirmation(stop_confirmation(&claim));
    let probed = topics.probe(&request.effect_id, intended).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Happened, "{probed:?}");
    let settled = topics.claims.confirm_stop(request).await.unwrap();
    expect_confirmed(&settled.into_inner().result);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_stop_that_left_no_trace_goes_out_again_under_a_new_fence(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (_, claim) = stop_asked(&mut topics).await;
    topics.trouble("reset_before", "stoppedShipment", 1).await;
    let mut request = confirm_stop(topics.head(), &claim);
    let result = topics.claims.confirm_stop(request.clone()).await.unwrap();
    let result = result.into_inner().result;
    expect(&result, pb::WriteOutcome::Unclear, "CHANNEL_CONNECTION_LOST");
    let intended = Intended::StopConfirmation(stop_confirmation(&claim));
    let probed = topics.probe(&request.effect_id, intended).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Clean, "{probed:?}");
    request.fence += 1;
    let result = topics.claims.confirm_stop(request).await.unwrap();
    expect_confirmed(&result.into_inner().result);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_parcel_that_had_left_makes_the_stop_a_return(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (_, claim) = stop_asked(&mut topics).await;
    let head = topics.head();
    let request = pb::ReportAlreadyShippedRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: 1,
        already_shipped_report: Some(pb::AlreadyShippedReport {
            claim: claim_ref(&claim),
            carrier: "CJ_LOGISTICS".to_owned(),
            tracking_number: NUMBER.to_owned(),
        }),
    };
    let result = topics.claims.report_already_shipped(request).await.unwrap();
    expect_confirmed(&result.into_inner().result);
    let now = topics.fetch_claim(&claim).await.claim.unwrap();
    assert_eq!(now.kind(), pb::ClaimKind::Return);
    assert_eq!(now.state(), pb::ClaimState::Requested);

    // The goods left: they cannot stay any more.
    let late = confirm_stop(topics.head(), &claim);
    let result = topics
        .claims
        .confirm_stop(late)
        .await
        .unwrap()
        .into_inner()
        .result;
    let reason = "PARCEL_ALREADY_DISPATCHED";
    expect(&result, pb::WriteOutcome::RefusedFinal, reason);
}

/// A parcel that arrived and whose buyer sends it back.
async fn return_asked(topics: &mut Topics) -> (Parcel, pb::ChannelClaim) {
    let parcel = topics.delivered(1, NUMBER).await;
    topics.buyer(&parcel, "return", json!({})).await;
    let claim = topics.claim_of(&parcel, pb::ClaimList::Returns).await;
    assert_eq!(claim.kind(), pb::ClaimKind::Return);
    (parcel, claim)
}

fn confirm_collected(head: Head, claim: &pb::ChannelClaim) -> pb::ConfirmCollectedRequest {
    pb::ConfirmCollectedRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: head.fence,
        collection_confirmation: Some(pb::CollectionConfirmation {
            claim: claim_ref(claim),
        }),
    }
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

    topics.trouble("reset_after", "exchangeRequests", 1).await;
    let mut request = reship(topics.head(), &claim, &parcel_id);
    let result = topics
        .claims
        .reship_exchange(request.clone())
        .await
        .unwrap();
    let result = result.into_inner().result;
    expect(&result, pb::WriteOutcome::Unclear, "CHANNEL_CONNECTION_LOST");
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
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn what_a_channel_lacks_is_refused_by_name(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (_, claim) = stop_asked(&mut topics).await;
    let head = topics.head();
    let request = pb::ReleaseClaimRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: 1,
        claim_release: Some(pb::ClaimRelease {
            claim: claim_ref(&claim),
        }),
    };
    let refused = topics.claims.release_claim(request).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("CHANNEL_LACKS_OPERATION")
    );
    assert_eq!(metadata_of(&refused)["operation"], "RELEASE_CLAIM");
    assert_eq!(metadata_of(&refused)["channel"], "coupang");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn only_fulfillment_decides_about_claims(pool: PgPool) {
    let topics = Topics::set(&pool).await;
    let channel = topics.stage.proxy.channel(ServiceName::OrderSync).await;
    let mut reader = pb::channel_claims_service_client::ChannelClaimsServiceClient::new(channel);
    let refused = reader
        .confirm_stop(pb::ConfirmStopRequest::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
}
