//! The operators' edge: the HTTP API and the admin screen.
//!
//! It owns merchants, operators, sessions, the audit log, and the order board, a read model of what the other services
//! tell. Everything else it asks them for, and their refusals go on as problem documents ([`http::problem`]).
//!
//! - [`http`]: a file per resource; what every request passes stands in `http/mod.rs`, from the outside in.
//! - [`app`]: the behaviours: logging in, looking at the board, revealing a contact, repeating a request.
//! - [`feeds`]: what the board hears; [`store`]: SQL; [`clients`]: the other services; [`jobs`]: periodic work.
//! - [`domain`]: roles, how long sessions live, how often a password may be guessed, the words of the timeline.
//!
//! Invariants: a request that may change something stands in the audit log before anything happens; a token is stored
//! as its hash only; the board holds no personal data and only ever moves to higher versions; a POST with an
//! `Idempotency-Key` reaches the services under one request id, however often it comes.

pub mod app;
pub mod clients;
mod config;
pub mod domain;
mod error;
pub mod feeds;
pub mod http;
pub mod jobs;
pub mod store;

use std::sync::Arc;

use moa_service::Wiring;

pub use app::App;
pub use config::Config;
pub use error::Error;

/// The service's part of the database.
pub const SCHEMA: &str = "admin_gateway";

/// Its tables.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Serves HTTP on the wiring's listener, follows the feeds and cleans up, until cancelled.
pub async fn run(config: Config, wiring: Wiring) -> Result<(), Error> {
    let cancel = wiring.cancel.clone();
    let app = Arc::new(App {
        config,
        db: wiring.pool.clone(),
        clock: wiring.clock.clone(),
        ids: wiring.ids.clone(),
        clients: clients::Clients::new(&wiring.clients),
        board_changes: app::board_changes::BoardChanges::default(),
        passwords: app::passwords::Passwords::default(),
        stopping: cancel.clone(),
    });
    app.first_start().await?;
    wiring.health.set_ready(true);
    let (served, (), ()) = tokio::join!(
        http::serve(Arc::clone(&app), wiring.listener, cancel.clone()),
        feeds::follow(&wiring.pool, &app.board_changes, &wiring.clients, &cancel),
        jobs::clean_up::run(&app, cancel.clone()),
    );
    served
}

/// The description of the HTTP API, as served at `/api/openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    http::document()
}
