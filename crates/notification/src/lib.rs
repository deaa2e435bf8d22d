//! Who is told what, by which means. No other service composes messages.
//!
//! ```text
//! EntitlementGranted ──▶ message + MESSAGE effect ──▶ look (contact, link) ▶ compose ▶ SOLAPI ──▶ MessageAccepted
//!                                                                    delivery checks ──▶ MessageDelivered | MessageFailed
//! OrderPlaced, a batch ──▶ one message a merchant ──▶ Slack ──▶ MessageAccepted
//! every ten minutes, what waits in the inbox, when it is news ──▶ one message a merchant ──▶ Slack ──▶ MessageAccepted
//! message  PENDING → ACCEPTED → DELIVERED;  FAILED when refused or not delivered
//! ```
//!
//! What always holds:
//!
//! - A link is intended once per entitlement, and once more only by an operator's wish after it failed;
//!   an order is announced once, however often its event is read.
//! - Open questions are told when one came, was answered, or became urgent or late, and else once an hour;
//!   one message at a time, and none while nothing is open.
//! - What a message says and whom it reaches is asked for when it is sent, and kept nowhere: the message row has the
//!   template, the subject's ids, a keyed hash of the recipient and the provider's ids.
//! - A send without an answer is never repeated blindly: SOLAPI is asked for the effect's id (Slack cannot be, and
//!   counts as sent).
//! - Credentials are sealed under a key of their own, which is destroyed when they are replaced; they never come out.
//!
//! Modules: `domain` decides without IO; `app` has a file per behaviour; `effects` carries messages out; `provider`
//! speaks SOLAPI and Slack; `clients` asks order-sync and fulfillment; `feeds` is what we hear, `events` what we tell;
//! `jobs` checks deliveries and looks at open questions; `store` is SQL; `grpc` the RPCs.

mod app;
mod clients;
mod config;
mod domain;
mod effects;
mod error;
mod events;
mod feeds;
mod grpc;
mod jobs;
mod provider;
mod store;

use std::sync::Arc;

use moa_effects::{EffectHandler, EffectsWorker, Ledger};
use moa_jobs::Jobs;
use moa_outbox::{FeedConsumer, FeedHandler, Outbox};
use moa_service::{ServiceChannel, ServiceName, Wiring};
use moa_vault::Vault;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use app::{App, Digested};
pub use clients::fulfillment::Fulfillment;
pub use clients::order_sync::OrderSync;
pub use config::Config;
pub use domain::message::ResendRefused;
pub use domain::sender::SenderRefused;
pub use effects::MessageHandler;
pub use error::Error;
pub use grpc::server as grpc;
pub use provider::http::Http;

/// The service's part of the database.
pub const SCHEMA: &str = "notification";

/// Its tables.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Ways to the services whose feeds are followed.
pub struct Feeds {
    /// Topic "channel_warnings".
    pub channel_proxy: ServiceChannel,
    /// Topic "entitlements".
    pub fulfillment: ServiceChannel,
    /// Topic "orders".
    pub order_sync: ServiceChannel,
}

/// Serves gRPC, follows the feeds and sends messages until `wiring.cancel`, then drains.
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
        order_sync: OrderSync::new(clients.channel(ServiceName::OrderSync)),
        fulfillment: Fulfillment::new(clients.channel(ServiceName::Fulfillment)),
        http: Http::new()?,
        deliveries: Arc::new(Notify::new()),
    });
    let feeds = Feeds {
        channel_proxy: clients.channel(ServiceName::ChannelProxy),
        fulfillment: clients.channel(ServiceName::Fulfillment),
        order_sync: clients.channel(ServiceName::OrderSync),
    };
    let workers = start_workers(&app, &config, feeds, &cancel);
    let schedule = schedule(&app, &config, &cancel);
    workers.spawn({
        let schedule = schedule.clone();
        async move { schedule.run().await }
    });
    health.set_ready(true);
    let server = grpc(app, &schedule, identity, cancel.clone());
    let served = server.serve(listener, cancel.clone()).await;
    health.set_ready(false);
    // Serving may have ended by a failure: the workers must not go on without it.
    cancel.cancel();
    workers.close();
    workers.wait().await;
    Ok(served?)
}

/// The jobs of this service, as `run` runs them.
pub fn schedule(app: &Arc<App>, config: &Config, cancel: &CancellationToken) -> Jobs {
    jobs::schedule::schedule(app, config.digest_every, cancel.clone())
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
    workers.spawn(consume(
        "notification.channel_warnings",
        "channel_warnings",
        feeds.channel_proxy,
        Arc::new(feeds::channel_warnings::ChannelWarningsFeed(Arc::clone(
            app,
        ))),
    ));
    workers.spawn(consume(
        "notification.entitlements",
        "entitlements",
        feeds.fulfillment,
        Arc::new(feeds::entitlements::EntitlementsFeed(Arc::clone(app))),
    ));
    workers.spawn(consume(
        "notification.orders",
        "orders",
        feeds.order_sync,
        Arc::new(feeds::orders::OrdersFeed(Arc::clone(app))),
    ));
    workers.spawn(jobs::check_deliveries::run(Arc::clone(app), cancel.clone()));
    workers.spawn(moa_outbox::housekeeping(
        app.db.clone(),
        SCHEMA,
        cancel.clone(),
    ));
    let handler: Arc<dyn EffectHandler> = Arc::new(MessageHandler::new(Arc::clone(app), config));
    let worker = EffectsWorker::new(
        app.db.clone(),
        app.ledger.clone(),
        vec![handler],
        app.ids.uuid(),
        config.effects_concurrency,
    );
    workers.spawn(worker.run(cancel.clone()));
    workers
}
