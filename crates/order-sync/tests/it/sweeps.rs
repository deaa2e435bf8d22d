//! How far back is looked, and when.

use chrono::TimeDelta;
use moa_service::timestamp;
use order_sync::Stream;
use sqlx::PgPool;

use crate::world::{World, order};

impl World {
    /// Shows an order that was placed so many days ago.
    fn place_old(&self, id: &str, days: i64) {
        self.place_ago(id, TimeDelta::days(days));
    }

    /// Shows an order that was placed so long ago.
    pub(crate) fn place_ago(&self, id: &str, ago: TimeDelta) {
        let mut old = order(id, &["a"]);
        old.ordered_at = Some(timestamp(self.clock.now() - ago));
        self.channel.put(old);
    }

    /// Reads all of a stream's past; gives how many orders were placed by it.
    pub(crate) async fn collect_past(&self, stream: Stream) -> usize {
        let mut placed = 0;
        while let Some(read) = self
            .app
            .collect_past(&self.account, stream, &self.lease)
            .await
            .unwrap()
        {
            placed += read.placed;
        }
        placed
    }
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn the_first_contact_finds_open_orders_of_weeks_ago(pool: PgPool) {
    let world = World::new(pool).await;
    world.place_old("1001", 29);
    let collected = world.collect(Stream::OrdersPlaced).await;
    assert_eq!(collected.placed, 0, "the present is read first");
    assert_eq!(world.collect_past(Stream::OrdersPlaced).await, 1);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_order_that_shows_days_late_is_found_by_the_deep_sweep_of_a_day(pool: PgPool) {
    let world = World::new(pool).await;
    world.collect(Stream::OrdersPlaced).await;
    world.collect_past(Stream::OrdersPlaced).await;
    world.place_old("1001", 5);
    for _ in 0..3 {
        world.clock.advance(TimeDelta::hours(7));
        // Each silence of hours leaves a past to be read first.
        world.collect(Stream::OrdersPlaced).await;
        world.collect_past(Stream::OrdersPlaced).await;
        let collected = world.collect(Stream::OrdersPlaced).await;
        assert_eq!(collected.placed, 0, "an hourly sweep looks a day back");
    }
    world.clock.advance(TimeDelta::hours(4));
    world.collect(Stream::OrdersPlaced).await;
    world.collect_past(Stream::OrdersPlaced).await;
    let collected = world.collect(Stream::OrdersPlaced).await;
    assert_eq!(collected.placed, 1);
    // And not again before another day.
    world.collect(Stream::OrdersPlaced).await;
    world.clock.advance(TimeDelta::hours(2));
    world.place_old("1002", 5);
    world.collect(Stream::OrdersPlaced).await;
    world.collect_past(Stream::OrdersPlaced).await;
    let collected = world.collect(Stream::OrdersPlaced).await;
    assert_eq!(collected.placed, 0);
}
