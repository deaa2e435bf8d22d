//! Orders are mirrored in the order of their versions, and without anything that could be left out.

use moa_proto::moa::order_sync::v1::OrderState;
use sqlx::PgPool;

use crate::world::{MUG, World};

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_lower_version_that_comes_later_changes_nothing(pool: PgPool) {
    let world = World::start(pool).await;
    let mut order = world.accepted(&[(MUG, "box-1")]).await;
    let mut late = order.clone();
    late.version = 2;
    late.lines[0].quantity = 5;
    order.version = 3;
    order.lines[0].state = OrderState::Cancelled.into();
    // Once in one batch with the newer one, once in a later batch.
    world.publish_change(&order);
    world.publish_change(&late);
    world.has_heard_everything().await;
    world.publish_change(&late);
    world.has_planned_everything().await;
    let (version, state, quantity): (i64, String, i32) = sqlx::query_as(
        "SELECT o.version, l.state, l.quantity
         FROM fulfillment.orders o JOIN fulfillment.order_lines l USING (merchant_id, order_id)",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert_eq!((version, state.as_str(), quantity), (3, "CANCELLED", 1));
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn a_state_that_is_not_known_holds_the_line(pool: PgPool) {
    let world = World::start(pool).await;
    let mut order = world.accepted(&[(MUG, "box-1")]).await;
    world.change(&mut order, |order| {
        order.lines[0].state = OrderState::Unspecified.into();
        order.lines[0].unknown_state = "TELEPORTED".to_owned();
    });
    world.has_planned_everything().await;
    assert_eq!(world.blockers(&order).await, ["CHANNEL_STATE_UNKNOWN"]);
    world.stop().await;
}

#[sqlx::test(migrator = "fulfillment::MIGRATOR")]
async fn orders_of_two_merchants_do_not_mix(pool: PgPool) {
    let mut world = World::start(pool).await;
    let ours = world.accepted(&[(MUG, "box-1")]).await;
    let first_merchant = world.merchant_id;
    world.merchant_id = uuid::Uuid::from_u128(3);
    let theirs = world.accepted(&[(MUG, "box-1")]).await;
    world.pack(&theirs).await;
    let stolen = world.create(world.packing(&ours, &[0])).await.unwrap_err();
    assert_eq!(
        moa_service::reason_of(&stolen).as_deref(),
        Some("ORDER_NOT_FOUND")
    );
    assert!(world.shipments(&ours).await.is_empty());
    world.merchant_id = first_merchant;
    assert!(world.shipments(&theirs).await.is_empty());
    world.stop().await;
}
