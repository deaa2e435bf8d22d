//! When calls stop for a while, why, and until when.

use std::time::{Duration, Instant};

/// How long calls stay stopped after a channel's "too many calls", by how often in a row.
const TOO_MANY_CALLS_PAUSES: [u64; 5] = [3, 10, 20, 40, 60];
/// The same after "your allowance is spent", unless the channel says when it is filled again.
const QUOTA_SPENT_PAUSES: [u64; 3] = [60, 600, 3600];
/// The same after a ban, in seconds.
const BAN_PAUSES: [u64; 4] = [300, 600, 1800, 3600];
/// The same after "this application was not granted this call", unless the channel says otherwise: somebody has to go to
/// the channel's pages first.
const NOT_GRANTED_PAUSES: [u64; 3] = [600, 1800, 3600];
/// The same after refused credentials or an unknown address: asking on and on earns a ban, and some of these refusals
/// keep a penalty alive that ends only when nobody asks.
const REFUSED_PAUSES: [u64; 5] = [30, 60, 300, 900, 3600];

/// Why calls are stopped, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closure {
    /// Until when.
    pub until: Instant,
    /// Why.
    pub cause: ClosedBy,
}

/// Why calls are stopped, the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClosedBy {
    /// The channel said "too many calls": only where it counted them.
    TooManyCalls,
    /// The application was not granted this call: only where it was counted.
    NotGranted,
    /// The channel refused the credentials.
    Credentials,
    /// The channel does not know our address.
    Address,
    /// The channel said that the account's allowance of the hour is spent.
    QuotaSpent,
    /// The channel punishes the application: for hours it takes next to no calls.
    Penalty,
    /// The channel shut us out.
    Ban,
}

impl ClosedBy {
    const fn pauses(self) -> &'static [u64] {
        match self {
            Self::TooManyCalls => &TOO_MANY_CALLS_PAUSES,
            Self::NotGranted => &NOT_GRANTED_PAUSES,
            Self::QuotaSpent | Self::Penalty => &QUOTA_SPENT_PAUSES,
            Self::Ban => &BAN_PAUSES,
            Self::Credentials | Self::Address => &REFUSED_PAUSES,
        }
    }
}

/// The stops of one bucket, or of one account.
#[derive(Debug, Default)]
pub struct Stops {
    closure: Option<Closure>,
    strikes: usize,
}

impl Stops {
    /// What stops calls now.
    pub fn at(&self, now: Instant) -> Option<Closure> {
        self.closure.filter(|closure| closure.until > now)
    }

    /// Stops all calls for a while, longer each time in a row, and not shorter than until `at_least` or than they are
    /// stopped already.
    pub fn close(&mut self, cause: ClosedBy, now: Instant, at_least: Option<Instant>) -> Closure {
        let before = self.at(now);
        let at_least = at_least.max(before.map(|closure| closure.until));
        // Calls that were under way together are answered together: that is one strike, of the gravest cause.
        if let Some(closure) = before.filter(|closure| closure.cause >= cause) {
            let closure = Closure {
                until: at_least.map_or(closure.until, |at_least| at_least.max(closure.until)),
                ..closure
            };
            self.closure = Some(closure);
            return closure;
        }
        let earlier = self.strikes.saturating_sub(usize::from(before.is_some()));
        let pauses = cause.pauses();
        let pause = pauses
            .get(earlier.min(pauses.len().saturating_sub(1)))
            .copied()
            .unwrap_or(3600);
        self.strikes = earlier + 1;
        let until = now + Duration::from_secs(pause);
        let closure = Closure {
            until: at_least.map_or(until, |at_least| at_least.max(until)),
            cause,
        };
        self.closure = Some(closure);
        closure
    }

    /// The channel answered as it should: strikes are forgotten.
    pub fn worked(&mut self) {
        self.strikes = 0;
    }

