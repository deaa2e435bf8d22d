//! Pages that are read again.

use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1::{CallClass, LineState};
use order_sync::Stream;
use sqlx::PgPool;

use crate::world::World;

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn reading_an_unchanged_window_writes_no_rows(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.channel.place("1002", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    let before = state_of_rows(&world).await;

    for _ in 0..3 {
        let again = world.collect(Stream::OrdersPlaced).await;
        assert_eq!((again.rows, again.changed), (2, 0));
    }
    assert_eq!(world.channel.unchanged(), 3, "rows that nobody needs");
    assert_eq!(state_of_rows(&world).await, before);
    assert_eq!(
        world.count("raw_pages").await,
        1,
        "the same page is not kept again"
    );
    assert_eq!(
        world.count("poll_windows").await,
        4,
        "but each look is evidence"
    );
}

/// Every row version of what may not be touched: xmin changes with any write, also with one that changes nothing.
async fn state_of_rows(world: &World) -> Vec<String> {
    let mut rows = Vec::new();
    for table in [
        "orders",
        "order_lines",
        "order_contacts",
        "listings",
        "outbox",
        "raw_pages",
    ] {
        let sql = format!("SELECT xmin::text || ctid::text FROM order_sync.{table} ORDER BY 1");
        let found: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_all(&world.pool)
            .await
            .unwrap();
        rows.extend(found);
    }
    rows
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_list_of_acts_comes_whole_however_well_it_is_known(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.channel.move_to("1001", LineState::Acknowledged);
    for _ in 0..2 {
        world.collect(Stream::OrdersAcknowledged).await;
    }
    assert_eq!(world.count("raw_pages").await, 1);
    assert_eq!(world.channel.unchanged(), 0);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_page_that_was_gone_is_news_when_it_comes_back(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.page_size(1);
    world.channel.place("1001", &["a"]);
    world.channel.place("1002", &["b"]);
    world.collect(Stream::OrdersPlaced).await;
    let name = |name: &'static str| {
        world.channel.change("1002", |order| {
            order.lines[0].product_name = name.to_owned()
        });
    };
    // The second page's order moves up under another name, and back under its old one.
    name("배");
    world.channel.move_to("1001", LineState::Acknowledged);
    world.collect(Stream::OrdersPlaced).await;
    name("사과 b");
    world.channel.move_to("1001", LineState::Placed);
    world.collect(Stream::OrdersPlaced).await;
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT product_name FROM order_sync.order_lines WHERE channel_line_id LIKE '%b%'",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert_eq!(names, ["사과 b"]);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn what_a_sweep_saw_is_news_again_once_another_look_changed_it(pool: PgPool) {
    let world = World::new(pool).await;
    let placed = Stream::OrdersPlaced;
    let name = |name: &'static str| {
        world.channel.change("1001", |order| {
            order.lines[0].product_name = name.to_owned()
        });
    };
    let sweeps = || {
        let reads = world.channel.reads();
        reads
            .iter()
            .filter(|(class, ..)| *class == CallClass::Sweep)
            .count()
    };
    let half_an_hour = TimeDelta::minutes(31);
    world.collect(placed).await;
    world.collect_past(placed).await;
    let before = sweeps();
    world.clock.advance(half_an_hour);
    world.collect(placed).await;
    world.clock.advance(half_an_hour);
    world.place_ago("1001", TimeDelta::minutes(3));
    name("사과");
    world.collect(placed).await;
    assert_eq!(sweeps(), before + 1);
    name("배");
    world.collect(placed).await;
    assert_eq!(sweeps(), before + 1);
    world.clock.advance(half_an_hour);
    world.collect(placed).await;
    name("사과");
    world.clock.advance(half_an_hour);
    world.collect(placed).await;
    assert_eq!(sweeps(), before + 2);
    assert_eq!(world.the_order().await.lines[0].product_name, "사과");
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_page_that_an_earlier_release_stored_is_news_once(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    sqlx::query("UPDATE order_sync.page_digests SET sha256 = substr(sha256, 2)")
        .execute(&world.pool)
        .await
        .unwrap();
    for unchanged in [0, 1] {
        world.collect(Stream::OrdersPlaced).await;
        assert_eq!(world.channel.unchanged(), unchanged);
    }
    assert_eq!(world.count("raw_pages").await, 2);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_new_order_in_a_known_page_touches_only_itself(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    world.channel.place("1002", &["a"]);
    let collected = world.collect(Stream::OrdersPlaced).await;
    assert_eq!((collected.rows, collected.changed), (2, 1));
    assert_eq!(world.told("OrderChanged").await, 0);
    assert_eq!(world.told("ListingSeen").await, 1);
}
