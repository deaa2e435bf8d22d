//! An effect as it is written down.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use moa_id::{EffectId, MerchantId};
use serde_json::Value;
use uuid::Uuid;

/// A word in the ledger that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word} is no effect {what}")]
pub struct UnknownName {
    what: &'static str,
    word: String,
}

macro_rules! named {
    ($(#[$doc:meta])+ $type:ident ($what:literal) { $($(#[$variant_doc:meta])+ $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$variant_doc])+ $variant,)+ }

        impl $type {
            /// Every one there is.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name in tables, metrics and the HTTP API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(word: &str) -> Result<Self, UnknownName> {
                match word {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(UnknownName { what: $what, word: word.to_owned() }),
                }
            }
        }
    };
}

named! {
    /// What kind of thing happens outside.
    EffectKind("kind") {
        /// The merchant accepts an order.
        Acknowledge = "ACKNOWLEDGE",
        /// A channel is told that a parcel left.
        Dispatch = "DISPATCH",
        /// A message to a person.
        Message = "MESSAGE",
        /// An answer to a customer's question at a channel.
        AnswerInquiry = "ANSWER_INQUIRY",
        /// A claim is approved or refused at a channel.
        DecideClaim = "DECIDE_CLAIM",
        /// Money goes back.
        Refund = "REFUND",
    }
}

named! {
    /// Where an effect stands; the crate's page shows the ways between.
    EffectState("state") {
        /// Intended and committed; nothing has left the house.
        Pending = "PENDING",
        /// A worker holds it.
        Claimed = "CLAIMED",
        /// A fresh look says it may go.
        Verified = "VERIFIED",
        /// The first byte may have left.
        Sending = "SENDING",
        /// The outside world has it.
        Confirmed = "CONFIRMED",
        /// Refused for good, unless redriven.
        Rejected = "REJECTED",
        /// Refused for now; tried again at its time.
        Retryable = "RETRYABLE",
        /// Nobody knows whether it happened; probed.
        Unknown = "UNKNOWN",
        /// A stored fact or a fresh look spoke against it.
        Blocked = "BLOCKED",
        /// The outside world has something else; a person decides.
        Conflict = "CONFLICT",
        /// It happened and must be taken back.
        Repair = "REPAIR",
        /// Out of attempts or of time; a person decides.
        Dead = "DEAD",
    }
}

impl EffectState {
    /// No worker moves it from here by itself.
    pub const fn is_resting(self) -> bool {
        matches!(
            self,
            Self::Confirmed
                | Self::Rejected
                | Self::Blocked
                | Self::Conflict
                | Self::Repair
                | Self::Dead
        )
    }

    /// The handler hears of it in [`EffectHandler::settled`](crate::EffectHandler::settled).
    pub const fn is_told(self) -> bool {
        self.is_resting() || matches!(self, Self::Unknown)
    }
}

/// An intent to be written down.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEffect {
    /// Made by the caller (UUIDv7: lists are sorted by it).
    pub effect_id: EffectId,
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// What kind; decides the handler.
    pub kind: EffectKind,
    /// What makes it one of a kind for this merchant, e.g. `dispatch:<parcel>`; 1 to 200 characters.
    pub dedupe_key: String,
    /// The lane: effects of one account may share a batch.
    pub account_id: Uuid,
    /// What it is about: a shipment, parcel, entitlement or order.
    pub subject_id: Uuid,
    /// The order it belongs to, if one.
    pub order_id: Option<Uuid>,
    /// What the handler needs to know. No personal data.
    pub payload: Value,
    /// Not sent earlier; absent: at once.
    pub not_before: Option<DateTime<Utc>>,
    /// No attempt begins later because of a failure (the ship-by time); absent: when the retry schedule ends.
    /// The first attempt is made even when it comes late.
    pub give_up_at: Option<DateTime<Utc>>,
}

/// An effect as it stands in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// Its id.
    pub effect_id: EffectId,
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// What kind.
    pub kind: EffectKind,
    /// Where it stands.
    pub state: EffectState,
    /// Its lane.
    pub account_id: Uuid,
    /// What it is about.
    pub subject_id: Uuid,
    /// The order it belongs to, if one.
    pub order_id: Option<Uuid>,
    /// What makes it one of a kind.
    pub dedupe_key: String,
    /// What the handler needs to know.
    pub payload: Value,
    /// The latest evidence; null while there is none.
    pub evidence: Value,
    /// Raised by each claim.
    pub fence: i64,
    /// How often a send was begun.
    pub attempt_count: i32,
    /// Why it is in this state, a stable code; empty while nothing went wrong.
    pub reason: String,
    /// The same for people.
    pub detail: String,
    /// When a worker looks at it next.
    pub next_attempt_at: DateTime<Utc>,
    /// No attempt begins later because of a failure.
    pub give_up_at: Option<DateTime<Utc>>,
    /// When it was intended.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Evidence of one transition.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Under which fence.
    pub fence: i64,
    /// Where it came from.
    pub from_state: EffectState,
    /// Where it went.
    pub to_state: EffectState,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, a stable code; empty when nothing went wrong.
    pub reason: String,
    /// The same for people.
    pub detail: String,
    /// What the adapter recorded.
    pub evidence: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for state in EffectState::ALL {
            assert_eq!(state.as_str().parse(), Ok(*state));
        }
        for kind in EffectKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
    }

    #[test]
    fn a_foreign_word_is_named() {
        assert_eq!(
            "SENT".parse::<EffectState>().unwrap_err().to_string(),
            "SENT is no effect state"
        );
    }

    #[test]
    fn the_table_knows_every_state_and_kind() {
        for name in EffectState::ALL
            .iter()
            .map(|s| s.as_str())
            .chain(EffectKind::ALL.iter().map(|k| k.as_str()))
        {
            assert!(
                crate::DDL.contains(&format!("'{name}'")),
                "{name} is missing in the DDL"
            );
        }
    }
}
