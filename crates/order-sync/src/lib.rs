//! order-sync: what the channels told us.
//!
//! It owns orders, lines, contacts, claims and inquiries as the channels show them, the cursors of collection, and the evidence
//! that nothing was left out. Of listings it only tells what it saw, in orders and in product lists; they are catalog's.
//! Nothing here acts on a channel. With the inquiries stand the operators' arrangements about them: who looks after which, and
//! the texts that answers begin from.
//!
//! What always holds:
//!
//! - A page is sealed and committed before anything is made of it; a row that cannot be stored holds up only itself.
//! - The present is read first; a past that is unread (before the first contact, or of an outage) is read beside it, in
//!   order.
//! - The high-water mark of a stream moves in the transaction that closes its window, after all pages, and only under
//!   the lease's current fence.
//! - Facts carry the time of their read and join without regard to order; states only move on; nothing never overwrites
//!   something. A read that shows nothing new writes no order. (Neither is its time kept, so of two reads that arrive
//!   the wrong way round the older may win for a moment; the next read of the list mends it.)
//! - Every change of an order raises its version under the row's lock and tells of it in the same transaction.
//! - Personal data stands sealed in `order_contacts` (its earlier versions beside it), `inquiries` and `raw_pages` only, and
//!   every look at it is recorded. It goes with its key (`app/erase_contacts.rs`), and what is erased is not stored again.
//!
//! `grpc` and `jobs` call `app`, which asks `domain` what to do and `store` and `clients` to do it.
//!
//! What was read is proven by `poll_windows`: `domain::coverage` says from them which minutes were read how often, and
//! `jobs::schedule` looks for gaps, sweeps, tries parked rows again and tidies.
//!
//! How often each stream is read is planned inside the account's share of its channel's quota (`domain::schedule`).
//!
//! One read: `jobs::collect` → [`App::collect`] → `domain::window` (which span) → `clients::channel_proxy` (the pages)
//! → `app::store_page` → `domain::upsert` (what to write) → `store`.

mod app;
mod clients;
mod config;
mod domain;
mod error;
mod events;
mod grpc;
mod jobs;
mod store;

use std::sync::Arc;

use moa_jobs::{Jobs, Leases};
use moa_outbox::FeedConsumer;
use moa_service::{ServiceName, Wiring};

pub use app::{App, AppParts, Collected, CoverageCheck, Erased, ProductsOf, Retried, SweepOf};
pub use config::Config;
pub use domain::account::{Account, Discovery, InquirySource};
pub use domain::inquiry::InquiryKind;
pub use domain::schedule::{CallQuota, ReadCost};
pub use domain::stream::{Stream, Sweep};
pub use error::Error;
pub use grpc::grpc;

use jobs::channel_accounts::ChannelAccounts;
use jobs::collect::Collector;
use jobs::parcels::Parcels;
use jobs::signals::Signals;
use jobs::told::Told;

/// The schema that this service owns.
pub const SCHEMA: &str = "order_sync";

/// The migrations of that schema.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/order_sync");

/// The jobs of this service, as `run` runs them.
pub fn schedule(app: &App, cancel: tokio_util::sync::CancellationToken) -> Jobs {
    jobs::schedule::schedule(app, &Signals::default(), app.ids.uuid(), cancel)
}

/// Serves and collects until the wiring's token is cancelled, then finishes what is in flight.
pub async fn run(config: Config, wiring: Wiring) -> Result<(), Error> {
    let cancel = wiring.cancel.clone();
    let pool = wiring.pool.clone();
    let clients = wiring.clients.clone();
    let app = App::new(AppParts {
        pool: pool.clone(),
        clock: wiring.clock.clone(),
        ids: wiring.ids.clone(),
        key_ring: wiring.key_ring.clone(),
        channel_proxy: clients.channel(ServiceName::ChannelProxy),
        config,
    });
    // Data that nobody could open any more must not grow: refuse to start without the keys.
    let mut conn = pool.acquire().await?;
    app.vault.check(&mut conn).await?;
    drop(conn);
    moa_outbox::ensure_partitions(&pool, SCHEMA).await?;

    let signals = Signals::default();
    let accounts = FeedConsumer::new(
        pool.clone(),
        SCHEMA,
        "order_sync.channel_accounts",
        "channel_accounts",
        clients.channel(ServiceName::ChannelProxy),
        Arc::new(ChannelAccounts {
            clock: wiring.clock.clone(),
            signals: signals.clone(),
        }),
    );
    let reconcile = jobs::channel_accounts::reconcile(&app, signals.clone(), cancel.clone());
    let parcels = FeedConsumer::new(
        pool.clone(),
        SCHEMA,
        "order_sync.parcels",
        "parcels",
        clients.channel(ServiceName::Fulfillment),
        Arc::new(Parcels::new(wiring.clock.clone(), signals.clone())),
    );
    let told = |consumer, topic| {
        FeedConsumer::new(
            pool.clone(),
            SCHEMA,
            consumer,
            topic,
            clients.channel(ServiceName::Fulfillment),
            Arc::new(Told::new(signals.clone())),
        )
    };
    let answers = told("order_sync.inquiry_answers", "inquiries");
    let decisions = told("order_sync.claim_decisions", "claims");
    let schedule = jobs::schedule::schedule(&app, &signals, wiring.ids.uuid(), cancel.clone());
    let collector = Collector {
        app: app.clone(),
        leases: Leases::new(pool.clone(), SCHEMA, wiring.ids.uuid()),
        signals,
    };
    let server = grpc(&app, &schedule, wiring.identity.clone(), cancel.clone());

    wiring.health.set_ready(true);
    let (served, (), (), (), (), (), (), (), ()) = tokio::join!(
        server.serve(wiring.listener, cancel.clone()),
        accounts.run(cancel.clone()),
        parcels.run(cancel.clone()),
        answers.run(cancel.clone()),
        decisions.run(cancel.clone()),
        collector.run(cancel.clone()),
        moa_outbox::housekeeping(pool, SCHEMA, cancel.clone()),
        reconcile,
        schedule.run(),
    );
    wiring.health.set_ready(false);
    served.map_err(Error::from)
}
