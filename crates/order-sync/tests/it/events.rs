//! One test per published event, as a consumer gets it.

use moa_outbox::FeedEvent;
use moa_proto::moa::channel_proxy::v1::LineState;
use moa_proto::moa::feed::v1::SubscribeRequest;
use moa_proto::moa::feed::v1::feed_service_client::FeedServiceClient;
use moa_proto::moa::order_sync::v1 as pb;
use moa_service::ServiceName;
use order_sync::Stream;
use sqlx::PgPool;

use crate::world::{World, order};

/// The first `count` events of a topic.
async fn events(world: &World, caller: ServiceName, topic: &str, count: usize) -> Vec<FeedEvent> {
    let channel = world.channel_to_us(caller).await;
    let request = SubscribeRequest {
        topic: topic.to_owned(),
        consumer: format!("{caller}.{topic}"),
        after: None,
    };
    let mut client = FeedServiceClient::new(channel);
    let mut stream = client.subscribe(request).await.unwrap().into_inner();
    let mut events = Vec::new();
    while events.len() < count {
        let batch = stream.message().await.unwrap().unwrap();
        events.extend(
            batch
                .events
                .into_iter()
                .map(|e| FeedEvent::try_from(e).unwrap()),
        );
    }
    events
}

/// `OrderPlaced`: an order is seen for the first time, in whichever list. Consumers: fulfillment (plans shipments,
/// acknowledges), admin-gateway (the board), notification (tells the merchant).
#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn order_placed_carries_the_whole_order(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    let events = events(&world, ServiceName::Fulfillment, "orders", 1).await;
    let event = &events[0];
    let told: pb::OrderPlaced = event.decode().unwrap().unwrap();
    assert_eq!(told.order, Some(world.the_order().await));
    assert_eq!(
        (event.version, event.merchant_id),
        (1, world.account.merchant_id)
    );
}

/// `OrderChanged`: a line moved on, a claim came or was decided, or the receiver's data changed. Consumers:
/// fulfillment (holds, releases, cancels), admin-gateway (the board).
#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn order_changed_carries_the_whole_order_and_its_raised_version(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    world.channel.move_to("1001", LineState::Acknowledged);
    world.collect(Stream::OrdersAcknowledged).await;
    let events = events(&world, ServiceName::AdminGateway, "orders", 2).await;
    let told: pb::OrderChanged = events[1].decode().unwrap().unwrap();
    assert_eq!(told.order, Some(world.the_order().await));
    assert_eq!(
        (events[1].version, events[1].aggregate_id),
        (2, events[0].aggregate_id)
    );
}

/// `ListingSeen`: a listing is seen in an order for the first time, or under other names. Consumer: catalog (offers it
/// for mapping).
#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn listing_seen_tells_of_new_listings_and_new_names(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    let mut renamed = order("1002", &["a"]);
    renamed.lines[0].product_name = "햇사과".to_owned();
    renamed.ordered_at.as_mut().unwrap().seconds += 60;
    world.channel.put(renamed);
    // An older order with the old name is no news.
    world.channel.place("1003", &["a"]);
    world.collect(Stream::OrdersPlaced).await;

    assert_eq!(world.told("ListingSeen").await, 2);
    let events = events(&world, ServiceName::Catalog, "listings", 2).await;
    let told: pb::ListingSeen = events[1].decode().unwrap().unwrap();
    assert_eq!(
        (told.channel_listing_id.as_str(), told.product_name.as_str()),
        ("a", "햇사과")
    );
    assert_eq!(
        told.channel_account_id,
        world.account.channel_account_id.to_string()
    );
    assert_eq!((events[0].version, events[1].version), (1, 2));
    assert_eq!(events[0].aggregate_id, events[1].aggregate_id);
}
