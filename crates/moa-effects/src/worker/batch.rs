//! One batch from claim to settlement, back to back in one task.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::task::Poll;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use moa_id::EffectId;
use serde_json::{Value, json};
use tokio::time::Instant;
use tracing::{error, warn};

use super::decide::Answer;
use super::settle::Learnt;
use super::{Kind, LOOK_LEASE, MARGIN, RENEW_EVERY, Shared};
use crate::ledger::Held;
use crate::{ClaimedEffect, EffectState, Probe, SendOutcome, Verdict};

/// When a look that gave no verdict is repeated.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl Shared {
    /// Verifies, commits SENDING for what may go, sends it, settles all.
    pub(super) async fn run_batch(&self, kind: &Kind, batch: Vec<ClaimedEffect>) {
        let mut verified = Vec::new();
        let mut held_back = Vec::new();
        let verdicts = self.keeping(&batch, self.verify(kind, &batch)).await;
        for (effect, verdict) in batch.iter().zip(verdicts) {
            match verdict {
                Verdict::Verified { evidence } => verified.push((effect, evidence)),
                verdict => held_back.push(learnt(
                    effect,
                    EffectState::Claimed,
                    Answer::Looked(verdict),
                )),
            }
        }
        // A permit lives five seconds: what may go does not wait until the rest is written down.
        tokio::join!(self.settle(kind, &held_back), self.send(kind, verified));
    }

    /// Renews the leases of a batch while `looking` lasts. A renewal that fails is tried again by the next; a lease that
    /// was lost stays lost, and the fence tells whoever comes back.
    async fn keeping<T>(&self, batch: &[ClaimedEffect], looking: impl Future<Output = T>) -> T {
        let renewing = async {
            loop {
                tokio::time::sleep(RENEW_EVERY).await;
                if let Err(error) = self.renew(batch).await {
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "leases of effects could not be renewed, trying again"
                    );
                }
            }
        };
        let mut renewing = std::pin::pin!(renewing);
        let mut looking = std::pin::pin!(looking);
        // Both go on side by side; only the look ends.
        futures::future::poll_fn(|cx| {
            let _: Poll<()> = renewing.as_mut().poll(cx);
            looking.as_mut().poll(cx)
        })
        .await
    }

    async fn renew(&self, batch: &[ClaimedEffect]) -> Result<(), sqlx::Error> {
        let mut conn = self.pool.acquire().await?;
        self.ledger
            .renew(&mut conn, self.holder, batch, LOOK_LEASE)
            .await
    }

    async fn verify(&self, kind: &Kind, batch: &[ClaimedEffect]) -> Vec<Verdict> {
        let looking = AssertUnwindSafe(kind.handler.verify(batch)).catch_unwind();
        let (mut verdicts, reason, detail) =
            match tokio::time::timeout(kind.look_timeout, looking).await {
                Ok(Ok(verdicts)) => (
                    verdicts,
                    "NO_VERDICT",
                    "the look said nothing about this one",
                ),
                Ok(Err(_)) => (
                    Vec::new(),
                    "LOOK_FAILED",
                    "the look failed with an internal error",
                ),
                Err(_) => (Vec::new(), "LOOK_TIMED_OUT", "the look took too long"),
            };
        report_misfit(kind, "verify", batch.len(), verdicts.len());
        verdicts.truncate(batch.len());
        for effect in batch.iter().skip(verdicts.len()) {
            verdicts.push(Verdict::Later {
                at: later(effect.claimed_at, kind.look_timeout + LOOK_AGAIN),
                reason: reason.to_owned(),
                detail: detail.to_owned(),
            });
        }
        verdicts
    }

    async fn send(&self, kind: &Kind, verified: Vec<(&ClaimedEffect, Value)>) {
        if verified.is_empty() {
            return;
        }
        // The deadline in the row is counted from a moment later than this.
        let begun = Instant::now();
        let deadline = begun + kind.send_timeout;
        let rows = match self.begin_send(kind, &verified).await {
            Ok(rows) => rows,
            Err(error) => {
                // Whether the commit arrived is unknown, so nothing is sent and the lease decides.
                error!(
                    error = &error as &dyn std::error::Error,
                    "SENDING could not be committed; nothing was sent"
                );
                return;
            }
        };
        kind.meters.stale(verified.len() - rows.len());
        let batch = in_order(
            &verified,
            rows.into_iter().map(|row| row.into_claimed()).collect(),
        );
        if batch.is_empty() {
            return;
        }
        let outcomes = self.send_until(kind, &batch, deadline).await;
        let learnt: Vec<Learnt> = batch
            .iter()
            .zip(outcomes)
            .map(|(effect, outcome)| learnt(effect, EffectState::Sending, Answer::Sent(outcome)))
            .collect();
        self.settle(kind, &learnt).await;
    }

    async fn begin_send(
        &self,
        kind: &Kind,
        verified: &[(&ClaimedEffect, Value)],
    ) -> Result<Vec<crate::ledger::Row>, sqlx::Error> {
        let mut conn = self.pool.acquire().await?;
        self.ledger
            .begin_send(
                &mut conn,
                verified,
                kind.send_timeout,
                kind.send_timeout + MARGIN,
            )
            .await
    }

    async fn send_until(
        &self,
        kind: &Kind,
        batch: &[ClaimedEffect],
        deadline: Instant,
    ) -> Vec<SendOutcome> {
        // A process that slept through its deadline must not send: others count on that.
        if Instant::now() >= deadline {
            return batch.iter().map(|_| not_sent()).collect();
        }
        let sending = AssertUnwindSafe(kind.handler.send(batch)).catch_unwind();
        let (mut outcomes, reason, detail) = match tokio::time::timeout_at(deadline, sending).await
        {
            Ok(Ok(outcomes)) => (
                outcomes,
                "NO_OUTCOME",
                "the answer said nothing about this one",
            ),
            Ok(Err(_)) => (
                Vec::new(),
                "SEND_FAILED",
                "sending failed with an internal error",
            ),
            Err(_) => (Vec::new(), "SEND_TIMED_OUT", "no answer came in time"),
        };
        report_misfit(kind, "send", batch.len(), outcomes.len());
        outcomes.truncate(batch.len());
        outcomes.resize_with(batch.len(), || SendOutcome::Unclear {
            reason: reason.to_owned(),
            detail: detail.to_owned(),
            evidence: Value::Null,
        });
        outcomes
    }

    /// Asks what became of one unknown outcome and settles it.
    pub(super) async fn run_probe(&self, kind: &Kind, effect: ClaimedEffect) {
        let probing = AssertUnwindSafe(kind.handler.probe(&effect)).catch_unwind();
        let not_probed = |reason: &str, detail: &str| Probe::Later {
            at: later(
                effect.claimed_at,
                kind.pace.probe_spacing.max(LOOK_AGAIN) + kind.look_timeout,
            ),
            reason: reason.to_owned(),
            detail: detail.to_owned(),
        };
        let probing = tokio::time::timeout(kind.look_timeout, probing);
        let probe = match self.keeping(std::slice::from_ref(&effect), probing).await {
            Ok(Ok(probe)) => probe,
            Ok(Err(_)) => not_probed("PROBE_FAILED", "the probe failed with an internal error"),
            Err(_) => not_probed("PROBE_TIMED_OUT", "the probe took too long"),
        };
        self.settle(
            kind,
            &[learnt(&effect, EffectState::Unknown, Answer::Probed(probe))],
        )
        .await;
    }
}

