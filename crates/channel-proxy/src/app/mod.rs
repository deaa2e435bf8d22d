//! What this service does, one behaviour per file.

mod account_health;
mod acknowledge_parcels;
mod activate_account;
mod attempts;
mod carry_out;
mod credentials;
mod dispatch_lines;
mod evidence;
mod fetch;
mod inspect_lines;
mod key_warnings;
mod open;
mod probe_effect;
mod register_account;
mod test_account;
mod update_account;
mod writes;

use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use moa_id::{ChannelAccountId, Ids, MerchantId, PermitId};
use moa_jobs::Leases;
use moa_outbox::Outbox;
use moa_service::{Clock, current_request_id, with_request_id};
use moa_vault::Vault;
use sqlx::PgPool;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

pub use account_health::{AccountHealth, Holder};
pub use acknowledge_parcels::AcknowledgeItem;
pub use carry_out::Told;
pub use credentials::NewCredentials;
pub use dispatch_lines::DispatchItem;
pub use inspect_lines::{InspectItem, Inspection, Verdict};
pub use probe_effect::{Intended, ProbeQuestion, Probed};
pub use register_account::Registration;
pub use update_account::Wishes;

use crate::breakers::Breakers;
use crate::call_log::CallLog;
use crate::channel::{Channels, Credentials, Transport};
use crate::domain::permit::IssuedPermits;
use crate::drift_watch::{DriftWatch, Keeper};
use crate::error::Error;
use crate::holders::Holders;
use crate::quota::{KeptSlot, SellerQuota};
use crate::{SCHEMA, ServiceWiring};

/// How long a stop waits for writes under way: the longest call and its bookkeeping.
const DRAIN: Duration = Duration::from_secs(12);

/// Ways to reach the world.
#[derive(Clone)]
pub struct App {
    pub pool: PgPool,
    pub clock: Clock,
    pub ids: Ids,
    pub outbox: Outbox,
    pub vault: Vault,
    pub channels: Channels,
    pub holders: Holders,
    /// Where calls are written down.
    pub calls: CallLog,
    /// What stops calls to an ill API.
    pub breakers: Breakers,
    /// Where answers are looked at for what is new in them.
    pub drift: DriftWatch,
    transport: Transport,
    /// What this installation leaves from, when configured.
    egress_address: Option<IpAddr>,
    /// Opened credentials by account, good for one version of it.
    opened: Opened,
    /// Slots by seller.
    quotas: Arc<Mutex<HashMap<String, Arc<SellerQuota>>>>,
    /// Slots kept for the writes of permits.
    write_holds: Arc<Mutex<HashMap<PermitId, (KeptSlot, Instant)>>>,
    /// What this process' permits live by.
    issued: Arc<Mutex<IssuedPermits>>,
    /// Writes under way: they end even when the caller goes away.
    tasks: TaskTracker,
}

type Opened = Arc<Mutex<HashMap<(MerchantId, ChannelAccountId), (i64, Arc<Credentials>)>>>;

impl App {
    pub fn new(
        wiring: &ServiceWiring,
        vault: Vault,
        channels: Channels,
        transport: Transport,
        egress_address: Option<IpAddr>,
    ) -> Self {
        let holder = wiring.ids.uuid();
        let holders = Holders::new(Leases::new(wiring.pool.clone(), SCHEMA, holder));
        Self {
            pool: wiring.pool.clone(),
            clock: wiring.clock.clone(),
            ids: wiring.ids.clone(),
            outbox: Outbox::new(SCHEMA),
            vault,
            channels,
            holders,
            calls: CallLog::new(),
            breakers: Breakers::default(),
            drift: DriftWatch::new(),
            transport,
            egress_address,
            opened: Arc::default(),
            quotas: Arc::default(),
            write_holds: Arc::default(),
            issued: Arc::default(),
            tasks: TaskTracker::new(),
        }
    }

    /// Runs a write to its end, whether or not the caller waits for it.
    async fn detached<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        // A task of its own knows neither the request nor its trace by itself.
        let work = with_request_id(current_request_id(), work);
        let task = self.tasks.spawn(work.in_current_span());
        task.await
            .map_err(|error| Error::internal("a write", error))?
    }

    /// Looks at answers for what is new in them, until `cancel`.
    pub async fn watch_drift(&self, cancel: CancellationToken) {
        let keeper = Keeper {
            pool: self.pool.clone(),
            outbox: self.outbox.clone(),
            ids: self.ids.clone(),
        };
        self.drift.keep(&keeper, cancel).await;
    }

    /// Waits for writes under way, inside a bounded time.
    pub async fn drain(&self) {
        self.tasks.close();
        if tokio::time::timeout(DRAIN, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                "{} writes were still under way; their outcomes will be probed",
                self.tasks.len()
            );
        }
    }
}
