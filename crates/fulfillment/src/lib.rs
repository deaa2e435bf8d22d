//! What we do about orders: acceptances, shipments, dispatches, digital goods.
//!
//! ```text
//! shipment     READY → DISPATCHING → DISPATCHED;  HELD when something speaks against it;  CANCELLED when taken back
//! entitlement  GRANTED → LINK_SENT → ACTIVATED;   REVOKED when the order was cancelled first
//! acceptance   ASKED → CONFIRMED;                 UNCLEAR, BLOCKED, REFUSED
//! decision     one effect for each step of a claim, one step at a time
//! answer       one effect for each question and each message that wants one, ever
//! ```
//!
//! What always holds:
//!
//! - Nothing leaves but through the effects ledger, its intent committed first ([`effects`]).
//! - A cancel that is stored blocks, in the same transaction, what has not left yet (`app/object.rs`).
//! - A dispatch needs stored facts and a fresh look that both have nothing against it (`effects/parcels.rs`).
//! - A line is in one living shipment at most, and a channel parcel leaves as one ([`domain::packing`]).
//! - What a line stands for is fixed when it is packed or granted; a corrected mapping is followed by what waits, and names
//!   the rest ([`domain::affected`]).
//! - A parcel whose receiver changed since it was packed waits for a person ([`domain::receiver`]).
//! - Words for a channel go once it has them, with their order's contact, and after 30 days at the latest.
//! - A link's token is found by its hash; the token itself is sealed and goes 72 h after its delivery.
//!
//! Modules: [`domain`] decides without IO; `app` has a file per behaviour; `store` is SQL; `feeds` is what we hear,
//! [`events`] what we tell; `grpc` the RPCs; `clients` what we ask of others; `jobs` what happens by itself.

pub mod app;
pub mod clients;
pub mod config;
pub mod domain;
pub mod effects;
pub mod error;
pub mod events;
pub mod feeds;
pub mod grpc;
pub mod jobs;
pub mod store;

use std::sync::Arc;

use moa_effects::{EffectHandler, EffectsWorker, Ledger};
use moa_outbox::{FeedConsumer, FeedHandler, Outbox};
use moa_service::{ServiceChannel, ServiceName, Wiring};
use moa_vault::Vault;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use config::Config;
pub use error::Error;

use app::App;
use clients::catalog::Catalog;
use clients::channel_proxy::ChannelProxy;
use clients::order_sync::OrderSync;

/// The schema of this service.
pub const SCHEMA: &str = "fulfillment";

/// The tables of this service.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Ways to the services whose feeds are followed.
pub struct Feeds {
    /// Topic "orders".
    pub order_sync: ServiceChannel,
    /// order-sync's topic "inquiries".
    pub inquiries: ServiceChannel,
    /// Topic "listings".
    pub catalog: ServiceChannel,
    /// Topic "messages".
    pub notification: ServiceChannel,
}

/// Serves gRPC and starts this service's own workers; returns after `wiring.cancel` and the drain.
pub async fn run(config: Config, wiring: Wiring) -> Result<(), Error> {
    let Wiring {
        pool,
        clock,
        ids,
        identity,
        clients,
        key_ring,
        listener,
        health,
        cancel,
    } = wiring;
    let cancel = cancel.child_token();
    let vault = Vault::new(SCHEMA, key_ring);
    vault.check(&mut *pool.acquire().await?).await?;
    moa_outbox::ensure_partitions(&pool, SCHEMA).await?;
    let app = Arc::new(App {
        db: pool,
        clock,
        ids,
        outbox: Outbox::new(SCHEMA),
        ledger: Ledger::new(SCHEMA),
        vault,
        catalog: Catalog::new(clients.channel(ServiceName::Catalog)),
        channel_proxy: ChannelProxy::new(clients.channel(ServiceName::ChannelProxy)),
        order_sync: OrderSync::new(clients.channel(ServiceName::OrderSync)),
        store_public_url: config.store_public_url.clone(),
        planner: Arc::new(Notify::new()),
    });
    let feeds = Feeds {
        order_sync: clients.channel(ServiceName::OrderSync),
        inquiries: clients.channel(ServiceName::OrderSync),
        catalog: clients.channel(ServiceName::Catalog),
        notification: clients.channel(ServiceName::Notification),
    };
    let workers = start_workers(&app, &config, feeds, &cancel);
    health.set_ready(true);
    let served = grpc::server(app, identity, cancel.clone())
        .serve(listener, cancel.clone())
        .await;
    health.set_ready(false);
    // Serving may have ended by a failure: the workers must not go on without it.
    cancel.cancel();
    workers.close();
    workers.wait().await;
    Ok(served?)
}

/// Starts what this service does by itself. It ends after `cancel`; the tracker tells when.
pub fn start_workers(
    app: &Arc<App>,
    config: &Config,
    feeds: Feeds,
    cancel: &CancellationToken,
) -> TaskTracker {
    let workers = TaskTracker::new();
    let consume = |name, topic, channel, handler: Arc<dyn FeedHandler>| {
        FeedConsumer::new(app.db.clone(), SCHEMA, name, topic, channel, handler).run(cancel.clone())
    };
    let orders = Arc::new(feeds::orders::OrdersFeed(app.clone()));
    workers.spawn(consume(
        "fulfillment.orders",
        "orders",
        feeds.order_sync,
        orders,
    ));
    let inquiries = Arc::new(feeds::inquiries::InquiriesFeed(app.clone()));
    workers.spawn(consume(
        "fulfillment.inquiries",
        "inquiries",
        feeds.inquiries,
        inquiries,
    ));
    let listings = Arc::new(feeds::listings::ListingsFeed(app.clone()));
    workers.spawn(consume(
        "fulfillment.listings",
        "listings",
        feeds.catalog,
        listings,
    ));
    let messages = Arc::new(feeds::messages::MessagesFeed(app.clone()));
    workers.spawn(consume(
        "fulfillment.messages",
        "messages",
        feeds.notification,
        messages,
    ));
    workers.spawn(jobs::plan_orders::run(app.clone(), cancel.clone()));
    workers.spawn(jobs::destroy_tokens::run(app.clone(), cancel.clone()));
    workers.spawn(moa_outbox::housekeeping(
        app.db.clone(),
        SCHEMA,
        cancel.clone(),
    ));
    let probe_spacing = config.probe_spacing;
    let handlers: Vec<Arc<dyn EffectHandler>> = vec![
        Arc::new(effects::acknowledge::AcknowledgeHandler {
            app: app.clone(),
            probe_spacing,
        }),
        Arc::new(effects::dispatch::DispatchHandler {
            app: app.clone(),
            probe_spacing,
        }),
        Arc::new(effects::answer_inquiry::AnswerInquiryHandler {
            app: app.clone(),
            probe_spacing,
        }),
        Arc::new(effects::decide_claim::DecideClaimHandler {
            app: app.clone(),
            probe_spacing,
        }),
    ];
    let holder = app.ids.uuid();
    let worker = EffectsWorker::new(
        app.db.clone(),
        app.ledger.clone(),
        handlers,
        holder,
        config.effects_concurrency,
    );
    workers.spawn(worker.run(cancel.clone()));
    workers
}
