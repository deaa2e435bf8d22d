//! Leases whose holder did not come back, and the measure of what waits.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::decide::Answer;
use super::settle::Learnt;
use super::{Kind, Shared};
use crate::ledger::{ClaimKind, Held, Row};

/// Rows of one sweep; a larger loss takes several.
const SWEPT_AT_ONCE: i64 = 500;

/// The pause between sweeps.
const SWEEP_EVERY: Duration = Duration::from_secs(5);

impl Shared {
    /// Sweeps at once and then again and again, beside the batches: a sweep that struggles holds nobody up.
    pub(super) async fn sweep_until(self: Arc<Self>, cancel: CancellationToken) {
        while !cancel.is_cancelled() {
            self.sweep().await;
            tokio::select! {
                () = cancel.cancelled() => {}
                () = tokio::time::sleep(SWEEP_EVERY) => {}
            }
        }
    }

    /// Takes lost effects back and measures the backlog.
    async fn sweep(&self) {
        if let Err(error) = self.take_back_lost().await {
            warn!(
                error = &error as &dyn std::error::Error,
                "lost leases could not be looked for, trying again"
            );
        }
        if let Err(error) = self.measure().await {
            warn!(
                error = &error as &dyn std::error::Error,
                "the backlog could not be measured, trying again"
            );
        }
    }

    async fn take_back_lost(&self) -> Result<(), sqlx::Error> {
        let kinds: Vec<ClaimKind> = self.kinds.iter().map(|kind| kind.claim).collect();
        let mut conn = self.pool.acquire().await?;
        let lost = self.ledger.lost(&mut conn, &kinds, SWEPT_AT_ONCE).await?;
        drop(conn);
        for kind in &self.kinds {
            let learnt: Vec<Learnt> = lost
                .iter()
                .filter(|row| is_of(kind, row))
                .map(lease_lost)
                .collect();
            if !learnt.is_empty() {
                info!(effect.kind = %kind.claim.kind, "taking back {} effects of lost leases", learnt.len());
                self.settle(kind, &learnt).await;
                self.ledger.wake();
            }
        }
        Ok(())
    }

    async fn measure(&self) -> Result<(), sqlx::Error> {
        let mut conn = self.pool.acquire().await?;
        let backlog = self.ledger.backlog(&mut conn).await?;
        for kind in &self.kinds {
            for what in ["DUE", "UNKNOWN"] {
                let line = backlog
                    .iter()
                    .find(|b| b.kind == kind.claim.kind.as_str() && b.what == what);
                let (number, oldest) =
                    line.map_or((0, 0.0), |line| (line.number, line.oldest_seconds));
                kind.meters.backlog(what, number, oldest);
            }
        }
        Ok(())
    }
}

fn is_of(kind: &Kind, row: &Row) -> bool {
    row.effect.kind == kind.claim.kind
}

/// The fence and state seen here guard the transition: a holder that came back meanwhile wins.
fn lease_lost(row: &Row) -> Learnt {
    Learnt {
        held: Held {
            merchant_id: row.effect.merchant_id,
            effect_id: row.effect.effect_id,
            fence: row.effect.fence,
            state: row.effect.state,
        },
        answer: Answer::LeaseLost,
    }
}
