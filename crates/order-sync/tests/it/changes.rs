//! A channel whose orders are found by a feed of what changed.

use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1::{self as channel, LineState};
use moa_proto::moa::order_sync::v1::OrderState;
use order_sync::{Discovery, Stream};
use sqlx::PgPool;

use crate::rereads::{queue, settle};
use crate::world::World;

async fn world(pool: PgPool) -> World {
    let mut world = World::new(pool).await;
    world.account.discovery = Discovery::ChangesFeed;
    world.account.overlap = TimeDelta::minutes(10);
    world
}

#[test]
fn an_account_has_the_streams_of_how_its_orders_are_found() {
    assert_eq!(
        Stream::of(Discovery::ChangesFeed),
        [Stream::OrdersChanged, Stream::Claims]
    );
    assert_eq!(Stream::of(Discovery::BoxesByState).len(), 6);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn whatever_changed_is_taken_in_by_one_stream(pool: PgPool) {
    let world = world(pool).await;
    world.channel.place("1001", &["a", "b"]);
    let collected = world.collect(Stream::OrdersChanged).await;
    assert_eq!((collected.placed, collected.parked), (1, 0));
    assert_eq!(world.the_order().await.state(), OrderState::Placed);
    world.channel.move_to("1001", LineState::Dispatched);
    let collected = world.collect(Stream::OrdersChanged).await;
    assert_eq!((collected.placed, collected.changed), (0, 1));
    assert_eq!(world.the_order().await.state(), OrderState::Dispatched);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn windows_of_a_feed_overlap_as_the_channel_asks_and_leave_open_orders_to_sweeps(
    pool: PgPool,
) {
    let world = world(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersChanged).await;
    world.clock.advance(TimeDelta::minutes(40));
    world.collect(Stream::OrdersChanged).await;
    world.collect(Stream::OrdersChanged).await;
    let windows = world.channel.windows();
    let [.., before, last] = windows.as_slice() else {
        panic!("three windows were read");
    };
    // The newest five seconds of a window do not count, and the order of an hour ago is open all the while.
    let counted_to = before.1 - TimeDelta::seconds(5);
    assert_eq!(last.0, counted_to - TimeDelta::minutes(10));
    world.clock.advance(TimeDelta::hours(30));
    world.collect(Stream::OrdersChanged).await;
    world.collect_past(Stream::OrdersChanged).await;
    world.collect(Stream::OrdersChanged).await;
    let sweep = *world.channel.windows().last().unwrap();
    assert!(
        sweep.1 - sweep.0 > TimeDelta::hours(30),
        "back to the open order"
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn parcels_are_read_again_alone_since_a_feed_does_not_tell_of_what_was_accepted(
    pool: PgPool,
) {
    let world = world(pool).await;
    let lines = ["a", "b", "c", "d", "e", "f", "g"];
    for (order, line) in (1001..).zip(lines) {
        world.channel.place(&order.to_string(), &[line]);
    }
    world.collect(Stream::OrdersChanged).await;
    for order in 1001..1008 {
        world
            .channel
            .move_to(&order.to_string(), LineState::Acknowledged);
    }
    for order in 1001..1008 {
        queue(&world, &order.to_string(), "ACKNOWLEDGED").await;
    }
    assert!(settle(&world).await.is_empty(), "no list shows it");
    for order in world.orders().await {
        assert_eq!(order.state(), OrderState::Acknowledged);
    }
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn the_account_s_list_tells_how_its_orders_are_found(pool: PgPool) {
    let world = World::new(pool).await;
    let told = |discovery: channel::OrderDiscovery| channel::ChannelAccount {
        merchant_id: world.account.merchant_id.to_string(),
        channel_account_id: world.account.channel_account_id.to_string(),
        channel: "smartstore".to_owned(),
        state: channel::ChannelAccountState::Active.into(),
        version: 1,
        capabilities: Some(channel::ChannelCapabilities {
            order_discovery: discovery.into(),
            poll_overlap: Some(prost_types::Duration {
                seconds: 600,
                nanos: 0,
            }),
            ..Default::default()
        }),
        ..Default::default()
    };
    world
        .channel
        .list_accounts(&[told(channel::OrderDiscovery::ChangesFeed)]);
    world.app.reconcile_accounts().await.unwrap();
    let stored: (String, i64) =
        sqlx::query_as("SELECT order_discovery, overlap_seconds FROM order_sync.channel_accounts")
            .fetch_one(&world.pool)
            .await
            .unwrap();
    assert_eq!(stored, ("CHANGES_FEED".to_owned(), 600));

    world
        .channel
        .list_accounts(&[told(channel::OrderDiscovery::Unspecified)]);
    let refused = world.app.reconcile_accounts().await.unwrap_err();
    assert!(refused.to_string().contains("capabilities"), "{refused}");
}
