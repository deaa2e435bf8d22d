//! An after-sale demand, and what it means for the lines it names.

use chrono::{DateTime, Utc};
use moa_id::{ClaimId, OrderId};

use super::seen::Seen;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ClaimKind {
    /// The channel's word has none of ours: it holds what it names.
    Unknown,
    Cancel,
    StopShipment,
    Return,
    Exchange,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ClaimState {
    /// As careful as `Requested`.
    Unknown,
    Withdrawn,
    Requested,
    Completed,
}

macro_rules! stored_words {
    ($type:ty { $($variant:ident = $word:literal,)+ }) => {
        impl $type {
            /// As stored.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Reads the stored word.
            pub(crate) fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use stored_words;

stored_words!(ClaimKind {
    Unknown = "UNKNOWN",
    Cancel = "CANCEL",
    StopShipment = "STOP_SHIPMENT",
    Return = "RETURN",
    Exchange = "EXCHANGE",
});
stored_words!(ClaimState {
    Unknown = "UNKNOWN",
    Withdrawn = "WITHDRAWN",
    Requested = "REQUESTED",
    Completed = "COMPLETED",
});

/// So much of one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClaimLine {
    pub(crate) channel_line_id: String,
    pub(crate) quantity: i32,
}

/// A claim as one read shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchedClaim {
    pub(crate) channel_claim_id: String,
    pub(crate) channel_order_id: String,
    pub(crate) kind: ClaimKind,
    pub(crate) state: ClaimState,
    /// Empty: the read did not say which lines.
    pub(crate) lines: Vec<ClaimLine>,
    pub(crate) requested_at: DateTime<Utc>,
    pub(crate) read_at: DateTime<Utc>,
    /// All that the channel shows, for people: nothing is decided by it here. No personal data.
    pub(crate) shown: Vec<u8>,
    /// By when the merchant must act, for the list of what is due.
    pub(crate) due_at: Option<DateTime<Utc>>,
}

/// A claim as all reads together show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) claim_id: ClaimId,
    /// Absent while the order is not here yet.
    pub(crate) order_id: Option<OrderId>,
    pub(crate) channel_claim_id: String,
    pub(crate) channel_order_id: String,
    pub(crate) kind: Seen<ClaimKind>,
    pub(crate) state: Seen<ClaimState>,
    pub(crate) lines: Seen<Vec<ClaimLine>>,
    pub(crate) requested_at: DateTime<Utc>,
}

impl Claim {
    /// First sight.
    pub(crate) fn new(claim_id: ClaimId, fetched: FetchedClaim) -> Self {
        let read_at = fetched.read_at;
        let lines = (!fetched.lines.is_empty()).then_some(fetched.lines);
        let lines = lines.map(|mut lines| {
            lines.sort();
            lines
        });
        Self {
            claim_id,
            order_id: None,
            channel_claim_id: fetched.channel_claim_id,
            channel_order_id: fetched.channel_order_id,
            kind: Seen::new(Some(fetched.kind), read_at),
            state: Seen::new(Some(fetched.state), read_at),
            lines: Seen::new(lines, read_at),
            requested_at: fetched.requested_at,
        }
    }

    /// Takes over what a read shows. A completed claim stays completed; before that the newer read is right, since a
    /// buyer may withdraw a demand and make it again.
    pub(crate) fn absorb(&mut self, fetched: FetchedClaim) {
        let theirs = Self::new(self.claim_id, fetched);
        self.kind.absorb(&theirs.kind);
        self.lines.absorb(&theirs.lines);
        self.requested_at = self.requested_at.min(theirs.requested_at);
        let completed = [&self.state, &theirs.state]
            .into_iter()
            .filter(|state| state.value == Some(ClaimState::Completed))
            .max_by_key(|state| state.at)
            .cloned();
        match completed {
            Some(completed) => self.state = completed,
            None => self.state.absorb(&theirs.state),
        }
    }

    /// Whether both say the same, whenever it was read.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        self.order_id == other.order_id
            && self.kind.value == other.kind.value
            && self.state.value == other.state.value
            && self.lines.value == other.lines.value
            && self.requested_at == other.requested_at
    }

    pub(crate) fn kind(&self) -> ClaimKind {
        self.kind.value.unwrap_or(ClaimKind::Unknown)
    }

    pub(crate) fn state(&self) -> ClaimState {
        self.state.value.unwrap_or(ClaimState::Unknown)
    }

    /// How much of a line this claim names; all of it when the channel did not say which lines.
    pub(crate) fn quantity_of(&self, channel_line_id: &str, bought: i32) -> i32 {
        let Some(lines) = &self.lines.value else {
            return bought;
        };
        let named = lines
            .iter()
            .filter(|line| line.channel_line_id == channel_line_id);
        named.fold(0_i32, |sum, line| sum.saturating_add(line.quantity))
    }

    /// What it means for the quantity it names.
    pub(crate) fn meaning(&self) -> Meaning {
        use ClaimKind::{Cancel, Exchange, Return, StopShipment, Unknown};
        match (self.state(), self.kind()) {
            (ClaimState::Withdrawn, _) | (_, Exchange) => Meaning::Nothing,
            (ClaimState::Completed, Cancel | StopShipment) => Meaning::Cancelled,
            (ClaimState::Completed, Return) => Meaning::Returned,
            // Goods come back after they left: nothing to hold.
            (ClaimState::Requested | ClaimState::Unknown, Return) => Meaning::Nothing,
            (ClaimState::Requested | ClaimState::Unknown, Cancel | StopShipment | Unknown)
            | (ClaimState::Completed, Unknown) => Meaning::Held,
        }
    }
}

