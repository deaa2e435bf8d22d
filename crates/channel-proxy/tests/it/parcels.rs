use moa_proto::moa::channel_proxy::v1 as pb;
use pb::probe_effect_request::Intended;
use serde_json::json;
use sqlx::PgPool;

use crate::support::Parcel;
use crate::topics::{NUMBER, OTHER_NUMBER, Topics, expect, expect_confirmed};

fn correction(topics: &Topics, parcel: &Parcel, number: &str) -> pb::CorrectTrackingRequest {
    let head = topics.head();
    let ids = parcel.lines.iter().map(|line| line.channel_line_id.clone());
    pb::CorrectTrackingRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: 1,
        tracking_correction: Some(pb::TrackingCorrection {
            channel_order_id: parcel.channel_order_id.clone(),
            channel_parcel_id: parcel.channel_parcel_id.clone(),
            channel_line_ids: ids.collect(),
            carrier: "CJ_LOGISTICS".to_owned(),
            tracking_number: number.to_owned(),
        }),
    }
}

async fn number_of(topics: &mut Topics, parcel: &Parcel) -> String {
    let order = topics.order(&parcel.channel_order_id).await.order.unwrap();
    order.lines[0].tracking_number.clone()
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_number_is_corrected_once_the_parcel_left(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let parcel = topics.dispatched(2, NUMBER).await;
    topics.trouble("reset_after", "updateInvoices", 1).await;
    let mut request = correction(&topics, &parcel, OTHER_NUMBER);
    let result = topics
        .parcels
        .correct_tracking(request.clone())
        .await
        .unwrap();
    let result = result.into_inner().result;
    expect(
        &result,
        pb::WriteOutcome::Unclear,
        "CHANNEL_CONNECTION_LOST",
    );
    let told = request.tracking_correction.clone().unwrap();
    let intended = Intended::TrackingCorrection(told);
    let probed = topics.probe(&request.effect_id, intended).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Happened, "{probed:?}");
    request.fence += 1;
    let result = topics.parcels.correct_tracking(request).await.unwrap();
    expect_confirmed(&result.into_inner().result);
    assert_eq!(number_of(&mut topics, &parcel).await, OTHER_NUMBER);
    assert_eq!(topics.stage.verdict("dispatches_accepted").await, 1);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_first_number_never_goes_out_as_a_correction(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let parcel = topics.acknowledged(1).await;
    let request = correction(&topics, &parcel, NUMBER);
    let result = topics
        .parcels
        .correct_tracking(request)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(
        &result,
        pb::WriteOutcome::RefusedFinal,
        "PARCEL_NOT_DISPATCHED",
    );
    assert_eq!(number_of(&mut topics, &parcel).await, "");
    assert_eq!(topics.stage.verdict("dispatches_accepted").await, 0);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_correction_must_name_every_line_and_a_number_of_its_carrier(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let parcel = topics.dispatched(2, NUMBER).await;
    let mut partial = correction(&topics, &parcel, OTHER_NUMBER);
    let told = partial.tracking_correction.as_mut().unwrap();
    told.channel_line_ids.truncate(1);
    let result = topics
        .parcels
        .correct_tracking(partial)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(&result, pb::WriteOutcome::RefusedFinal, "PARCEL_CHANGED");
    let wrong = correction(&topics, &parcel, "1234");
    let result = topics
        .parcels
        .correct_tracking(wrong)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(
        &result,
        pb::WriteOutcome::RefusedFinal,
        "TRACKING_NUMBER_INVALID",
    );
    assert_eq!(number_of(&mut topics, &parcel).await, NUMBER);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_parcel_that_no_carrier_reported_is_said_to_have_arrived_after_a_month(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let year = json!({"scan_after_seconds": 31_536_000, "deliver_after_seconds": 31_536_000});
    topics.stage.put("/control/pace", year).await;
    let parcel = topics.dispatched(1, NUMBER).await;
    let head = topics.head();
    let mut request = pb::ReportDeliveredRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: 1,
        delivery_report: Some(pb::DeliveryReport {
            channel_order_id: parcel.channel_order_id.clone(),
            channel_parcel_id: parcel.channel_parcel_id.clone(),
            tracking_number: NUMBER.to_owned(),
        }),
    };
    let result = topics
        .parcels
        .report_delivered(request.clone())
        .await
        .unwrap();
    let result = result.into_inner().result;
    let reason = "DELIVERY_REPORT_TOO_EARLY";
    expect(&result, pb::WriteOutcome::RefusedLater, reason);
    assert!(result.unwrap().retry_at.is_some());

    topics.pass(33 * 86_400).await;
    request.fence += 1;
    let result = topics
        .parcels
        .report_delivered(request.clone())
        .await
        .unwrap();
    expect_confirmed(&result.into_inner().result);
    let order = topics.order(&parcel.channel_order_id).await.order.unwrap();
    assert_eq!(order.lines[0].state(), pb::LineState::Delivered);
    // Said twice, by another effect: it arrived already.
    request.effect_id = topics.head().effect_id;
    let result = topics.parcels.report_delivered(request).await.unwrap();
    expect_confirmed(&result.into_inner().result);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_order_that_was_cancelled_is_gone(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let placed = topics.stage.place(1, 1).await;
    assert!(topics.order(&placed[0]).await.order.is_some());
    topics.stage.cancel_order(&placed[0]).await;
    let order = topics.order(&placed[0]).await;
    assert!(order.gone && order.order.is_none() && order.raw_page.is_empty());
}
