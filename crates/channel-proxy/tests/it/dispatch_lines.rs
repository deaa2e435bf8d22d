use std::sync::Arc;

use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{Clock, ServiceName};
use sqlx::PgPool;

use crate::support::{Proxy, Stage, dispatch_item, permit_of};

const NUMBER: &str = "680405450931";

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_inspected_parcel_is_dispatched_under_its_permit(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let parcels = stage.acknowledged(&account, 2, 2).await;
    let items: Vec<_> = parcels
        .iter()
        .map(|parcel| stage.inspect_item(parcel))
        .collect();
    let inspections = stage.inspect(&account, items.clone()).await;
    let permit = inspections[0].permit.as_ref().unwrap();
    assert_eq!(permit.evidence_hash.len(), 64);
    let (read, end) = (permit.oldest_read_at.unwrap(), permit.expires_at.unwrap());
    assert_eq!(end.seconds - read.seconds, 5);

    let dispatches: Vec<_> = items
        .iter()
        .zip(&inspections)
        .enumerate()
        .map(|(n, (item, inspection))| {
            let number = format!("68040545093{n}");
            dispatch_item(item, &permit_of(inspection), &number)
        })
        .collect();
    let results = stage.dispatch(&account, dispatches.clone()).await;
    for result in &results {
        assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
        assert!(result.evidence_json.contains("permit_evidence_hash"));
    }
    assert_eq!(
        stage.dispatch(&account, dispatches).await,
        results,
        "a repeat is answered, not sent"
    );
    assert_eq!(stage.verdict("dispatches_accepted").await, 2);
    assert_eq!(stage.verdict("dispatches_after_cancel").await, 0);

    let again = stage
        .inspect(&account, vec![stage.inspect_item(&parcels[0])])
        .await;
    assert_eq!(again[0].verdict(), pb::InspectionVerdict::AlreadyDispatched);
    assert!(again[0].evidence_json.contains("68040545093"));
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_cancelled_order_gets_no_permit(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let orders = stage.place(1, 1).await;
    let placed = stage
        .parcels(&account, pb::LineState::Placed, &orders)
        .await;
    let not_yet = stage
        .inspect(&account, vec![stage.inspect_item(&placed[0])])
        .await;
    assert_eq!(not_yet[0].reason, "PARCEL_NOT_ACKNOWLEDGED");
    stage.cancel_order(&orders[0]).await;
    let gone = stage
        .inspect(&account, vec![stage.inspect_item(&placed[0])])
        .await;
    assert_eq!(gone[0].verdict(), pb::InspectionVerdict::Blocked);
    assert_eq!(gone[0].reason, "ORDER_CANCELLED");
    assert!(gone[0].permit.is_none());
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_stop_request_blocks_the_parcel(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let parcels = stage.acknowledged(&account, 1, 1).await;
    stage.cancel_order(&parcels[0].channel_order_id).await;
    let stopped = stage
        .inspect(&account, vec![stage.inspect_item(&parcels[0])])
        .await;
    assert_eq!(stopped[0].verdict(), pb::InspectionVerdict::Blocked);
    assert_eq!(stopped[0].reason, "CANCEL_REQUESTED");
    assert_eq!(stage.verdict("dispatches_after_cancel").await, 0);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn other_quantities_than_the_channels_are_blocked(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let parcels = stage.acknowledged(&account, 1, 1).await;
    let mut item = stage.inspect_item(&parcels[0]);
    item.lines[0].quantity += 1;
    let inspections = stage.inspect(&account, vec![item]).await;
    assert_eq!(inspections[0].reason, "QUANTITY_CHANGED");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn nothing_is_dispatched_without_a_permit_for_exactly_it(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let parcels = stage.acknowledged(&account, 1, 1).await;
    let item = stage.inspect_item(&parcels[0]);
    let inspections = stage.inspect(&account, vec![item.clone()]).await;
    let permit = permit_of(&inspections[0]);
    let mut other_quantity = dispatch_item(&item, &permit, NUMBER);
    other_quantity.lines[0].quantity += 1;
    let mut other_effect = dispatch_item(&item, &permit, NUMBER);
    other_effect.effect_id = stage.ids.uuid().to_string();
    let unknown = stage.ids.uuid().to_string();
    let forgeries = [
        dispatch_item(&item, "", NUMBER),
        dispatch_item(&item, "not an id", NUMBER),
        dispatch_item(&item, &unknown, NUMBER),
        other_quantity,
        other_effect,
    ];
    for forgery in forgeries {
        let result = stage.dispatch(&account, vec![forgery]).await.remove(0);
        assert_eq!(result.outcome(), pb::WriteOutcome::RefusedLater);
        assert_eq!(result.reason, "PERMIT_INVALID");
    }
    assert_eq!(stage.verdict("dispatches_accepted").await, 0);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_permit_is_good_once(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let parcels = stage.acknowledged(&account, 1, 1).await;
    let item = stage.inspect_item(&parcels[0]);
    let inspections = stage.inspect(&account, vec![item.clone()]).await;
    let permit = permit_of(&inspections[0]);
    let mut dispatch = dispatch_item(&item, &permit, NUMBER);
    let refused = serde_json::json!([{"channel": "coupang", "kind": "throttle", "times": 1}]);
    stage.faults(refused).await;
    let result = stage
        .dispatch(&account, vec![dispatch.clone()])
        .await
        .remove(0);
    assert_eq!(
        result.outcome(),
        pb::WriteOutcome::RefusedLater,
        "{result:?}"
    );
    assert_eq!(result.reason, "CHANNEL_QUOTA_EXHAUSTED");
    dispatch.fence += 1;
    let result = stage.dispatch(&account, vec![dispatch]).await.remove(0);
    assert_eq!(result.reason, "PERMIT_USED", "{result:?}");
    assert_eq!(stage.verdict("dispatches_accepted").await, 0);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_permit_ends_five_seconds_after_its_look(pool: PgPool) {
    // Signatures need about the right time.
    let clock = Clock::fixed(Clock::system().now());
    let mut stage = Stage::set_with(&pool, clock.clone(), 50).await;
    let account = stage.register(50).await;
    let parcels = stage.acknowledged(&account, 1, 1).await;
    let item = stage.inspect_item(&parcels[0]);
    let inspections = stage.inspect(&account, vec![item.clone()]).await;
    let dispatch = dispatch_item(&item, &permit_of(&inspections[0]), NUMBER);
    clock.advance(TimeDelta::seconds(5));
    let result = stage.dispatch(&account, vec![dispatch]).await.remove(0);
    assert_eq!(result.outcome(), pb::WriteOutcome::RefusedLater);
    assert_eq!(result.reason, "PERMIT_EXPIRED");
    assert_eq!(stage.verdict("dispatches_accepted").await, 0);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_permit_does_not_outlive_the_process_that_issued_it(pool: PgPool) {
    // The wall clock stands still, so that it alone would let the permit live.
    let clock = Clock::fixed(Clock::system().now());
    let mut stage = Stage::set_with(&pool, clock.clone(), 50).await;
    let account = stage.register(50).await;
    let parcels = stage.acknowledged(&account, 1, 1).await;
    let item = stage.inspect_item(&parcels[0]);
    let inspections = stage.inspect(&account, vec![item.clone()]).await;
    let mut dispatch = dispatch_item(&item, &permit_of(&inspections[0]), NUMBER);

    stage.proxy.stop().await;
    stage.proxy = Proxy::start(&pool, clock, Arc::clone(&stage.key_ring)).await;
    stage.fulfillment = stage.proxy.client(ServiceName::Fulfillment).await;
    let result = stage
        .dispatch(&account, vec![dispatch.clone()])
        .await
        .remove(0);
    assert_eq!(result.outcome(), pb::WriteOutcome::RefusedLater);
    assert_eq!(result.reason, "PERMIT_EXPIRED", "{result:?}");
    assert_eq!(stage.verdict("dispatches_accepted").await, 0);

    let inspections = stage.inspect(&account, vec![item]).await;
    dispatch.permit_id = permit_of(&inspections[0]);
    let result = stage.dispatch(&account, vec![dispatch]).await.remove(0);
    assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_wrong_carrier_or_number_is_refused_before_it_is_sent(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let parcels = stage.acknowledged(&account, 1, 1).await;
    let item = stage.inspect_item(&parcels[0]);
    let inspections = stage.inspect(&account, vec![item.clone()]).await;
    let permit = permit_of(&inspections[0]);
    let mut wrong_carrier = dispatch_item(&item, &permit, NUMBER);
    wrong_carrier.carrier = "PIGEON".to_owned();
    let wrong_number = dispatch_item(&item, &permit, "6804-0545-0931");
    for (dispatch, reason) in [
        (wrong_carrier, "CARRIER_UNKNOWN"),
        (wrong_number, "TRACKING_NUMBER_INVALID"),
    ] {
        let result = stage.dispatch(&account, vec![dispatch]).await.remove(0);
        assert_eq!(result.outcome(), pb::WriteOutcome::RefusedFinal);
        assert_eq!(result.reason, reason);
        assert!(!result.detail.is_empty());
    }
    // The permit was not spent on them.
    let right = dispatch_item(&item, &permit, NUMBER);
    let result = stage.dispatch(&account, vec![right]).await.remove(0);
    assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn many_parcels_are_inspected_by_page_and_the_stopped_one_is_found(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let parcels = stage.acknowledged(&account, 12, 1).await;
    assert!(parcels.len() >= 12);
    stage.cancel_order(&parcels[3].channel_order_id).await;
    let items: Vec<_> = parcels
        .iter()
        .map(|parcel| stage.inspect_item(parcel))
        .collect();
    let inspections = stage.inspect(&account, items.clone()).await;
    let mut dispatches = Vec::new();
    for (n, (item, inspection)) in items.iter().zip(&inspections).enumerate() {
        if item.channel_order_id == parcels[3].channel_order_id {
            assert_eq!(inspection.verdict(), pb::InspectionVerdict::Blocked);
            assert_eq!(inspection.reason, "CANCEL_REQUESTED");
        } else {
            let number = format!("6804054509{n:02}");
            dispatches.push(dispatch_item(item, &permit_of(inspection), &number));
        }
    }
    let results = stage.dispatch(&account, dispatches).await;
    for result in results {
        assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
    }
    assert_eq!(stage.verdict("dispatches_after_cancel").await, 0);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn five_parcels_fit_into_the_documented_quota(pool: PgPool) {
    let mut stage = Stage::set_with(&pool, Clock::system(), 5).await;
    let account = stage.register(5).await;
    let parcels = stage.acknowledged(&account, 5, 1).await;
    let items: Vec<_> = parcels
        .iter()
        .take(5)
        .map(|p| stage.inspect_item(p))
        .collect();
    let inspections = stage.inspect(&account, items.clone()).await;
    let dispatches: Vec<_> = items
        .iter()
        .zip(&inspections)
        .enumerate()
        .map(|(n, (item, look))| dispatch_item(item, &permit_of(look), &format!("68040545093{n}")))
        .collect();
    let results = stage.dispatch(&account, dispatches).await;
    for result in results {
        assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
    }
    assert_eq!(stage.verdict("quota_violations").await, 0);
    assert_eq!(stage.verdict("dispatches_after_cancel").await, 0);
}
