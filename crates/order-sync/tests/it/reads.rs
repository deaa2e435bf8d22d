//! Lists and single orders.

use moa_proto::moa::feed::v1::SubscribeRequest;
use moa_proto::moa::feed::v1::feed_service_client::FeedServiceClient;
use moa_proto::moa::order_sync::v1 as pb;
use moa_service::{ServiceName, reason_of};
use order_sync::Stream;
use prost::Message;
use sqlx::PgPool;

use crate::world::{World, order};

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn orders_are_listed_newest_first_page_by_page(pool: PgPool) {
    let world = World::new(pool).await;
    for number in 0..5_i64 {
        let mut placed = order(&format!("100{number}"), &["a"]);
        placed.ordered_at.as_mut().unwrap().seconds += number;
        world.channel.put(placed);
    }
    world.collect(Stream::OrdersPlaced).await;
    let mut client = world.client(ServiceName::Fulfillment).await;
    let mut request = pb::ListOrdersRequest {
        merchant_id: world.account.merchant_id.to_string(),
        page_size: 2,
        ..Default::default()
    };
    let mut seen = Vec::new();
    let mut cursors = Vec::new();
    loop {
        let page = client
            .list_orders(request.clone())
            .await
            .unwrap()
            .into_inner();
        seen.extend(page.orders.into_iter().map(|o| o.channel_order_id));
        cursors.push(page.feed_cursor.unwrap());
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
        // Something changes while somebody pages.
        world.channel.place("2000", &["b"]);
        world.collect(Stream::OrdersPlaced).await;
    }
    assert!(
        ["1004", "1003", "1002", "1001", "1000"]
            .iter()
            .all(|id| seen.contains(&(*id).to_owned()))
    );
    assert!(
        cursors.windows(2).all(|pair| pair[0] == pair[1]),
        "the cursor before the first page"
    );

    // The feed from there tells what the list could not show.
    let channel = world.channel_to_us(ServiceName::Fulfillment).await;
    let subscribe = SubscribeRequest {
        topic: "orders".to_owned(),
        consumer: "fulfillment.orders".to_owned(),
        after: Some(cursors[0]),
    };
    let mut feed = FeedServiceClient::new(channel)
        .subscribe(subscribe)
        .await
        .unwrap()
        .into_inner();
    // It may tell again what the list showed, when other transactions were running.
    loop {
        let batch = feed.message().await.unwrap().unwrap();
        let mut told = batch.events.iter().map(|event| {
            let placed = pb::OrderPlaced::decode(event.payload.clone()).unwrap();
            placed.order.unwrap().channel_order_id
        });
        if told.any(|id| id == "2000") {
            break;
        }
    }
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn lists_filter_by_state_and_channel(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    let mut client = world.client(ServiceName::Cli).await;
    let mut count = async |channel: &str, state: pb::OrderState| {
        let request = pb::ListOrdersRequest {
            merchant_id: world.account.merchant_id.to_string(),
            channel: channel.to_owned(),
            state: state.into(),
            ..Default::default()
        };
        client
            .list_orders(request)
            .await
            .unwrap()
            .into_inner()
            .orders
            .len()
    };
    assert_eq!(count("coupang", pb::OrderState::Placed).await, 1);
    assert_eq!(count("smartstore", pb::OrderState::Unspecified).await, 0);
    assert_eq!(count("", pb::OrderState::Dispatched).await, 0);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_order_of_another_merchant_is_not_found(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    let order = world.the_order().await;
    let mut client = world.client(ServiceName::AdminGateway).await;
    let mut request = pb::GetOrderRequest {
        merchant_id: world.account.merchant_id.to_string(),
        order_id: order.order_id.clone(),
    };
    let found = client
        .get_order(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(found.order, Some(order));
    request.merchant_id = world.account.channel_account_id.to_string();
    let refused = client.get_order(request).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("ORDER_NOT_FOUND"));
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn only_listed_callers_get_in(pool: PgPool) {
    let world = World::new(pool).await;
    let request = pb::ListOrdersRequest {
        merchant_id: world.account.merchant_id.to_string(),
        ..Default::default()
    };
    for caller in [
        ServiceName::StoreGateway,
        ServiceName::Catalog,
        ServiceName::Notification,
    ] {
        let mut client = world.client(caller).await;
        let refused = client.list_orders(request.clone()).await.unwrap_err();
        assert_eq!(
            reason_of(&refused).as_deref(),
            Some("CALL_NOT_ALLOWED"),
            "{caller}"
        );
    }
}
