//! `ExplainOrder` refuses what it does not know; each blocker has its story beside the behaviour that makes it.

use moa_proto::moa::fulfillment::v1 as pb;
use moa_service::reason_of;
use sqlx::PgPool;
use uuid::Uuid;

use crate::world::{MUG, World};

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_blocker_names_its_owner_and_since_when(pool: PgPool) {
    let world = World::start(pool).await;
    let order = world.accepted(&[(MUG, "box-1")]).await;
    let request = pb::ExplainOrderRequest {
        merchant_id: world.merchant_id.to_string(),
        order_id: order.order_id.clone(),
    };
    let line = world
        .admin
        .clone()
        .explain_order(request)
        .await
        .unwrap()
        .into_inner()
        .lines
        .remove(0);
    assert_eq!(
        (line.blocker.as_str(), line.owner.as_str()),
        ("AWAITING_TRACKING_NUMBER", "MERCHANT")
    );
    assert_eq!(
        line.since,
        Some(moa_service::timestamp(moa_testkit::a_friday()))
    );
    assert!(!line.detail.is_empty());
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn an_unknown_order_is_refused(pool: PgPool) {
    let world = World::start(pool).await;
    let request = pb::ExplainOrderRequest {
        merchant_id: world.merchant_id.to_string(),
        order_id: Uuid::from_u128(77).to_string(),
    };
    let refused = world
        .admin
        .clone()
        .explain_order(request)
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("ORDER_NOT_FOUND"));
    world.stop().await;
}
