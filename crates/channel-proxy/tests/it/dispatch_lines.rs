use std::sync::Arc;

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{Clock, ServiceName};
use sqlx::PgPool;

use crate::support::{Proxy, Stage, dispatch_item, permit_of};

const NUMBER: &str = "680405450931";

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
