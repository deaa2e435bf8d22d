//! How often a password may be guessed.

use chrono::{DateTime, TimeDelta, Utc};

/// Failures are counted in windows of this length.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// What attempts are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// One e-mail address from one network address.
    Pair,
    /// Everything from one network address: one password tried on many accounts.
    Address,
}

impl Subject {
    /// Attempts that may fail in a window.
    pub const fn limit(self) -> i32 {
        match self {
            Self::Pair => 5,
            Self::Address => 50,
        }
    }

    /// Seconds until the next attempt is heard, when this one, the `attempts`th of its window, is not.
    pub fn wait(
        self,
        attempts: i32,
        window_began: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<u64> {
        if attempts <= self.limit() {
            return None;
        }
        let left = (window_began + WINDOW - now).num_seconds().max(1);
        Some(left.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attempt_after_the_limit_waits_for_the_end_of_the_window() {
        let began = DateTime::from_timestamp(1_760_000_000, 0).unwrap();
        let now = began + TimeDelta::minutes(5);
        assert_eq!(Subject::Pair.wait(5, began, now), None);
        assert_eq!(Subject::Pair.wait(6, began, now), Some(600));
        assert_eq!(Subject::Address.wait(50, began, now), None);
        assert_eq!(Subject::Address.wait(51, began, now), Some(600));
    }
}
