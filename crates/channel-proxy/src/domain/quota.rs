//! How many calls may be under way at a channel, and whose turn is next.
//!
//! A slot is taken before a call leaves and is free again one second after the call's answer was received. So of any
//! `capacity + 1` calls, the first was answered more than a second before the last was sent, and the channel, which
//! sees each call between the two, never counts more than `capacity` in a second, whatever the network's delays are.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::domain::closure::{ClosedBy, Closure, Stops};

/// How long after its answer a call still counts.
pub const RECOVERY: Duration = Duration::from_secs(1);
/// How long after it was given up a call still counts: it may reach the channel late.
pub const LOST_RECOVERY: Duration = Duration::from_secs(3);
/// How many callers may wait.
pub const MAX_WAITING: usize = 256;
/// What a call is for; decides its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallClass {
    /// The look before a write, and the write.
    Gate,
    /// Regular polling.
    Poll,
    /// Catching up.
    Sweep,
}

impl CallClass {
    const ALL: [Self; 3] = [Self::Gate, Self::Poll, Self::Sweep];

    const fn index(self) -> usize {
        match self {
            Self::Gate => 0,
            Self::Poll => 1,
            Self::Sweep => 2,
        }
    }

    /// Virtual time one call costs its class: the reverse of its share (50 %, 35 %, 15 %).
    const fn stride(self) -> u64 {
        match self {
            Self::Gate => 1_000_000 / 50,
            Self::Poll => 1_000_000 / 35,
            Self::Sweep => 1_000_000 / 15,
        }
    }
}

/// Which queue a caller stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// One call of a class.
    Class(CallClass),
    /// Begins a reservation: several gate calls with nothing in between. Takes no slot by itself.
    Reserve,
    /// A call inside the reservation.
    Reserved(u64),
    /// A write with a living permit: before everybody.
    Permitted,
}

/// What a caller who asks for a turn is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The slot is taken for you (or the reservation is yours).
    Go,
    /// Not yet; ask again at this time or when something changed.
    Wait(Option<Instant>),
    /// All calls are stopped.
    Closed(Closure),
}

/// Too many callers wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueFull;

/// The slots of one bucket: what the channel counts together.
#[derive(Debug)]
pub struct Quota {
    capacity: usize,
    /// The channel took a call lately. Until then one goes at a time, so that wrong keys cost one bad signature and not as
    /// many as may be under way.
    trusted: bool,
    in_flight: usize,
    /// Until when each answered call counts.
    cooling: Vec<Instant>,
    /// Slots kept for the writes of permits, and until when.
    held: Vec<(u64, Instant)>,
    waiting: VecDeque<(u64, Lane)>,
    /// The reservation that is being filled, and until when at most.
    filling: Option<(u64, Instant)>,
    /// Virtual time of each class.
    passes: [u64; 3],
    stops: Stops,
    last_ticket: u64,
    recent: health::Recent,
}

impl Quota {
    /// All slots count as used at `now`: whoever held this seller before may have used them a moment ago.
    pub fn new(capacity: u32, now: Instant) -> Self {
        let capacity = usize::try_from(capacity).unwrap_or(1).max(1);
        Self {
            capacity,
            trusted: true,
            in_flight: 0,
            cooling: vec![now + RECOVERY; capacity],
            held: Vec::new(),
            waiting: VecDeque::new(),
            filling: None,
            passes: [0; 3],
            stops: Stops::default(),
            last_ticket: 0,
            recent: health::Recent::default(),
        }
    }

    /// Changes how many calls a second are allowed.
    pub fn set_capacity(&mut self, capacity: u32) {
        self.capacity = usize::try_from(capacity).unwrap_or(1).max(1);
    }

    /// All slots count as just used: another process called for the seller until a moment ago.
    pub fn cool(&mut self, now: Instant) {
        self.cooling = vec![now + RECOVERY; self.capacity];
    }

    /// Whether the channel takes our calls is not known (any more): one goes at a time until one worked.
    pub fn doubt(&mut self) {
        self.trusted = false;
    }

    /// Slots that are free now.
    fn free(&self) -> usize {
        let taken = self.in_flight + self.cooling.len() + self.held.len();
        let free = self.capacity.saturating_sub(taken);
        match (self.trusted, self.in_flight) {
            (true, _) => free,
            (false, 0) => free.min(1),
            (false, _) => 0,
        }
    }

    /// Half the quota may be kept for writes, so that looks can go on.
    fn may_hold(&self) -> bool {
        self.held.len() < (self.capacity / 2).max(1)
    }

    fn settle(&mut self, now: Instant) {
        self.cooling.retain(|until| *until > now);
        self.held.retain(|(_, until)| *until > now);
        self.filling = self.filling.filter(|(_, until)| *until > now);
    }

    /// Queues a caller.
    pub fn enqueue(&mut self, lane: Lane) -> Result<u64, QueueFull> {
        if self.waiting.len() >= MAX_WAITING {
            return Err(QueueFull);
        }
        if let Some(class) = lane.class() {
            self.wake_class(class);
        }
        self.last_ticket += 1;
        self.waiting.push_back((self.last_ticket, lane));
        Ok(self.last_ticket)
    }

    /// A class that comes back from idleness begins level with the busy ones: it saved up nothing.
    fn wake_class(&mut self, class: CallClass) {
        let waits = |class: CallClass| {
            self.waiting
                .iter()
                .any(|(_, lane)| lane.class() == Some(class))
        };
        if waits(class) {
            return;
        }
        let level = CallClass::ALL
            .into_iter()
            .filter(|other| waits(*other))
            .filter_map(|other| self.passes.get(other.index()).copied())
            .min()
            .or_else(|| self.passes.iter().copied().max())
            .unwrap_or(0);
        if let Some(pass) = self.passes.get_mut(class.index()) {
            *pass = (*pass).max(level);
        }
    }

