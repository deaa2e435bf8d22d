//! An order that only a sweep showed lets windows reach further back for a while.

use chrono::TimeDelta;
use order_sync::Stream;
use sqlx::PgPool;

use crate::world::World;

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_order_that_only_a_sweep_shows_widens_the_overlap_until_days_were_quiet(pool: PgPool) {
    let world = World::known(pool).await;
    world.collect(Stream::OrdersPlaced).await;
    world.collect_past(Stream::OrdersPlaced).await;
    world.poll_for(50).await;
    // Shown three quarters of an hour after it was placed: the overlap of half an hour misses it.
    world.place_ago("1001", TimeDelta::minutes(45));
    assert_eq!(world.collect(Stream::OrdersPlaced).await.placed, 0);
    assert_eq!(world.placed_coverage().await.late_arrivals, 0);
    world.poll_for(16).await;
    assert_eq!(world.orders().await.len(), 1, "the hourly sweep has it");

    let coverage = world.placed_coverage().await;
    assert_eq!(coverage.late_arrivals, 1);
    let (now, asked) = (coverage.overlap_seconds, coverage.channel_overlap_seconds);
    assert_eq!((now, asked), (3600, 1800));
    world.collect(Stream::OrdersPlaced).await;
    let windows = world.channel.windows();
    let [.., before, last] = windows.as_slice() else {
        panic!("windows were read");
    };
    // The newest five seconds of a window do not count.
    assert_eq!(
        last.0,
        before.1 - TimeDelta::seconds(5) - TimeDelta::hours(1)
    );
    // The next one as late is found by an ordinary window.
    world.place_ago("1002", TimeDelta::minutes(45));
    assert_eq!(world.collect(Stream::OrdersPlaced).await.placed, 1);

    world.clock.advance(TimeDelta::hours(71));
    assert_eq!(world.placed_coverage().await.overlap_seconds, 3600);
    world.clock.advance(TimeDelta::hours(25));
    assert_eq!(world.placed_coverage().await.overlap_seconds, 1800 + 450);
    world.clock.advance(TimeDelta::days(10));
    assert_eq!(world.placed_coverage().await.overlap_seconds, 1800);
}
