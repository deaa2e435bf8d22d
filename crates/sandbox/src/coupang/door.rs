//! Who is shut out: for a while after many errors, and for longer after asking for other vendors again and again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::rules::Rules;

/// Errors are counted over this stretch.
const ERROR_WINDOW: Duration = Duration::from_secs(10);
/// Calls for other vendors are counted over this one.
const VENDOR_WINDOW: Duration = Duration::from_secs(60);

#[derive(Default)]
pub struct Door {
    visitors: Mutex<HashMap<u32, Visitor>>,
}

#[derive(Default)]
struct Visitor {
    errors: VecDeque<Instant>,
    wrong_vendors: VecDeque<Instant>,
    banned_until: Option<Instant>,
    blocked_until: Option<Instant>,
}

/// How an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Welcome,
    /// 403 with a page of the front door.
    Banned,
    /// 302.
    Blocked,
}

impl Door {
    pub fn standing(&self, account: u32, now: Instant) -> Standing {
        let visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(visitor) = visitors.get(&account) else {
            return Standing::Welcome;
        };
        if visitor.blocked_until.is_some_and(|until| now < until) {
            Standing::Blocked
        } else if visitor.banned_until.is_some_and(|until| now < until) {
            Standing::Banned
        } else {
            Standing::Welcome
        }
    }

    /// Counts an error; answers whether it was one too many.
    pub fn count_error(
        &self,
        account: u32,
        rules: &Rules,
        calls_per_second: u32,
        now: Instant,
    ) -> bool {
        let most = rules
            .ban_after_errors
            .unwrap_or(calls_per_second.saturating_mul(6));
        let mut visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        let visitor = visitors.entry(account).or_default();
        let banned = one_too_many(&mut visitor.errors, ERROR_WINDOW, most, now);
        if banned {
            visitor.banned_until = Some(now + Duration::from_secs(u64::from(rules.ban_seconds)));
        }
        banned
    }

    /// Counts a call for another vendor; answers whether it was one too many.
    pub fn count_wrong_vendor(&self, account: u32, rules: &Rules, now: Instant) -> bool {
        let mut visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        let visitor = visitors.entry(account).or_default();
        let most = rules.block_after_wrong_vendors;
        let blocked = one_too_many(&mut visitor.wrong_vendors, VENDOR_WINDOW, most, now);
        if blocked {
            visitor.blocked_until = Some(now + Duration::from_secs(u64::from(rules.block_seconds)));
        }
        blocked
    }

    /// Lets everybody in again.
    pub fn open(&self) {
        self.visitors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// Whether `most` things have happened within the window, this one included; if so, counting begins anew.
fn one_too_many(times: &mut VecDeque<Instant>, window: Duration, most: u32, now: Instant) -> bool {
    if most == 0 {
        return false;
    }
    while times
        .front()
        .is_some_and(|earliest| now.duration_since(*earliest) >= window)
    {
        times.pop_front();
    }
    times.push_back(now);
    let full = times.len() >= usize::try_from(most).unwrap_or(usize::MAX);
    if full {
        times.clear();
    }
    full
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_count_within_ten_seconds_and_a_ban_ends() {
        let (door, start) = (Door::default(), Instant::now());
        let rules = Rules {
            ban_after_errors: Some(3),
            ..Rules::default()
        };
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(!door.count_error(1, &rules, 5, at(0)));
        assert!(!door.count_error(1, &rules, 5, at(9)));
        assert!(!door.count_error(1, &rules, 5, at(10)), "the first is old");
        assert!(door.count_error(1, &rules, 5, at(11)));
        assert_eq!(door.standing(1, at(12)), Standing::Banned);
        assert_eq!(door.standing(2, at(12)), Standing::Welcome);
        assert_eq!(door.standing(1, at(21)), Standing::Welcome);
    }

    #[test]
    fn by_default_the_quota_decides_how_many_errors_are_many() {
        let (door, now) = (Door::default(), Instant::now());
        let errors = (0..30).filter(|_| door.count_error(1, &Rules::default(), 5, now));
        assert_eq!(errors.count(), 1);
    }
}
