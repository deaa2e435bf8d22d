//! When a refused effect is tried again.

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// The usual pauses: 5 s, 30 s, 2 m, 10 m, 30 m, 1 h, 2 h, 4 h, 8 h.
const EFFECTS: &[Duration] = &[
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * MINUTE),
    Duration::from_secs(10 * MINUTE),
    Duration::from_secs(30 * MINUTE),
    Duration::from_secs(HOUR),
    Duration::from_secs(2 * HOUR),
    Duration::from_secs(4 * HOUR),
    Duration::from_secs(8 * HOUR),
];

/// Each pause is stretched or shortened by up to a fifth, so that a crowd does not come back at once.
const JITTER: f64 = 0.2;

/// A channel that says "later" without meaning it must not make us spin.
const SHORTEST: TimeDelta = TimeDelta::seconds(1);

/// The pauses between attempts; when they are used up the effect is DEAD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule {
    pauses: Cow<'static, [Duration]>,
}

impl Default for RetrySchedule {
    /// 5 s, 30 s, 2 m, 10 m, 30 m, 1, 2, 4, 8 h.
    fn default() -> Self {
        Self {
            pauses: Cow::Borrowed(EFFECTS),
        }
    }
}

/// What a failed attempt leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    At(DateTime<Utc>),
    GiveUp,
}

/// What is known about an effect's tries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tries {
    /// Attempts since the last redrive.
    pub(crate) made: i32,
    pub(crate) give_up_at: Option<DateTime<Utc>>,
}

impl RetrySchedule {
    /// Own pauses; one attempt more than there are pauses.
    pub fn new(pauses: impl Into<Vec<Duration>>) -> Self {
        Self {
            pauses: Cow::Owned(pauses.into()),
        }
    }

    /// How many attempts are made in all.
    pub fn attempts(&self) -> usize {
        self.pauses.len() + 1
    }

    /// No attempt is left, by number or by time.
    pub(crate) fn is_used_up(&self, tries: Tries, now: DateTime<Utc>) -> bool {
        let made = usize::try_from(tries.made).unwrap_or(0);
        made >= self.attempts() || tries.give_up_at.is_some_and(|end| now >= end)
    }

    /// The time after a failed attempt. `dice` lies in 0..1.
    ///
    /// The last pause is cut at `give_up_at`, so that one more attempt is made there.
    pub(crate) fn after_failure(&self, tries: Tries, now: DateTime<Utc>, dice: f64) -> Next {
        if self.is_used_up(tries, now) {
            return Next::GiveUp;
        }
        let made = usize::try_from(tries.made).unwrap_or(0);
        let Some(pause) = self
            .pauses
            .get(made.saturating_sub(1))
            .or(self.pauses.last())
        else {
            return Next::GiveUp;
        };
        let stretched = pause.mul_f64(1.0 - JITTER + 2.0 * JITTER * dice.clamp(0.0, 1.0));
        let at = now + TimeDelta::from_std(stretched).unwrap_or(TimeDelta::MAX / 2);
        Next::At(tries.give_up_at.map_or(at, |end| at.min(end)))
    }

    /// The time when the other side or the handler named one: never earlier than asked, so a time past the end gives up.
    pub(crate) fn at_named_time(
        &self,
        tries: Tries,
        now: DateTime<Utc>,
        named: DateTime<Utc>,
    ) -> Next {
        let at = named.max(now + SHORTEST);
        match tries.give_up_at {
            Some(end) if at > end => Next::GiveUp,
            _ => Next::At(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn tries(made: i32) -> Tries {
        Tries {
            made,
            give_up_at: None,
        }
    }

    fn pause(next: Next) -> i64 {
        match next {
            Next::At(at) => (at - now()).num_seconds(),
            Next::GiveUp => -1,
        }
    }

    #[test]
    fn the_pauses_grow_and_then_end() {
        let schedule = RetrySchedule::default();
        let pauses: Vec<i64> = (1..=10)
            .map(|made| pause(schedule.after_failure(tries(made), now(), 0.5)))
            .collect();
        assert_eq!(
            pauses,
            [5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, -1]
        );
    }

    #[test]
    fn a_pause_varies_by_a_fifth() {
        let schedule = RetrySchedule::default();
        assert_eq!(pause(schedule.after_failure(tries(2), now(), 0.0)), 24);
        assert_eq!(pause(schedule.after_failure(tries(2), now(), 1.0)), 36);
    }

    #[test]
    fn the_last_pause_is_cut_at_the_end_and_then_it_is_over() {
        let schedule = RetrySchedule::default();
        let end = now() + TimeDelta::seconds(60);
        let tries = Tries {
            made: 4,
            give_up_at: Some(end),
        };
        assert_eq!(schedule.after_failure(tries, now(), 0.5), Next::At(end));
        assert_eq!(schedule.after_failure(tries, end, 0.5), Next::GiveUp);
    }

    #[test]
    fn a_named_time_is_kept_unless_it_is_past_the_end_or_now() {
        let schedule = RetrySchedule::default();
        let end = now() + TimeDelta::seconds(60);
        let tries = Tries {
            made: 1,
            give_up_at: Some(end),
        };
        let at =
            |seconds| schedule.at_named_time(tries, now(), now() + TimeDelta::seconds(seconds));
        assert_eq!(at(60), Next::At(end));
        assert_eq!(at(61), Next::GiveUp);
        assert_eq!(at(-5), Next::At(now() + TimeDelta::seconds(1)));
    }

    #[test]
    fn no_pauses_mean_one_attempt() {
        let schedule = RetrySchedule::new([]);
        assert_eq!(schedule.after_failure(tries(1), now(), 0.5), Next::GiveUp);
        assert!(!schedule.is_used_up(tries(0), now()));
    }
}
