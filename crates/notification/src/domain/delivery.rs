//! How long, and how often, the provider is asked whether a message arrived.

use chrono::{DateTime, TimeDelta, Utc};

/// The pause at first and at last.
const SHORTEST: TimeDelta = TimeDelta::seconds(1);
const LONGEST: TimeDelta = TimeDelta::seconds(60);
/// Carriers report within this.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::hours(72);

/// What the provider says of an accepted message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeliveryReport {
    /// With the carrier, or on its way there.
    OnItsWay,
    Delivered,
    Failed {
        reason: String,
    },
}

/// When to ask again; `None` when it is time to give up. The pause grows with the time waited.
pub(crate) fn next_check(accepted_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let waited = now - accepted_at;
    (waited < GIVE_UP_AFTER).then(|| now + (waited / 2).clamp(SHORTEST, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_from_a_second_to_a_minute_and_then_it_ends() {
        let accepted_at = DateTime::UNIX_EPOCH;
        let pause = |waited: i64| {
            let now = accepted_at + TimeDelta::seconds(waited);
            next_check(accepted_at, now).map(|at| (at - now).num_seconds())
        };
        assert_eq!(
            [
                pause(-5),
                pause(0),
                pause(2),
                pause(20),
                pause(120),
                pause(86_400)
            ],
            [Some(1), Some(1), Some(1), Some(10), Some(60), Some(60)]
        );
        assert_eq!(pause(72 * 3600), None);
    }
}
