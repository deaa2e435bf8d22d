//! Why an order is not here.

use chrono::{DateTime, TimeDelta, Utc};

/// What became of an order, as far as the evidence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// It is here.
    Here,
    /// The channel showed it, and it could not be stored.
    Parked,
    /// A raw page names it, but its rows are not stored.
    SeenNotStored,
    /// Its minute was not read yet in every list.
    NotReadYet,
    /// Its minute was read in every list, and the channel never showed it.
    NeverShown,
    /// It was not seen; without its time no more can be said.
    TimeNeeded,
    /// Its minute is older than the evidence that is kept.
    EvidenceGone,
}

/// What was found about an order.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Traces {
    pub(crate) is_stored: bool,
    pub(crate) is_parked: bool,
    /// Raw pages of orders that name it.
    pub(crate) pages: usize,
    /// When it was placed, if that is known.
    pub(crate) ordered_at: Option<DateTime<Utc>>,
    /// Whether its minute was read in every list of orders.
    pub(crate) is_covered: bool,
}

/// What the traces mean at `now`, when evidence is kept for `kept`.
pub(crate) fn whereabouts(traces: &Traces, kept: TimeDelta, now: DateTime<Utc>) -> Whereabouts {
    match traces {
        Traces {
            is_stored: true, ..
        } => Whereabouts::Here,
        Traces {
            is_parked: true, ..
        } => Whereabouts::Parked,
        Traces { pages: 1.., .. } => Whereabouts::SeenNotStored,
        Traces {
            ordered_at: None, ..
        } => Whereabouts::TimeNeeded,
        Traces {
            is_covered: true, ..
        } => Whereabouts::NeverShown,
        Traces {
            ordered_at: Some(at),
            ..
        } if *at < now - kept => Whereabouts::EvidenceGone,
        Traces { .. } => Whereabouts::NotReadYet,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_trace_decides() {
        let now = DateTime::from_timestamp(1_795_003_200, 0).unwrap();
        let kept = TimeDelta::days(7);
        let yesterday = Some(now - TimeDelta::days(1));
        let nothing = Traces::default();
        let timed = Traces {
            ordered_at: yesterday,
            ..nothing
        };
        let cases = [
            (nothing, Whereabouts::TimeNeeded),
            (timed, Whereabouts::NotReadYet),
            (
                Traces {
                    is_covered: true,
                    ..timed
                },
                Whereabouts::NeverShown,
            ),
            (
                Traces {
                    ordered_at: Some(now - TimeDelta::days(8)),
                    ..nothing
                },
                Whereabouts::EvidenceGone,
            ),
            (Traces { pages: 2, ..timed }, Whereabouts::SeenNotStored),
            (
                Traces {
                    is_parked: true,
                    pages: 2,
                    ..timed
                },
                Whereabouts::Parked,
            ),
            (
                Traces {
                    is_stored: true,
                    is_parked: true,
                    pages: 2,
                    ..timed
                },
                Whereabouts::Here,
            ),
        ];
        for (traces, expected) in cases {
            assert_eq!(whereabouts(&traces, kept, now), expected, "{traces:?}");
        }
    }
}
