//! Waiting for one's turn at a channel: [`crate::domain::buckets`] with a clock and sleeping callers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moa_id::ChannelAccountId;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::domain::buckets::{Bucket, Buckets, Gate};
use crate::domain::closure::{ClosedBy, Closure};
use crate::domain::quota::{BucketHealth, LOST_RECOVERY, Lane, QueueFull, RECOVERY, Turn};

/// How long a reservation may keep others out: a permit lives 5 s from its first read.
const RESERVATION_PATIENCE: Duration = Duration::from_secs(4);

/// The buckets of one seller at one channel, shared by all calls of this process.
#[derive(Debug)]
pub struct SellerQuota {
    state: Mutex<Buckets>,
    changed: Notify,
}

/// One account's door to its seller's quota.
#[derive(Debug, Clone)]
pub struct AccountQuota {
    seller: Arc<SellerQuota>,
    /// The channel's name of the account: what a ban or a refused key is about.
    account: Arc<str>,
}

/// Why no slot was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSlot {
    /// Too many wait already.
    QueueFull,
    /// The caller's time ended first.
    TimedOut,
    /// All calls are stopped.
    Closed(Closure),
}

/// A slot that was kept for a permit's write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptSlot {
    bucket: Bucket,
    hold: u64,
}

impl SellerQuota {
    /// A quota of `capacity` calls a second in each bucket.
    pub fn new(capacity: u32) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(Buckets::new(capacity, now())),
            changed: Notify::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, Buckets> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes how many calls a second an account is given; see [`Buckets::set_capacity`].
    pub fn set_capacity(&self, account: ChannelAccountId, capacity: u32) {
        self.state().set_capacity(account, capacity);
        self.changed.notify_waiters();
    }

    /// All slots count as just used.
    pub fn cool(&self) {
        self.state().cool(now());
    }

    /// Whether an account's calls are counted here.
    pub fn serves(&self, account: ChannelAccountId) -> bool {
        self.state().serves(account)
    }

    /// The door of one account.
    pub fn of_account(self: &Arc<Self>, account: &str) -> AccountQuota {
        AccountQuota {
            seller: Arc::clone(self),
            account: account.into(),
        }
    }
}

impl AccountQuota {
    /// Takes a slot for one call.
    pub async fn slot(
        &self,
        bucket: Bucket,
        lane: Lane,
        deadline: Instant,
    ) -> Result<Slot, NoSlot> {
        self.turn(bucket, lane, deadline).await?;
        Ok(self.taken(bucket))
    }

    fn taken(&self, bucket: Bucket) -> Slot {
        Slot {
            seller: Arc::clone(&self.seller),
            bucket,
            spent: false,
        }
    }

    /// Begins a reservation: its calls follow one another with nothing in between, and its write has a place.
    ///
    /// The write's bucket comes first: waiting for it while the look's bucket is kept would keep the polls out.
    pub async fn reserve(&self, gate: Gate, deadline: Instant) -> Result<Reservation, NoSlot> {
        let write = if gate.write == gate.look {
            None
        } else {
            Some(self.claim(gate.write, deadline).await?)
        };
        let look = self.claim(gate.look, deadline).await?;
        Ok(Reservation { look, write })
    }

    async fn claim(&self, bucket: Bucket, deadline: Instant) -> Result<Claim, NoSlot> {
        let ticket = self.turn(bucket, Lane::Reserve, deadline).await?;
        Ok(Claim {
            quota: self.clone(),
            bucket,
            ticket,
        })
    }

    /// Takes the slot that was kept for a permit's write.
    pub fn redeem(&self, kept: KeptSlot) -> Option<Slot> {
        let KeptSlot { bucket, hold } = kept;
        let mut state = self.seller.state();
        let redeemed = state.redeem(&self.account, bucket, hold, now());
        redeemed.then(|| self.taken(bucket))
    }

    /// The first of these slots whose time is not over; the others are given back.
    pub fn first_living(&self, kept: &[KeptSlot]) -> Option<KeptSlot> {
        let mut state = self.seller.state();
        let lives = |kept: &KeptSlot| state.of(kept.bucket).holds(kept.hold, now());
        let first = kept.iter().copied().find(lives);
        for other in kept.iter().filter(|kept| Some(**kept) != first) {
            state.of(other.bucket).release(other.hold);
        }
        drop(state);
        self.seller.changed.notify_waiters();
        first
    }

    /// Gives back a slot that was kept.
    pub fn release(&self, kept: KeptSlot) {
        self.seller.state().of(kept.bucket).release(kept.hold);
        self.seller.changed.notify_waiters();
    }

    /// Stops what a refusal concerns for a while, at least until `at_least`.
    pub fn close(&self, bucket: Bucket, cause: ClosedBy, at_least: Option<Instant>) -> Closure {
        let at_least = at_least.map(Instant::into_std);
        let mut state = self.seller.state();
        let closure = state.close(&self.account, bucket, cause, now(), at_least);
        drop(state);
        self.seller.changed.notify_waiters();
        closure
    }

