//! A collector that lost its lease writes nothing more.

use moa_testkit::eventually;
use order_sync::{Error, Stream};
use sqlx::PgPool;

use crate::world::World;

/// Another process takes the lease over.
async fn take_lease_away(world: &World) {
    sqlx::query("UPDATE order_sync.leases SET fence = fence + 1, holder = gen_random_uuid()")
        .execute(&world.pool)
        .await
        .unwrap();
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn nothing_moves_after_the_lease_was_lost_before_the_first_page(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.channel.close_gate(0);
    let meanwhile = async {
        eventually(|| async { (world.channel.calls("LINE_STATE_PLACED") == 1).then_some(()) })
            .await;
        take_lease_away(&world).await;
        world.channel.open_gate();
    };
    let (result, ()) = tokio::join!(world.try_collect(Stream::OrdersPlaced), meanwhile);
    assert!(matches!(result, Err(Error::LeaseLost)), "{result:?}");
    for table in ["raw_pages", "poll_windows", "orders", "outbox", "cursors"] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn the_mark_stays_when_the_lease_is_lost_between_two_pages(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.channel.place("1002", &["a"]);
    world.channel.page_size(1);
    world.channel.close_gate(1);
    let meanwhile = async {
        // The first page is stored while the second one is on its way.
        eventually(|| async { (world.told("OrderPlaced").await == 1).then_some(()) }).await;
        take_lease_away(&world).await;
        world.channel.open_gate();
    };
    let (result, ()) = tokio::join!(world.try_collect(Stream::OrdersPlaced), meanwhile);
    assert!(matches!(result, Err(Error::LeaseLost)), "{result:?}");
    assert_eq!(world.count("orders").await, 1);
    assert_eq!(world.count("cursors").await, 0);
    let closed: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM order_sync.poll_windows WHERE closed_at IS NOT NULL",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert_eq!(closed, 0, "a window that was given up proves nothing");
}
