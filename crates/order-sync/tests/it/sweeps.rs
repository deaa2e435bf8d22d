//! How far back is looked, and when.

use chrono::TimeDelta;
use moa_service::timestamp;
use order_sync::Stream;
use sqlx::PgPool;

use crate::world::{World, order};

impl World {
    /// Shows an order that was placed so many days ago.
    fn place_old(&self, id: &str, days: i64) {
        let mut old = order(id, &["a"]);
        old.ordered_at = Some(timestamp(self.clock.now() - TimeDelta::days(days)));
        self.channel.put(old);
    }
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn the_first_contact_finds_open_orders_of_weeks_ago(pool: PgPool) {
    let world = World::new(pool).await;
    world.place_old("1001", 29);
    let collected = world.collect(Stream::OrdersPlaced).await;
    assert_eq!((collected.placed, collected.caught_up), (1, true));
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_order_that_shows_days_late_is_found_by_the_deep_sweep_of_a_day(pool: PgPool) {
    let world = World::new(pool).await;
    world.collect(Stream::OrdersPlaced).await;
    world.place_old("1001", 5);
    for _ in 0..3 {
        world.clock.advance(TimeDelta::hours(7));
        let collected = world.collect(Stream::OrdersPlaced).await;
        assert_eq!(collected.placed, 0, "an hourly sweep looks a day back");
    }
    world.clock.advance(TimeDelta::hours(4));
    let collected = world.collect(Stream::OrdersPlaced).await;
    assert_eq!(collected.placed, 1);
    // And not again before another day.
    world.collect(Stream::OrdersPlaced).await;
    world.clock.advance(TimeDelta::hours(2));
    world.place_old("1002", 5);
    let collected = world.collect(Stream::OrdersPlaced).await;
    assert_eq!(collected.placed, 0);
}