    /// The channel answered as it should.
    pub fn worked(&self, bucket: Bucket) {
        self.seller.state().worked(&self.account, bucket);
    }

    /// How each bucket fares.
    pub fn health(&self) -> Vec<BucketHealth> {
        self.seller.state().health(&self.account, now())
    }

    /// Lets a test through although the credentials, the address or a call were refused before.
    pub fn reopen_for_test(&self) {
        self.seller.state().reopen_for_test(&self.account);
    }

    async fn turn(&self, bucket: Bucket, lane: Lane, deadline: Instant) -> Result<u64, NoSlot> {
        let seller = &self.seller;
        let ticket = match seller.state().enqueue(bucket, lane) {
            Ok(ticket) => ticket,
            Err(QueueFull) => return Err(NoSlot::QueueFull),
        };
        let _place = Place {
            seller,
            bucket,
            ticket,
        };
        loop {
            let changed = seller.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let patience = RESERVATION_PATIENCE;
            let turn = seller
                .state()
                .poll(&self.account, bucket, ticket, now(), patience);
            let next = match turn {
                Turn::Go => return Ok(ticket),
                Turn::Closed(closure) => return Err(NoSlot::Closed(closure)),
                Turn::Wait(next) => next.map_or(deadline, Instant::from_std).min(deadline),
            };
            if Instant::now() >= deadline {
                return Err(NoSlot::TimedOut);
            }
            tokio::select! {
                () = &mut changed => {}
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }
}

fn now() -> std::time::Instant {
    Instant::now().into_std()
}

/// A caller's place in the queue; whoever goes away, or got a turn, makes room and lets the next look.
struct Place<'a> {
    seller: &'a SellerQuota,
    bucket: Bucket,
    ticket: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.seller.state().of(self.bucket).leave(self.ticket);
        self.seller.changed.notify_waiters();
    }
}

/// Leave for one call. Dropped without a word, it counts as a call that may still reach the channel.
#[derive(Debug)]
pub struct Slot {
    seller: Arc<SellerQuota>,
    bucket: Bucket,
    spent: bool,
}

impl Slot {
    /// Where the call counts.
    pub const fn bucket(&self) -> Bucket {
        self.bucket
    }

    /// The answer was received, or the connection was refused.
    pub fn answered(mut self) {
        self.spend(RECOVERY);
    }

    /// Nothing was sent.
    pub fn unused(mut self) {
        self.spent = true;
        self.seller.state().of(self.bucket).unused();
        self.seller.changed.notify_waiters();
    }

    fn spend(&mut self, recovery: Duration) {
        if !self.spent {
            self.spent = true;
            let mut state = self.seller.state();
            state.of(self.bucket).finished(now(), recovery);
            drop(state);
            self.seller.changed.notify_waiters();
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.spend(LOST_RECOVERY);
    }
}

/// Several gate calls and a write that belong together, in one bucket or in two.
#[derive(Debug)]
pub struct Reservation {
    look: Claim,
    /// Absent when the write counts where the look does.
    write: Option<Claim>,
}

impl Reservation {
    /// A slot for one of its reads.
    pub async fn slot(&self, deadline: Instant) -> Result<Slot, NoSlot> {
        self.look.slot(deadline).await
    }