/// What a claim does to the quantity it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    Nothing,
    /// Must not ship before it is decided.
    Held,
    Cancelled,
    Returned,
}

#[cfg(test)]
mod tests {
    use super::*;
    use moa_id::Ids;

    fn seen(state: ClaimState, second: i64) -> FetchedClaim {
        let at = DateTime::from_timestamp(second, 0).unwrap();
        FetchedClaim {
            channel_claim_id: "c".to_owned(),
            channel_order_id: "o".to_owned(),
            kind: ClaimKind::Cancel,
            state,
            lines: Vec::new(),
            requested_at: at,
            read_at: at,
            shown: Vec::new(),
            due_at: None,
        }
    }

    fn after(states: [ClaimState; 2]) -> ClaimState {
        let [first, second] = states;
        let mut claim = Claim::new(Ids::seeded(1).next(), seen(first, 1));
        claim.absorb(seen(second, 2));
        claim.state()
    }

    #[test]
    fn a_withdrawn_demand_may_be_made_again_and_a_completed_one_stays() {
        use ClaimState::{Completed, Requested, Withdrawn};
        assert_eq!(after([Requested, Withdrawn]), Withdrawn);
        assert_eq!(after([Withdrawn, Requested]), Requested);
        assert_eq!(after([Withdrawn, Completed]), Completed);
        assert_eq!(after([Completed, Requested]), Completed);
        assert_eq!(after([Completed, Withdrawn]), Completed);
    }

    #[test]
    fn a_claim_that_names_no_lines_means_all_of_them() {
        let mut claim = Claim::new(Ids::seeded(1).next(), seen(ClaimState::Requested, 1));
        assert_eq!(claim.quantity_of("a", 3), 3);
        let line = ClaimLine {
            channel_line_id: "a".to_owned(),
            quantity: 2,
        };
        claim.lines = Seen::new(Some(vec![line]), claim.state.at);
        assert_eq!(claim.quantity_of("a", 3), 2);
        assert_eq!(claim.quantity_of("b", 3), 0);
    }

    #[test]
    fn what_we_have_no_word_for_holds() {
        let mut claim = Claim::new(Ids::seeded(1).next(), seen(ClaimState::Unknown, 1));
        assert_eq!(claim.meaning(), Meaning::Held);
        claim.kind.value = Some(ClaimKind::Unknown);
        assert_eq!(claim.meaning(), Meaning::Held);
        claim.kind.value = Some(ClaimKind::Exchange);
        assert_eq!(claim.meaning(), Meaning::Nothing);
    }

    #[test]
    fn stored_words_read_back() {
        for kind in [
            ClaimKind::Unknown,
            ClaimKind::Cancel,
            ClaimKind::StopShipment,
            ClaimKind::Return,
            ClaimKind::Exchange,
        ] {
            assert_eq!(ClaimKind::parse(kind.as_str()), Some(kind));
        }
        for state in [
            ClaimState::Unknown,
            ClaimState::Withdrawn,
            ClaimState::Requested,
            ClaimState::Completed,
        ] {
            assert_eq!(ClaimState::parse(state.as_str()), Some(state));
        }
    }
}
