//! How far ordinary windows reach back: as the channel asks for, and further for a while after orders showed later.

use chrono::{DateTime, TimeDelta, Utc};

use super::coverage::minute_before;
use super::order::OrderFacts;

/// The overlap is never widened past this; what shows later still is the sweeps'.
const LONGEST: TimeDelta = TimeDelta::hours(6);
/// The least overlap after a late arrival.
const LEAST: TimeDelta = TimeDelta::minutes(10);
/// So many quiet days pass before a widened overlap begins to shrink.
const QUIET_DAYS: i64 = 3;

/// An account's overlap beyond what its channel asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Widening {
    /// As it was when the last late order was seen.
    pub(crate) widened_by: TimeDelta,
    pub(crate) late_at: DateTime<Utc>,
}

impl Widening {
    /// How much longer the overlap is at `now`: all of it for three quiet days, half as much for each day more.
    pub(crate) fn extra(&self, now: DateTime<Utc>) -> TimeDelta {
        let halvings = ((now - self.late_at).num_days() - QUIET_DAYS + 1).clamp(0, 30);
        let extra = self.widened_by / (1 << halvings);
        if extra < TimeDelta::minutes(1) {
            return TimeDelta::zero();
        }
        extra
    }

    /// What follows from an order that an ordinary window should have shown and only a sweep did: twice the overlap.
    pub(crate) fn after_late(current: Option<Self>, base: TimeDelta, now: DateTime<Utc>) -> Self {
        let extra = current.map_or(TimeDelta::zero(), |current| current.extra(now));
        let doubled = ((base + extra) * 2).max(LEAST);
        Self {
            widened_by: doubled.min(LONGEST.max(base)) - base,
            late_at: now,
        }
    }
}

/// From when on an order could have been in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The list is by creation.
    WhenOrdered,
    /// A feed tells of the payment, perhaps long after the order was placed.
    WhenPaid,
}

/// Which orders count as late when they are seen for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LateRule {
    pub(crate) before: DateTime<Utc>,
    pub(crate) shown: Shown,
}

impl LateRule {
    /// For an ordinary window, whose predecessor was read at `mark`: an order whose minute had ended by the channel's
    /// visibility lag before that read should have shown in it. What shows within the lag is on time, although the
    /// window before did not have it yet.
    pub(crate) fn of_window(mark: DateTime<Utc>, visibility_lag: TimeDelta, shown: Shown) -> Self {
        Self {
            before: minute_before(mark - visibility_lag),
            shown,
        }
    }

    /// For a sweep: what no ordinary window reaches any more.
    pub(crate) fn of_sweep(mark: DateTime<Utc>, overlap: TimeDelta, shown: Shown) -> Self {
        Self {
            before: mark - overlap,
            shown,
        }
    }

    /// Whether an earlier read should have shown an order of these facts.
    pub(crate) fn is_late(&self, facts: &OrderFacts) -> bool {
        let since = match self.shown {
            Shown::WhenOrdered => facts.ordered_at.value,
            Shown::WhenPaid => facts.paid_at.value.or(facts.ordered_at.value),
        };
        since.is_some_and(|at| self.was_due(at))
    }

    fn was_due(&self, at: DateTime<Utc>) -> bool {
        at < self.before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_003_200, 0).unwrap()
    }

    const BASE: TimeDelta = TimeDelta::minutes(30);

    #[test]
    fn an_order_that_shows_within_the_channels_lag_is_on_time() {
        let lag = TimeDelta::minutes(10);
        let rule = LateRule::of_window(noon(), lag, Shown::WhenOrdered);
        for (seconds, is_late) in [
            (5, false),
            (599, false),
            (600, false),
            (601, true),
            (3600, true),
        ] {
            let ordered_at = noon() - TimeDelta::seconds(seconds);
            assert_eq!(rule.was_due(ordered_at), is_late, "{seconds} s");
        }
    }

    #[test]
    fn each_late_order_doubles_the_overlap_up_to_six_hours() {
        let mut widening = None;
        let mut totals = Vec::new();
        for _ in 0..6 {
            let next = Widening::after_late(widening, BASE, noon());
            totals.push((BASE + next.extra(noon())).num_minutes());
            widening = Some(next);
        }
        assert_eq!(totals, [60, 120, 240, 360, 360, 360]);
        let day = TimeDelta::hours(24);
        let already_long = Widening::after_late(None, day, noon());
        assert_eq!(already_long.widened_by, TimeDelta::zero());
        let none = Widening::after_late(None, TimeDelta::zero(), noon());
        assert_eq!(none.widened_by, LEAST);
    }

    #[test]
    fn it_shrinks_by_half_a_day_after_three_quiet_days() {
        let widening = Widening {
            widened_by: TimeDelta::minutes(120),
            late_at: noon(),
        };
        let extra = |hours: i64| {
            widening
                .extra(noon() + TimeDelta::hours(hours))
                .num_minutes()
        };
        assert_eq!([extra(0), extra(71)], [120, 120]);
        assert_eq!([extra(72), extra(96), extra(120)], [60, 30, 15]);
        assert_eq!(extra(24 * 30), 0, "and is gone in the end");
        let earlier = noon() - TimeDelta::hours(5);
        assert_eq!(
            widening.extra(earlier),
            widening.widened_by,
            "a clock that went back"
        );
    }
}
