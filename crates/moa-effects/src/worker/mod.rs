//! Carries effects out: claims lanes, runs batches, sweeps lost leases, probes unknown outcomes.

mod batch;
mod decide;
mod lanes;
mod meters;
mod settle;
mod sweep;

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument, error, info_span, warn};
use uuid::Uuid;

use crate::ledger::{BusyLane, ClaimKind, Row};
use crate::{ClaimedEffect, EffectHandler, EffectKind, Ledger};
use decide::Pace;
use lanes::Lanes;
use meters::Meters;

/// What the lease of a send leaves, beyond the send's deadline, for writing the result down. It is long, because one that
/// is lost makes an outcome unknown, and short enough, because an unknown outcome rests for longer anyway.
const MARGIN: Duration = Duration::from_secs(30);

/// The lease of a look or a probe, renewed while it lasts: after a crash the effect goes on that much later. It may be
/// this short because nothing rests on it but the time: a looker that lost it finds no row to send from, by the fence.
const LOOK_LEASE: Duration = Duration::from_secs(10);

/// The pause between renewals.
const RENEW_EVERY: Duration = Duration::from_secs(3);

/// The poll while there is work, and once there has been none for a while.
const POLL_BUSY: Duration = Duration::from_millis(50);
const POLL_IDLE: Duration = Duration::from_secs(1);

/// Carries out the effects of one ledger. Any number of workers, in any number of processes, may share it.
pub struct EffectsWorker {
    shared: Arc<Shared>,
    concurrency: usize,
}

/// What each task needs.
struct Shared {
    pool: PgPool,
    ledger: Ledger,
    holder: Uuid,
    kinds: Vec<Kind>,
}

/// A handler with its answers to questions that do not change.
struct Kind {
    handler: Arc<dyn EffectHandler>,
    claim: ClaimKind,
    probe: ClaimKind,
    lane_width: usize,
    look_timeout: Duration,
    send_timeout: Duration,
    pace: Pace,
    meters: Meters,
}

impl EffectsWorker {
    /// A worker for the kinds of `handlers`. `holder` names this process; `concurrency` is the number of batches under
    /// way at once (probes have a quarter as many places of their own, so that neither starves the other).
    ///
    /// # Panics
    ///
    /// When two handlers carry out the same kind.
    pub fn new(
        pool: PgPool,
        ledger: Ledger,
        handlers: Vec<Arc<dyn EffectHandler>>,
        holder: Uuid,
        concurrency: usize,
    ) -> Self {
        let schema = ledger.schema();
        let mut kinds: Vec<Kind> = Vec::new();
        for handler in handlers {
            let kind = handler.kind();
            assert!(
                kinds.iter().all(|other| other.claim.kind != kind),
                "two handlers for {kind}"
            );
            kinds.push(Kind::new(handler, schema));
        }
        let shared = Shared {
            pool,
            ledger,
            holder,
            kinds,
        };
        Self {
            shared: Arc::new(shared),
            concurrency: concurrency.max(1),
        }
    }

    /// Works until cancelled, then claims nothing more and finishes what is under way.
    pub async fn run(self, cancel: CancellationToken) {
        let mut run = Run {
            probe_places: (self.concurrency / 4).max(1),
            concurrency: self.concurrency,
            shared: self.shared,
            tasks: JoinSet::new(),
            lanes: Lanes::default(),
        };
        // Dropped with this future, like the batches.
        let sweeper = AbortOnDropHandle::new(tokio::spawn(
            Arc::clone(&run.shared).sweep_until(cancel.clone()),
        ));
        let mut poll = POLL_BUSY;
        while !cancel.is_cancelled() {
            poll = match run.take_work().await {
                Ok(0) => poll.mul_f64(1.5).min(POLL_IDLE),
                Ok(_) => POLL_BUSY,
                Err(error) => {
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "effects could not be claimed, trying again"
                    );
                    POLL_IDLE
                }
            };
            tokio::select! {
                () = cancel.cancelled() => {}
                () = run.shared.ledger.woken() => poll = POLL_BUSY,
                // A place became free: whoever waits in its lane is claimed at once.
                Some(done) = run.tasks.join_next_with_id() => {
                    run.reap(done);
                    poll = POLL_BUSY;
                }
                () = tokio::time::sleep(poll) => {}
            }
        }
        while let Some(done) = run.tasks.join_next_with_id().await {
            run.reap(done);
        }
        if let Err(error) = sweeper.await {
            error!("the sweep of lost leases broke off: {error}");
        }
    }
}

