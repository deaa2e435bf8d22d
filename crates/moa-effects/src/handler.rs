//! What a service knows about one kind of effect.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use moa_id::{EffectId, MerchantId};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Effect, EffectKind, RetrySchedule};

/// Any error of a handler; its chain is logged.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An effect in a worker's hands.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedEffect {
    /// Its id; to be sent along where the other side can keep it.
    pub effect_id: EffectId,
    /// Whose it is; the same for the whole batch.
    pub merchant_id: MerchantId,
    /// What kind; the same for the whole batch.
    pub kind: EffectKind,
    /// Its lane; the same for the whole batch.
    pub account_id: Uuid,
    /// What it is about.
    pub subject_id: Uuid,
    /// The order it belongs to, if one.
    pub order_id: Option<Uuid>,
    /// What makes it one of a kind.
    pub dedupe_key: String,
    /// What was intended.
    pub payload: Value,
    /// In `send` the evidence of this attempt's `verify`; in `probe` and `verify` the latest there is.
    pub evidence: Value,
    /// The fence of this claim; whoever carries the effect out refuses a lower one.
    pub fence: i64,
    /// Sends begun before this claim; in `send` and `probe` this one is counted.
    pub attempt_count: i32,
    /// No attempt begins later because of a failure.
    pub give_up_at: Option<DateTime<Utc>>,
    /// When the last send had to be over; absent before the first.
    pub send_deadline_at: Option<DateTime<Utc>>,
    /// The database's clock when it was intended.
    pub intended_at: DateTime<Utc>,
    /// The database's clock when it was claimed; in `send`, when the send was begun.
    pub claimed_at: DateTime<Utc>,
}

/// What a fresh look said.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It may go.
    Verified {
        /// E.g. the permit and the hash of what was read.
        evidence: Value,
    },
    /// Something speaks against it.
    Blocked {
        /// A stable code such as `ORDER_CANCELLED`.
        reason: String,
        /// The same for people, without personal data.
        detail: String,
        /// What was read.
        evidence: Value,
    },
    /// Not now. Does not count as an attempt.
    Later {
        /// When to look again; past `give_up_at` means DEAD.
        at: DateTime<Utc>,
        /// A stable code.
        reason: String,
        /// The same for people.
        detail: String,
    },
    /// The outside world has it already.
    AlreadyDone {
        /// What was read.
        evidence: Value,
    },
}

/// What came of sending.
#[derive(Debug, Clone, PartialEq)]
pub enum SendOutcome {
    /// The outside world has it.
    Confirmed {
        /// Their answer.
        evidence: Value,
    },
    /// Refused for good. Never tried again by itself.
    RefusedFinal {
        /// A stable code.
        reason: String,
        /// The same for people.
        detail: String,
        /// Their answer.
        evidence: Value,
    },
    /// Provably nothing was done, or the refusal is documented as temporary.
    RefusedLater {
        /// When they said to come back; absent: by the retry schedule.
        at: Option<DateTime<Utc>>,
        /// A stable code.
        reason: String,
        /// The same for people.
        detail: String,
        /// Their answer.
        evidence: Value,
    },
    /// Nobody knows. Quarantined, then probed.
    Unclear {
        /// A stable code.
        reason: String,
        /// The same for people.
        detail: String,
        /// What is known.
        evidence: Value,
    },
    /// They say something speaks against it, and nothing was done.
    Blocked {
        /// A stable code.
        reason: String,
        /// The same for people.
        detail: String,
        /// Their answer.
        evidence: Value,
    },
}

/// What a look at an unknown outcome said.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    /// It happened.
    Happened {
        /// What was read.
        evidence: Value,
    },
    /// No trace of it. The second in a row, a probe spacing later, makes it PENDING again.
    Clean {
        /// What was read.
        evidence: Value,
    },
    /// It did not happen, and something speaks against it now.
    Blocked {
        /// A stable code.
        reason: String,
        /// The same for people.
        detail: String,
        /// What was read.
        evidence: Value,
    },
    /// The outside world has something else. A person decides.
    Conflict {
        /// A stable code.
        reason: String,
        /// The same for people.
        detail: String,
        /// What was read.
        evidence: Value,
    },
    /// The probe could not be made.
    Later {
        /// When to try again.
        at: DateTime<Utc>,
        /// A stable code.
        reason: String,
        /// The same for people.
        detail: String,
    },
    /// This kind cannot be asked about.
    NoProbe(NoProbe),
}

/// What is done when nobody can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoProbe {
    /// Assume that it was sent: CONFIRMED with the reason `ASSUMED_SENT`.
    AssumeSent,
    /// Ask a person: CONFLICT with the reason `OUTCOME_UNKNOWN`.
    AskPerson,
}

/// Carries out one kind of effect. A batch holds effects of one merchant and one account.
///
/// `verify` and `send` run back to back in one task, because a dispatch permit lives five seconds. Answers stand in
/// the batch's order; a missing one means "later" in `verify` and "unclear" in `send`, and so do a panic and running
/// out of time.
#[async_trait]
pub trait EffectHandler: Send + Sync {
    /// The kind it carries out.
    fn kind(&self) -> EffectKind;

    /// How many effects of one account may go in one call; at least 1.
    fn batch_size(&self) -> usize;

    /// How many batches of one account may be under way in this process.
    fn lane_width(&self) -> usize {
        1
    }

    /// The pauses between attempts.
    fn retry(&self) -> RetrySchedule {
        RetrySchedule::default()
    }

    /// The pause between two probes, at least the other side's documented lag.
    fn probe_spacing(&self) -> Duration;

    /// After this, `verify` and `probe` are dropped.
    fn look_timeout(&self) -> Duration {
        Duration::from_secs(30)
    }

    /// After this, `send` is dropped and its outcome unclear.
    fn send_timeout(&self) -> Duration {
        Duration::from_secs(30)
    }

    /// Looks whether each effect may go. Nothing may leave the house here.
    async fn verify(&self, batch: &[ClaimedEffect]) -> Vec<Verdict>;

    /// Does it. SENDING is committed; only effects that are still ours are in the batch.
    async fn send(&self, batch: &[ClaimedEffect]) -> Vec<SendOutcome>;

    /// Asks what became of an unknown outcome. Must not change anything outside.
    async fn probe(&self, effect: &ClaimedEffect) -> Probe;

    /// Runs in the transaction of the transitions a worker makes to CONFIRMED, REJECTED, BLOCKED, CONFLICT, DEAD,
    /// UNKNOWN or REPAIR, once for all effects of one merchant in a batch. An effect that was asked to stop while it was being sent
    /// comes twice: CONFIRMED, then, in a call of its own, REPAIR.
    ///
    /// Not called for [`Ledger::block_pending`](crate::Ledger::block_pending) and
    /// [`Ledger::mark_repair`](crate::Ledger::mark_repair): their callers have the transaction in hand.
    /// An error takes the transitions back; each effect is then settled alone, so that a bad one holds up only itself,
    /// and what still fails is probed once the lease is lost.
    async fn settled(&self, conn: &mut PgConnection, effects: &[Effect]) -> Result<(), BoxError>;

    /// Runs once the transaction of `settled` is committed: the place to wake an outbox.
    fn after_commit(&self) {}
}
