//! Rows that could not be stored are tried again.

use chrono::TimeDelta;
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::channel_proxy::v1::ClaimState;
use moa_proto::moa::order_sync::v1 as pb;
use order_sync::{Retried, Stream};
use prost::Message;
use sqlx::PgPool;

use crate::world::{World, cancel, order};

impl World {
    async fn retry(&self) -> (usize, usize, usize) {
        self.clock.advance(TimeDelta::minutes(11));
        let Retried {
            tried,
            stored,
            left_to_sweep,
        } = self.app.retry_parked().await.unwrap();
        (tried, stored, left_to_sweep)
    }

    async fn parked(&self) -> Vec<pb::ParkedRow> {
        let request = pb::ListParkedRowsRequest {
            merchant_id: self.account.merchant_id.to_string(),
            ..Default::default()
        };
        let mut client = self.coverage_client().await;
        let listed = client.list_parked_rows(request).await.unwrap();
        listed.into_inner().parked_rows
    }
}

fn parsed(orders: &[channel::ChannelOrder]) -> channel::ParseOrdersResponse {
    channel::ParseOrdersResponse {
        orders: orders.to_vec(),
        rejected_rows: Vec::new(),
    }
}

fn rejected(id: &str, reason: &str) -> channel::ParseOrdersResponse {
    channel::ParseOrdersResponse {
        orders: Vec::new(),
        rejected_rows: vec![channel::RejectedRow {
            index: 0,
            channel_order_id: id.to_owned(),
            reason: reason.to_owned(),
        }],
    }
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn after_an_upgrade_a_parked_row_is_stored_from_the_page_that_was_kept(pool: PgPool) {
    let world = World::known(pool).await;
    world.channel.place("1001", &["a"]);
    world.channel.reject("1002", "giftFlag: is unknown");
    world.collect(Stream::OrdersPlaced).await;
    assert_eq!(world.parked().await[0].retries, 0);

    // The parser of today knows no more than that of yesterday.
    world
        .channel
        .upgrade_parser(rejected("1002", "giftFlag: is unknown"));
    assert_eq!(world.retry().await, (1, 0, 0));
    let parked = world.parked().await;
    assert_eq!(
        (parked[0].retries, parked[0].last_retry_reason.as_str()),
        (1, "giftFlag: is unknown")
    );
    let soon = world.app.retry_parked().await.unwrap();
    assert_eq!(soon.tried, 0, "not again at once");

    let orders = [order("1001", &["a"]), order("1002", &["b"])];
    world.channel.upgrade_parser(parsed(&orders));
    assert_eq!(world.retry().await, (1, 1, 0));
    let ids: Vec<String> = world
        .orders()
        .await
        .into_iter()
        .map(|o| o.channel_order_id)
        .collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert_eq!(world.parked().await, []);
    assert_eq!(world.told("OrderPlaced").await, 2);
    let page = &world.channel.parsed_pages()[1];
    assert_eq!(
        page.as_ref(),
        orders[0].encode_to_vec(),
        "the page as it came"
    );
    assert_eq!(
        world.channel.calls("FetchOrder"),
        0,
        "without a call to the channel"
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_row_whose_id_could_not_be_read_is_stored_with_its_page(pool: PgPool) {
    let world = World::known(pool).await;
    world.channel.place("1001", &["a"]);
    world.channel.reject("", "orderId: is missing");
    world.collect(Stream::OrdersPlaced).await;
    world
        .channel
        .upgrade_parser(rejected("", "orderId: is missing"));
    assert_eq!(world.retry().await, (1, 0, 0));
    let orders = [order("1001", &["a"]), order("1002", &["b"])];
    world.channel.upgrade_parser(parsed(&orders));
    assert_eq!(world.retry().await, (1, 1, 0));
    assert_eq!(world.orders().await.len(), 2);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn where_the_page_is_gone_the_channel_is_asked_for_the_order(pool: PgPool) {
    let world = World::known(pool).await;
    world.channel.reject("1001", "giftFlag: is unknown");
    world.collect(Stream::OrdersPlaced).await;
    sqlx::query("DELETE FROM order_sync.raw_pages")
        .execute(&world.pool)
        .await
        .unwrap();
    assert_eq!(world.retry().await, (1, 0, 0));
    let reason = world.parked().await.remove(0).last_retry_reason;
    assert_eq!(
        reason,
        "the channel shows it no more: cancelled or returned"
    );

    world.channel.place("1001", &["a"]);
    assert_eq!(world.retry().await, (1, 1, 0));
    assert_eq!(world.the_order().await.channel_order_id, "1001");
    assert_eq!(world.channel.parsed_pages().len(), 0);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_row_that_the_database_refuses_again_stays_parked_alone(pool: PgPool) {
    let world = World::known(pool).await;
    let mut poison = order("1001", &["a"]);
    poison.lines[0].product_name = "사\0과".to_owned();
    world.channel.put(poison.clone());
    world.channel.reject("1002", "giftFlag: is unknown");
    world.collect(Stream::OrdersPlaced).await;
    world
        .channel
        .upgrade_parser(parsed(&[poison, order("1002", &["b"])]));
    assert_eq!(world.retry().await, (2, 1, 0));
    assert_eq!(world.the_order().await.channel_order_id, "1002");
    let parked = world.parked().await;
    assert_eq!(parked.len(), 1);
    assert_eq!(
        parked[0].last_retry_reason,
        "refused by the database (22021)"
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn parked_claims_are_translated_anew_by_the_next_read_of_their_list(pool: PgPool) {
    let world = World::known(pool).await;
    let broken = cancel("c1", "1001", ClaimState::Requested, &[("a", 0)]);
    world.channel.claim(broken);
    world.collect(Stream::Claims).await;
    assert_eq!(world.count("page_digests").await, 1);
    assert_eq!(world.retry().await, (1, 0, 1));
    assert_eq!(world.count("page_digests").await, 0);
    let parked = world.parked().await;
    assert_eq!(parked[0].stream, "claims");
    assert_eq!(parked[0].last_retry_reason, "read again by the next sweep");
}
