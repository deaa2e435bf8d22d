//! What a channel counts together, and what stops an account.
//!
//! Coupang counts every call of a vendor in one bucket; SmartStore has a bucket per API of an application. "Too many
//! calls" and "not granted" concern the bucket where they were counted; a spent allowance and refused credentials
//! concern the account whose call met them, in every bucket; a penalty, a ban and an unknown address concern whoever
//! the channel counts the calls with, so every account of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use moa_id::ChannelAccountId;

use crate::domain::closure::{ClosedBy, Closure, Stops};
use crate::domain::quota::{BucketHealth, Lane, QueueFull, Quota, Turn};

/// Names what a channel counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(pub &'static str);

impl Bucket {
    /// Of a channel that counts all calls of a seller together.
    pub const WHOLE: Self = Self("*");
}

/// The buckets of a look and of the write that follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// Where the look's reads count.
    pub look: Bucket,
    /// Where the write counts.
    pub write: Bucket,
}

/// All buckets of one seller at one channel.
#[derive(Debug)]
pub struct Buckets {
    capacity: u32,
    /// How many calls a second each account was given that called for the seller.
    given: BTreeMap<ChannelAccountId, u32>,
    /// When another process may last have called for the seller.
    cooled_at: Instant,
    buckets: BTreeMap<Bucket, Quota>,
    /// By the channel's name of the account.
    accounts: BTreeMap<String, Stops>,
    /// What stops every account.
    all: Stops,
}

impl Buckets {
    /// Buckets of `capacity` calls a second each.
    pub fn new(capacity: u32, now: Instant) -> Self {
        Self {
            capacity,
            given: BTreeMap::new(),
            cooled_at: now,
            buckets: BTreeMap::new(),
            accounts: BTreeMap::new(),
            all: Stops::default(),
        }
    }

    /// Whether an account's calls are counted here.
    pub fn serves(&self, account: ChannelAccountId) -> bool {
        self.given.contains_key(&account)
    }

    /// Changes how many calls a second an account is given. The channel counts the seller's accounts together, so the
    /// least that any of them was given holds for all.
    pub fn set_capacity(&mut self, account: ChannelAccountId, capacity: u32) {
        self.given.insert(account, capacity);
        let least = self.given.values().copied().min();
        let capacity = least.unwrap_or(capacity);
        self.capacity = capacity;
        for quota in self.buckets.values_mut() {
            quota.set_capacity(capacity);
        }
    }

    /// All slots count as just used: another process called for the seller until a moment ago.
    pub fn cool(&mut self, now: Instant) {
        self.cooled_at = now;
        for quota in self.buckets.values_mut() {
            quota.cool(now);
        }
    }

    /// One bucket. A new one begins as cool as the seller did, and with one call at a time.
    pub fn of(&mut self, bucket: Bucket) -> &mut Quota {
        let (capacity, cooled_at) = (self.capacity, self.cooled_at);
        self.buckets.entry(bucket).or_insert_with(|| {
            let mut quota = Quota::new(capacity, cooled_at);
            quota.doubt();
            quota
        })
    }

    /// Queues a caller in a bucket.
    pub fn enqueue(&mut self, bucket: Bucket, lane: Lane) -> Result<u64, QueueFull> {
        self.of(bucket).enqueue(lane)
    }

    /// Asks whether it is this caller's turn. See [`Quota::poll`].
    pub fn poll(
        &mut self,
        account: &str,
        bucket: Bucket,
        ticket: u64,
        now: Instant,
        patience: Duration,
    ) -> Turn {
        if let Some(closure) = self.stopped(account, now) {
            return Turn::Closed(closure);
        }
        self.of(bucket).poll(ticket, now, patience)
    }

    /// Takes a kept slot for its write. See [`Quota::redeem`].
    pub fn redeem(&mut self, account: &str, bucket: Bucket, hold: u64, now: Instant) -> bool {
        self.stopped(account, now).is_none() && self.of(bucket).redeem(hold, now)
    }

    fn stopped(&self, account: &str, now: Instant) -> Option<Closure> {
        let own = self.accounts.get(account).and_then(|stops| stops.at(now));
        let both = [own, self.all.at(now)].into_iter().flatten();
        both.max_by_key(|closure| closure.until)
    }

