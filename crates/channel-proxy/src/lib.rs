//! The only code that talks to a marketplace: signing, quotas, permits, translation into our words.
//!
//! Owns channel accounts with their sealed credentials, permits, and the outcome of every write.
//!
//! Invariants:
//! - No tracking number is told to a channel without a permit: a look at most 5 s old that found nothing against exactly
//!   these lines. A permit is used once, in a transaction committed before the first byte leaves.
//! - A write is answered from its stored outcome when it is repeated, and refused under a lower fence than the highest.
//! - A channel never sees more calls a second from a seller than its quota, whatever happens to the network.
//! - One process at a time calls for a seller: a lease says which, and every call checks it.
//! - Credentials go in and never come out: not by an RPC, not in a log, not in an error.
//! - Every call is written down without its bodies, behind the call: a full queue or a database that is away costs rows
//!   of the log and never a call.
//! - Base URLs lead to no neighbour of ours: addresses are looked at when an account is changed and at each connection.
//!
//! Map: `domain` decides (account, facts, permit, effect, operation, probe, quota), `channel` knows the marketplaces
//! (`topics` says what one may offer beside orders), `app` has one file per behaviour (`carry_out` for all that is told
//! beside acknowledge and dispatch, `writes` for the way of a write), `store` the SQL, `grpc` a file per service of the
//! contract, `quota` and `holders` wait for turns and leases, `breakers` leave an ill API alone, `call_log` and
//! `drift_watch` write down beside the calls what was called and what was new, `partitions` keeps the log's days.

mod app;
mod breakers;
mod call_log;
mod channel;
mod config;
mod domain;
mod drift_watch;
mod error;
mod events;
mod grpc;
mod holders;
mod partitions;
mod quota;
mod store;

use std::sync::Arc;

use moa_service::{GrpcServer, ServeError, Wiring};
use moa_vault::{KeyRing, Vault};
use tokio_util::sync::CancellationToken;

pub use config::Config;

/// How calls are signed, so that its speed can be measured.
pub mod signatures {
    pub use crate::channel::coupang::sign::authorization as coupang;
    pub use crate::channel::smartstore::sign::signature as smartstore;
}

/// Every reader of channels' answers, so that bytes can be sought that one of them chokes on (`fuzz/`).
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod readers {
    pub use crate::channel::coupang::readers::read_all as coupang;
    pub use crate::channel::smartstore::readers::read_all as smartstore;
}

use app::App;
use channel::coupang::Coupang;
use channel::smartstore::SmartStore;
use channel::{Channel, Channels, Transport};

/// The service's schema.
pub const SCHEMA: &str = "channel_proxy";

/// The service's migrations.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Why the service ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The HTTP client could not be made.
    #[error("the HTTP client to the channels cannot be made")]
    Http(#[source] reqwest::Error),
    /// The server failed.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The keys file does not hold what the stored accounts are sealed with.
    #[error("the stored credentials cannot be opened")]
    Keys(#[from] moa_vault::VaultError),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// The service, ready to be served: what [`run`] serves on a port and tests call in memory.
pub struct Service {
    app: App,
}

impl Service {
    /// Puts the service together. Nothing runs yet.
    pub fn new(config: &Config, wiring: &ServiceWiring) -> Result<Self, RunError> {
        let transport = Transport::new(config.transport()).map_err(RunError::Http)?;
        let coupang: Arc<dyn Channel> = Arc::new(Coupang::new(config.coupang_url.clone()));
        let smartstore: Arc<dyn Channel> = Arc::new(SmartStore::new(config.smartstore_url.clone()));
        let vault = Vault::new(SCHEMA, Arc::clone(&wiring.key_ring));
        let channels = Channels::new([coupang, smartstore]);
        let app = App::new(wiring, vault, channels, transport, config.egress_address);
        Ok(Self { app })
    }

    /// The gRPC server.
    pub fn grpc(&self, identity: moa_service::Identity, cancel: CancellationToken) -> GrpcServer {
        grpc::server(self.app.clone(), identity, cancel)
    }

    /// Renews the leases of the sellers in use and makes the outbox's partitions until `cancel`; then lets writes under
    /// way finish and gives the leases back.
    pub async fn work(&self, cancel: CancellationToken) {
        // The log is kept until the last call has ended.
        let logging = CancellationToken::new();
        let calling = async {
            let housekeeping =
                moa_outbox::housekeeping(self.app.pool.clone(), SCHEMA, cancel.clone());
            tokio::join!(
                self.app.holders.keep(cancel.clone()),
                housekeeping,
                Box::pin(partitions::housekeeping(&self.app.pool, cancel.clone())),
                Box::pin(self.app.warn_of_ending_keys(cancel.clone())),
                Box::pin(self.app.watch_drift(cancel.clone())),
            );
            self.app.drain().await;
            self.app.holders.release_all().await;
            logging.cancel();
        };
        let writing = self.app.calls.keep(&self.app.pool, logging.clone());
        tokio::join!(Box::pin(calling), Box::pin(writing));
    }
}

/// A service's ways to reach the world, apart from the port.
pub struct ServiceWiring {
    /// The schema [`SCHEMA`].
    pub pool: sqlx::PgPool,
    /// The time.
    pub clock: moa_service::Clock,
    /// Where identifiers come from.
    pub ids: moa_id::Ids,
    /// What credentials are sealed with.
    pub key_ring: Arc<KeyRing>,
}

/// Serves until the wiring's cancel, then drains.
pub async fn run(config: Config, wiring: Wiring) -> Result<(), RunError> {
    let parts = ServiceWiring {
        pool: wiring.pool,
        clock: wiring.clock,
        ids: wiring.ids,
        key_ring: wiring.key_ring,
    };
    let service = Service::new(&config, &parts)?;
    let mut conn = parts.pool.acquire().await?;
    service.app.vault.check(&mut conn).await?;
    drop(conn);
    moa_outbox::ensure_partitions(&parts.pool, SCHEMA).await?;
    partitions::ensure(&parts.pool).await?;

    let server = service.grpc(wiring.identity, wiring.cancel.clone());
    // Not a child of the wiring's token: leases are kept until the last call has ended.
    let workers = CancellationToken::new();
    wiring.health.set_ready(true);
    let serving = async {
        let served = server.serve(wiring.listener, wiring.cancel).await;
        workers.cancel();
        served
    };
    let (served, ()) = tokio::join!(serving, service.work(workers.clone()));
    wiring.health.set_ready(false);
    Ok(served?)
}
