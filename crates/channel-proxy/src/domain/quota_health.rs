//! How a bucket fares, for the screen.

use std::time::Instant;

use super::{CallClass, Lane, Quota};
use crate::domain::closure::Closure;

/// Seconds that are looked back on.
const SECONDS: u64 = 60;

/// What a bucket shows of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketHealth {
    /// "*" when the channel counts all calls of a seller together.
    pub name: String,
    /// Calls a second.
    pub capacity: usize,
    /// Slots that are taken now.
    pub used: usize,
    /// Slots that are free now.
    pub left: usize,
    /// By class.
    pub classes: Vec<ClassHealth>,
    /// What stops calls now.
    pub closure: Option<Closure>,
}

/// What a class of calls shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassHealth {
    /// Which.
    pub class: CallClass,
    /// Its share when all classes want more than there is.
    pub share_percent: u32,
    /// Callers in the queue.
    pub waiting: usize,
    /// Slots given in the last minute; nearly all of them become calls.
    pub last_minute: u32,
}

/// Calls of the last minute, by second and class.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// The newest last: a second since the beginning, and its calls.
    seconds: std::collections::VecDeque<(u64, [u32; 3])>,
    began: Option<Instant>,
}

impl Recent {
    fn second(&self, now: Instant) -> u64 {
        self.began
            .map_or(0, |began| now.saturating_duration_since(began).as_secs())
    }

    /// Counts a call.
    pub(super) fn count(&mut self, class: CallClass, now: Instant) {
        self.began.get_or_insert(now);
        let second = self.second(now);
        if self.seconds.back().is_none_or(|(last, _)| *last != second) {
            self.seconds.push_back((second, [0; 3]));
        }
        while self.seconds.len() > usize::try_from(SECONDS).unwrap_or(usize::MAX) {
            self.seconds.pop_front();
        }
        let count = self.seconds.back_mut().map(|(_, counts)| counts);
        if let Some(count) = count.and_then(|counts| counts.get_mut(class.index())) {
            *count = count.saturating_add(1);
        }
    }

    fn of(&self, class: CallClass, now: Instant) -> u32 {
        let second = self.second(now);
        let recent = self
            .seconds
            .iter()
            .filter(|(at, _)| second.saturating_sub(*at) < SECONDS);
        let counts = recent.filter_map(|(_, counts)| counts.get(class.index()));
        counts.fold(0, |sum, count| sum.saturating_add(*count))
    }
}

impl CallClass {
    /// Its share when all classes want more than there is.
    pub const fn share_percent(self) -> u32 {
        match self {
            Self::Gate => 50,
            Self::Poll => 35,
            Self::Sweep => 15,
        }
    }
}

impl Quota {
    /// How the bucket fares.
    pub fn health(&self, name: &str, now: Instant) -> BucketHealth {
        let cooling = self.cooling.iter().filter(|until| **until > now).count();
        let held = self.held.iter().filter(|(_, until)| *until > now).count();
        let used = (self.in_flight + cooling + held).min(self.capacity);
        let classes = CallClass::ALL.map(|class| ClassHealth {
            class,
            share_percent: class.share_percent(),
            waiting: self
                .waiting
                .iter()
                .filter(|(_, lane)| waits_as(*lane) == class)
                .count(),
            last_minute: self.recent.of(class, now),
        });
        BucketHealth {
            name: name.to_owned(),
            capacity: self.capacity,
            used,
            left: self.capacity.saturating_sub(used),
            classes: classes.to_vec(),
            closure: self.stops.at(now),
        }
    }
}

fn waits_as(lane: Lane) -> CallClass {
    lane.class().unwrap_or(CallClass::Gate)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::RECOVERY;
    use super::*;
    use crate::domain::closure::ClosedBy;

    fn class(health: &BucketHealth, class: CallClass) -> ClassHealth {
        let found = health.classes.iter().find(|one| one.class == class);
        *found.unwrap()
    }

    #[test]
    fn slots_queues_and_the_last_minute_are_shown() {
        let start = Instant::now();
        let mut quota = Quota::new(2, start);
        let now = start + RECOVERY;
        for _ in 0..3 {
            let ticket = quota.enqueue(Lane::Class(CallClass::Poll)).unwrap();
            quota.poll(ticket, now, Duration::from_secs(4));
        }
        let health = quota.health("*", now);
        assert_eq!((health.capacity, health.used, health.left), (2, 2, 0));
        let poll = class(&health, CallClass::Poll);
        assert_eq!(
            (poll.waiting, poll.last_minute, poll.share_percent),
            (1, 2, 35)
        );
        assert_eq!(class(&health, CallClass::Gate).last_minute, 0);
        let later = quota.health("*", now + Duration::from_secs(61));
        assert_eq!(class(&later, CallClass::Poll).last_minute, 0);
    }

    #[test]
    fn a_closure_is_shown_until_it_ends() {
        let now = Instant::now();
        let mut quota = Quota::new(2, now);
        let closure = quota.close(ClosedBy::Ban, now, None);
        assert_eq!(quota.health("*", now).closure, Some(closure));
        assert_eq!(quota.health("*", closure.until).closure, None);
    }
}
