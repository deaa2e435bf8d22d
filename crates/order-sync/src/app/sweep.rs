//! Asking for sweeps, and what they came to. The sweeps themselves are windows of the streams, read by whoever holds
//! the account's lease.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use moa_jobs::RunReport;
use tokio_util::sync::CancellationToken;

use super::App;
use crate::Error;
use crate::domain::stream::Sweep;
use crate::store::sweeps::{self, SweptStream};

/// Whose sweep is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SweepOf {
    /// Of each stream that was not swept in its time.
    Overdue,
    /// Of every stream.
    All,
}

/// How long sweeps are waited for. A week of a large shop takes minutes of the sweeps' share of the quota.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// How often it is looked whether they are done.
const LOOK: Duration = Duration::from_millis(500);
/// Streams that are named when they were not swept.
const NAMED: usize = 5;

impl App {
    /// Has streams swept and waits for it; gives what it came to. `wake` is called once they were asked
    /// for, so that whoever reads them need not wait for his time.
    pub async fn sweep(
        &self,
        sweep: Sweep,
        of: SweepOf,
        cancel: &CancellationToken,
        wake: impl Fn(),
    ) -> Result<RunReport, Error> {
        let asked_at = self.clock.now();
        let overdue_since = match of {
            SweepOf::All => None,
            SweepOf::Overdue => Some(asked_at - self.sweep_period(sweep)),
        };
        let mut conn = self.pool.acquire().await?;
        let asked = sweeps::ask(&mut conn, sweep, overdue_since, asked_at).await?;
        drop(conn);
        if asked == 0 {
            let said = "nothing to do: every stream was swept in its time";
            return Ok(RunReport::new("NOTHING_TO_SWEEP", said));
        }
        wake();
        let pending = self.await_sweeps(sweep, asked_at, cancel).await?;
        let mut conn = self.pool.acquire().await?;
        let found = sweeps::found(&mut conn, asked_at).await?;
        if pending.is_empty() {
            let said = format!(
                "swept {asked} stream(s): {} row(s) seen, {} changed, {} order(s) late",
                found.rows, found.changed, found.late
            );
            return Ok(RunReport::new("SWEPT", said)
                .count("streams", asked)
                .count("rows", found.rows)
                .count("changed", found.changed)
                .count("late", found.late));
        }
        let names = pending.iter().take(NAMED).map(SweptStream::to_string);
        Err(Error::SweepUnfinished {
            pending: pending.len(),
            asked: usize::try_from(asked).unwrap_or(usize::MAX),
            streams: names.collect::<Vec<_>>().join("; "),
        })
    }

    fn sweep_period(&self, sweep: Sweep) -> TimeDelta {
        match sweep {
            Sweep::Day => self.config.windows.sweep_every,
            Sweep::Week => self.config.windows.deep_sweep_every,
        }
    }

    /// Waits until every stream that was asked for is swept; gives those that are not when patience ends.
    async fn await_sweeps(
        &self,
        sweep: Sweep,
        asked_at: DateTime<Utc>,
        cancel: &CancellationToken,
    ) -> Result<Vec<SweptStream>, Error> {
        let looks = PATIENCE.as_millis() / LOOK.as_millis();
        let mut pending = Vec::new();
        for _ in 0..looks {
            let mut conn = self.pool.acquire().await?;
            pending = sweeps::pending(&mut conn, sweep, asked_at).await?;
            drop(conn);
            if pending.is_empty() {
                break;
            }
            tokio::select! {
                () = cancel.cancelled() => break,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        Ok(pending)
    }
}