/// The state of a running worker.
struct Run {
    shared: Arc<Shared>,
    concurrency: usize,
    probe_places: usize,
    tasks: JoinSet<()>,
    lanes: Lanes,
}

impl Run {
    /// Claims as much as there are free places. Returns how many tasks were begun.
    async fn take_work(&mut self) -> Result<usize, sqlx::Error> {
        while let Some(done) = self.tasks.try_join_next_with_id() {
            self.reap(done);
        }
        Ok(self.take_batches().await? + self.take_probes().await?)
    }

    async fn take_batches(&mut self) -> Result<usize, sqlx::Error> {
        let free = self.concurrency.saturating_sub(self.lanes.batches());
        if free == 0 {
            return Ok(0);
        }
        let shared = Arc::clone(&self.shared);
        let kinds: Vec<ClaimKind> = shared.kinds.iter().map(|kind| kind.claim).collect();
        let busy = self
            .lanes
            .full(|kind| shared.kind(kind).map_or(1, |kind| kind.lane_width));
        let mut conn = shared.pool.acquire().await?;
        let rows = shared
            .ledger
            .claim(&mut conn, shared.holder, &kinds, &busy, free)
            .await?;
        drop(conn);
        let groups = lanes::group(rows);
        let begun = groups.len();
        for (lane, batch) in groups {
            self.begin_batch(lane, batch);
        }
        Ok(begun)
    }

    async fn take_probes(&mut self) -> Result<usize, sqlx::Error> {
        let free = self.probe_places.saturating_sub(self.lanes.probes());
        if free == 0 {
            return Ok(0);
        }
        let shared = Arc::clone(&self.shared);
        let kinds: Vec<ClaimKind> = shared.kinds.iter().map(|kind| kind.probe).collect();
        let mut conn = shared.pool.acquire().await?;
        let rows = shared
            .ledger
            .claim_unknown(&mut conn, shared.holder, &kinds, free)
            .await?;
        drop(conn);
        let begun = rows.len();
        for row in rows {
            self.begin_probe(row);
        }
        Ok(begun)
    }

    fn begin_batch(&mut self, lane: BusyLane, batch: Vec<ClaimedEffect>) {
        let span = info_span!(
            "effects.batch",
            effect.kind = %lane.kind,
            merchant.id = %lane.merchant_id,
            account.id = %lane.account_id,
            effects = batch.len(),
        );
        let shared = Arc::clone(&self.shared);
        let task = async move {
            if let Some(kind) = shared.kind(lane.kind) {
                kind.meters.batch(batch.len());
                shared.run_batch(kind, batch).await;
            }
        };
        let id = self.tasks.spawn(task.instrument(span)).id();
        self.lanes.begin_batch(id, lane);
    }

    fn begin_probe(&mut self, row: Row) {
        let effect = row.into_claimed();
        let span =
            info_span!("effects.probe", effect.kind = %effect.kind, effect.id = %effect.effect_id);
        let shared = Arc::clone(&self.shared);
        let task = async move {
            if let Some(kind) = shared.kind(effect.kind) {
                shared.run_probe(kind, effect).await;
            }
        };
        let id = self.tasks.spawn(task.instrument(span)).id();
        self.lanes.begin_probe(id);
    }

    fn reap(&mut self, done: Result<(Id, ()), JoinError>) {
        let id = match done {
            Ok((id, ())) => id,
            Err(error) => {
                error!("a batch of effects broke off; its leases decide: {error}");
                error.id()
            }
        };
        self.lanes.end(id);
    }
}

impl Shared {
    fn kind(&self, kind: EffectKind) -> Option<&Kind> {
        self.kinds.iter().find(|known| known.claim.kind == kind)
    }
}

impl Kind {
    fn new(handler: Arc<dyn EffectHandler>, schema: &'static str) -> Self {
        let kind = handler.kind();
        let look_timeout = handler.look_timeout();
        let batch_size = i64::try_from(handler.batch_size().max(1)).unwrap_or(i64::MAX);
        Self {
            claim: ClaimKind {
                kind,
                batch_size,
                lease: LOOK_LEASE,
            },
            probe: ClaimKind {
                kind,
                batch_size: 1,
                lease: LOOK_LEASE,
            },
            lane_width: handler.lane_width().max(1),
            look_timeout,
            send_timeout: handler.send_timeout(),
            pace: Pace {
                retry: handler.retry(),
                probe_spacing: handler.probe_spacing(),
            },
            meters: Meters::new(schema, kind),
            handler,
        }
    }
}
