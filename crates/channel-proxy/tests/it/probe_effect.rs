use moa_proto::moa::channel_proxy::v1 as pb;
use serde_json::json;
use sqlx::PgPool;

use crate::support::{Stage, dispatch_item, permit_of};

const NUMBER: &str = "680405450931";

async fn probe(
    stage: &mut Stage,
    account: &str,
    item: &pb::DispatchItem,
) -> pb::ProbeEffectResponse {
    let request = pb::ProbeEffectRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.to_owned(),
        effect_id: item.effect_id.clone(),
        channel_order_id: item.channel_order_id.clone(),
        channel_parcel_id: item.channel_parcel_id.clone(),
        intended: Some(pb::probe_effect_request::Intended::Dispatch(
            pb::ProbeDispatch {
                carrier: item.carrier.clone(),
                tracking_number: item.tracking_number.clone(),
                channel_line_ids: Vec::new(),
            },
        )),
    };
    stage
        .fulfillment
        .probe_effect(request)
        .await
        .unwrap()
        .into_inner()
}

async fn inspected(stage: &mut Stage, account: &str) -> (pb::InspectItem, String) {
    let parcels = stage.acknowledged(account, 1, 1).await;
    let item = stage.inspect_item(&parcels[0]);
    let inspections = stage.inspect(account, vec![item.clone()]).await;
    (item, permit_of(&inspections[0]))
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_lost_answer_is_unclear_and_the_probe_finds_that_it_happened(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let (item, permit) = inspected(&mut stage, &account).await;
    stage
        .faults(
            json!([{"channel": "coupang", "kind": "reset_after", "path": "invoices", "times": 1}]),
        )
        .await;
    let mut dispatch = dispatch_item(&item, &permit, NUMBER);
    let result = stage
        .dispatch(&account, vec![dispatch.clone()])
        .await
        .remove(0);
    assert_eq!(result.outcome(), pb::WriteOutcome::Unclear, "{result:?}");
    dispatch.fence += 1;
    let repeat = stage
        .dispatch(&account, vec![dispatch.clone()])
        .await
        .remove(0);
    assert_eq!(
        repeat.outcome(),
        pb::WriteOutcome::Unclear,
        "an unclear write is not repeated"
    );
    let probed = probe(&mut stage, &account, &dispatch).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Happened, "{probed:?}");
    let settled = stage.dispatch(&account, vec![dispatch]).await.remove(0);
    assert_eq!(settled.outcome(), pb::WriteOutcome::Confirmed);
    assert_eq!(stage.verdict("dispatches_accepted").await, 1);
    assert_eq!(stage.verdict("dispatches_doubled").await, 0);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_write_that_left_no_trace_may_go_out_again_under_a_new_fence(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let (mut item, permit) = inspected(&mut stage, &account).await;
    stage
        .faults(
            json!([{"channel": "coupang", "kind": "reset_before", "path": "invoices", "times": 1}]),
        )
        .await;
    let dispatch = dispatch_item(&item, &permit, NUMBER);
    let result = stage
        .dispatch(&account, vec![dispatch.clone()])
        .await
        .remove(0);
    assert_eq!(result.outcome(), pb::WriteOutcome::Unclear, "{result:?}");
    let probed = probe(&mut stage, &account, &dispatch).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Clean, "{probed:?}");

    item.fence += 1;
    let inspections = stage.inspect(&account, vec![item.clone()]).await;
    let dispatch = dispatch_item(&item, &permit_of(&inspections[0]), NUMBER);
    let result = stage.dispatch(&account, vec![dispatch]).await.remove(0);
    assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
    assert_eq!(stage.verdict("dispatches_accepted").await, 1);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn another_number_at_the_channel_is_a_conflict(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let (item, permit) = inspected(&mut stage, &account).await;
    let dispatch = dispatch_item(&item, &permit, NUMBER);
    stage.dispatch(&account, vec![dispatch.clone()]).await;
    let mut other = dispatch;
    other.effect_id = stage.ids.uuid().to_string();
    other.tracking_number = "680405450999".to_owned();
    let probed = probe(&mut stage, &account, &other).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Conflict);
    assert_eq!(probed.reason, "TRACKING_NUMBER_DIFFERS");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_probe_that_cannot_look_says_later(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let (item, _) = inspected(&mut stage, &account).await;
    stage
        .faults(json!([{"channel": "coupang", "kind": "error_500"}]))
        .await;
    let probed = probe(&mut stage, &account, &dispatch_item(&item, "", NUMBER)).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Later);
    assert_eq!(probed.reason, "CHANNEL_FAULT");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn what_the_channel_refused_for_good_is_not_found_clean(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let (item, permit) = inspected(&mut stage, &account).await;
    let other = dispatch_item(&item, &permit, NUMBER);
    let result = stage.dispatch(&account, vec![other]).await.remove(0);
    assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
    // The number of a parcel that went to somebody else.
    let (item, permit) = inspected(&mut stage, &account).await;
    let dispatch = dispatch_item(&item, &permit, NUMBER);
    let result = stage
        .dispatch(&account, vec![dispatch.clone()])
        .await
        .remove(0);
    assert_eq!(
        result.outcome(),
        pb::WriteOutcome::RefusedFinal,
        "{result:?}"
    );
    let probed = probe(&mut stage, &account, &dispatch).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Blocked, "{probed:?}");
    assert_eq!(probed.reason, result.reason);
    assert_eq!(probed.detail, result.detail);
}
