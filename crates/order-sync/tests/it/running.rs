//! The whole service: feeds followed, accounts collected, orders told.

use std::collections::HashMap;
use std::sync::Arc;

use moa_id::Ids;
use moa_outbox::{FeedServer, NewEvent, Outbox};
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::fulfillment::v1::{ParcelAcknowledged, ParcelDispatched};
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::order_sync_service_client::OrderSyncServiceClient;
use moa_service::{AllowTable, ClientFactory, Clock, GrpcServer, ServiceName, Wiring};
use moa_telemetry::Health;
use moa_testkit::{eventually, identity};
use moa_vault::KeyRing;
use prost::{Message, Name};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use order_sync::Stream;

use crate::world::{FakeChannel, World, config, order};
use moa_id::{ChannelAccountId, MerchantId};

/// order-sync and those it talks to, over real connections.
struct Running {
    pool: PgPool,
    channel: FakeChannel,
    merchant_id: MerchantId,
    account_id: ChannelAccountId,
    /// The other services' events. They stand in this schema's outbox, under topics that order-sync does not serve.
    others: Outbox,
    clients: ClientFactory,
    cancel: CancellationToken,
    service: tokio::task::JoinHandle<Result<(), order_sync::Error>>,
}

impl Running {
    async fn start(pool: PgPool) -> Self {
        Self::start_with(pool, Arc::new(KeyRing::generate())).await
    }

    async fn start_with(pool: PgPool, key_ring: Arc<KeyRing>) -> Self {
        Self::start_as(pool, key_ring, false).await
    }

    /// Starts while channel-proxy's list shows the account, or none.
    async fn start_as(pool: PgPool, key_ring: Arc<KeyRing>, listed: bool) -> Self {
        let rest = [("MOA_ORDER_SYNC_REST_MIN", "0.05")];
        Self::start_set(pool, key_ring, listed, &rest).await
    }

    async fn start_set(
        pool: PgPool,
        key_ring: Arc<KeyRing>,
        listed: bool,
        settings: &[(&str, &str)],
    ) -> Self {
        let clock = Clock::system();
        let channel = FakeChannel::new(clock.clone());
        let ids = Ids::system();
        let (merchant_id, account_id): (MerchantId, ChannelAccountId) = (ids.next(), ids.next());
        if listed {
            channel.list_accounts(&[channel::ChannelAccount {
                merchant_id: merchant_id.to_string(),
                channel_account_id: account_id.to_string(),
                channel: "coupang".to_owned(),
                state: channel::ChannelAccountState::Active.into(),
                version: 1,
                ..Default::default()
            }]);
        }
        let cancel = CancellationToken::new();
        let others = Outbox::new(order_sync::SCHEMA);
        let feed = |topics| FeedServer::new(pool.clone(), others.clone(), topics, cancel.clone());
        let proxy = channel.server().add_service(feed(&["channel_accounts"]));
        let allow = AllowTable::new(&[(ServiceName::OrderSync, &["moa.feed.v1.FeedService/*"])]);
        let fulfillment = GrpcServer::new(identity(ServiceName::Fulfillment), allow)
            .add_service(feed(&["parcels", "inquiries", "claims"]));

        let mut urls = HashMap::new();
        for (name, server) in [
            (ServiceName::ChannelProxy, proxy),
            (ServiceName::Fulfillment, fulfillment),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            urls.insert(name, format!("http://{}", listener.local_addr().unwrap()));
            tokio::spawn(server.serve(listener, cancel.clone()));
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ours = format!("http://{}", listener.local_addr().unwrap());
        let me = identity(ServiceName::OrderSync);
        let wiring = Wiring {
            pool: pool.clone(),
            clock,
            ids: Ids::system(),
            identity: me.clone(),
            clients: ClientFactory::with_urls(me, urls),
            key_ring,
            listener,
            health: Health::new().register("order-sync"),
            cancel: cancel.clone(),
        };
        let mut variables = vec![
            ("MOA_ORDER_SYNC_POLL_MIN", "0.05"),
            ("MOA_ORDER_SYNC_REVISIT", "0.05"),
            ("MOA_ORDER_SYNC_LAG", "0"),
        ];
        variables.extend_from_slice(settings);
        let config = config(&variables);
        let service = tokio::spawn(order_sync::run(config, wiring));
        Self {
            pool,
            channel,
            merchant_id,
            account_id,
            others,
            clients: ClientFactory::with_urls(
                identity(ServiceName::AdminGateway),
                HashMap::from([(ServiceName::OrderSync, ours)]),
            ),
            cancel,
            service,
        }
    }

    async fn tell<M: Message + Name>(&self, topic: &'static str, version: i64, message: &M) {
        let event = NewEvent::new(
            Ids::system().next(),
            self.merchant_id,
            topic,
            self.account_id.as_uuid(),
            version,
            moa_testkit::a_friday(),
            message,
        );
        let mut tx = moa_service::begin(&self.pool).await.unwrap();
        self.others.push_all(&mut tx, &[event]).await.unwrap();
        tx.commit().await.unwrap();
        self.others.wake();
    }

    async fn tell_account(&self, version: i64, state: channel::ChannelAccountState) {
        self.tell_of(self.account_id, version, state).await;
    }

    async fn tell_of(
        &self,
        account_id: ChannelAccountId,
        version: i64,
        state: channel::ChannelAccountState,
    ) {
        let message = channel::ChannelAccountChanged {
            channel_account: Some(channel::ChannelAccount {
                channel_account_id: account_id.to_string(),
                channel: "coupang".to_owned(),
                state: state.into(),
                version,
                ..Default::default()
            }),
        };
        self.tell("channel_accounts", version, &message).await;
    }

    /// Whether somebody holds the lease on collecting from the account, and how often it was taken.
    async fn lease(&self) -> (bool, i64) {
        sqlx::query_as("SELECT holder IS NOT NULL, fence FROM order_sync.leases WHERE name = $1")
            .bind(format!("collect/{}", self.account_id))
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// Places an order now.
    fn place(&self, id: &str) {
        let mut placed = order(id, &["a"]);
        let now = Clock::system().now() - chrono::TimeDelta::minutes(1);
        placed.ordered_at = Some(moa_service::timestamp(now));
        self.channel.put(placed);
    }

    async fn orders(&self) -> Vec<pb::Order> {
        let channel = self.clients.channel(ServiceName::OrderSync);
        let request = pb::ListOrdersRequest {
            merchant_id: self.merchant_id.to_string(),
            ..Default::default()
        };
        let mut client = OrderSyncServiceClient::new(channel);
        client
            .list_orders(request)
            .await
            .unwrap()
            .into_inner()
            .orders
    }

    async fn until(&self, condition: impl Fn(&[pb::Order]) -> bool) -> Vec<pb::Order> {
        eventually(|| async {
            let orders = self.orders().await;
            condition(&orders).then_some(orders)
        })
        .await
    }

    async fn stop(self) {
        self.cancel.cancel();
        self.service.await.unwrap().unwrap();
    }
}

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
