//! How many collected pages are under way at once, of all accounts: so many transactions that store them, so that whoever
//! reads many pages does not stop the others and some connections of the pool stay free; and so many in memory.
//!
//! Only storing needs a turn. A read waits for its channel's quota as long as that takes, and a slow channel must not
//! keep the fast ones out. What follows from new orders (lists of what was acknowledged, claims) comes in numbers too:
//! one turn is never theirs, nor is the room for pages of new orders, so that these do not queue up behind it.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// Pages of each rank that were read and wait to be stored, beside one in the hand of each reader and those of a turn. A
/// page and its rows are half a megabyte.
const PAGES_IN_MEMORY: usize = 16;

/// What a turn is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    /// Orders that are not here yet.
    NewOrders,
    /// Whatever else.
    Rest,
}

/// The turns there are, given in the order of asking. Clones are the same.
#[derive(Clone)]
pub(crate) struct Turns {
    storing: Arc<Semaphore>,
    /// Of those, what the rest may have or wait for.
    rest: Arc<Semaphore>,
    rooms_of_new_orders: Arc<Semaphore>,
    rooms_of_rest: Arc<Semaphore>,
}

/// The right to store pages, until dropped.
pub(super) struct Turn<'a> {
    /// Never absent: the semaphore is never closed.
    _permit: Option<SemaphorePermit<'a>>,
    _of_rest: Option<SemaphorePermit<'a>>,
}

/// A place for a page in memory, until dropped.
pub(super) struct Room {
    /// Never absent, likewise.
    _permit: Option<OwnedSemaphorePermit>,
}

impl Turns {
    pub(super) fn new(at_once: usize) -> Self {
        Self {
            storing: Arc::new(Semaphore::new(at_once)),
            rest: Arc::new(Semaphore::new(at_once.saturating_sub(1).max(1))),
            rooms_of_new_orders: Arc::new(Semaphore::new(PAGES_IN_MEMORY)),
            rooms_of_rest: Arc::new(Semaphore::new(PAGES_IN_MEMORY)),
        }
    }

    /// A turn if one is free.
    pub(super) fn try_take(&self, rank: Rank) -> Option<Turn<'_>> {
        let of_rest = match rank {
            Rank::NewOrders => None,
            Rank::Rest => Some(self.rest.try_acquire().ok()?),
        };
        let permit = self.storing.try_acquire().ok()?;
        Some(Turn {
            _permit: Some(permit),
            _of_rest: of_rest,
        })
    }

    pub(super) async fn take(&self, rank: Rank) -> Turn<'_> {
        let of_rest = match rank {
            Rank::NewOrders => None,
            Rank::Rest => self.rest.acquire().await.ok(),
        };
        Turn {
            _permit: self.storing.acquire().await.ok(),
            _of_rest: of_rest,
        }
    }

    pub(super) async fn room(&self, rank: Rank) -> Room {
        let rooms = match rank {
            Rank::NewOrders => &self.rooms_of_new_orders,
            Rank::Rest => &self.rooms_of_rest,
        };
        Room {
            _permit: Arc::clone(rooms).acquire_owned().await.ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_leaves_a_turn_to_new_orders() {
        let turns = Turns::new(3);
        let rest = [turns.try_take(Rank::Rest), turns.try_take(Rank::Rest)];
        assert!(rest.iter().all(Option::is_some));
        assert!(turns.try_take(Rank::Rest).is_none());
        let first = turns.try_take(Rank::NewOrders);
        assert!(first.is_some());
        assert!(turns.try_take(Rank::NewOrders).is_none());
        drop(first);
        assert!(turns.try_take(Rank::Rest).is_none(), "still not theirs");
        drop(rest);
        assert!(turns.try_take(Rank::Rest).is_some());
    }

    #[test]
    fn a_single_turn_serves_both() {
        let turns = Turns::new(1);
        let turn = turns.try_take(Rank::Rest);
        assert!(turn.is_some() && turns.try_take(Rank::NewOrders).is_none());
        drop(turn);
        assert!(turns.try_take(Rank::NewOrders).is_some());
    }
}
