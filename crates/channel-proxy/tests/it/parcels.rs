use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::Clock;
use pb::probe_effect_request::Intended;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{Parcel, dispatch_item, permit_of};
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
    expect(&result, pb::WriteOutcome::Unclear, "CHANNEL_CONNECTION_LOST");
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

/// The first line leaves, the others wait.
fn first_part(parcel: &Parcel) -> (Parcel, pb::inspect_item::Part) {
    let mut leaving = parcel.clone();
    let waiting = leaving.lines.split_off(1);
    let day = (Clock::system().now() + TimeDelta::days(3)).date_naive();
    let waiting = waiting.into_iter().map(|line| pb::WaitingLine {
        channel_line_id: line.channel_line_id,
        planned_on: day.to_string(),
    });
    let waiting = waiting.collect();
    let part = pb::inspect_item::Part::FirstPart(pb::FirstPart { waiting });
    (leaving, part)
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_parcel_leaves_in_two_parts_each_under_a_permit(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let account = topics.account.clone();
    let parcel = topics.acknowledged(2).await;
    let (leaving, part) = first_part(&parcel);
    let mut item = topics.stage.inspect_item(&leaving);
    item.part = Some(part);

    let unpermitted = dispatch_item(&item, "", NUMBER);
    let result = topics
        .stage
        .dispatch(&account, vec![unpermitted])
        .await
        .remove(0);
    expect(
        &Some(result),
        pb::WriteOutcome::RefusedLater,
        "PERMIT_INVALID",
    );

    // A permit for the part is none for the whole.
    let inspections = topics.stage.inspect(&account, vec![item.clone()]).await;
    let permit = permit_of(&inspections[0]);
    let mut whole = dispatch_item(&item, &permit, NUMBER);
    whole.part = None;
    let result = topics.stage.dispatch(&account, vec![whole]).await.remove(0);
    expect(
        &Some(result),
        pb::WriteOutcome::RefusedLater,
        "PERMIT_INVALID",
    );

    let sent = dispatch_item(&item, &permit, NUMBER);
    let result = topics.stage.dispatch(&account, vec![sent]).await.remove(0);
    expect_confirmed(&Some(result));

    let order = topics.order(&parcel.channel_order_id).await.order.unwrap();
    let line = |id: &str| {
        let mut lines = order.lines.iter();
        lines
            .find(|line| line.channel_line_id == id)
            .unwrap()
            .clone()
    };
    let gone = line(&parcel.lines[0].channel_line_id);
    assert_ne!(gone.channel_parcel_id, parcel.channel_parcel_id);
    assert_eq!(gone.state(), pb::LineState::Dispatched);
    assert_eq!(gone.tracking_number, NUMBER);
    let waits = line(&parcel.lines[1].channel_line_id);
    assert_eq!(waits.channel_parcel_id, parcel.channel_parcel_id);
    assert_eq!(waits.state(), pb::LineState::Acknowledged);

    // What waited is a last part, not a whole parcel.
    let mut rest = parcel.clone();
    rest.lines.remove(0);
    let as_whole = topics.stage.inspect_item(&rest);
    let inspection = topics
        .stage
        .inspect(&account, vec![as_whole])
        .await
        .remove(0);
    assert_eq!(inspection.verdict(), pb::InspectionVerdict::Blocked);
    assert_eq!(inspection.reason, "SPLIT_NOT_POSSIBLE");
    let mut item = topics.stage.inspect_item(&rest);
    item.part = Some(pb::inspect_item::Part::LastPart(pb::LastPart {}));
    let inspections = topics.stage.inspect(&account, vec![item.clone()]).await;
    let sent = dispatch_item(&item, &permit_of(&inspections[0]), OTHER_NUMBER);
    let result = topics.stage.dispatch(&account, vec![sent]).await.remove(0);
    expect_confirmed(&Some(result));
    let order = topics.order(&parcel.channel_order_id).await.order.unwrap();
    let all = order
        .lines
        .iter()
        .all(|line| line.state() == pb::LineState::Dispatched);
    assert!(all, "{order:?}");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_unclear_part_is_found_in_its_new_parcel(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let account = topics.account.clone();
    let parcel = topics.acknowledged(2).await;
    let (leaving, part) = first_part(&parcel);
    let mut item = topics.stage.inspect_item(&leaving);
    item.part = Some(part);
    let inspections = topics.stage.inspect(&account, vec![item.clone()]).await;
    topics.trouble("reset_after", "invoices", 1).await;
    let sent = dispatch_item(&item, &permit_of(&inspections[0]), NUMBER);
    let result = topics
        .stage
        .dispatch(&account, vec![sent.clone()])
        .await
        .remove(0);
    expect(
        &Some(result),
        pb::WriteOutcome::Unclear,
        "CHANNEL_CONNECTION_LOST",
    );
    let ids = leaving
        .lines
        .iter()
        .map(|line| line.channel_line_id.clone());
    let request = pb::ProbeEffectRequest {
        merchant_id: topics.merchant_id(),
        channel_account_id: account.clone(),
        effect_id: sent.effect_id.clone(),
        channel_order_id: sent.channel_order_id.clone(),
        channel_parcel_id: sent.channel_parcel_id.clone(),
        intended: Some(Intended::Dispatch(pb::ProbeDispatch {
            carrier: sent.carrier.clone(),
            tracking_number: NUMBER.to_owned(),
            channel_line_ids: ids.collect(),
        })),
    };
    let probed = topics
        .stage
        .fulfillment
        .probe_effect(request)
        .await
        .unwrap();
    let probed = probed.into_inner();
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Happened, "{probed:?}");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_part_with_a_cancel_under_way_gets_no_permit(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let account = topics.account.clone();
    let parcel = topics.acknowledged(2).await;
    topics.buyer(&parcel, "stop", json!({})).await;
    let (leaving, part) = first_part(&parcel);
    let mut item = topics.stage.inspect_item(&leaving);
    item.part = Some(part);
    let inspection = topics.stage.inspect(&account, vec![item]).await.remove(0);
    assert_eq!(inspection.verdict(), pb::InspectionVerdict::Blocked);
    assert_eq!(inspection.reason, "CANCEL_REQUESTED");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_parcel_of_one_line_is_not_split(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let account = topics.account.clone();
    let parcel = topics.acknowledged(1).await;
    let mut item = topics.stage.inspect_item(&parcel);
    let waiting = vec![pb::WaitingLine {
        channel_line_id: "1".to_owned(),
        planned_on: "2030-01-01".to_owned(),
    }];
    item.part = Some(pb::inspect_item::Part::FirstPart(pb::FirstPart { waiting }));
    let inspection = topics
        .stage
        .inspect(&account, vec![item.clone()])
        .await
        .remove(0);
    assert_eq!(inspection.reason, "SPLIT_NOT_POSSIBLE", "{inspection:?}");

    let line_id = &item.lines[0].channel_line_id;
    let waiting = vec![pb::WaitingLine {
        channel_line_id: line_id.clone(),
        planned_on: "2030-01-01".to_owned(),
    }];
    item.part = Some(pb::inspect_item::Part::FirstPart(pb::FirstPart { waiting }));
    let request = pb::InspectLinesRequest {
        merchant_id: topics.merchant_id(),
        channel_account_id: account,
        items: vec![item],
    };
    let refused = topics
        .stage
        .fulfillment
        .inspect_lines(request)
        .await
        .unwrap_err();
    let fields = moa_service::status::fields_of(&refused);
    assert_eq!(fields[0].0, "items[0].first_part.waiting.channel_line_id");
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
async fn a_parcels_way_is_told_newest_first(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let parcel = topics.dispatched(1, NUMBER).await;
    let request = pb::FetchParcelHistoryRequest {
        merchant_id: topics.merchant_id(),
        channel_account_id: topics.account.clone(),
        call_class: pb::CallClass::Gate.into(),
        channel_parcel_id: parcel.channel_parcel_id.clone(),
    };
    let history = topics.parcels.fetch_parcel_history(request).await.unwrap();
    let history = history.into_inner();
    let states: Vec<_> = history.events.iter().map(|event| event.state()).collect();
    let expected = [
        pb::LineState::Dispatched,
        pb::LineState::Acknowledged,
        pb::LineState::Placed,
    ];
    assert_eq!(states, expected);
    assert!(!history.raw_page.is_empty());
}

/// The first line of a parcel, cancelled by the merchant.
fn cancel(topics: &Topics, parcel: &Parcel, quantities: &[i32]) -> pb::CancelLinesRequest {
    let head = topics.head();
    let lines = parcel.lines.iter().zip(quantities);
    let lines = lines.map(|(line, quantity)| pb::CancelledLine {
        channel_line_id: line.channel_line_id.clone(),
        quantity: *quantity,
        cancelled_before: 0,
    });
    pb::CancelLinesRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: 1,
        lines_cancellation: Some(pb::LinesCancellation {
            channel_order_id: parcel.channel_order_id.clone(),
            channel_parcel_id: parcel.channel_parcel_id.clone(),
            lines: lines.collect(),
            reason: pb::SellerCancelReason::OutOfStock.into(),
            note: String::new(),
            cancelled_by: topics.wing_id.clone(),
        }),
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn the_merchant_cancels_lines_and_the_probe_counts_them(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let parcel = topics.acknowledged(2).await;
    let quantity = parcel.lines[0].quantity;
    topics.trouble("reset_after", "/cancel", 1).await;
    let mut request = cancel(&topics, &parcel, &[quantity]);
    let result = topics.claims.cancel_lines(request.clone()).await.unwrap();
    let result = result.into_inner().result;
    expect(&result, pb::WriteOutcome::Unclear, "CHANNEL_CONNECTION_LOST");
    let told = request.lines_cancellation.clone().unwrap();
    let intended = Intended::LinesCancellation(told);
    let probed = topics.probe(&request.effect_id, intended).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Happened, "{probed:?}");
    request.fence += 1;
    let result = topics.claims.cancel_lines(request).await.unwrap();
    expect_confirmed(&result.into_inner().result);
    let order = topics.order(&parcel.channel_order_id).await.order.unwrap();
    let cancelled: i32 = order.lines.iter().map(|line| line.cancelled_quantity).sum();
    assert_eq!(cancelled, quantity);

    // Another effect with the same counts: nothing is left to cancel, because it was done.
    let again = cancel(&topics, &parcel, &[quantity]);
    let result = topics.claims.cancel_lines(again).await.unwrap();
    expect_confirmed(&result.into_inner().result);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_cancel_that_some_lines_refuse_names_them(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let parcel = topics.acknowledged(2).await;
    let (first, second) = (parcel.lines[0].quantity, parcel.lines[1].quantity);
    let request = cancel(&topics, &parcel, &[first, second + 5]);
    let result = topics
        .claims
        .cancel_lines(request)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(
        &result,
        pb::WriteOutcome::RefusedFinal,
        "LINES_PARTLY_CANCELLED",
    );
    let evidence: Value = serde_json::from_str(&result.unwrap().evidence_json).unwrap();
    let refused = json!([parcel.lines[1].channel_line_id]);
    assert_eq!(evidence["refused_lines"], refused);

    // Nothing of it can be cancelled: the body's code says so while the status does not.
    let request = cancel(&topics, &parcel, &[first + 5]);
    let result = topics
        .claims
        .cancel_lines(request)
        .await
        .unwrap()
        .into_inner()
        .result;
    assert_ne!(result.unwrap().outcome(), pb::WriteOutcome::Confirmed);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_cancel_needs_somebody_who_works_at_the_vendor(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let parcel = topics.acknowledged(1).await;
    for nobody in ["", "stranger"] {
        let mut request = cancel(&topics, &parcel, &[1]);
        let told = request.lines_cancellation.as_mut().unwrap();
        nobody.clone_into(&mut told.cancelled_by);
        let result = topics
            .claims
            .cancel_lines(request)
            .await
            .unwrap()
            .into_inner()
            .result;
        expect(&result, pb::WriteOutcome::RefusedFinal, "ANSWERER_UNKNOWN");
    }
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
