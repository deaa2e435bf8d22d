//! A call to a channel that did not work, in our words.

use std::net::IpAddr;

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
    /// Our address as the channel saw it, when it said so.
    pub seen_from: Option<IpAddr>,
    /// The channel was not asked: its calls rest because of what it said before.
    pub is_resting: bool,
}

/// What kind of failure a call met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// Key refused, and nothing more is known.
    CredentialsRefused,
    /// The signature does not fit the key: most often a wrong secret.
    SignatureRefused,
    /// The key's time is over.
    KeyExpired,
    /// Our address is not on the channel's list.
    IpNotAllowed,
    /// Our clock differs too much from the channel's.
    ClockSkewed,
    /// Our own queue, or the channel, says too many calls.
    QuotaExhausted,
    /// The channel says that the account's allowance of the hour is spent.
    QuotaSpent,
    /// The channel punishes the application: for hours it takes next to no calls.
    Penalty,
    /// The application was not granted this call at the channel.
    NotGranted,
    /// No connection: refused, no way to it, or nobody took it in time.
    Unreachable,
    /// The host's name leads to no address.
    NameUnresolved,
    /// No secure connection: a plain port, or a certificate that is not theirs.
    TlsFailed,
    /// The base URL leads into a network that accounts may not call.
    AddressForbidden,
    /// Sent, and not a byte of an answer in time.
    TimedOut,
    /// Sent, and the connection broke before the answer began.
    ConnectionLost,
    /// The answer began and did not end: the connection broke or the time was over.
    AnswerUnfinished,
    /// The channel shut us out for a while.
    Banned,
    /// The channel failed inside.
    Fault,
    /// The answer cannot be read.
    MalformedAnswer,
    /// The channel shows a state that we do not know.
    UnknownState,
    /// An answer that says no for good.
    Refused,
    /// We leave the channel alone after repeated faults; a single call looks whether it is well again.
    Paused,
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
            Self::SignatureRefused => "CHANNEL_SIGNATURE_REFUSED",
            Self::KeyExpired => "CHANNEL_KEY_EXPIRED",
            Self::IpNotAllowed => "CHANNEL_IP_NOT_ALLOWED",
            Self::ClockSkewed => "CHANNEL_CLOCK_SKEWED",
            Self::QuotaExhausted => "CHANNEL_QUOTA_EXHAUSTED",
            Self::QuotaSpent => "CHANNEL_QUOTA_SPENT",
            Self::Penalty => "CHANNEL_PENALTY",
            Self::NotGranted => "CHANNEL_CALL_NOT_GRANTED",
            Self::Unreachable => "CHANNEL_UNREACHABLE",
            Self::NameUnresolved => "CHANNEL_NAME_UNRESOLVED",
            Self::TlsFailed => "CHANNEL_TLS_FAILED",
            Self::AddressForbidden => "CHANNEL_ADDRESS_FORBIDDEN",
            Self::TimedOut => "CHANNEL_TIMED_OUT",
            Self::ConnectionLost => "CHANNEL_CONNECTION_LOST",
            Self::AnswerUnfinished => "CHANNEL_ANSWER_UNFINISHED",
            Self::Banned => "CHANNEL_BANNED",
            Self::Fault => "CHANNEL_FAULT",
            Self::MalformedAnswer => "CHANNEL_MALFORMED_ANSWER",
            Self::UnknownState => "CHANNEL_STATE_UNKNOWN",
            Self::Refused => "CHANNEL_REFUSED",
            Self::Paused => "CHANNEL_PAUSED",
            Self::HeldElsewhere => "CHANNEL_ACCOUNT_HELD_ELSEWHERE",
            Self::PermitExpired => "PERMIT_EXPIRED",
        }
    }

    /// What the caller should do.
    pub const fn policy(self) -> Policy {
        match self {
            Self::CredentialsRefused
            | Self::SignatureRefused
            | Self::KeyExpired
            | Self::IpNotAllowed
            | Self::NotGranted
            | Self::AddressForbidden => Policy::Ask,
            Self::QuotaExhausted
            | Self::Unreachable
            | Self::NameUnresolved
            | Self::Paused
            | Self::HeldElsewhere => Policy::Retry,
            Self::TimedOut
            | Self::ConnectionLost
            | Self::AnswerUnfinished
            | Self::Fault
            | Self::PermitExpired
            | Self::QuotaSpent => Policy::Wait,
            Self::ClockSkewed
            | Self::Penalty
            | Self::TlsFailed
            | Self::Banned
            | Self::MalformedAnswer
            | Self::UnknownState
            | Self::Refused => Policy::Page,
        }
    }

    /// Whether the account's screen should show it.
    pub const fn concerns_account(self) -> bool {
        matches!(
            self,
            Self::CredentialsRefused
                | Self::SignatureRefused
                | Self::KeyExpired
                | Self::IpNotAllowed
                | Self::ClockSkewed
                | Self::QuotaSpent
                | Self::Penalty
                | Self::NotGranted
                | Self::NameUnresolved
                | Self::TlsFailed
                | Self::AddressForbidden
                | Self::Banned
                | Self::Refused
        )
    }

    /// Whether the channel or the way to it is ill, so that calling on and on helps nobody. A refusal is an answer.
    pub const fn is_illness(self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::NameUnresolved
                | Self::TlsFailed
                | Self::TimedOut
                | Self::ConnectionLost
                | Self::AnswerUnfinished
                | Self::Fault
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

impl FailureKind {
    /// Whether the channel finds fault with the key or its signature.
    pub const fn refuses_credentials(self) -> bool {
        matches!(
            self,
            Self::CredentialsRefused | Self::SignatureRefused | Self::KeyExpired
        )
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
            seen_from: None,
            is_resting: false,
        }
    }

    /// A failure after which nobody knows.
    pub fn perhaps(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            reach: Reach::Perhaps,
            ..Self::without_effect(kind, detail)
        }
    }

    /// The same for a call that was not made because of what the channel said before.
    pub fn resting(mut self) -> Self {
        self.is_resting = true;
        self
    }

    /// The same with our address as the channel saw it.
    pub fn seen_from(mut self, address: Option<IpAddr>) -> Self {
        self.seen_from = address;
        self
    }

    /// The same with a time before which a repeat is pointless.
    pub fn not_before(mut self, at: DateTime<Utc>) -> Self {
        self.retry_at = Some(at);
        self
    }
}

#[cfg(test)]
#[path = "failure_tests.rs"]
mod tests;
