//! What a channel said to one write, in our words.

use chrono::{DateTime, Utc};

use crate::domain::failure::{CallFailure, FailureKind, Reach};

/// The outcome of one write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteAnswer {
    /// What follows.
    pub outcome: WriteOutcome,
    /// Stable reason; empty when confirmed.
    pub reason: String,
    /// For people, without personal data.
    pub detail: String,
    /// Not before, when refused for now.
    pub retry_at: Option<DateTime<Utc>>,
    /// Status codes, the channel's result code, ages and hashes: JSON text, empty if there is none.
    pub evidence: String,
}

/// What follows from the channel's answer to a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It happened.
    Confirmed,
    /// Documented as final.
    RefusedFinal,
    /// Documented as temporary, or provably nothing was sent.
    RefusedLater,
    /// Nobody knows: to be probed.
    Unclear,
    /// Cancelled, held or claimed.
    Blocked,
}

impl WriteOutcome {
    const ALL: [Self; 5] = [
        Self::Confirmed,
        Self::RefusedFinal,
        Self::RefusedLater,
        Self::Unclear,
        Self::Blocked,
    ];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "CONFIRMED",
            Self::RefusedFinal => "REFUSED_FINAL",
            Self::RefusedLater => "REFUSED_LATER",
            Self::Unclear => "UNCLEAR",
            Self::Blocked => "BLOCKED",
        }
    }

    /// From what is stored.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

impl WriteAnswer {
    /// An answer without evidence or time.
    pub fn new(outcome: WriteOutcome, reason: &str, detail: impl Into<String>) -> Self {
        Self {
            outcome,
            reason: reason.to_owned(),
            detail: detail.into(),
            retry_at: None,
            evidence: String::new(),
        }
    }

    /// It happened.
    pub fn confirmed() -> Self {
        Self::new(WriteOutcome::Confirmed, "", "")
    }

    /// The same with its evidence.
    pub fn with_evidence(mut self, evidence: String) -> Self {
        self.evidence = evidence;
        self
    }

    /// What a failed call means for a write that it carried.
    ///
    /// Only a documented refusal or a call that provably never left may be repeated without a probe; an unlisted
    /// refusal never is, because channels shut out who insists.
    pub fn from_failure(failure: &CallFailure) -> Self {
        let outcome = match (failure.reach, failure.kind) {
            (Reach::Perhaps, _) => WriteOutcome::Unclear,
            // With a time it is about the caller's rights, not about what was asked for.
            (Reach::NoEffect, FailureKind::Refused) if failure.retry_at.is_none() => {
                WriteOutcome::RefusedFinal
            }
            (Reach::NoEffect, _) => WriteOutcome::RefusedLater,
        };
        Self {
            retry_at: failure.retry_at,
            ..Self::new(outcome, failure.kind.reason(), failure.detail.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_call_is_repeated_only_when_it_provably_had_no_effect() {
        let table = [
            (
                CallFailure::perhaps(FailureKind::TimedOut, ""),
                WriteOutcome::Unclear,
            ),
            (
                CallFailure::perhaps(FailureKind::Unreachable, ""),
                WriteOutcome::Unclear,
            ),
            (
                CallFailure::perhaps(FailureKind::MalformedAnswer, ""),
                WriteOutcome::Unclear,
            ),
            (
                CallFailure::without_effect(FailureKind::Unreachable, ""),
                WriteOutcome::RefusedLater,
            ),
            (
                CallFailure::without_effect(FailureKind::QuotaExhausted, ""),
                WriteOutcome::RefusedLater,
            ),
            (
                CallFailure::without_effect(FailureKind::Refused, ""),
                WriteOutcome::RefusedFinal,
            ),
            (
                CallFailure::without_effect(FailureKind::Refused, "")
                    .not_before(DateTime::UNIX_EPOCH),
                WriteOutcome::RefusedLater,
            ),
        ];
        for (failure, expected) in table {
            assert_eq!(
                WriteAnswer::from_failure(&failure).outcome,
                expected,
                "{failure:?}"
            );
        }
    }
}
