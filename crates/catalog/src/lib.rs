//! Products, variants, listings and their mapping.
//!
//! A *variant* is our sellable unit; a *listing* is what a channel offers. A listing appears when order-sync sees it in an
//! order or in the channel's product list ([`feeds`]), or when somebody maps it ahead; it is *unmapped* until a person says
//! what one unit of it stands for: a variant, or a set of several, each with a quantity. fulfillment holds lines of unmapped
//! listings and releases them on `ListingMapped`.
//!
//! - `domain::sight` tells what of a listing changed; a change waits until a person has looked at it.
//! - `domain::suggest` tells which variants an unmapped listing may be; a person accepts.
//!
//! Invariants: a SKU is unique per merchant; only a digital variant has digital content; a mapping's version grows, and what
//! a listing stands for is the newest record of its history.

mod app;
mod config;
mod domain;
mod error;
mod events;
pub mod feeds;
mod grpc;
mod store;

use std::sync::Arc;

use moa_outbox::{FeedConsumer, Outbox};
use moa_service::{ServiceName, Wiring};

pub use app::App;
pub use config::Config;
pub use error::Error;
pub use grpc::server as grpc;

/// The service's part of the database.
pub const SCHEMA: &str = "catalog";

/// Its tables.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Serves and follows order-sync's listings until cancelled.
pub async fn run(_config: Config, wiring: Wiring) -> Result<(), Error> {
    moa_outbox::ensure_partitions(&wiring.pool, SCHEMA).await?;
    let app = Arc::new(App {
        db: wiring.pool.clone(),
        clock: wiring.clock.clone(),
        ids: wiring.ids.clone(),
        outbox: Outbox::new(SCHEMA),
    });
    let cancel = wiring.cancel.clone();
    let seen = FeedConsumer::new(
        wiring.pool.clone(),
        SCHEMA,
        "catalog.listings",
        "listings",
        wiring.clients.channel(ServiceName::OrderSync),
        Arc::new(feeds::ListingsSeen::new(Arc::clone(&app))),
    );
    let server = grpc(Arc::clone(&app), wiring.identity, cancel.clone());
    wiring.health.set_ready(true);
    let (served, (), ()) = tokio::join!(
        server.serve(wiring.listener, cancel.clone()),
        seen.run(cancel.clone()),
        moa_outbox::housekeeping(wiring.pool, SCHEMA, cancel),
    );
    Ok(served?)
}