fn learnt(effect: &ClaimedEffect, state: EffectState, answer: Answer) -> Learnt {
    Learnt {
        held: Held {
            merchant_id: effect.merchant_id,
            effect_id: effect.effect_id,
            fence: effect.fence,
            state,
        },
        answer,
    }
}

/// The database answers in any order; the handler sees the order it verified in.
fn in_order(verified: &[(&ClaimedEffect, Value)], ours: Vec<ClaimedEffect>) -> Vec<ClaimedEffect> {
    let mut ours: HashMap<EffectId, ClaimedEffect> = ours
        .into_iter()
        .map(|effect| (effect.effect_id, effect))
        .collect();
    verified
        .iter()
        .filter_map(|(effect, _)| ours.remove(&effect.effect_id))
        .collect()
}

fn report_misfit(kind: &Kind, step: &str, asked: usize, answered: usize) {
    if asked != answered {
        error!(
            effect.kind = %kind.handler.kind(),
            "{step} of {} answered {answered} of {asked} effects",
            kind.handler.kind()
        );
    }
}

fn not_sent() -> SendOutcome {
    SendOutcome::RefusedLater {
        at: None,
        reason: "NOT_SENT".to_owned(),
        detail: "the worker was held up past the send's deadline".to_owned(),
        evidence: json!({ "sent": false }),
    }
}

fn later(from: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    from + TimeDelta::from_std(by).unwrap_or(TimeDelta::days(1))
}
