//! What leaves the house, once: the effects ledger and its one state machine.
//!
//! A service that acts on the outside world (acknowledges, dispatches, messages, refunds) writes its intent into its
//! own `<schema>.effects` in the transaction of the decision, and an [`EffectsWorker`] carries it out through the
//! service's [`EffectHandler`]s.
//!
//! ```text
//! PENDING → CLAIMED → VERIFIED → SENDING → CONFIRMED | REJECTED | RETRYABLE | UNKNOWN | BLOCKED
//! UNKNOWN → quarantine → probe → CONFIRMED | BLOCKED | CONFLICT | PENDING after two clean probes
//! lease lost in CLAIMED or VERIFIED → PENDING;  lease lost in SENDING → UNKNOWN, never PENDING
//! stop asked for in PENDING…VERIFIED, RETRYABLE → BLOCKED;  after CONFIRMED → REPAIR
//! stop asked for in SENDING, UNKNOWN → remembered: BLOCKED instead of a second send, REPAIR once confirmed
//! out of attempts or of time → DEAD;  redrive of DEAD, BLOCKED, REJECTED, CONFLICT → PENDING
//! ```
//!
//! What always holds:
//!
//! - The intent is committed before the first byte leaves, and SENDING before the handler's `send` is called.
//! - Whoever changes a row names the fence and the state it saw; no such row means stale, and nothing happens.
//! - The fence only grows. It is not the number of the attempt.
//! - An unknown outcome is probed, never blindly repeated, and not before [`QUARANTINE`] past the send's deadline.
//! - Leases and due times are judged by the database's clock, so workers' clocks need not agree.
//! - Each transition leaves a row in `<schema>.effect_attempts`, unless it says the same as the effect's last one; no
//!   personal data stands in payload or evidence.
//!
//! Modules: [`machine`] decides and does no IO; [`Ledger`] is the SQL; [`EffectsWorker`] claims, verifies, sends,
//! settles, sweeps and probes; [`EffectsServer`] lets people see and mend (`moa.effects.v1`), as far as the service's
//! [`RedriveGuard`] lets them.

mod effect;
mod grpc;
mod handler;
mod ledger;
pub mod machine;
mod retry;
mod worker;

pub use effect::{Attempt, Effect, EffectKind, EffectState, NewEffect, UnknownName};
pub use grpc::{EffectsServer, RedriveGuard};
pub use handler::{BoxError, ClaimedEffect, EffectHandler, NoProbe, Probe, SendOutcome, Verdict};
pub use ledger::{BlockSelector, EffectFilter, Intended, Ledger, RedriveRefused};
pub use retry::RetrySchedule;
pub use worker::EffectsWorker;

use std::time::Duration;

/// How long past the send's deadline an unknown outcome is left alone before the first probe: what was sent may still
/// be on its way.
pub const QUARANTINE: Duration = Duration::from_secs(120);

/// The tables' definition; `{{schema}}` stands for the service's schema.
pub const DDL: &str = include_str!("../ddl/effects.sql");

/// The tables of one service, to be put into its first migration.
pub fn ddl(schema: &str) -> String {
    DDL.replace("{{schema}}", schema)
}
