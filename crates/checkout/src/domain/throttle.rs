use chrono::{DateTime, TimeDelta, Utc};

/// Wrong passwords that are free of charge.
const FREE: i32 = 5;
/// The longest pause.
const LONGEST: TimeDelta = TimeDelta::minutes(15);

/// Wrong passwords in a row for one address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failures {
    pub(crate) count: i32,
    pub(crate) last_at: DateTime<Utc>,
}

impl Failures {
    /// How long the next try must wait: nothing for the first five, then twice as long each time.
    pub(crate) fn wait(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let beyond = self.count - FREE;
        if beyond < 0 {
            return None;
        }
        let pause = TimeDelta::seconds(1 << beyond.min(12)).min(LONGEST);
        let left = self.last_at + pause - now;
        (left > TimeDelta::zero()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let failures = |count| Failures {
            count,
            last_at: DateTime::UNIX_EPOCH,
        };
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(failures(4).wait(now), None);
        assert_eq!(failures(5).wait(now), Some(TimeDelta::seconds(1)));
        assert_eq!(failures(8).wait(now), Some(TimeDelta::seconds(8)));
        assert_eq!(failures(1000).wait(now), Some(LONGEST));
        assert_eq!(failures(8).wait(now + TimeDelta::seconds(8)), None);
    }
}
