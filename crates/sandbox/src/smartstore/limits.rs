//! The token bucket of each application and API, and the hourly quota of the penalised.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A penalised application may make one call in this time.
const PENALTY_PERIOD: Duration = Duration::from_secs(3600);
/// Buckets of whom it is never wrong to forget: they are full again.
const KEPT: usize = 100_000;

#[derive(Default)]
pub struct Limits {
    buckets: Mutex<HashMap<(u32, String), Bucket>>,
    penalized: Mutex<HashMap<u32, Instant>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// What the bucket says to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    pub granted: bool,
    pub rate: u32,
    pub remaining: u32,
}

impl Allowance {
    /// How much the bucket holds: twice what flows in each second.
    pub fn capacity(self) -> u32 {
        self.rate.saturating_mul(2)
    }
}

impl Limits {
    /// Takes a token of this application and API.
    pub fn take(&self, account: u32, api: &str, rate: u32, now: Instant) -> Allowance {
        let capacity = f64::from(rate.saturating_mul(2));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > KEPT {
            buckets.retain(|_, bucket| now.duration_since(bucket.at) < Duration::from_secs(2));
        }
        let bucket = buckets.entry((account, api.to_owned())).or_insert(Bucket {
            tokens: capacity,
            at: now,
        });
        let gained = now.duration_since(bucket.at).as_secs_f64() * f64::from(rate);
        bucket.tokens = (bucket.tokens + gained).min(capacity);
        bucket.at = now;
        let granted = bucket.tokens >= 1.0;
        if granted {
            bucket.tokens -= 1.0;
        }
        Allowance {
            granted,
            rate,
            remaining: whole(bucket.tokens),
        }
    }

    /// Whether a penalised application has its one call of this hour left; it is used by asking.
    pub fn take_penalized(&self, account: u32, now: Instant) -> bool {
        let mut penalized = self
            .penalized
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let used = penalized
            .get(&account)
            .is_some_and(|at| now.duration_since(*at) < PENALTY_PERIOD);
        if !used {
            penalized.insert(account, now);
        }
        !used
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bucket holds neither less than nothing nor more than twice a rate"
)]
fn whole(tokens: f64) -> u32 {
    tokens as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_calls_at_once_then_two_a_second_for_each_api() {
        let limits = Limits::default();
        let start = Instant::now();
        let take = |api, at| limits.take(0, api, 2, at);
        let first = take("feed", start);
        assert_eq!(
            (first.granted, first.remaining, first.capacity()),
            (true, 3, 4)
        );
        assert!((0..3).all(|_| take("feed", start).granted));
        assert!(!take("feed", start).granted);
        assert!(
            take("query", start).granted,
            "another API has its own bucket"
        );
        assert!(take("feed", start + Duration::from_millis(500)).granted);
        assert!(!take("feed", start + Duration::from_millis(600)).granted);
    }

    #[test]
    fn the_penalised_have_one_call_an_hour() {
        let limits = Limits::default();
        let start = Instant::now();
        assert!(limits.take_penalized(0, start));
        assert!(!limits.take_penalized(0, start + Duration::from_secs(3599)));
        assert!(limits.take_penalized(1, start));
        assert!(limits.take_penalized(0, start + Duration::from_secs(3600)));
    }
}
