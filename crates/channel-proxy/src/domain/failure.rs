//! A call to a channel that did not work, in our words.

use chrono::{DateTime, Utc};

/// Why a call to a channel failed, and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct CallFailure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// For people, without secrets or personal data.
    pub detail: String,
    /// Not before.
    pub retry_at: Option<DateTime<Utc>>,
    /// Whether the channel may have acted on the call.
    pub reach: Reach,
}

/// What kind of failure a call met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// Key or signature refused.
    CredentialsRefused,
    /// Our address is not on the channel's list.
    IpNotAllowed,
    /// Our clock differs too much from the channel's.
    ClockSkewed,
    /// Our own queue, or the channel, says too many calls.
    QuotaExhausted,
    /// The channel says that the account's allowance of the hour is spent.
    QuotaSpent,
    /// No connection.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// The channel shut us out for a while.
    Banned,
    /// The channel failed inside.
    Fault,
    /// The answer cannot be read.
    MalformedAnswer,
    /// An answer that says no for good.
    Refused,
    /// Another copy of this service holds the account.
    HeldElsewhere,
    /// The permit ended before the first byte could leave.
    PermitExpired,
}

/// Whether a call that failed may have had an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nothing was sent, or the channel documents that it did nothing.
    NoEffect,
    /// Nobody knows.
    Perhaps,
}

/// What the caller should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Try again, not before the time given.
    Retry,
    /// Wait until it ends by itself.
    Wait,
    /// The merchant must do something.
    Ask,
    /// An operator of Moa should look.
    Page,
}

impl FailureKind {
    /// The stable reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::CredentialsRefused => "CHANNEL_CREDENTIALS_REFUSED",
            Self::IpNotAllowed => "CHANNEL_IP_NOT_ALLOWED",
            Self::ClockSkewed => "CHANNEL_CLOCK_SKEWED",
            Self::QuotaExhausted => "CHANNEL_QUOTA_EXHAUSTED",
            Self::QuotaSpent => "CHANNEL_QUOTA_SPENT",
            Self::Unreachable => "CHANNEL_UNREACHABLE",
            Self::TimedOut => "CHANNEL_TIMED_OUT",
            Self::Banned => "CHANNEL_BANNED",
            Self::Fault => "CHANNEL_FAULT",
            Self::MalformedAnswer => "CHANNEL_MALFORMED_ANSWER",
            Self::Refused => "CHANNEL_REFUSED",
            Self::HeldElsewhere => "CHANNEL_ACCOUNT_HELD_ELSEWHERE",
            Self::PermitExpired => "PERMIT_EXPIRED",
        }
    }

    /// What the caller should do.
    pub const fn policy(self) -> Policy {
        match self {
            Self::CredentialsRefused | Self::IpNotAllowed => Policy::Ask,
            Self::QuotaExhausted | Self::Unreachable | Self::HeldElsewhere => Policy::Retry,
            Self::TimedOut | Self::Fault | Self::PermitExpired | Self::QuotaSpent => Policy::Wait,
            Self::ClockSkewed | Self::Banned | Self::MalformedAnswer | Self::Refused => {
                Policy::Page
            }
        }
    }

    /// Whether the account's screen should show it.
    pub const fn concerns_account(self) -> bool {
        matches!(
            self,
            Self::CredentialsRefused
                | Self::IpNotAllowed
                | Self::ClockSkewed
                | Self::QuotaSpent
                | Self::Banned
                | Self::Refused
        )
    }
}

impl Policy {
    /// As it stands in a refusal's metadata.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "RETRY",
            Self::Wait => "WAIT",
            Self::Ask => "ASK",
            Self::Page => "PAGE",
        }
    }
}

impl CallFailure {
    /// A failure that provably had no effect.
    pub fn without_effect(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            retry_at: None,
            reach: Reach::NoEffect,
        }
    }

    /// A failure after which nobody knows.
    pub fn perhaps(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            reach: Reach::Perhaps,
            ..Self::without_effect(kind, detail)
        }
    }

    /// The same with a time before which a repeat is pointless.
    pub fn not_before(mut self, at: DateTime<Utc>) -> Self {
        self.retry_at = Some(at);
        self
    }
}
