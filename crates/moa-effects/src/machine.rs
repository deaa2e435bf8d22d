//! The state machine of an effect: pure, so that it can be tested pair by pair and model-checked.

use crate::EffectState::{self, *};

/// How many clean probes in a row, a probe spacing apart, prove that nothing happened.
pub const CLEAN_PROBES: u8 = 2;

/// What the machine knows of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// Where it stands.
    pub state: EffectState,
    /// Only grows.
    pub fence: i64,
    /// Clean probes in a row.
    pub clean_probes: u8,
    /// Somebody asked to stop it after the first byte may have left.
    pub stopped: bool,
}

/// What happens to an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// A worker takes it, to verify and send, or (UNKNOWN) to probe.
    Claim,
    /// A fresh look says it may go.
    Verified,
    /// A fresh look says not now.
    VerifiedLater {
        /// No time is left.
        give_up: bool,
    },
    /// A fresh look speaks against it.
    VerifiedBlocked,
    /// A fresh look says it is done already.
    AlreadyDone,
    /// The first byte may leave from now on.
    SendBegun,
    /// The outside world has it.
    SendConfirmed,
    /// Refused for good.
    SendRefused,
    /// Refused for now, nothing was done.
    SendLater {
        /// No attempt or no time is left.
        give_up: bool,
    },
    /// Something speaks against it, nothing was done.
    SendBlocked,
    /// Nobody knows.
    SendUnclear,
    /// The holder did not come back in time.
    LeaseLost,
    /// A probe found it done.
    ProbeHappened,
    /// A probe found no trace.
    ProbeClean {
        /// No attempt or no time is left.
        give_up: bool,
    },
    /// A probe found that something speaks against it.
    ProbeBlocked,
    /// A probe found something else.
    ProbeConflict,
    /// A probe could not be made.
    ProbeLater,
    /// It must not go any more, or must be taken back.
    Stop,
    /// An operator starts it anew.
    Redrive,
}

/// An event that means nothing in this state. Nothing changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an effect in state {from} does not take {event:?}")]
pub struct NotAllowed {
    /// Where it stands.
    pub from: EffectState,
    /// What was tried.
    pub event: Event,
}

impl Position {
    /// A new intent.
    pub const fn new() -> Self {
        Self {
            state: Pending,
            fence: 0,
            clean_probes: 0,
            stopped: false,
        }
    }

    /// Where the event leads.
    pub fn apply(self, event: Event) -> Result<Self, NotAllowed> {
        use Event::*;
        let next = match (self.state, event) {
            (Pending | Retryable, Claim) => self.taken_over(Claimed),
            (Unknown, Claim) => self.taken_over(Unknown),

            (Claimed, Event::Verified) => self.to(EffectState::Verified),
            (Claimed, VerifiedLater { give_up: false }) => self.to(Retryable),
            (Claimed, VerifiedLater { give_up: true }) => self.to(Dead),
            (Claimed, VerifiedBlocked) => self.to(Blocked),
            (Claimed, AlreadyDone) => self.to(Confirmed),
            (EffectState::Verified, SendBegun) => self.to(Sending),

            (Sending, SendConfirmed) => self.to(Confirmed),
            (Sending, SendRefused) => self.to(Rejected),
            (Sending, SendLater { give_up }) => self.again(Retryable, give_up),
            (Sending, SendBlocked) => self.to(Blocked),
            (Sending, SendUnclear) => self.unknown(),

            (Claimed | EffectState::Verified, LeaseLost) => self.taken_over(Pending),
            (Sending, LeaseLost) => self.unknown().taken_over(Unknown),

            (Unknown, ProbeHappened) => self.to(Confirmed),
            (Unknown, ProbeBlocked) => self.to(Blocked),
            (Unknown, ProbeConflict) => self.to(Conflict),
            (Unknown, ProbeLater) => self,
            (Unknown, ProbeClean { give_up }) => self.probed_clean(give_up),

            (Pending | Retryable | Claimed | EffectState::Verified, Stop) => {
                self.taken_over(Blocked)
            }
            // The holder still has to say what came of it, so the fence stays.
            (Sending | Unknown, Stop) => Self {
                stopped: true,
                ..self
            },
            (Confirmed, Stop) => self.taken_over(Repair),

            (Dead | Blocked | Rejected | Conflict, Redrive) => Self {
                clean_probes: 0,
                stopped: false,
                ..self.taken_over(Pending)
            },
            (from, event) => return Err(NotAllowed { from, event }),
        };
        Ok(next)
    }

    const fn to(self, state: EffectState) -> Self {
        Self { state, ..self }
    }

    /// Somebody other than the holder moves it: the holder is stale from here on.
    const fn taken_over(self, state: EffectState) -> Self {
        Self {
            state,
            fence: self.fence + 1,
            ..self
        }
    }

    const fn unknown(self) -> Self {
        Self {
            state: Unknown,
            clean_probes: 0,
            ..self
        }
    }

    /// Nothing was done, so it goes again, unless it was stopped meanwhile or has no attempt left.
    const fn again(self, state: EffectState, give_up: bool) -> Self {
        if self.stopped {
            self.to(Blocked)
        } else if give_up {
            self.to(Dead)
        } else {
            self.to(state)
        }
    }

    const fn probed_clean(self, give_up: bool) -> Self {
        let clean_probes = self.clean_probes.saturating_add(1);
        if clean_probes < CLEAN_PROBES {
            Self {
                clean_probes,
                ..self
            }
        } else {
            Self {
                clean_probes: 0,
                ..self
            }
            .again(Pending, give_up)
        }
    }
}

impl Default for Position {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
