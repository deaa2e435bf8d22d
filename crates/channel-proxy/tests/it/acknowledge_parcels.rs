use moa_proto::moa::channel_proxy::v1 as pb;
use serde_json::json;
use sqlx::PgPool;

use crate::support::Stage;

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_parcel_is_acknowledged_once_and_a_repeat_is_answered_from_memory(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let orders = stage.place(2, 1).await;
    let parcels = stage
        .parcels(&account, pb::LineState::Placed, &orders)
        .await;
    let items: Vec<_> = parcels
        .iter()
        .map(|p| stage.acknowledge_item(p, 1))
        .collect();
    let first = stage.acknowledge(&account, items.clone()).await;
    for (result, item) in first.iter().zip(&items) {
        assert_eq!(result.effect_id, item.effect_id);
        assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
    }
    assert_eq!(stage.verdict("orders_acknowledged").await, 2);

    // Nobody could be asked now.
    stage
        .faults(json!([{"channel": "coupang", "kind": "error_500"}]))
        .await;
    let again = stage.acknowledge(&account, items).await;
    assert_eq!(again, first);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_parcel_that_was_acknowledged_before_counts_as_done(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let parcels = stage.acknowledged(&account, 1, 1).await;
    let other = stage.acknowledge_item(&parcels[0], 1);
    let result = stage.acknowledge(&account, vec![other]).await.remove(0);
    assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed, "{result:?}");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_cancelled_parcel_is_blocked_and_the_others_are_not_held_up(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let orders = stage.place(2, 1).await;
    let parcels = stage
        .parcels(&account, pb::LineState::Placed, &orders)
        .await;
    stage.cancel_order(&parcels[0].channel_order_id).await;
    let items: Vec<_> = parcels
        .iter()
        .map(|p| stage.acknowledge_item(p, 1))
        .collect();
    let results = stage.acknowledge(&account, items).await;
    assert_eq!(
        results[0].outcome(),
        pb::WriteOutcome::Blocked,
        "{results:?}"
    );
    assert_eq!(results[0].reason, "ORDER_CANCELLED");
    assert_eq!(
        results[1].outcome(),
        pb::WriteOutcome::Confirmed,
        "{results:?}"
    );
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_lower_fence_than_the_highest_is_turned_away(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let orders = stage.place(1, 1).await;
    let parcels = stage
        .parcels(&account, pb::LineState::Placed, &orders)
        .await;
    let mut item = stage.acknowledge_item(&parcels[0], 7);
    let result = stage
        .acknowledge(&account, vec![item.clone()])
        .await
        .remove(0);
    assert_eq!(result.outcome(), pb::WriteOutcome::Confirmed);
    item.fence = 6;
    let result = stage.acknowledge(&account, vec![item]).await.remove(0);
    assert_eq!(result.outcome(), pb::WriteOutcome::RefusedLater);
    assert_eq!(result.reason, "STALE_FENCE");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_item_that_stands_twice_is_refused(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let item = pb::AcknowledgeItem {
        effect_id: stage.ids.uuid().to_string(),
        fence: 1,
        channel_order_id: "1".to_owned(),
        channel_parcel_id: "10".to_owned(),
    };
    let request = pb::AcknowledgeParcelsRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account,
        items: vec![item.clone(), item],
    };
    let refused = stage
        .fulfillment
        .acknowledge_parcels(request)
        .await
        .unwrap_err();
    assert_eq!(
        moa_service::status::fields_of(&refused)[0].0,
        "items[1].effect_id"
    );
}
