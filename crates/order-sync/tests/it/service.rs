//! order-sync and those it talks to, over real connections.

use std::collections::HashMap;
use std::sync::Arc;

use moa_id::{ChannelAccountId, Ids, MerchantId};
use moa_outbox::{FeedServer, NewEvent, Outbox};
use moa_proto::moa::channel_proxy::v1 as channel;
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

use crate::world::{FakeChannel, config, order};

/// All of it, running.
pub(crate) struct Running {
    pub(crate) pool: PgPool,
    pub(crate) channel: FakeChannel,
    pub(crate) merchant_id: MerchantId,
    pub(crate) account_id: ChannelAccountId,
    /// The other services' events. They stand in this schema's outbox, under topics that order-sync does not serve.
    pub(crate) others: Outbox,
    pub(crate) clients: ClientFactory,
    pub(crate) cancel: CancellationToken,
    pub(crate) service: tokio::task::JoinHandle<Result<(), order_sync::Error>>,
}

impl Running {
    pub(crate) async fn start(pool: PgPool) -> Self {
        Self::start_with(pool, Arc::new(KeyRing::generate())).await
    }

    pub(crate) async fn start_with(pool: PgPool, key_ring: Arc<KeyRing>) -> Self {
        Self::start_as(pool, key_ring, false).await
    }

    /// Starts while channel-proxy's list shows the account, or none.
    pub(crate) async fn start_as(pool: PgPool, key_ring: Arc<KeyRing>, listed: bool) -> Self {
        let rest = [("MOA_ORDER_SYNC_REST_MIN", "0.05")];
        Self::start_set(pool, key_ring, listed, &rest).await
    }

    pub(crate) async fn start_set(
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

    pub(crate) async fn tell<M: Message + Name>(
        &self,
        topic: &'static str,
        version: i64,
        message: &M,
    ) {
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

    pub(crate) async fn tell_account(&self, version: i64, state: channel::ChannelAccountState) {
        self.tell_of(self.account_id, version, state).await;
    }

    pub(crate) async fn tell_of(
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
    pub(crate) async fn lease(&self) -> (bool, i64) {
        sqlx::query_as("SELECT holder IS NOT NULL, fence FROM order_sync.leases WHERE name = $1")
            .bind(format!("collect/{}", self.account_id))
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// Places an order now.
    pub(crate) fn place(&self, id: &str) {
        let mut placed = order(id, &["a"]);
        let now = Clock::system().now() - chrono::TimeDelta::minutes(1);
        placed.ordered_at = Some(moa_service::timestamp(now));
        self.channel.put(placed);
    }

    pub(crate) async fn orders(&self) -> Vec<pb::Order> {
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

    pub(crate) async fn until(&self, condition: impl Fn(&[pb::Order]) -> bool) -> Vec<pb::Order> {
        eventually(|| async {
            let orders = self.orders().await;
            condition(&orders).then_some(orders)
        })
        .await
    }

    pub(crate) async fn stop(self) {
        self.cancel.cancel();
        self.service.await.unwrap().unwrap();
    }
}