    /// Stops what a refusal concerns: the bucket, the account, or all that is counted here.
    pub fn close(
        &mut self,
        account: &str,
        bucket: Bucket,
        cause: ClosedBy,
        now: Instant,
        at_least: Option<Instant>,
    ) -> Closure {
        match cause {
            ClosedBy::TooManyCalls | ClosedBy::NotGranted => {
                self.of(bucket).close(cause, now, at_least)
            }
            ClosedBy::Penalty | ClosedBy::Ban | ClosedBy::Address => {
                self.all.close(cause, now, at_least)
            }
            ClosedBy::QuotaSpent | ClosedBy::Credentials => {
                if cause == ClosedBy::Credentials {
                    self.buckets.values_mut().for_each(Quota::doubt);
                }
                let stops = self.accounts.entry(account.to_owned()).or_default();
                stops.close(cause, now, at_least)
            }
        }
    }

    /// The channel answered as it should.
    pub fn worked(&mut self, account: &str, bucket: Bucket) {
        self.of(bucket).worked();
        self.all.worked();
        if let Some(stops) = self.accounts.get_mut(account) {
            stops.worked();
        }
    }

    /// How the seller's buckets fare, as an account sees them: what stops the account stops it in each.
    pub fn health(&mut self, account: &str, now: Instant) -> Vec<BucketHealth> {
        let stopped = self.stopped(account, now);
        if self.buckets.is_empty() {
            self.of(Bucket::WHOLE);
        }
        let buckets = self.buckets.iter().map(|(bucket, quota)| {
            let health = quota.health(bucket.0, now);
            BucketHealth {
                closure: stopped.or(health.closure),
                ..health
            }
        });
        buckets.collect()
    }

