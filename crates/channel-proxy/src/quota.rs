//! Waiting for one's turn at a channel: [`crate::domain::quota`] with a clock and sleeping callers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::domain::quota::{
    BucketHealth, ClosedBy, Closure, LOST_RECOVERY, Lane, QueueFull, Quota, RECOVERY, Turn,
};

/// How long a reservation may keep others out: a permit lives 5 s from its first read.
const RESERVATION_PATIENCE: Duration = Duration::from_secs(4);

/// The slots of one seller at one channel, shared by all calls of this process.
#[derive(Debug)]
pub struct SellerQuota {
    state: Mutex<Quota>,
    changed: Notify,
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

impl SellerQuota {
    /// A quota of `capacity` calls a second.
    pub fn new(capacity: u32) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(Quota::new(capacity, now())),
            changed: Notify::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, Quota> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes how many calls a second are allowed.
    pub fn set_capacity(&self, capacity: u32) {
        self.state().set_capacity(capacity);
        self.changed.notify_waiters();
    }

    /// All slots count as just used.
    pub fn cool(&self) {
        self.state().cool(now());
    }

    /// Takes a slot for one call.
    pub async fn slot(self: &Arc<Self>, lane: Lane, deadline: Instant) -> Result<Slot, NoSlot> {
        self.turn(lane, deadline).await?;
        Ok(Slot {
            quota: Arc::clone(self),
            spent: false,
        })
    }

    /// Begins a reservation: its calls follow one another with nothing in between.
    pub async fn reserve(self: &Arc<Self>, deadline: Instant) -> Result<Reservation, NoSlot> {
        let ticket = self.turn(Lane::Reserve, deadline).await?;
        Ok(Reservation {
            quota: Arc::clone(self),
            ticket,
        })
    }

    /// Takes the slot that was kept for a permit's write.
    pub fn redeem(self: &Arc<Self>, hold: u64) -> Option<Slot> {
        let redeemed = self.state().redeem(hold, now());
        redeemed.then(|| Slot {
            quota: Arc::clone(self),
            spent: false,
        })
    }

    /// Gives back a slot that was kept.
    pub fn release(&self, hold: u64) {
        self.state().release(hold);
        self.changed.notify_waiters();
    }

    /// Stops all calls for a while.
    pub fn close(&self, cause: ClosedBy) -> Closure {
        let closure = self.state().close(cause, now());
        self.changed.notify_waiters();
        closure
    }

    /// The channel answered as it should.
    pub fn worked(&self) {
        self.state().worked();
    }

    /// How each bucket fares.
    pub fn health(&self) -> Vec<BucketHealth> {
        vec![self.state().health("*", now())]
    }

    /// Lets a test through although the credentials were refused before.
    pub fn reopen_for_test(&self) {
        self.state().reopen_for_test();
    }

    async fn turn(&self, lane: Lane, deadline: Instant) -> Result<u64, NoSlot> {
        let ticket = match self.state().enqueue(lane) {
            Ok(ticket) => ticket,
            Err(QueueFull) => return Err(NoSlot::QueueFull),
        };
        let _place = Place {
            quota: self,
            ticket,
        };
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let turn = self.state().poll(ticket, now(), RESERVATION_PATIENCE);
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
    quota: &'a SellerQuota,
    ticket: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.quota.state().leave(self.ticket);
        self.quota.changed.notify_waiters();
    }
}

/// Leave for one call. Dropped without a word, it counts as a call that may still reach the channel.
#[derive(Debug)]
pub struct Slot {
    quota: Arc<SellerQuota>,
    spent: bool,
}

impl Slot {
    /// The answer was received, or the connection was refused.
    pub fn answered(mut self) {
        self.spend(RECOVERY);
    }

    /// Nothing was sent.
    pub fn unused(mut self) {
        self.spent = true;
        self.quota.state().unused();
        self.quota.changed.notify_waiters();
    }

    fn spend(&mut self, recovery: Duration) {
        if !self.spent {
            self.spent = true;
            self.quota.state().finished(now(), recovery);
            self.quota.changed.notify_waiters();
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.spend(LOST_RECOVERY);
    }
}

/// Several gate calls and a write that belong together.
#[derive(Debug)]
pub struct Reservation {
    quota: Arc<SellerQuota>,
    ticket: u64,
}

impl Reservation {
    /// A slot for one of its reads.
    pub async fn slot(&self, deadline: Instant) -> Result<Slot, NoSlot> {
        self.quota.slot(Lane::Reserved(self.ticket), deadline).await
    }

    /// Keeps a slot for the write until `until`. The reservation is complete.
    pub async fn hold(self, deadline: Instant, until: Instant) -> Result<u64, NoSlot> {
        let mut slot = self.slot(deadline).await?;
        slot.spent = true;
        let hold = self.quota.state().hold(self.ticket, until.into_std());
        self.quota.changed.notify_waiters();
        Ok(hold)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.quota.state().end_reservation(self.ticket);
        self.quota.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quota::CallClass;

    fn deadline() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[tokio::test]
    async fn ten_calls_of_five_a_second_need_two_seconds_from_a_cold_start() {
        let quota = SellerQuota::new(5);
        let start = Instant::now();
        let calls = (0..10).map(|_| async {
            let slot = quota.slot(Lane::Class(CallClass::Poll), deadline()).await;
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
        let quota = SellerQuota::new(1);
        let lane = Lane::Class(CallClass::Gate);
        let slot = quota.slot(lane, deadline()).await.unwrap();
        let soon = Instant::now() + Duration::from_millis(100);
        assert_eq!(quota.slot(lane, soon).await.unwrap_err(), NoSlot::TimedOut);
        slot.unused();
        let now = Instant::now() + Duration::from_millis(100);
        quota.slot(lane, now).await.unwrap().unused();
    }

    #[tokio::test]
    async fn waiting_callers_learn_at_once_that_all_calls_are_stopped() {
        let quota = SellerQuota::new(1);
        let waiting = quota.slot(Lane::Class(CallClass::Poll), deadline());
        let close = async { quota.close(ClosedBy::Ban) };
        let (refused, closure) = tokio::join!(waiting, close);
        assert_eq!(refused.unwrap_err(), NoSlot::Closed(closure));
    }

    #[tokio::test]
    async fn a_dropped_call_counts_longer_because_it_may_arrive_late() {
        let quota = SellerQuota::new(1);
        let lane = Lane::Class(CallClass::Gate);
        let slot = quota.slot(lane, deadline()).await.unwrap();
        let dropped_at = Instant::now();
        drop(slot);
        quota.slot(lane, deadline()).await.unwrap().answered();
        assert!(dropped_at.elapsed() >= LOST_RECOVERY);
    }

    #[tokio::test]
    async fn a_reservation_keeps_a_slot_for_its_write() {
        let quota = SellerQuota::new(2);
        let reservation = quota.reserve(deadline()).await.unwrap();
        reservation.slot(deadline()).await.unwrap().answered();
        let hold = reservation.hold(deadline(), deadline()).await.unwrap();
        let slot = quota.redeem(hold).unwrap();
        assert!(quota.redeem(hold).is_none());
        slot.answered();
    }
}