    /// Lets calls through although the credentials, the address or a call were refused, and forgets the strikes: a
    /// person asked for a test, or put other credentials to use.
    pub fn reopen_for_test(&mut self) {
        let refused = |cause| {
            matches!(
                cause,
                ClosedBy::Credentials | ClosedBy::Address | ClosedBy::NotGranted
            )
        };
        if self.closure.is_some_and(|closure| refused(closure.cause)) {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_goes_through_after_refused_credentials_but_not_after_a_ban() {
        let now = Instant::now();
        let mut stops = Stops::default();
        stops.close(ClosedBy::Credentials, now, None);
        stops.reopen_for_test();
        assert_eq!(stops.at(now), None);
        for cause in [
            ClosedBy::Ban,
            ClosedBy::Penalty,
            ClosedBy::QuotaSpent,
            ClosedBy::TooManyCalls,
        ] {
            let mut stops = Stops::default();
            stops.close(cause, now, None);
            stops.reopen_for_test();
            assert_eq!(stops.at(now).map(|closure| closure.cause), Some(cause));
        }
    }

    #[test]
    fn a_stop_is_never_shortened_and_keeps_its_gravest_cause() {
        use ClosedBy::{Address, Ban, Credentials, QuotaSpent};
        let now = Instant::now();
        let after = |seconds: u64| now + Duration::from_secs(seconds);
        let table = [
            ((Ban, None), (Credentials, None), Ban, 300),
            ((Ban, None), (Address, None), Ban, 300),
            ((Ban, None), (QuotaSpent, Some(3600)), Ban, 3600),
            (
                (QuotaSpent, None),
                (QuotaSpent, Some(3600)),
                QuotaSpent,
                3600,
            ),
            (
                (QuotaSpent, Some(3600)),
                (QuotaSpent, None),
                QuotaSpent,
                3600,
            ),
            (
                (QuotaSpent, Some(3600)),
                (Credentials, None),
                QuotaSpent,
                3600,
            ),
            ((QuotaSpent, Some(3600)), (Ban, None), Ban, 3600),
            ((Credentials, None), (Address, Some(20)), Address, 30),
        ];
        for ((first, its), (second, others), cause, until) in table {
            let mut stops = Stops::default();
            stops.close(first, now, its.map(after));
            let closure = stops.close(second, now, others.map(after));
            assert_eq!(
                closure,
                Closure {
                    until: after(until),
                    cause
                },
                "{first:?} {second:?}"
            );
            assert_eq!(stops.at(now), Some(closure), "{first:?} {second:?}");
            stops.reopen_for_test();
            let is_open = stops.at(now).is_none();
            assert_eq!(is_open, cause <= Address, "{first:?} {second:?}");
        }
    }

    #[test]
    fn refused_credentials_are_tried_ever_more_seldom_until_a_person_asks() {
        for cause in [ClosedBy::Credentials, ClosedBy::Address] {
            let mut now = Instant::now();
            let mut stops = Stops::default();
            for seconds in [30, 60, 300, 900, 3600, 3600] {
                let closure = stops.close(cause, now, None);
                assert_eq!(closure.until, now + Duration::from_secs(seconds));
                now = closure.until;
            }
            stops.reopen_for_test();
            let closure = stops.close(cause, now, None);
            assert_eq!(closure.until, now + Duration::from_secs(30));
        }
    }

    #[test]
    fn a_pause_grows_with_each_strike_and_is_never_shorter_than_the_channel_says() {
        let mut now = Instant::now();
        let mut stops = Stops::default();
        for seconds in [3, 10, 20, 40, 60, 60] {
            let closure = stops.close(ClosedBy::TooManyCalls, now, None);
            assert_eq!(closure.until, now + Duration::from_secs(seconds));
            let again = stops.close(ClosedBy::TooManyCalls, now, None);
            assert_eq!(again, closure, "one strike");
            now = closure.until;
            assert_eq!(stops.at(now), None);
        }
        stops.worked();
        let hour = now + Duration::from_secs(3600);
        let closure = stops.close(ClosedBy::QuotaSpent, now, Some(hour));
        assert_eq!(closure.until, hour);
    }
}