    /// A caller gives up waiting.
    pub fn leave(&mut self, ticket: u64) {
        self.waiting.retain(|(waiting, _)| *waiting != ticket);
    }

    /// Asks whether it is this caller's turn; if so, the slot is taken.
    ///
    /// `patience` bounds how long a reservation may keep everybody else out.
    pub fn poll(&mut self, ticket: u64, now: Instant, patience: Duration) -> Turn {
        self.settle(now);
        if let Some(closure) = self.stops.at(now) {
            return Turn::Closed(closure);
        }
        let Some(index) = self.next() else {
            return Turn::Wait(self.next_change());
        };
        let Some((next, lane)) = self.waiting.get(index).copied() else {
            return Turn::Wait(self.next_change());
        };
        let takes_slot = lane != Lane::Reserve;
        if next != ticket || (takes_slot && self.free() == 0) {
            return Turn::Wait(self.next_change());
        }
        self.waiting.remove(index);
        if takes_slot {
            self.in_flight += 1;
            let class = lane.class().unwrap_or(CallClass::Gate);
            self.recent.count(class, now);
            if let Some(pass) = self.passes.get_mut(class.index()) {
                *pass = pass.saturating_add(class.stride());
            }
        } else {
            self.filling = Some((ticket, now + patience));
        }
        Turn::Go
    }

    /// The place in the queue of whoever is next.
    fn next(&self) -> Option<usize> {
        let find =
            |wanted: &dyn Fn(Lane) -> bool| self.waiting.iter().position(|(_, lane)| wanted(*lane));
        if let Some(write) = find(&|lane| lane == Lane::Permitted) {
            return Some(write);
        }
        if let Some((reservation, _)) = self.filling {
            return find(&|lane| lane == Lane::Reserved(reservation));
        }
        let first_of = |class: CallClass| {
            find(&|lane| match lane {
                Lane::Reserve => class == CallClass::Gate && self.may_hold(),
                // Its reservation is over: an ordinary look.
                Lane::Reserved(_) => class == CallClass::Gate,
                Lane::Class(own) => own == class,
                Lane::Permitted => false,
            })
        };
        CallClass::ALL
            .into_iter()
            .filter_map(|class| Some((self.passes.get(class.index())?, first_of(class)?)))
            .min_by_key(|(pass, _)| **pass)
            .map(|(_, index)| index)
    }

    /// When time alone changes something.
    fn next_change(&self) -> Option<Instant> {
        let held = self.held.iter().map(|(_, until)| *until);
        let filling = self.filling.iter().map(|(_, until)| *until);
        self.cooling
            .iter()
            .copied()
            .chain(held)
            .chain(filling)
            .min()
    }

    /// A call's answer was received (or the call was given up, with a longer `recovery`).
    pub fn finished(&mut self, now: Instant, recovery: Duration) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.cooling.push(now + recovery);
    }

    /// A slot comes back unused: nothing was sent.
    pub fn unused(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Keeps the taken slot for a write until `until`, and ends the reservation. Returns the hold's name.
    pub fn hold(&mut self, reservation: u64, until: Instant) -> u64 {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.held.push((reservation, until));
        self.end_reservation(reservation);
        reservation
    }

    /// The reservation is complete or given up.
    pub fn end_reservation(&mut self, reservation: u64) {
        if self
            .filling
            .is_some_and(|(filling, _)| filling == reservation)
        {
            self.filling = None;
        }
    }

    /// Takes a kept slot for its write. `false` when its time is over or it was taken before.
    pub fn redeem(&mut self, hold: u64, now: Instant) -> bool {
        self.settle(now);
        if self.stops.at(now).is_some() {
            return false;
        }
        let Some(index) = self.held.iter().position(|(name, _)| *name == hold) else {
            return false;
        };
        self.held.remove(index);
        self.in_flight += 1;
        if let Some(pass) = self.passes.get_mut(CallClass::Gate.index()) {
            *pass = pass.saturating_add(CallClass::Gate.stride());
        }
        true
    }

    /// Whether a kept slot's time is not over.
    pub fn holds(&mut self, hold: u64, now: Instant) -> bool {
        self.settle(now);
        self.held.iter().any(|(name, _)| *name == hold)
    }

    /// Gives a kept slot back.
    pub fn release(&mut self, hold: u64) {
        self.held.retain(|(name, _)| *name != hold);
    }

    /// Stops all calls for a while, longer each time in a row.
    pub fn close(&mut self, cause: ClosedBy, now: Instant, at_least: Option<Instant>) -> Closure {
        self.stops.close(cause, now, at_least)
    }

    /// The channel answered as it should: strikes are forgotten.
    pub fn worked(&mut self) {
        self.trusted = true;
        self.stops.worked();
    }

    /// Lets a test through although the call was not granted before.
    pub fn reopen_for_test(&mut self) {
        self.stops.reopen_for_test();
    }
}

impl Lane {
    const fn class(self) -> Option<CallClass> {
        match self {
            Self::Class(class) => Some(class),
            Self::Reserve | Self::Reserved(_) => Some(CallClass::Gate),
            Self::Permitted => None,
        }
    }
}

#[path = "quota_health.rs"]
mod health;

pub use health::BucketHealth;

#[cfg(test)]
#[path = "quota_tests.rs"]
mod tests;
