//! Pages of many reads under few turns.

use moa_testkit::eventually;
use order_sync::{Collected, Stream};
use sqlx::PgPool;

use crate::fake_channel::order;
use crate::world::World;

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_read_that_waits_for_its_channel_keeps_nobody_out(pool: PgPool) {
    let world = World::with(pool, &[("MOA_ORDER_SYNC_CONCURRENT_POLLS", "1")]).await;
    world.channel.place("1001", &["a"]);
    world.channel.close_gate(0);
    let mut slow = Box::pin(world.collect(Stream::OrdersPlaced));
    let mut other = Box::pin(world.collect(Stream::Claims));
    let both_ask = eventually(|| async {
        let asked = world.channel.calls("LINE_STATE_PLACED") + world.channel.calls("CLAIMS");
        (asked == 2).then_some(())
    });
    tokio::select! {
        _ = &mut slow => panic!("the channel has not answered"),
        _ = &mut other => panic!("the channel has not answered"),
        () = both_ask => {}
    }
    world.channel.open_gate();
    let (slow, other) = futures::join!(slow, other);
    assert_eq!((slow.placed, other.rows), (1, 0));
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn pages_that_gather_while_the_database_is_busy_are_stored_together(pool: PgPool) {
    let world = World::with(pool, &[("MOA_ORDER_SYNC_CONCURRENT_POLLS", "2")]).await;
    for number in 0..8 {
        world.channel.place(&format!("10{number}"), &["a"]);
    }
    world.channel.page_size(1);
    assert_eq!(collect_while_busy(&world, 8).await.placed, 8);

    let transactions = transactions_of_orders(&world).await;
    // The first page does not wait for the second, which does not come soon; all others gather behind it.
    assert!(transactions <= 3, "{transactions} transactions for 8 pages");
    let digests: i64 = sqlx::query_scalar("SELECT count(*) FROM order_sync.page_digests")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(digests, 8);
    assert_eq!(world.collect(Stream::OrdersPlaced).await.changed, 0);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn pages_before_one_that_does_not_come_soon_are_stored_without_it(pool: PgPool) {
    let world = World::new(pool).await;
    for number in 0..4 {
        world.channel.place(&format!("10{number}"), &["a"]);
    }
    world.channel.page_size(1);
    world.channel.close_gate(2);
    let mut reading = Box::pin(world.collect(Stream::OrdersPlaced));
    let stored = eventually(|| async {
        let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM order_sync.orders")
            .fetch_one(&world.pool)
            .await
            .unwrap();
        (stored == 2).then_some(())
    });
    tokio::select! {
        _ = &mut reading => panic!("the channel has not answered"),
        () = stored => {}
    }
    world.channel.open_gate();
    assert_eq!(reading.await.placed, 4);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn pages_that_come_soon_are_stored_together(pool: PgPool) {
    let world = World::new(pool).await;
    for number in 100..140 {
        world.channel.place(&number.to_string(), &["a"]);
    }
    world.channel.page_size(1);
    assert_eq!(world.collect(Stream::OrdersPlaced).await.placed, 40);
    let transactions = transactions_of_orders(&world).await;
    // One, and another for each page that a busy machine kept.
    assert!(
        transactions < 10,
        "{transactions} transactions for 40 pages"
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_list_of_more_pages_than_there_is_room_for_is_stored(pool: PgPool) {
    let world = World::new(pool).await;
    for number in 100..200 {
        world.channel.place(&number.to_string(), &["a"]);
    }
    world.channel.page_size(1);
    assert_eq!(world.collect(Stream::OrdersPlaced).await.placed, 100);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_order_whose_parts_stand_on_two_pages_that_are_stored_at_once_is_whole(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.put_part(order("100", &["a"]));
    world.channel.put_part(order("100", &["b"]));
    world.channel.place("101", &["c"]);
    world.channel.page_size(1);
    let collected = collect_while_busy(&world, 3).await;
    assert_eq!((collected.placed, collected.parked), (2, 0));
    let lines: Vec<(String, String)> = sqlx::query_as(
        "SELECT o.channel_order_id, l.channel_line_id
         FROM order_sync.orders o
         JOIN order_sync.order_lines l USING (merchant_id, order_id)
         ORDER BY 1, 2",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    let expected = [("100", "a"), ("100", "b"), ("101", "c")];
    let expected = expected.map(|(order, line)| (order.to_owned(), line.to_owned()));
    assert_eq!(lines, expected);
}

/// Reads a window of so many pages while nothing can be stored, since somebody holds the lease's row. The first page is read
/// before the others, and the row is let go once the transactions of both wait for it.
async fn collect_while_busy(world: &World, pages: usize) -> Collected {
    let mut busy = moa_service::begin(&world.pool).await.unwrap();
    sqlx::query("SELECT FROM order_sync.leases FOR UPDATE")
        .execute(&mut *busy)
        .await
        .unwrap();
    world.channel.close_gate(1);
    let mut reading = Box::pin(world.collect(Stream::OrdersPlaced));
    tokio::select! {
        _ = &mut reading => panic!("the database is busy"),
        () = transactions_wait(world, 1) => {}
    }
    world.channel.open_gate();
    tokio::select! {
        _ = &mut reading => panic!("the database is busy"),
        () = transactions_wait(world, 2) => {}
    }
    let all_read =
        eventually(|| async { (world.channel.calls("LINE_STATE_PLACED") == pages).then_some(()) });
    tokio::select! {
        _ = &mut reading => panic!("the database is busy"),
        () = all_read => {}
    }
    busy.rollback().await.unwrap();
    reading.await
}

/// How many transactions stored the orders.
async fn transactions_of_orders(world: &World) -> i64 {
    sqlx::query_scalar("SELECT count(DISTINCT xmin::text) FROM order_sync.orders")
        .fetch_one(&world.pool)
        .await
        .unwrap()
}

async fn transactions_wait(world: &World, count: i64) {
    eventually(|| async {
        let waiting: i64 = sqlx::query_scalar(
            "SELECT count(*)
             FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(&world.pool)
        .await
        .unwrap();
        (waiting == count).then_some(())
    })
    .await;
}
