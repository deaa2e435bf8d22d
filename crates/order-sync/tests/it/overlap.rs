//! Two transactions on one order.

use moa_proto::moa::channel_proxy::v1::{ClaimState, LineState};
use moa_proto::moa::order_sync::v1::OrderState;
use moa_testkit::eventually;
use order_sync::Stream;
use sqlx::PgPool;

use crate::world::{World, cancel};

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn overlapping_changes_of_one_order_get_versions_in_order(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    world.channel.move_to("1001", LineState::Acknowledged);
    world
        .channel
        .claim(cancel("c1", "1001", ClaimState::Requested, &[("a", 1)]));

    // Both have read the channel and wait for the order's row, which somebody else holds.
    let mut holder = moa_service::begin(&world.pool).await.unwrap();
    sqlx::query("SELECT FROM order_sync.orders FOR UPDATE")
        .execute(&mut *holder)
        .await
        .unwrap();
    let release = async {
        eventually(|| async {
            let waiting: i64 = sqlx::query_scalar(
                "SELECT count(*)
                 FROM pg_stat_activity
                 WHERE datname = current_database()
                   AND wait_event_type = 'Lock'
                   AND query LIKE '%order_sync.orders%'",
            )
            .fetch_one(&world.pool)
            .await
            .unwrap();
            (waiting == 2).then_some(())
        })
        .await;
        holder.commit().await.unwrap();
    };
    let (acknowledged, claimed, ()) = tokio::join!(
        world.collect(Stream::OrdersAcknowledged),
        world.collect(Stream::Claims),
        release,
    );
    assert_eq!((acknowledged.changed, claimed.changed), (1, 1));

    let mut versions: Vec<i64> = sqlx::query_scalar(
        "SELECT aggregate_version FROM order_sync.outbox WHERE topic = 'orders' ORDER BY seq",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert_eq!(versions, [1, 2, 3], "each change has its own version");
    versions.dedup();
    assert_eq!(versions.len(), 3);

    let order = world.the_order().await;
    assert_eq!(
        (order.version, order.state()),
        (3, OrderState::Acknowledged)
    );
    assert_eq!(order.lines[0].held_quantity, 1, "neither change was lost");
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn one_order_seen_first_in_two_lists_at_once_is_one_order(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a", "b"]);
    world.channel.change("1001", |order| {
        order.lines[1].state = LineState::Acknowledged.into()
    });

    // Both lists are read before either is stored.
    world.channel.close_gate(0);
    let release = async {
        eventually(|| async {
            let placed = world.channel.calls("LINE_STATE_PLACED");
            (placed + world.channel.calls("LINE_STATE_ACKNOWLEDGED") == 2).then_some(())
        })
        .await;
        world.channel.open_gate();
    };
    let (placed, acknowledged, ()) = tokio::join!(
        world.collect(Stream::OrdersPlaced),
        world.collect(Stream::OrdersAcknowledged),
        release,
    );
    assert_eq!(placed.placed + acknowledged.placed, 1);
    assert_eq!(world.told("OrderPlaced").await, 1);
    let order = world.the_order().await;
    assert_eq!((order.version, order.lines.len()), (2, 2));
}
