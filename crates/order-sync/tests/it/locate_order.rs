//! Why an order is not here.

use chrono::{DateTime, TimeDelta, Utc};
use moa_proto::moa::channel_proxy::v1::ClaimState;
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::OrderWhereabouts;
use moa_service::{reason_of, timestamp};
use order_sync::Stream;
use sqlx::PgPool;

use crate::world::{World, cancel};

const LISTS: [Stream; 4] = [
    Stream::OrdersPlaced,
    Stream::OrdersAcknowledged,
    Stream::OrdersDispatched,
    Stream::OrdersDelivered,
];

impl World {
    async fn locate(&self, id: &str, ordered_at: Option<DateTime<Utc>>) -> pb::LocateOrderResponse {
        let request = self.question(id, ordered_at);
        let mut client = self.coverage_client().await;
        client.locate_order(request).await.unwrap().into_inner()
    }

    fn question(&self, id: &str, ordered_at: Option<DateTime<Utc>>) -> pb::LocateOrderRequest {
        pb::LocateOrderRequest {
            merchant_id: self.account.merchant_id.to_string(),
            channel_account_id: self.account.channel_account_id.to_string(),
            channel_order_id: id.to_owned(),
            ordered_at: ordered_at.map(timestamp),
        }
    }

    /// Reads every list of orders.
    async fn read_lists(&self) {
        for stream in LISTS {
            self.collect(stream).await;
        }
    }
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_order_that_is_here_is_named_with_its_state_and_pages(pool: PgPool) {
    let world = World::known(pool).await;
    world.channel.place("1001", &["a"]);
    world.read_lists().await;
    let found = world.locate("1001", None).await;
    assert_eq!(found.whereabouts(), OrderWhereabouts::Here);
    assert_eq!(found.order_id, world.the_order().await.order_id);
    assert_eq!(found.order_state(), pb::OrderState::Placed);
    assert!(found.stored_at.is_some());
    assert_eq!(found.pages.len(), 1);
    assert!(found.pages[0].stored_at.is_some());
    assert_eq!(found.streams.len(), 4, "its time is known");
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_parked_order_says_why(pool: PgPool) {
    let world = World::known(pool).await;
    world.channel.reject("1001", "shippingPrice: is no amount");
    world.read_lists().await;
    let found = world.locate("1001", None).await;
    assert_eq!(found.whereabouts(), OrderWhereabouts::Parked);
    assert_eq!(found.parked_rows[0].reason, "shippingPrice: is no amount");
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_order_that_a_page_names_but_nobody_stored_is_told_by_the_page(pool: PgPool) {
    let world = World::known(pool).await;
    world.channel.place("1001", &["a"]);
    world.read_lists().await;
    // As if storing had been given up after the page was kept.
    sqlx::query("UPDATE order_sync.orders SET channel_order_id = 'another'")
        .execute(&world.pool)
        .await
        .unwrap();
    sqlx::query("UPDATE order_sync.raw_pages SET parsed_at = NULL")
        .execute(&world.pool)
        .await
        .unwrap();
    let found = world.locate("1001", None).await;
    assert_eq!(found.whereabouts(), OrderWhereabouts::SeenNotStored);
    assert_eq!(found.pages[0].stream, "orders.placed");
    assert_eq!(found.pages[0].stored_at, None);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_order_that_was_never_shown_is_told_by_the_windows_of_its_minute(pool: PgPool) {
    let world = World::known(pool).await;
    world
        .channel
        .claim(cancel("c1", "1001", ClaimState::Requested, &[("a", 1)]));
    world.read_lists().await;
    let placed_at = world.clock.now() - TimeDelta::minutes(2);
    let unknown = world.locate("1001", None).await;
    assert_eq!(unknown.whereabouts(), OrderWhereabouts::TimeNeeded);
    assert_eq!(unknown.streams, []);

    // Read already, but sooner than the channel must show it.
    let early = world.locate("1001", Some(placed_at)).await;
    assert_eq!(early.whereabouts(), OrderWhereabouts::NotReadYet);
    assert_eq!(
        (early.streams[0].readings, early.streams[0].early_readings),
        (0, 1)
    );

    world.clock.advance(TimeDelta::minutes(11));
    world.channel.refuse(Some("CHANNEL_BANNED"));
    world.try_collect(Stream::OrdersPlaced).await.unwrap_err();
    sqlx::query(
        "UPDATE order_sync.cursors
         SET consecutive_failures = 1, last_failure_reason = 'CHANNEL_BANNED'
         WHERE stream = 'orders.placed'",
    )
    .execute(&world.pool)
    .await
    .unwrap();
    let refused = world.locate("1001", Some(placed_at)).await;
    assert_eq!(refused.whereabouts(), OrderWhereabouts::NotReadYet);
    assert_eq!(refused.streams[0].failure_reason, "CHANNEL_BANNED");

    world.channel.refuse(None);
    world.read_lists().await;
    world.collect(Stream::Claims).await;
    let covered = world.locate("1001", Some(placed_at)).await;
    assert_eq!(covered.whereabouts(), OrderWhereabouts::NeverShown);
    for stream in &covered.streams {
        assert_eq!(stream.readings, 1, "{stream:?}");
        assert!(stream.last_read_at.is_some() && stream.failure_reason.is_empty());
    }
    assert_eq!(covered.waiting_claims[0].channel_claim_id, "c1");
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_minute_of_the_unread_past_says_so_and_one_without_evidence_too(pool: PgPool) {
    let world = World::known(pool).await;
    world.read_lists().await;
    let days_ago = |days| Some(world.clock.now() - TimeDelta::days(days));
    let unread = world.locate("1001", days_ago(3)).await;
    assert_eq!(unread.whereabouts(), OrderWhereabouts::NotReadYet);
    assert!(unread.streams.iter().all(|stream| stream.unread));
    let gone = world.locate("1001", days_ago(100)).await;
    assert_eq!(gone.whereabouts(), OrderWhereabouts::EvidenceGone);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_question_that_means_nothing_is_refused_by_field(pool: PgPool) {
    let world = World::known(pool).await;
    let mut client = world.coverage_client().await;
    let future = world.clock.now() + TimeDelta::minutes(1);
    for (question, field) in [
        (world.question(" ", None), "channel_order_id"),
        (world.question(&"9".repeat(201), None), "channel_order_id"),
        (world.question("1001", Some(future)), "ordered_at"),
        (
            world.question("1001", Some(DateTime::UNIX_EPOCH)),
            "ordered_at",
        ),
    ] {
        let refused = client.locate_order(question).await.unwrap_err();
        assert!(refused.message().starts_with(field), "{refused}");
    }
    let foreign = pb::LocateOrderRequest {
        merchant_id: "0192aaaa-0000-7000-8000-000000000001".to_owned(),
        ..world.question("1001", None)
    };
    let refused = client.locate_order(foreign).await.unwrap_err();
    assert_eq!(reason_of(&refused).unwrap(), "CHANNEL_ACCOUNT_NOT_FOUND");
}
