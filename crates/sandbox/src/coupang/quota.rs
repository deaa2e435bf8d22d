//! Calls a second and vendor, over a sliding window.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The window. A second, less what the network may have pressed calls together that left evenly.
const WINDOW: Duration = Duration::from_millis(950);

#[derive(Default)]
pub struct Quota {
    calls: Mutex<HashMap<u32, VecDeque<Instant>>>,
}

/// What the quota says to a call.
#[derive(Debug, PartialEq, Eq)]
pub enum Allowance {
    Granted,
    /// Granted, at 90 % or more of the quota.
    NearlyUsed,
    Refused,
}

impl Quota {
    /// Counts a call. A refused one does not count.
    pub fn take(&self, account: u32, per_second: u32, now: Instant) -> Allowance {
        let mut all = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = all.entry(account).or_default();
        while calls
            .front()
            .is_some_and(|earliest| now.duration_since(*earliest) >= WINDOW)
        {
            calls.pop_front();
        }
        let limit = usize::try_from(per_second).unwrap_or(usize::MAX);
        if calls.len() >= limit {
            return Allowance::Refused;
        }
        calls.push_back(now);
        if calls.len() * 10 >= limit * 9 {
            Allowance::NearlyUsed
        } else {
            Allowance::Granted
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_call_of_a_second_is_refused_and_other_vendors_are_not_concerned() {
        let quota = Quota::default();
        let start = Instant::now();
        let answers: Vec<Allowance> = (0..6).map(|_| quota.take(0, 5, start)).collect();
        assert_eq!(answers[3], Allowance::Granted);
        assert_eq!(answers[4], Allowance::NearlyUsed);
        assert_eq!(answers[5], Allowance::Refused);
        assert_eq!(quota.take(1, 5, start), Allowance::Granted);
        assert_eq!(
            quota.take(0, 5, start + Duration::from_secs(1)),
            Allowance::Granted
        );
    }
}
