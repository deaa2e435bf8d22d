//! How long a session lives.

use chrono::{DateTime, TimeDelta, Utc};

/// A session ends this long after it began, however busy it is.
const ABSOLUTE: TimeDelta = TimeDelta::days(30);
/// An idle session ends after this.
const IDLE: TimeDelta = TimeDelta::hours(12);
/// The same on a device the operator asked to be remembered on.
const IDLE_REMEMBERED: TimeDelta = TimeDelta::days(14);
/// Being seen is written down at most this often: a board that refreshes itself must not write at each look.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

/// When a session was used.
#[derive(Debug, Clone, Copy)]
pub struct SessionTimes {
    /// The log-in.
    pub created_at: DateTime<Utc>,
    /// The last use that was written down.
    pub last_seen_at: DateTime<Utc>,
    /// "Remember me" was chosen.
    pub remembered: bool,
}

impl SessionTimes {
    /// Whether it is still good.
    pub fn is_alive(&self, now: DateTime<Utc>) -> bool {
        let idle = if self.remembered {
            IDLE_REMEMBERED
        } else {
            IDLE
        };
        now - self.created_at < ABSOLUTE && now - self.last_seen_at < idle
    }

    /// Whether this use is to be written down.
    pub fn wants_touch(&self, now: DateTime<Utc>) -> bool {
        now - self.last_seen_at >= TOUCH_EVERY
    }

    /// For how long a browser keeps the cookie; `None` until it is closed.
    pub fn cookie_seconds(&self) -> Option<i64> {
        self.remembered.then_some(ABSOLUTE.num_seconds())
    }
}

/// Sessions that began before this are over, whatever else is known of them.
pub fn all_over_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now - ABSOLUTE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_by_idleness_and_by_age() {
        let start = DateTime::from_timestamp(1_760_000_000, 0).unwrap();
        let hours = TimeDelta::hours;
        for (remembered, seen_after, now_after, alive) in [
            (false, hours(0), hours(11), true),
            (false, hours(0), hours(12), false),
            (false, hours(100), hours(111), true),
            (true, hours(0), hours(12), true),
            (true, hours(0), hours(14 * 24), false),
            (false, hours(719), hours(720), false),
            (true, hours(719), hours(720), false),
        ] {
            let times = SessionTimes {
                created_at: start,
                last_seen_at: start + seen_after,
                remembered,
            };
            assert_eq!(
                times.is_alive(start + now_after),
                alive,
                "{times:?} {now_after}"
            );
        }
    }
}
