//! Where a line and an order stand, and which way they may move.

/// Where a line stands at the channel, in the order in which lines move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LineState {
    Placed,
    Acknowledged,
    Dispatched,
    Delivered,
    Confirmed,
    Cancelled,
    Returned,
}

impl LineState {
    pub(crate) const ALL: [Self; 7] = [
        Self::Placed,
        Self::Acknowledged,
        Self::Dispatched,
        Self::Delivered,
        Self::Confirmed,
        Self::Cancelled,
        Self::Returned,
    ];

    /// The table of allowed transitions.
    ///
    /// Polls miss states, so a line may skip some. Any two states are connected one way only: lists of different
    /// boxes arrive in any order, and all orders of arrival must end in the same state. A purchase that was confirmed
    /// may still be cancelled by the channel; nothing comes after a return.
    pub(crate) const fn successors(self) -> &'static [Self] {
        use LineState::{Acknowledged, Cancelled, Confirmed, Delivered, Dispatched, Returned};
        match self {
            Self::Placed => &[
                Acknowledged,
                Dispatched,
                Delivered,
                Confirmed,
                Cancelled,
                Returned,
            ],
            Self::Acknowledged => &[Dispatched, Delivered, Confirmed, Cancelled, Returned],
            Self::Dispatched => &[Delivered, Confirmed, Cancelled, Returned],
            Self::Delivered => &[Confirmed, Cancelled, Returned],
            Self::Confirmed => &[Cancelled, Returned],
            Self::Cancelled => &[Returned],
            Self::Returned => &[],
        }
    }

    /// Where a line stands that was seen in both states.
    pub(crate) fn or_later(self, seen: Self) -> Self {
        if self.successors().contains(&seen) {
            seen
        } else {
            self
        }
    }

    /// Whether the goods have left.
    const fn has_left(self) -> bool {
        matches!(
            self,
            Self::Dispatched | Self::Delivered | Self::Confirmed | Self::Returned
        )
    }

    /// As stored.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "PLACED",
            Self::Acknowledged => "ACKNOWLEDGED",
            Self::Dispatched => "DISPATCHED",
            Self::Delivered => "DELIVERED",
            Self::Confirmed => "CONFIRMED",
            Self::Cancelled => "CANCELLED",
            Self::Returned => "RETURNED",
        }
    }

    /// Reads the stored word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// Where an order stands, as its lines say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderState {
    /// Every line is in a state that we have no word for.
    Unknown,
    Placed,
    Acknowledged,
    PartiallyDispatched,
    Dispatched,
    Delivered,
    Confirmed,
    Cancelled,
    Returned,
}

impl OrderState {
    pub(crate) const ALL: [Self; 9] = [
        Self::Unknown,
        Self::Placed,
        Self::Acknowledged,
        Self::PartiallyDispatched,
        Self::Dispatched,
        Self::Delivered,
        Self::Confirmed,
        Self::Cancelled,
        Self::Returned,
    ];

    /// Derives the order's state from its lines; a line without a known state says nothing.
    ///
    /// Cancelled and returned lines step back behind what is still under way: an order is cancelled when all of it is.
    pub(crate) fn of_lines(lines: impl IntoIterator<Item = Option<LineState>>) -> Self {
        let known: Vec<LineState> = lines.into_iter().flatten().collect();
        if known.is_empty() {
            return Self::Unknown;
        }
        let alive = |state: &&LineState| !matches!(state, LineState::Cancelled);
        let Some(first) = known.iter().filter(alive).min() else {
            return Self::Cancelled;
        };
        let some_left = known.iter().any(|state| state.has_left());
        match first {
            LineState::Placed | LineState::Acknowledged if some_left => Self::PartiallyDispatched,
            LineState::Placed => Self::Placed,
            LineState::Acknowledged => Self::Acknowledged,
            LineState::Dispatched => Self::Dispatched,
            LineState::Delivered => Self::Delivered,
            LineState::Confirmed => Self::Confirmed,
            LineState::Cancelled | LineState::Returned => Self::Returned,
        }
    }

    /// As stored.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Placed => "PLACED",
            Self::Acknowledged => "ACKNOWLEDGED",
            Self::PartiallyDispatched => "PARTIALLY_DISPATCHED",
            Self::Dispatched => "DISPATCHED",
            Self::Delivered => "DELIVERED",
            Self::Confirmed => "CONFIRMED",
            Self::Cancelled => "CANCELLED",
            Self::Returned => "RETURNED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LineState::*;

    #[test]
    fn any_two_states_are_connected_one_way_and_every_way_leads_on() {
        for a in LineState::ALL {
            assert!(!a.successors().contains(&a));
            for b in LineState::ALL.into_iter().filter(|b| *b != a) {
                let forth = a.successors().contains(&b);
                assert_ne!(forth, b.successors().contains(&a), "{a:?} and {b:?}");
                for c in LineState::ALL {
                    if forth && b.successors().contains(&c) {
                        assert!(a.successors().contains(&c), "{a:?} → {b:?} → {c:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_never_moves_back() {
        assert_eq!(Dispatched.or_later(Placed), Dispatched);
        assert_eq!(Placed.or_later(Dispatched), Dispatched);
        assert_eq!(Cancelled.or_later(Acknowledged), Cancelled);
    }

    #[test]
    fn an_order_stands_where_its_lines_say() {
        let table: &[(&[LineState], OrderState)] = &[
            (&[], OrderState::Unknown),
            (&[Placed, Placed], OrderState::Placed),
            (&[Placed, Acknowledged], OrderState::Placed),
            (&[Acknowledged, Acknowledged], OrderState::Acknowledged),
            (&[Acknowledged, Dispatched], OrderState::PartiallyDispatched),
            (&[Placed, Returned], OrderState::PartiallyDispatched),
            (&[Dispatched, Delivered], OrderState::Dispatched),
            (&[Cancelled, Dispatched], OrderState::Dispatched),
            (&[Cancelled, Placed], OrderState::Placed),
            (&[Cancelled, Cancelled], OrderState::Cancelled),
            (&[Cancelled, Returned], OrderState::Returned),
            (&[Confirmed, Returned], OrderState::Confirmed),
        ];
        for (lines, state) in table {
            let got = OrderState::of_lines(lines.iter().copied().map(Some));
            assert_eq!(got, *state, "{lines:?}");
        }
        assert_eq!(OrderState::of_lines([None, None]), OrderState::Unknown);
        assert_eq!(
            OrderState::of_lines([None, Some(Placed)]),
            OrderState::Placed
        );
    }

    #[test]
    fn stored_words_read_back() {
        for state in LineState::ALL {
            assert_eq!(LineState::parse(state.as_str()), Some(state));
        }
        assert_eq!(LineState::parse("LOST"), None);
    }
}
