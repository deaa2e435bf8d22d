//! The whole service: feeds followed, accounts collected, orders told.

use std::sync::Arc;

use moa_id::{ChannelAccountId, Ids};
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::fulfillment::v1::{ParcelAcknowledged, ParcelDispatched};
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::order_sync_service_client::OrderSyncServiceClient;
use moa_service::ServiceName;
use moa_testkit::eventually;
use moa_vault::KeyRing;
use order_sync::Stream;
use sqlx::PgPool;

use crate::service::Running;
use crate::world::World;

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_active_account_is_collected_until_it_is_deactivated(pool: PgPool) {
    let running = Running::start(pool).await;
    running.place("1001");
    running
        .tell_account(1, channel::ChannelAccountState::Active)
        .await;
    running.until(|orders| orders.len() == 1).await;
    running.place("1002");
    running.until(|orders| orders.len() == 2).await;

    running
        .tell_account(2, channel::ChannelAccountState::Inactive)
        .await;
    // Its lease is given back when collecting has stopped.
    let fence = eventually(|| async {
        let (held, fence) = running.lease().await;
        (!held).then_some(fence)
    })
    .await;
    running.place("1003");
    // An event that is older than what is known starts nothing. What comes after it does, and whoever is collected from
    // is started together.
    running
        .tell_account(1, channel::ChannelAccountState::Active)
        .await;
    let other: ChannelAccountId = Ids::system().next();
    running
        .tell_of(other, 1, channel::ChannelAccountState::Active)
        .await;
    let of = |orders: &[pb::Order], account: ChannelAccountId| {
        let account = account.to_string();
        let its = orders.iter().filter(|o| o.channel_account_id == account);
        its.count()
    };
    let orders = running.until(|orders| of(orders, other) == 3).await;
    assert_eq!(of(&orders, running.account_id), 2);
    assert_eq!(running.lease().await, (false, fence));
    running.stop().await;
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_account_whose_events_are_gone_is_collected_from(pool: PgPool) {
    // No event tells of it; the list does, from the start.
    let running = Running::start_as(pool, Arc::new(KeyRing::generate()), true).await;
    running.place("1001");
    running.until(|orders| orders.len() == 1).await;
    running.stop().await;
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn an_acknowledged_parcel_is_read_again(pool: PgPool) {
    let running = Running::start(pool).await;
    running.place("1001");
    running
        .tell_account(1, channel::ChannelAccountState::Active)
        .await;
    let orders = running.until(|orders| orders.len() == 1).await;

    // Only the parcel itself shows the new address: it stands in no list that is read.
    running.channel.change("1001", |order| {
        order.lines[0].state = channel::LineState::Confirmed.into();
        order.contact.as_mut().unwrap().address2 = "옆 동".to_owned();
    });
    let message = ParcelAcknowledged {
        channel_account_id: running.account_id.to_string(),
        channel_order_id: "1001".to_owned(),
        channel_parcel_id: "box-1001".to_owned(),
        order_id: orders[0].order_id.clone(),
    };
    running.tell("parcels", 1, &message).await;
    running.until(|orders| orders[0].contact_version == 2).await;
    assert_eq!(running.channel.calls("FetchParcel"), 1);
    running.stop().await;
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn all_claims_are_watched_for_a_while_after_a_parcel_was_sent_off(pool: PgPool) {
    // Settled claims are read once an hour, and as often as open ones while a parcel is on its way.
    let seldom = [
        ("MOA_ORDER_SYNC_REST_MIN", "3600"),
        ("MOA_ORDER_SYNC_REST_MAX", "3600"),
        ("MOA_ORDER_SYNC_CALM_AFTER", "0"),
    ];
    let keys = Arc::new(KeyRing::generate());
    let running = Running::start_set(pool, keys, false, &seldom).await;
    running
        .tell_account(1, channel::ChannelAccountState::Active)
        .await;
    let calls = |name: &'static str| {
        let channel = running.channel.clone();
        move || channel.calls(name)
    };
    let (open, settled) = (calls("CLAIMS"), calls("SETTLED_CLAIMS"));
    eventually(|| async { (open() >= 5 && settled() == 1).then_some(()) }).await;

    let message = ParcelDispatched {
        channel_account_id: running.account_id.to_string(),
        channel_order_id: "1001".to_owned(),
        channel_parcel_id: "box-1001".to_owned(),
        ..Default::default()
    };
    running.tell("parcels", 1, &message).await;
    eventually(|| async { (settled() >= 4).then_some(()) }).await;

    // Eleven minutes later it is old news, but for the read that is under way.
    sqlx::query(
        "UPDATE order_sync.channel_accounts SET sent_off_at = now() - interval '11 minutes'",
    )
    .execute(&running.pool)
    .await
    .unwrap();
    let (seen, later) = (settled(), open() + 10);
    eventually(|| async { (open() >= later).then_some(()) }).await;
    assert!(settled() <= seen + 2, "{} after {seen}", settled());
    running.stop().await;
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_channel_that_is_away_is_shown_with_its_reason(pool: PgPool) {
    let running = Running::start(pool).await;
    running.channel.refuse(Some("CHANNEL_UNREACHABLE"));
    running
        .tell_account(1, channel::ChannelAccountState::Active)
        .await;
    let mut client = OrderSyncServiceClient::new(running.clients.channel(ServiceName::OrderSync));
    let request = pb::ListCollectionRequest {
        merchant_id: running.merchant_id.to_string(),
    };
    let streams = eventually(|| {
        let (mut client, request) = (client.clone(), request.clone());
        async move {
            let response = client.list_collection(request).await.unwrap().into_inner();
            (response.streams.len() == 6).then_some(response.streams)
        }
    })
    .await;
    for stream in &streams {
        assert_eq!(stream.last_reason, "CHANNEL_UNREACHABLE", "{stream:?}");
        assert!(stream.high_water_at.is_none() && stream.consecutive_failures >= 1);
    }
    running.channel.refuse(None);
    running.place("1001");
    running.until(|orders| orders.len() == 1).await;
    let response = client.list_collection(request).await.unwrap().into_inner();
    let placed = response
        .streams
        .iter()
        .find(|s| s.stream == "orders.placed")
        .unwrap();
    assert_eq!(
        (placed.last_reason.as_str(), placed.consecutive_failures),
        ("", 0)
    );
    running.stop().await;
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn raw_pages_and_windows_past_their_time_are_deleted_with_their_keys(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    world.channel.place("1002", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    let age = |table: &str, column: &str| {
        let sql = format!(
            "UPDATE order_sync.{table}
             SET {column} = CASE
                 WHEN {column} = (SELECT min({column}) FROM order_sync.{table}) THEN now() - interval '8 days'
                 ELSE now()
             END"
        );
        let pool = world.pool.clone();
        async move {
            sqlx::query(sqlx::AssertSqlSafe(sql))
                .execute(&pool)
                .await
                .unwrap()
        }
    };
    age("raw_pages", "created_at").await;
    age("poll_windows", "opened_at").await;
    assert_eq!(
        world.count("data_keys").await,
        4,
        "two pages and two contacts"
    );

    let running = Running::start_with(world.pool.clone(), world.key_ring.clone()).await;
    eventually(|| async {
        let left = (
            world.count("raw_pages").await,
            world.count("poll_windows").await,
        );
        (left == (1, 1)).then_some(())
    })
    .await;
    assert_eq!(world.count("data_keys").await, 3);
    assert_eq!(world.count("order_contacts").await, 2);
    running.stop().await;
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_keys_file_that_lacks_a_key_in_use_refuses_the_start(pool: PgPool) {
    let world = World::new(pool).await;
    world.channel.place("1001", &["a"]);
    world.collect(Stream::OrdersPlaced).await;
    sqlx::query("UPDATE order_sync.data_keys SET kek_id = 'lost'")
        .execute(&world.pool)
        .await
        .unwrap();
    let running = Running::start(world.pool.clone()).await;
    let error = running.service.await.unwrap().unwrap_err();
    assert!(matches!(error, order_sync::Error::Vault(_)), "{error}");
}
