//! A fulfillment service that runs, between neighbours that are played, and the steps of its stories.

use std::sync::Arc;

use fulfillment::app::App;
use fulfillment::clients::catalog::Catalog;
use fulfillment::clients::channel_proxy::ChannelProxy;
use fulfillment::clients::order_sync::OrderSync;
use fulfillment::{Config, Feeds, SCHEMA};
use moa_effects::Ledger;
use moa_id::Ids;
use moa_outbox::Outbox;
use moa_proto::moa::catalog::v1 as catalog;
use moa_proto::moa::catalog::v1::catalog_service_server::CatalogServiceServer;
use moa_proto::moa::channel_proxy::v1::channel_claims_service_server::ChannelClaimsServiceServer;
use moa_proto::moa::channel_proxy::v1::channel_inquiries_service_server::ChannelInquiriesServiceServer;
use moa_proto::moa::channel_proxy::v1::channel_proxy_service_server::ChannelProxyServiceServer;
use moa_proto::moa::feed::v1::feed_service_server::FeedServiceServer;
use moa_proto::moa::fulfillment::v1::fulfillment_service_client::FulfillmentServiceClient;
use moa_proto::moa::order_sync::v1::claims_service_server::ClaimsServiceServer;
use moa_proto::moa::order_sync::v1::inquiries_service_server::InquiriesServiceServer;
use moa_proto::moa::order_sync::v1::order_sync_service_server::OrderSyncServiceServer;
use moa_service::{AllowTable, Clock, GrpcServer, ServiceChannel, ServiceName};
use moa_testkit::{fixed_clock, identity, serve};
use moa_vault::{KeyRing, Vault};
use sqlx::PgPool;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::fakes::{self, Feed};

pub(crate) type Client = FulfillmentServiceClient<ServiceChannel>;

/// The service and everything around it.
pub(crate) struct World {
    pub(crate) pool: PgPool,
    pub(crate) app: Arc<App>,
    pub(crate) clock: Clock,
    pub(crate) channel: fakes::ChannelProxy,
    pub(crate) desk: fakes::Desk,
    pub(crate) receivers: fakes::Receivers,
    pub(crate) catalog: fakes::Catalog,
    pub(crate) orders: Feed,
    pub(crate) inquiries: Feed,
    pub(crate) listings: Feed,
    pub(crate) messages: Feed,
    pub(crate) merchant_id: Uuid,
    pub(crate) account_id: Uuid,
    /// The operators' edge.
    pub(crate) admin: Client,
    /// Who sends links.
    pub(crate) notification: Client,
    /// The customers' edge.
    pub(crate) store: Client,
    cancel: CancellationToken,
    workers: TaskTracker,
}

/// Listing ids that catalog knows from the start.
pub(crate) const MUG: &str = "mug";
pub(crate) const BOOK: &str = "book";
pub(crate) const TRACKING: &str = "680405450931";

impl World {
    pub(crate) async fn start(pool: PgPool) -> Self {
        let (mut world, feeds) = Self::built(pool).await;
        let config = Config::default();
        world.workers = fulfillment::start_workers(&world.app, &config, feeds, &world.cancel);
        world
    }

    /// A world in which nothing happens by itself: the story says when an event arrives and when somebody looks.
    pub(crate) async fn still(pool: PgPool) -> Self {
        Self::built(pool).await.0
    }

