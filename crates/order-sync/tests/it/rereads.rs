//! Parcels that fulfillment acted on are read again.

use moa_proto::moa::channel_proxy::v1::LineState;
use moa_proto::moa::order_sync::v1::OrderState;
use order_sync::Stream;
use sqlx::PgPool;

use crate::world::World;

/// Queues the order's parcel, as the consumer of "parcels" does.
pub(crate) async fn queue(world: &World, order: &str, line_state: &str) {
    sqlx::query(
        "INSERT INTO order_sync.parcel_rereads
             (merchant_id, channel_account_id, channel_parcel_id, channel_order_id, line_state, requested_at,
              next_attempt_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
    )
    .bind(world.account.merchant_id.as_uuid())
    .bind(world.account.channel_account_id.as_uuid())
    .bind(format!("box-{order}"))
    .bind(order)
    .bind(line_state)
    .bind(world.clock.now())
    .execute(&world.pool)
    .await
    .unwrap();
}

/// Works the queue off once.
pub(crate) async fn settle(world: &World) -> Vec<Stream> {
    let settled = world.app.reread_due_parcels(&world.account, &world.lease);
    let mut asked: Vec<Stream> = settled.await.unwrap().into_iter().collect();
    asked.sort_by_key(|stream| stream.as_str());
    asked
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_parcel_is_read_alone_and_its_change_is_stored(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    world.channel.move_to("1001", LineState::Acknowledged);
    queue(&world, "1001", "ACKNOWLEDGED").await;
    assert!(settle(&world).await.is_empty());
    assert_eq!(world.channel.calls("FetchParcel"), 1);
    let order = world.the_order().await;
    assert_eq!(
        (order.version, order.state()),
        (2, OrderState::Acknowledged)
    );
    assert_eq!(world.count("parcel_rereads").await, 0);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn many_parcels_wait_for_their_list_which_is_asked_for_at_once(pool: PgPool) {
    let world = World::new(pool).await;
    for number in 0..6 {
        let id = format!("100{number}");
        world.channel.place(&id, &["a"]);
        queue(&world, &id, "ACKNOWLEDGED").await;
    }
    world.collect(Stream::OrdersPlaced).await;
    for number in 0..6 {
        world
            .channel
            .move_to(&format!("100{number}"), LineState::Acknowledged);
    }
    assert_eq!(settle(&world).await, [Stream::OrdersAcknowledged]);
    assert_eq!(world.channel.calls("FetchParcel"), 0);

    world.collect(Stream::OrdersAcknowledged).await;
    assert_eq!(
        world.count("parcel_rereads").await,
        0,
        "the list has shown them"
    );
    let orders = world.orders().await;
    assert!(
        orders
            .iter()
            .all(|order| order.state() == OrderState::Acknowledged)
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_parcel_beyond_the_list_is_read_alone_after_all(pool: PgPool) {
    let world = World::new(pool).await;
    for number in 0..6 {
        // These orders were never seen, so no list can be known to have shown them.
        queue(&world, &format!("900{number}"), "DISPATCHED").await;
        world.channel.lose_parcel(&format!("box-900{number}"));
    }
    assert_eq!(settle(&world).await, [Stream::OrdersDispatched]);
    world.collect(Stream::OrdersDispatched).await;
    // Gone parcels ask for the claims, open ones and others, which say why.
    for _ in 0..2 {
        assert_eq!(
            settle(&world).await,
            [Stream::Claims, Stream::ClaimsSettled]
        );
    }
    assert_eq!(world.channel.calls("FetchParcel"), 6);
    assert_eq!(world.count("parcel_rereads").await, 0);
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_list_that_lags_behind_has_shown_nothing(pool: PgPool) {
    let world = World::new(pool).await;
    for number in 0..6 {
        world.channel.place(&format!("100{number}"), &["a"]);
    }
    world.collect(Stream::OrdersPlaced).await;
    for number in 0..6 {
        queue(&world, &format!("100{number}"), "ACKNOWLEDGED").await;
    }
    assert_eq!(settle(&world).await, [Stream::OrdersAcknowledged]);
    // The window spans the orders, and they stand in the other list still.
    world.collect(Stream::OrdersAcknowledged).await;
    for number in 0..6 {
        let id = format!("100{number}");
        world.channel.move_to(&id, LineState::Acknowledged);
    }
    settle(&world).await;
    assert_eq!(world.channel.calls("FetchParcel"), 5, "a few at a time");
    settle(&world).await;
    assert_eq!(world.channel.calls("FetchParcel"), 6);
    let orders = world.orders().await;
    let mut states = orders.iter().map(|order| order.state());
    assert!(states.all(|state| state == OrderState::Acknowledged));
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_failed_read_is_put_off(pool: PgPool) {
    let world = World::new(pool).await;
    queue(&world, "1001", "DISPATCHED").await;
    world.channel.refuse(Some("CHANNEL_QUOTA_EXHAUSTED"));
    settle(&world).await;
    settle(&world).await;
    let (attempts, reason): (i32, String) =
        sqlx::query_as("SELECT attempts, last_reason FROM order_sync.parcel_rereads")
            .fetch_one(&world.pool)
            .await
            .unwrap();
    assert_eq!(
        (attempts, reason.as_str()),
        (1, "CHANNEL_QUOTA_EXHAUSTED"),
        "not before its time"
    );
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_unchanged_list_is_heard_again_after_a_parcel_was_read_alone(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    // The parcel shows another name for a moment, the list never does.
    world.channel.change("1001", |order| {
        order.lines[0].product_name = "배".to_owned()
    });
    queue(&world, "1001", "ACKNOWLEDGED").await;
    settle(&world).await;
    world.channel.change("1001", |order| {
        order.lines[0].product_name = "사과 a".to_owned()
    });
    world.collect(Stream::OrdersPlaced).await;
    assert_eq!(world.the_order().await.lines[0].product_name, "사과 a");
}