    /// Lets a test of an account through although its credentials, its address or a call of its were refused.
    pub fn reopen_for_test(&mut self, account: &str) {
        if let Some(stops) = self.accounts.get_mut(account) {
            stops.reopen_for_test();
        }
        self.all.reopen_for_test();
        for quota in self.buckets.values_mut() {
            quota.reopen_for_test();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quota::{CallClass, RECOVERY};

    const FEED: Bucket = Bucket("feed");
    const QUERY: Bucket = Bucket("query");
    const PATIENCE: Duration = Duration::from_secs(4);

    fn take(buckets: &mut Buckets, account: &str, bucket: Bucket, now: Instant) -> Turn {
        let lane = Lane::Class(CallClass::Poll);
        let ticket = buckets.enqueue(bucket, lane).unwrap();
        let turn = buckets.poll(account, bucket, ticket, now, PATIENCE);
        if turn != Turn::Go {
            buckets.of(bucket).leave(ticket);
        }
        turn
    }

    #[test]
    fn each_bucket_has_the_whole_capacity() {
        let start = Instant::now();
        let now = start + RECOVERY;
        let mut buckets = Buckets::new(1, start);
        assert_eq!(take(&mut buckets, "a", FEED, now), Turn::Go);
        assert_eq!(take(&mut buckets, "a", QUERY, now), Turn::Go);
        assert!(matches!(take(&mut buckets, "a", FEED, now), Turn::Wait(_)));
        assert!(matches!(take(&mut buckets, "b", FEED, now), Turn::Wait(_)));
    }

    #[test]
    fn two_accounts_of_a_seller_share_the_smaller_of_their_quotas() {
        let start = Instant::now();
        let now = start + RECOVERY;
        let ids = moa_id::Ids::seeded(1);
        let (small, large) = (ids.next(), ids.next());
        let calls = |given: &[(ChannelAccountId, u32)]| {
            let mut buckets = Buckets::new(10, start);
            buckets.of(FEED);
            for (account, capacity) in given {
                buckets.set_capacity(*account, *capacity);
            }
            for bucket in [FEED, QUERY] {
                buckets.worked("a", bucket);
            }
            // One bucket was there before the quotas changed and one comes after.
            [FEED, QUERY].map(|bucket| {
                let mut turns = (0..20).map(|_| take(&mut buckets, "a", bucket, now));
                turns.position(|turn| turn != Turn::Go)
            })
        };
        assert_eq!(calls(&[(small, 2), (large, 10)]), [Some(2); 2]);
        assert_eq!(calls(&[(large, 10), (small, 2)]), [Some(2); 2]);
        let changed = [(small, 2), (large, 10), (small, 6)];
        assert_eq!(calls(&changed), [Some(6); 2]);
    }

    #[test]
    fn until_the_channel_took_a_call_one_goes_at_a_time() {
        let start = Instant::now();
        let now = start + RECOVERY;
        let mut buckets = Buckets::new(5, start);
        let waits = |turn| matches!(turn, Turn::Wait(_));
        assert_eq!(take(&mut buckets, "a", FEED, now), Turn::Go);
        assert!(waits(take(&mut buckets, "a", FEED, now)));
        buckets.of(FEED).finished(now, RECOVERY);
        buckets.worked("a", FEED);
        for _ in 0..4 {
            assert_eq!(take(&mut buckets, "a", FEED, now), Turn::Go);
        }
        // Keys that were good have ended: those under way are refused together, and then one is tried at a time.
        let closure = buckets.close("a", FEED, ClosedBy::Credentials, now, None);
        for _ in 0..4 {
            buckets.of(FEED).finished(now, RECOVERY);
        }
        assert_eq!(take(&mut buckets, "a", FEED, closure.until), Turn::Go);
        assert!(waits(take(&mut buckets, "a", FEED, closure.until)));
    }

    #[test]
    fn a_bucket_first_used_right_after_the_lease_came_waits_its_second_too() {
        let start = Instant::now();
        let mut buckets = Buckets::new(1, start);
        let taken = start + Duration::from_secs(60);
        buckets.cool(taken);
        assert_eq!(
            take(&mut buckets, "a", FEED, taken),
            Turn::Wait(Some(taken + RECOVERY))
        );
        assert_eq!(take(&mut buckets, "a", QUERY, taken + RECOVERY), Turn::Go);
    }

    #[test]
    fn a_refusal_closes_its_bucket_its_account_or_all_that_is_counted_together() {
        use ClosedBy::{Address, Ban, Credentials, NotGranted, Penalty, QuotaSpent, TooManyCalls};
        // The account in another bucket, and another account of the application in this one.
        let table = [
            (TooManyCalls, false, true),
            (NotGranted, false, true),
            (QuotaSpent, true, false),
            (Credentials, true, false),
            (Penalty, true, true),
            (Ban, true, true),
            (Address, true, true),
        ];
        for (cause, in_other_bucket, of_other_account) in table {
            let start = Instant::now();
            let now = start + RECOVERY;
            let mut buckets = Buckets::new(5, start);
            for bucket in [FEED, QUERY] {
                buckets.worked("a", bucket);
            }
            let closure = buckets.close("a", FEED, cause, now, None);
            let closed = Turn::Closed(closure);
            assert_eq!(take(&mut buckets, "a", FEED, now), closed, "{cause:?}");
            let expected = |closes| if closes { closed } else { Turn::Go };
            let other = take(&mut buckets, "a", QUERY, now);
            assert_eq!(other, expected(in_other_bucket), "{cause:?}");
            let other = take(&mut buckets, "b", FEED, now);
            assert_eq!(other, expected(of_other_account), "{cause:?}");
            if other == Turn::Go {
                buckets.of(FEED).unused();
            }
            assert!(!buckets.redeem("a", QUERY, 1, now));
            let after = closure.until;
            assert_eq!(take(&mut buckets, "a", FEED, after), Turn::Go);
        }
    }

    #[test]
    fn a_test_goes_through_where_only_a_person_can_mend_something() {
        let start = Instant::now();
        let now = start + RECOVERY;
        for (cause, opens) in [
            (ClosedBy::NotGranted, true),
            (ClosedBy::Address, true),
            (ClosedBy::Credentials, true),
            (ClosedBy::Penalty, false),
            (ClosedBy::Ban, false),
            (ClosedBy::TooManyCalls, false),
        ] {
            let mut buckets = Buckets::new(5, start);
            buckets.close("a", FEED, cause, now, None);
            buckets.reopen_for_test("a");
            let goes = take(&mut buckets, "a", FEED, now) == Turn::Go;
            assert_eq!(goes, opens, "{cause:?}");
        }
    }

    #[test]
    fn an_account_sees_the_longer_of_its_own_stop_and_the_application_s() {
        let now = Instant::now();
        let mut buckets = Buckets::new(5, now);
        let short = buckets.close("a", FEED, ClosedBy::Credentials, now, None);
        let long = buckets.close("b", FEED, ClosedBy::Ban, now, None);
        assert!(long.until > short.until);
        assert_eq!(buckets.health("a", now)[0].closure, Some(long));
        assert_eq!(buckets.health("b", now)[0].closure, Some(long));
    }
}
