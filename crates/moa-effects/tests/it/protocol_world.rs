//! The world the protocol's model walks through: one row, two workers, and what left the house.

use moa_effects::EffectState::{self, *};
use moa_effects::machine::{Event, Position};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    pub row: Position,
    pub cancel_known: bool,
    pub sent_after_cancel: bool,
    pub workers: [Worker; 2],
    pub requests: Vec<Request>,
    pub mishaps: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Worker {
    Idle,
    Looking {
        fence: i64,
    },
    /// SENDING is committed; nothing has left.
    Cleared {
        fence: i64,
    },
    Waiting {
        fence: i64,
    },
    Probing {
        fence: i64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Request {
    pub fence: i64,
    pub fate: Fate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    OnTheWay,
    Lost,
    RefusedForNow,
    /// It happened; their reads do not show it yet.
    Arrived,
    Visible,
}

impl Worker {
    pub fn fence(self) -> Option<i64> {
        match self {
            Self::Idle => None,
            Self::Looking { fence }
            | Self::Cleared { fence }
            | Self::Waiting { fence }
            | Self::Probing { fence } => Some(fence),
        }
    }
}

impl World {
    pub fn happened(&self) -> usize {
        self.requests
            .iter()
            .filter(|r| matches!(r.fate, Fate::Arrived | Fate::Visible))
            .count()
    }

    pub fn any(&self, fate: Fate) -> bool {
        self.requests.iter().any(|r| r.fate == fate)
    }

    pub fn fate(&self, fence: i64) -> Option<Fate> {
        self.requests
            .iter()
            .find(|r| r.fence == fence)
            .map(|r| r.fate)
    }

    pub fn is_held(&self) -> bool {
        self.workers
            .iter()
            .any(|worker| worker.fence() == Some(self.row.fence))
    }

    /// The holder's report counts only under its fence and in the expected state.
    pub fn report(&mut self, fence: i64, from: EffectState, events: &[Event]) {
        if self.row.fence != fence || self.row.state != from {
            return;
        }
        for event in events {
            self.row = self
                .row
                .apply(*event)
                .expect("a worker reports what its state allows");
        }
        if self.row.state == Confirmed && self.row.stopped {
            self.row = self
                .row
                .apply(Event::Stop)
                .expect("what is confirmed can be taken back");
        }
    }

    pub fn leave(&mut self, worker: usize, fence: i64) {
        self.sent_after_cancel |= self.cancel_known && self.row.state != Sending;
        self.requests.push(Request {
            fence,
            fate: Fate::OnTheWay,
        });
        self.workers[worker] = Worker::Waiting { fence };
    }
}
