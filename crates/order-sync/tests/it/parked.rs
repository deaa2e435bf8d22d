//! Rows that cannot be stored hold up only themselves.

use moa_proto::moa::order_sync::v1 as pb;
use moa_service::ServiceName;
use order_sync::Stream;
use sqlx::PgPool;

use crate::world::{World, order};

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_row_that_the_database_refuses_is_parked_while_the_rest_lands(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    let mut poison = order("1002", &["b"]);
    // PostgreSQL takes no NUL in a text, so the whole statement fails.
    poison.lines[0].product_name = "사\0과".to_owned();
    world.channel.put(poison);
    world.channel.place("1003", &["c"]);

    let collected = world.collect(Stream::OrdersPlaced).await;
    assert_eq!((collected.placed, collected.parked), (2, 1));
    assert_eq!(world.told("OrderPlaced").await, 2);
    assert_eq!(parked_rows(&world).await, 1);
    let (key, reason): (String, String) =
        sqlx::query_as("SELECT row_key, reason FROM order_sync.parked_rows")
            .fetch_one(&world.pool)
            .await
            .unwrap();
    assert_eq!(key, "1002");
    assert_eq!(reason, "refused by the database (22021)");

    // The same page again changes nothing; a mended row is stored and released.
    world.collect(Stream::OrdersPlaced).await;
    assert_eq!(parked_rows(&world).await, 1);
    world.channel.change("1002", |order| {
        order.lines[0].product_name = "사과".to_owned()
    });
    let mended = world.collect(Stream::OrdersPlaced).await;
    assert_eq!((mended.placed, mended.parked), (1, 0));
    assert_eq!(parked_rows(&world).await, 0);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn rows_that_cannot_be_read_are_parked_with_their_field(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world
        .channel
        .change("1001", |order| order.lines[0].quantity = 0);
    world.channel.place("1002", &["a"]);
    world.channel.reject("1003", "shippingPrice: is no amount");
    let collected = world.collect(Stream::OrdersPlaced).await;
    assert_eq!((collected.placed, collected.parked), (1, 2));
    let reasons: Vec<String> =
        sqlx::query_scalar("SELECT reason FROM order_sync.parked_rows ORDER BY row_key")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    assert_eq!(
        reasons,
        [
            "lines[0].quantity must be at least 1",
            "shippingPrice: is no amount",
        ]
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_stored_row_that_cannot_be_read_holds_up_only_itself(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.channel.place("1002", &["b"]);
    world.collect(Stream::OrdersPlaced).await;
    sqlx::query("UPDATE order_sync.order_lines SET currency = '??' WHERE channel_line_id = 'a'")
        .execute(&world.pool)
        .await
        .unwrap();
    for id in ["1001", "1002"] {
        world
            .channel
            .change(id, |order| order.lines[0].sku_code = "APPLE".to_owned());
    }
    world.channel.place("1003", &["c"]);
    let collected = world.collect(Stream::OrdersPlaced).await;
    let found = (collected.placed, collected.changed, collected.parked);
    assert_eq!(found, (1, 2, 1));
    assert_eq!(parked_rows(&world).await, 1);
    let (key, reason) = the_parked_row(&world).await;
    assert_eq!(key, "1001");
    assert!(reason.contains("of order_lines cannot be read"), "{reason}");
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_contact_whose_key_is_unknown_holds_up_only_its_order(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.channel.place("1002", &["b"]);
    world.collect(Stream::OrdersPlaced).await;
    sqlx::query(
        "UPDATE order_sync.data_keys k
         SET kek_id = 'lost'
         FROM order_sync.order_contacts c
         JOIN order_sync.orders o USING (merchant_id, order_id)
         WHERE k.data_key_id = c.data_key_id AND o.channel_order_id = '1001'",
    )
    .execute(&world.pool)
    .await
    .unwrap();
    for id in ["1001", "1002"] {
        world.channel.change(id, |order| {
            order.contact.as_mut().unwrap().address2 = "옆 동".to_owned();
        });
    }
    let collected = world.collect(Stream::OrdersPlaced).await;
    assert_eq!((collected.changed, collected.parked), (1, 1));
    let (key, reason) = the_parked_row(&world).await;
    assert_eq!(key, "1001");
    assert!(reason.contains("`lost`"), "{reason}");
    assert_eq!(parked_rows(&world).await, 1);
}

async fn the_parked_row(world: &World) -> (String, String) {
    sqlx::query_as("SELECT row_key, reason FROM order_sync.parked_rows")
        .fetch_one(&world.pool)
        .await
        .unwrap()
}

/// What the screen shows.
async fn parked_rows(world: &World) -> i32 {
    let request = pb::ListCollectionRequest {
        merchant_id: world.account.merchant_id.to_string(),
    };
    let mut client = world.client(ServiceName::Cli).await;
    let response = client.list_collection(request).await.unwrap().into_inner();
    let [stream] = response.streams.as_slice() else {
        panic!("one stream was read: {:?}", response.streams);
    };
    assert_eq!(stream.stream, "orders.placed");
    assert!(stream.high_water_at.is_some() && stream.last_reason.is_empty());
    stream.parked_rows
}
