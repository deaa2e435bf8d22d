use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::Clock;
use pb::probe_effect_request::Intended;
use serde_json::json;
use sqlx::PgPool;

use crate::support::{Parcel, dispatch_item, permit_of};
use crate::topics::{NUMBER, Topics, expect};

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