    async fn built(pool: PgPool) -> (Self, Feeds) {
        let (channel, catalog) = (fakes::ChannelProxy::default(), fakes::Catalog::default());
        let desk = fakes::Desk::default();
        let receivers = fakes::Receivers::default();
        let (orders, inquiries, listings, messages) = (
            Feed::new("orders"),
            Feed::new("inquiries"),
            Feed::new("listings"),
            Feed::new("messages"),
        );
        {
            let mut shelf = catalog.0.lock().unwrap();
            for (listing, variant, kind) in [
                (MUG, 101, catalog::VariantKind::Physical),
                (BOOK, 102, catalog::VariantKind::Digital),
            ] {
                let component = fakes::component(Uuid::from_u128(variant), kind, 1);
                let mapping = fakes::mapping(listing, 1, &[component]);
                shelf.mappings.insert(listing.to_owned(), mapping);
            }
        }
        let channel_proxy = neighbour(
            ServiceName::ChannelProxy,
            &[
                "moa.channel_proxy.v1.ChannelProxyService/*",
                "moa.channel_proxy.v1.ChannelClaimsService/*",
                "moa.channel_proxy.v1.ChannelInquiriesService/*",
            ],
            |server| {
                server
                    .add_service(ChannelProxyServiceServer::new(channel.clone()))
                    .add_service(ChannelClaimsServiceServer::new(desk.clone()))
                    .add_service(ChannelInquiriesServiceServer::new(desk.clone()))
            },
        );
        let catalog_channel = neighbour(
            ServiceName::Catalog,
            &[
                "moa.catalog.v1.CatalogService/*",
                "moa.feed.v1.FeedService/*",
            ],
            |server| {
                server
                    .add_service(CatalogServiceServer::new(catalog.clone()))
                    .add_service(FeedServiceServer::new(listings.clone()))
            },
        );
        let order_sync = neighbour(
            ServiceName::OrderSync,
            &[
                "moa.order_sync.v1.OrderSyncService/*",
                "moa.order_sync.v1.ClaimsService/*",
                "moa.order_sync.v1.InquiriesService/*",
                "moa.feed.v1.FeedService/*",
            ],
            |server| {
                server
                    .add_service(OrderSyncServiceServer::new(receivers.clone()))
                    .add_service(ClaimsServiceServer::new(desk.clone()))
                    .add_service(InquiriesServiceServer::new(desk.clone()))
                    .add_service(FeedServiceServer::new(orders.clone()))
            },
        );
        let notification_feed = neighbour(
            ServiceName::Notification,
            &["moa.feed.v1.FeedService/*"],
            |server| server.add_service(FeedServiceServer::new(messages.clone())),
        );
        let inquiries_feed = neighbour(
            ServiceName::OrderSync,
            &["moa.feed.v1.FeedService/*"],
            |server| server.add_service(FeedServiceServer::new(inquiries.clone())),
        );
        let (channel_proxy, catalog_channel) = (channel_proxy.await, catalog_channel.await);

        let order_sync = order_sync.await;
        let clock = fixed_clock();
        let app = Arc::new(App {
            db: pool.clone(),
            clock: clock.clone(),
            ids: Ids::seeded(42),
            outbox: Outbox::new(SCHEMA),
            ledger: Ledger::new(SCHEMA),
            vault: Vault::new(SCHEMA, Arc::new(KeyRing::generate())),
            catalog: Catalog::new(catalog_channel.clone()),
            channel_proxy: ChannelProxy::new(channel_proxy),
            order_sync: OrderSync::new(order_sync.clone()),
            store_public_url: Config::default().store_public_url,
            planner: Arc::new(Notify::new()),
        });
        let feeds = Feeds {
            order_sync,
            inquiries: inquiries_feed.await,
            catalog: catalog_channel,
            notification: notification_feed.await,
        };
        let world = Self {
            admin: client(&app, ServiceName::AdminGateway).await,
            notification: client(&app, ServiceName::Notification).await,
            store: client(&app, ServiceName::StoreGateway).await,
            pool,
            app,
            clock,
            channel,
            desk,
            receivers,
            catalog,
            orders,
            inquiries,
            listings,
            messages,
            merchant_id: Uuid::from_u128(1),
            account_id: Uuid::from_u128(2),
            cancel: CancellationToken::new(),
            workers: TaskTracker::new(),
        };
        (world, feeds)
    }

    /// Ends the workers, so that the database can be dropped.
    pub(crate) async fn stop(self) {
        self.cancel.cancel();
        self.workers.close();
        self.workers.wait().await;
    }
}

/// A client that signs as `caller`.
pub(crate) async fn client(app: &Arc<App>, caller: ServiceName) -> Client {
    let server = fulfillment::grpc::server(
        app.clone(),
        identity(ServiceName::Fulfillment),
        CancellationToken::new(),
    );
    FulfillmentServiceClient::new(serve(server, ServiceName::Fulfillment, caller).await)
}

async fn neighbour(
    name: ServiceName,
    rpcs: &'static [&'static str],
    add: impl FnOnce(GrpcServer) -> GrpcServer,
) -> ServiceChannel {
    let allow = AllowTable::new(&[(ServiceName::Fulfillment, rpcs)]);
    serve(
        add(GrpcServer::new(identity(name), allow)),
        name,
        ServiceName::Fulfillment,
    )
    .await
}
