//! When a channel's API is left alone because it is ill, and how we learn that it is well again.
//!
//! A few faults are life. When most of the last calls failed by illness (no connection, no answer, faults inside), the
//! next ones would only wait, fill queues and keep the channel down: calls stop for a moment. Then one call alone goes
//! and looks. A refusal is an answer and counts as health.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Results that are looked back on.
const WINDOW: usize = 20;
/// Older results say nothing about now.
const MEMORY: Duration = Duration::from_secs(60);
/// Fewer ill calls than this prove nothing.
const MIN_ILL: usize = 6;
/// So many of a hundred results must be ill.
const ILL_PERCENT: usize = 60;
/// How long calls stop, in seconds, by how often in a row.
const PAUSES: [u64; 4] = [5, 10, 20, 30];
/// A probe that did not come back within this is taken for lost, and another goes.
const PROBE_PATIENCE: Duration = Duration::from_secs(15);

/// How one API of one account fares.
#[derive(Debug, Default)]
pub struct Breaker {
    results: VecDeque<(Instant, Health)>,
    state: State,
    strikes: usize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Open {
        until: Instant,
    },
    Probing {
        since: Instant,
    },
}

/// What a call showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// An answer, whatever it says.
    Well,
    /// A fault, or none at all.
    Ill,
}

/// Leave for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// One of many.
    Ordinary,
    /// The one that looks whether the channel is well again.
    Probe,
}

/// How an API fares, for the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerHealth {
    /// Whether calls go.
    pub state: BreakerState,
    /// Recent results.
    pub calls: usize,
    /// Of these, ill.
    pub ill: usize,
}

/// Whether calls go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// They go.
    Closed,
    /// They stop until then.
    Open(Instant),
    /// One looks whether the channel is well again; it may have to be asked for first.
    HalfOpen,
}

impl Breaker {
    /// Leave for a call, or the time before which asking again is pointless.
    pub fn admit(&mut self, now: Instant) -> Result<Pass, Instant> {
        match self.state {
            State::Closed => Ok(Pass::Ordinary),
            State::Open { until } if now < until => Err(until),
            State::Probing { since } if now < since + PROBE_PATIENCE => {
                Err(now + Duration::from_secs(1))
            }
            State::Open { .. } | State::Probing { .. } => {
                self.state = State::Probing { since: now };
                Ok(Pass::Probe)
            }
        }
    }

    /// What a call showed.
    pub fn settle(&mut self, pass: Pass, health: Health, now: Instant) {
        match (pass, health) {
            (Pass::Probe, Health::Well) => *self = Self::default(),
            (Pass::Probe, Health::Ill) => self.open(now),
            (Pass::Ordinary, _) => {
                self.results.push_back((now, health));
                self.forget(now);
                // What was sent before the stop says nothing about the time after it.
                if self.state == State::Closed && self.is_ill() {
                    self.open(now);
                }
            }
        }
    }

    /// Nothing was sent, or nobody waited for the result.
    pub fn abandon(&mut self, pass: Pass, now: Instant) {
        if pass == Pass::Probe {
            self.state = State::Open { until: now };
        }
    }

    /// Lets the next call through: a person asked for a test.
    pub fn let_through(&mut self, now: Instant) {
        if self.state != State::Closed {
            self.state = State::Open { until: now };
        }
    }

    /// How it fares.
    pub fn health(&self, now: Instant) -> BreakerHealth {
        let recent = || self.results.iter().filter(|(at, _)| now < *at + MEMORY);
        BreakerHealth {
            state: match self.state {
                State::Closed => BreakerState::Closed,
                State::Open { until } if now < until => BreakerState::Open(until),
                State::Open { .. } | State::Probing { .. } => BreakerState::HalfOpen,
            },
            calls: recent().count(),
            ill: recent()
                .filter(|(_, health)| *health == Health::Ill)
                .count(),
        }
    }

    fn open(&mut self, now: Instant) {
        let last = PAUSES.len().saturating_sub(1);
        let pause = PAUSES.get(self.strikes.min(last)).copied();
        self.strikes += 1;
        self.state = State::Open {
            until: now + Duration::from_secs(pause.unwrap_or_default()),
        };
    }

    fn forget(&mut self, now: Instant) {
        while self.results.len() > WINDOW
            || self
                .results
                .front()
                .is_some_and(|(at, _)| now >= *at + MEMORY)
        {
            self.results.pop_front();
        }
    }

    fn is_ill(&self) -> bool {
        let results = self.results.iter();
        let ill = results.filter(|(_, health)| *health == Health::Ill).count();
        ill >= MIN_ILL && ill * 100 >= self.results.len() * ILL_PERCENT
    }
}

#[cfg(test)]
#[path = "breaker_tests.rs"]
mod tests;