    /// Keeps a slot for the write until `until`. The reservation is complete.
    pub async fn hold(self, deadline: Instant, until: Instant) -> Result<KeptSlot, NoSlot> {
        let claim = self.write.as_ref().unwrap_or(&self.look);
        let mut slot = claim.slot(deadline).await?;
        slot.spent = true;
        let seller = &claim.quota.seller;
        let mut state = seller.state();
        let hold = state.of(claim.bucket).hold(claim.ticket, until.into_std());
        drop(state);
        seller.changed.notify_waiters();
        let bucket = claim.bucket;
        Ok(KeptSlot { bucket, hold })
    }
}

/// A reservation's part in one bucket.
#[derive(Debug)]
struct Claim {
    quota: AccountQuota,
    bucket: Bucket,
    ticket: u64,
}

impl Claim {
    async fn slot(&self, deadline: Instant) -> Result<Slot, NoSlot> {
        let lane = Lane::Reserved(self.ticket);
        self.quota.slot(self.bucket, lane, deadline).await
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let seller = &self.quota.seller;
        seller.state().of(self.bucket).end_reservation(self.ticket);
        seller.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quota::CallClass;

    const WHOLE: Bucket = Bucket::WHOLE;
    const SAME: Gate = Gate {
        look: WHOLE,
        write: WHOLE,
    };

    fn deadline() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[tokio::test]
    async fn ten_calls_of_five_a_second_need_two_seconds_from_a_cold_start() {
        let quota = SellerQuota::new(5).of_account("a");
        let start = Instant::now();
        let calls = (0..10).map(|_| async {
            let slot = quota
                .slot(WHOLE, Lane::Class(CallClass::Poll), deadline())
                .await;
            slot.unwrap().answered();
            start.elapsed()
        });
        let mut times = futures::future::join_all(calls).await;
        times.sort();
        assert!(
            times[0] >= RECOVERY,
            "another process may have called a moment ago"
        );
        assert!(times[5] >= 2 * RECOVERY);
    }

    #[tokio::test]
    async fn a_caller_whose_time_ends_is_told_so_and_leaves_the_queue() {
        let quota = SellerQuota::new(1).of_account("a");
        let lane = Lane::Class(CallClass::Gate);
        let slot = quota.slot(WHOLE, lane, deadline()).await.unwrap();
        let soon = Instant::now() + Duration::from_millis(100);
        assert_eq!(
            quota.slot(WHOLE, lane, soon).await.unwrap_err(),
            NoSlot::TimedOut
        );
        slot.unused();
        let now = Instant::now() + Duration::from_millis(100);
        quota.slot(WHOLE, lane, now).await.unwrap().unused();
    }

    #[tokio::test]
    async fn waiting_callers_learn_at_once_that_all_calls_are_stopped() {
        let quota = SellerQuota::new(1).of_account("a");
        let waiting = quota.slot(WHOLE, Lane::Class(CallClass::Poll), deadline());
        let close = async { quota.close(WHOLE, ClosedBy::Ban, None) };
        let (refused, closure) = tokio::join!(waiting, close);
        assert_eq!(refused.unwrap_err(), NoSlot::Closed(closure));
    }

    #[tokio::test]
    async fn a_dropped_call_counts_longer_because_it_may_arrive_late() {
        let quota = SellerQuota::new(1).of_account("a");
        let lane = Lane::Class(CallClass::Gate);
        let slot = quota.slot(WHOLE, lane, deadline()).await.unwrap();
        let dropped_at = Instant::now();
        drop(slot);
        quota
            .slot(WHOLE, lane, deadline())
            .await
            .unwrap()
            .answered();
        assert!(dropped_at.elapsed() >= LOST_RECOVERY);
    }

    #[tokio::test]
    async fn a_reservation_keeps_a_slot_for_its_write() {
        let quota = SellerQuota::new(2).of_account("a");
        let reservation = quota.reserve(SAME, deadline()).await.unwrap();
        reservation.slot(deadline()).await.unwrap().answered();
        let hold = reservation.hold(deadline(), deadline()).await.unwrap();
        let slot = quota.redeem(hold).unwrap();
        assert!(quota.redeem(hold).is_none());
        slot.answered();
    }

    #[tokio::test]
    async fn one_write_of_several_looks_gives_their_further_slots_back() {
        let quota = SellerQuota::new(6).of_account("a");
        quota.worked(WHOLE);
        let hold = async |millis| {
            let reservation = quota.reserve(SAME, deadline()).await.unwrap();
            let until = Instant::now() + Duration::from_millis(millis);
            reservation.hold(deadline(), until).await.unwrap()
        };
        // The first is too old by the time of the write, the second was kept for two permits.
        let old = hold(1).await;
        let (living, further) = (hold(9000).await, hold(9000).await);
        tokio::time::sleep_until(Instant::now() + Duration::from_millis(2)).await;
        let kept = quota.first_living(&[old, living, living, further]);
        assert_eq!(kept, Some(living));
        assert!(quota.redeem(further).is_none(), "it was given back");
        let write = quota.redeem(living).unwrap();
        // All others are free again.
        let soon = Instant::now() + Duration::from_millis(500);
        let lane = Lane::Class(CallClass::Gate);
        let mut slots = vec![write];
        for _ in 0..5 {
            slots.push(quota.slot(WHOLE, lane, soon).await.unwrap());
        }
        assert_eq!(quota.first_living(&[living, further]), None);
    }

    #[tokio::test]
    async fn a_reservation_over_two_buckets_keeps_its_write_s_slot_and_lets_polls_of_the_look_go_on()
     {
        let quota = SellerQuota::new(1).of_account("a");
        let (look, write) = (Bucket("query"), Bucket("dispatch"));
        let gate = Gate { look, write };
        let reservation = quota.reserve(gate, deadline()).await.unwrap();
        let poll = quota.slot(look, Lane::Class(CallClass::Poll), deadline());
        let first = async {
            reservation.slot(deadline()).await.unwrap().answered();
            let until = Instant::now() + Duration::from_secs(3);
            reservation.hold(deadline(), until).await.unwrap()
        };
        let began = Instant::now();
        let (polled, kept) = tokio::join!(poll, first);
        polled.unwrap().answered();
        assert!(
            began.elapsed() < Duration::from_secs(4),
            "the poll waited for no write"
        );
        let soon = Instant::now() + Duration::from_millis(100);
        let other = quota.slot(write, Lane::Permitted, soon).await;
        assert_eq!(other.unwrap_err(), NoSlot::TimedOut, "the slot is kept");
        quota.redeem(kept).unwrap().answered();
        assert!(quota.redeem(kept).is_none());
    }
}
