//! The past is read beside the present, in order.

use chrono::{DateTime, TimeDelta, Utc};
use moa_proto::moa::channel_proxy::v1::CallClass;
use moa_proto::moa::order_sync::v1 as pb;
use moa_service::{parse_timestamp, reason_of};
use order_sync::Stream;
use sqlx::PgPool;

use crate::world::World;

fn at(time: Option<prost_types::Timestamp>) -> DateTime<Utc> {
    parse_timestamp("at", time).unwrap()
}

impl World {
    async fn read_part(&self) -> Option<usize> {
        let read = self
            .app
            .collect_past(&self.account, Stream::OrdersPlaced, &self.lease);
        read.await.unwrap().map(|read| read.placed)
    }
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_new_order_does_not_wait_for_the_month_before_the_first_contact(pool: PgPool) {
    let world = World::known(pool).await;
    world.place_ago("old", TimeDelta::hours(29 * 24 - 12));
    world.place_ago("new", TimeDelta::minutes(3));
    assert_eq!(world.collect(Stream::OrdersPlaced).await.placed, 1);
    assert_eq!(world.the_order().await.channel_order_id, "new");

    let unread = world.placed_coverage().await.unread_past.unwrap();
    assert_eq!(unread.began_from, unread.reached_at);
    let span = at(unread.until) - at(unread.began_from);
    assert_eq!(span, TimeDelta::days(30) - TimeDelta::hours(1));
    assert_eq!(world.read_part().await, Some(0));
    assert_eq!(world.read_part().await, Some(1), "the oldest first");

    // Between two parts the present is read as ever.
    world.place_ago("newer", TimeDelta::minutes(1));
    assert_eq!(world.collect(Stream::OrdersPlaced).await.placed, 1);
    let unread = world.placed_coverage().await.unread_past.unwrap();
    let reached = at(unread.reached_at) - at(unread.began_from);
    assert_eq!(reached, TimeDelta::days(2));

    while world.read_part().await.is_some() {}
    assert_eq!(world.placed_coverage().await.unread_past, None);
    let reads = world.channel.reads();
    let parts: Vec<_> = reads
        .iter()
        .filter(|(class, ..)| *class == CallClass::Sweep)
        .collect();
    assert_eq!(parts.len(), 30, "a day at a time, of the sweeps' share");
    let joined = parts.windows(2).all(|pair| pair[0].2 == pair[1].1);
    assert!(joined, "without a gap");
    assert_eq!(reads.len() - parts.len(), 2, "the present twice");
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn what_was_placed_during_an_outage_comes_after_the_present_and_is_nobody_s_delay(
    pool: PgPool,
) {
    let world = World::known(pool).await;
    world.collect(Stream::OrdersPlaced).await;
    world.collect_past(Stream::OrdersPlaced).await;
    world.clock.advance(TimeDelta::hours(50));
    for (id, hours) in [("first", 49), ("second", 30), ("third", 2)] {
        world.place_ago(id, TimeDelta::hours(hours));
    }
    world.place_ago("now", TimeDelta::minutes(5));
    assert_eq!(world.collect(Stream::OrdersPlaced).await.placed, 1);
    assert_eq!(world.the_order().await.channel_order_id, "now");
    assert_eq!(world.read_part().await, Some(2), "a day and the overlap");
    assert_eq!(world.read_part().await, Some(0));
    assert_eq!(world.read_part().await, Some(1));
    assert_eq!(world.read_part().await, None);
    let late: i64 = sqlx::query_scalar("SELECT sum(late_count) FROM order_sync.poll_windows")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(late, 0);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_part_that_fails_is_read_again(pool: PgPool) {
    let world = World::known(pool).await;
    world.place_ago("old", TimeDelta::days(29) + TimeDelta::hours(12));
    world.collect(Stream::OrdersPlaced).await;
    world.channel.refuse(Some("CHANNEL_UNREACHABLE"));
    let part = world
        .app
        .collect_past(&world.account, Stream::OrdersPlaced, &world.lease);
    part.await.unwrap_err();
    world.channel.refuse(None);
    assert_eq!(world.read_part().await, Some(1));
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_merchant_has_a_chosen_past_read_again(pool: PgPool) {
    let world = World::known(pool).await;
    let mut client = world.coverage_client().await;
    let request = |days| pb::StartBackfillRequest {
        merchant_id: world.account.merchant_id.to_string(),
        channel_account_id: world.account.channel_account_id.to_string(),
        days,
    };
    let early = client.start_backfill(request(3)).await.unwrap();
    assert_eq!(
        early.into_inner().streams,
        0,
        "the first contact looks back"
    );

    world.collect(Stream::OrdersPlaced).await;
    world.collect_past(Stream::OrdersPlaced).await;
    world.place_ago("forgotten", TimeDelta::days(40));
    let before = world.placed_coverage().await;
    let started = client.start_backfill(request(10)).await.unwrap();
    assert_eq!(started.into_inner().streams, 1);
    let covered = world.placed_coverage().await;
    assert_eq!(
        covered.watermark_at, before.watermark_at,
        "what was read is read"
    );
    assert!(covered.unread_past.unwrap().again);
    assert_eq!(world.collect_past(Stream::OrdersPlaced).await, 0);

    // Further back than the first contact looked.
    client.start_backfill(request(45)).await.unwrap();
    let unread = world.placed_coverage().await.unread_past.unwrap();
    assert!(!unread.again);
    assert_eq!(
        at(unread.began_from),
        world.clock.now() - TimeDelta::days(45)
    );
    assert_eq!(world.read_part().await, Some(0));
    // Asking for less changes nothing of what is under way.
    client.start_backfill(request(10)).await.unwrap();
    let unread = world.placed_coverage().await.unread_past.unwrap();
    assert_eq!(
        at(unread.reached_at) - at(unread.began_from),
        TimeDelta::days(1)
    );
    // An outage leaves what was never read, and no less of it for what is read again beside it.
    world.clock.advance(TimeDelta::hours(3));
    world.collect(Stream::OrdersPlaced).await;
    let covered = world.placed_coverage().await;
    let unread = covered.unread_past.unwrap();
    assert!(!unread.again && at(covered.watermark_at) <= at(before.watermark_at));
    assert_eq!(world.collect_past(Stream::OrdersPlaced).await, 1);

    for days in [0, 91] {
        let refused = client.start_backfill(request(days)).await.unwrap_err();
        assert!(
            refused.message().contains("days must be between 1 and 90"),
            "{refused}"
        );
    }
    let unknown = pb::StartBackfillRequest {
        channel_account_id: world.account.merchant_id.to_string(),
        ..request(3)
    };
    let refused = client.start_backfill(unknown).await.unwrap_err();
    assert_eq!(reason_of(&refused).unwrap(), "CHANNEL_ACCOUNT_NOT_FOUND");
}
