//! order-sync before a played channel.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use moa_id::Ids;
use moa_jobs::{Jobs, Lease, Leases};
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::order_sync_service_client::OrderSyncServiceClient;
use moa_service::{Clock, Env, ServiceChannel, ServiceName};
use moa_testkit::{fixed_clock, identity, serve};
use moa_vault::KeyRing;
use order_sync::{
    Account, App, AppParts, CallQuota, Collected, Config, Discovery, Error, InquiryKind,
    InquirySource, Stream,
};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

pub(crate) use crate::fake_channel::{FakeChannel, cancel, order};

/// Everything a story needs.
pub(crate) struct World {
    pub(crate) pool: PgPool,
    pub(crate) app: App,
    pub(crate) jobs: Jobs,
    pub(crate) channel: FakeChannel,
    pub(crate) clock: Clock,
    pub(crate) account: Account,
    pub(crate) lease: Lease,
    pub(crate) key_ring: Arc<KeyRing>,
}

impl World {
    pub(crate) async fn new(pool: PgPool) -> Self {
        Self::with(pool, &[]).await
    }

    /// Under these settings.
    pub(crate) async fn with(pool: PgPool, variables: &[(&str, &str)]) -> Self {
        let clock = fixed_clock();
        let channel = FakeChannel::new(clock.clone());
        let ids = Ids::seeded(7);
        let account = Account {
            merchant_id: ids.next(),
            channel_account_id: ids.next(),
            channel: "coupang".to_owned(),
            discovery: Discovery::BoxesByState,
            overlap: TimeDelta::minutes(30),
            inquiries: InquirySource {
                kinds: vec![InquiryKind::Product, InquiryKind::CallCenter],
                answer_within: Some(TimeDelta::hours(24)),
            },
            visibility_lag: TimeDelta::minutes(10),
            quota: CallQuota::default(),
        };
        let leases = Leases::new(pool.clone(), order_sync::SCHEMA, ids.uuid());
        let lease = leases
            .try_acquire("collect", Duration::from_secs(600))
            .await
            .unwrap()
            .unwrap();
        let key_ring = Arc::new(KeyRing::generate());
        let app = App::new(AppParts {
            pool: pool.clone(),
            clock: clock.clone(),
            ids,
            key_ring: key_ring.clone(),
            channel_proxy: channel.serve().await,
            config: config(variables),
        });
        let jobs = order_sync::schedule(&app, CancellationToken::new());
        Self {
            pool,
            app,
            jobs,
            channel,
            clock,
            account,
            lease,
            key_ring,
        }
    }

    /// Reads the next window of a stream, a few seconds after the last.
    pub(crate) async fn collect(&self, stream: Stream) -> Collected {
        self.try_collect(stream).await.unwrap()
    }

    pub(crate) async fn try_collect(&self, stream: Stream) -> Result<Collected, Error> {
        self.clock.advance(TimeDelta::seconds(7));
        self.app.collect(&self.account, stream, &self.lease).await
    }

    /// order-sync as `caller` reaches it.
    pub(crate) async fn client(
        &self,
        caller: ServiceName,
    ) -> OrderSyncServiceClient<ServiceChannel> {
        OrderSyncServiceClient::new(self.channel_to_us(caller).await)
    }

    pub(crate) async fn channel_to_us(&self, caller: ServiceName) -> ServiceChannel {
        let me = identity(ServiceName::OrderSync);
        let server = order_sync::grpc(&self.app, &self.jobs, me, CancellationToken::new());
        serve(server, ServiceName::OrderSync, caller).await
    }

    /// The only order here, as fulfillment sees it.
    pub(crate) async fn the_order(&self) -> pb::Order {
        let mut orders = self.orders().await;
        assert_eq!(orders.len(), 1, "{orders:?}");
        orders.remove(0)
    }

    pub(crate) async fn orders(&self) -> Vec<pb::Order> {
        let request = pb::ListOrdersRequest {
            merchant_id: self.account.merchant_id.to_string(),
            ..Default::default()
        };
        let mut client = self.client(ServiceName::Fulfillment).await;
        client
            .list_orders(request)
            .await
            .unwrap()
            .into_inner()
            .orders
    }

    pub(crate) async fn count(&self, table: &'static str) -> i64 {
        let sql = format!("SELECT count(*) FROM order_sync.{table}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// (type without package, aggregate version) of every event, as the feed orders them.
    pub(crate) async fn events(&self) -> Vec<(String, i64)> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT type, aggregate_version FROM order_sync.outbox ORDER BY xid, seq",
        )
        .fetch_all(&self.pool)
        .await
        .unwrap();
        let short = |name: String| name.rsplit('.').next().unwrap().to_owned();
        rows.into_iter()
            .map(|(name, version)| (short(name), version))
            .collect()
    }

    /// How often each order event was told.
    pub(crate) async fn told(&self, name: &str) -> usize {
        let events = self.events().await;
        events.iter().filter(|(event, _)| event == name).count()
    }
}

/// The settings that these variables make. Every read reaches the whole overlap: stories are told without a minute's wait.
pub(crate) fn config(variables: &[(&str, &str)]) -> Config {
    let whole = [("MOA_ORDER_SYNC_SHORT_LOOK", "0")];
    let env = Env::from_map(whole.into_iter().chain(variables.iter().copied()));
    let mut reader = env.reader();
    let config = Config::read(&mut reader);
    reader.finish().unwrap();
    config
}
