//! Customers of the own store and their log-in.
//!
//! Carts, orders and payments will live here; until then a customer is who redeems an activation link.
//!
//! Invariants: an address stands sealed and is found by its keyed hash only; a password and a session token are stored
//! as hashes only; an unknown address and a wrong password are refused alike, in the same time.

mod app;
mod config;
mod domain;
mod error;
mod grpc;
mod store;

use std::sync::Arc;

use moa_service::Wiring;
use moa_vault::Vault;

pub use app::App;
pub use config::Config;
pub use domain::password::PasswordHashing;
pub use error::Error;
pub use grpc::server as grpc;

/// The service's part of the database.
pub const SCHEMA: &str = "checkout";

/// Its tables.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Serves until cancelled.
pub async fn run(config: Config, wiring: Wiring) -> Result<(), Error> {
    let app = Arc::new(App {
        db: wiring.pool,
        clock: wiring.clock,
        ids: wiring.ids,
        vault: Vault::new(SCHEMA, Arc::clone(&wiring.key_ring)),
        key_ring: wiring.key_ring,
        hashing: PasswordHashing::new(config.concurrent_hashes),
    });
    let server = grpc(Arc::clone(&app), wiring.identity);
    wiring.health.set_ready(true);
    let tidy = moa_jobs::every(
        std::time::Duration::from_secs(3600),
        wiring.cancel.clone(),
        || app.forget_expired(),
    );
    let (served, ()) = tokio::join!(server.serve(wiring.listener, wiring.cancel.clone()), tidy);
    Ok(served?)
}
