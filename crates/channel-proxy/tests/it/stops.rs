use moa_proto::moa::channel_proxy::v1 as pb;
use serde_json::json;
use sqlx::PgPool;

use crate::support::Parcel;
use crate::topics::{Head, NUMBER, Topics, claim_ref, expect, expect_confirmed, quantity};

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

fn report_shipped(head: Head, claim: &pb::ChannelClaim) -> pb::ReportAlreadyShippedRequest {
    pb::ReportAlreadyShippedRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: 1,
        already_shipped_report: Some(pb::AlreadyShippedReport {
            claim: claim_ref(claim),
            carrier: "CJ_LOGISTICS".to_owned(),
            tracking_number: NUMBER.to_owned(),
        }),
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
async fn a_parcel_that_had_left_makes_the_stop_a_return(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (_, claim) = stop_asked(&mut topics).await;
    let request = report_shipped(topics.head(), &claim);
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

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn goods_that_were_stopped_are_not_reported_as_shipped(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (_, claim) = stop_asked(&mut topics).await;
    let request = confirm_stop(topics.head(), &claim);
    let result = topics.claims.confirm_stop(request).await.unwrap();
    expect_confirmed(&result.into_inner().result);

    // The look comes first: had the number been told, nobody would know what became of it.
    topics.trouble("reset_after", "completedShipment", 1).await;
    let late = report_shipped(topics.head(), &claim);
    let result = topics.claims.report_already_shipped(late).await.unwrap();
    let result = result.into_inner().result;
    let reason = "CLAIM_ALREADY_COMPLETED";
    expect(&result, pb::WriteOutcome::RefusedFinal, reason);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_look_that_fails_leaves_the_number_untold(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let (_, claim) = stop_asked(&mut topics).await;
    topics.trouble("reset_after", "returnRequests", 1).await;
    let request = report_shipped(topics.head(), &claim);
    let result = topics.claims.report_already_shipped(request).await.unwrap();
    let result = result.into_inner().result;
    let reason = "CHANNEL_CONNECTION_LOST";
    expect(&result, pb::WriteOutcome::RefusedLater, reason);
    let now = topics.fetch_claim(&claim).await.claim.unwrap();
    assert_eq!(now.kind(), pb::ClaimKind::StopShipment, "nothing was told");
}
