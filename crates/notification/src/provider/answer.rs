//! What an answer means for a message, before it becomes evidence.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use moa_effects::SendOutcome;
use serde_json::Value;

use super::http::CallError;

/// The meaning of an answer. Reasons are stable codes, details are for people and free of personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The provider has it.
    Taken,
    /// Refused for good.
    Never(Why),
    /// Provably nothing was done, or documented as temporary.
    Later(Why, Option<Duration>),
    /// Nobody knows.
    Unclear(Why),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Why {
    pub(crate) reason: &'static str,
    pub(crate) detail: String,
}

pub(crate) fn why(reason: &'static str, detail: impl Into<String>) -> Why {
    Why {
        reason,
        detail: detail.into(),
    }
}

impl From<CallError> for Answer {
    fn from(error: CallError) -> Self {
        let detail = error.to_string();
        match error {
            CallError::Unreachable => Self::Later(why("PROVIDER_UNREACHABLE", detail), None),
            CallError::Unusable => Self::Never(why("SENDER_ADDRESS_UNUSABLE", detail)),
            CallError::TimedOut => Self::Unclear(why("PROVIDER_TIMED_OUT", detail)),
            CallError::Broken => Self::Unclear(why("CONNECTION_BROKEN", detail)),
        }
    }
}

impl Answer {
    pub(crate) fn into_outcome(self, evidence: Value, now: DateTime<Utc>) -> SendOutcome {
        match self {
            Self::Taken => SendOutcome::Confirmed { evidence },
            Self::Never(why) => SendOutcome::RefusedFinal {
                reason: why.reason.to_owned(),
                detail: why.detail,
                evidence,
            },
            Self::Later(why, wait) => SendOutcome::RefusedLater {
                at: wait.map(|wait| now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::hours(1))),
                reason: why.reason.to_owned(),
                detail: why.detail,
                evidence,
            },
            Self::Unclear(why) => SendOutcome::Unclear {
                reason: why.reason.to_owned(),
                detail: why.detail,
                evidence,
            },
        }
    }
}
