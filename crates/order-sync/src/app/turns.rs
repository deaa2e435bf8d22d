//! How many collected pages are under way at once, of all accounts: so many transactions that store them, so that whoever
//! reads many pages stops the others for no longer than a transaction and some connections of the pool stay free; and so
//! many in memory.
//!
//! Only storing needs a turn. A read waits for its channel's quota as long as that takes, and a slow channel must not
//! keep the fast ones out. What follows from new orders (lists of what was acknowledged, claims) comes in numbers too:
//! one turn is never theirs, nor is the room for pages of new orders, so that these do not queue up behind it.
//!
//! A transaction of one page costs almost as much as one of ten. Were all accounts to read on at once in a burst, each would
//! get on slowly and store page by page; so only a few do, and fill their transactions. A page that does not come soon gives
//! its seat back, so that a slow channel keeps nobody out.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// How many lists of new orders are read on at once, beyond their first page. Sweeps need no seat.
const SEATS: usize = 4;
/// Pages after which a list lets others have its seat: about as many as fill a transaction.
pub(super) const PAGES_OF_A_SEAT: u8 = 12;
/// Pages of each rank that were read and wait to be stored, beside one in the hand of each reader and those of a turn. A
/// page and its rows are half a megabyte.
const PAGES_IN_MEMORY: usize = SEATS * PAGES_OF_A_SEAT as usize;

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
    seats: Arc<Semaphore>,
    rooms_of_new_orders: Arc<Semaphore>,
    rooms_of_rest: Arc<Semaphore>,
}

/// The right to read a list of new orders on, until dropped.
pub(super) struct Seat {
    _permit: OwnedSemaphorePermit,
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
            seats: Arc::new(Semaphore::new(SEATS)),
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

    /// A seat if one is free.
    pub(super) fn try_seat(&self) -> Option<Seat> {
        let permit = Arc::clone(&self.seats).try_acquire_owned().ok()?;
        Some(Seat { _permit: permit })
    }

    pub(super) async fn seat(&self) -> Option<Seat> {
        let permit = Arc::clone(&self.seats).acquire_owned().await.ok()?;
        Some(Seat { _permit: permit })
    }

    /// A room if one is free. Whoever waits for one must let go of what it keeps in others first: all of them may be taken
    /// by pages that wait for more.
    pub(super) fn try_room(&self, rank: Rank) -> Option<Room> {
        let permit = Arc::clone(self.rooms(rank)).try_acquire_owned().ok()?;
        Some(Room {
            _permit: Some(permit),
        })
    }

    pub(super) async fn room(&self, rank: Rank) -> Room {
        Room {
            _permit: Arc::clone(self.rooms(rank)).acquire_owned().await.ok(),
        }
    }

    fn rooms(&self, rank: Rank) -> &Arc<Semaphore> {
        match rank {
            Rank::NewOrders => &self.rooms_of_new_orders,
            Rank::Rest => &self.rooms_of_rest,
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

    #[tokio::test]
    async fn a_list_is_read_on_when_another_is_at_its_end() {
        let turns = Turns::new(1);
        let mut seats: Vec<_> = std::iter::from_fn(|| turns.try_seat()).collect();
        assert_eq!(seats.len(), SEATS);
        let mut next = Box::pin(turns.seat());
        assert!(futures::poll!(&mut next).is_pending());
        seats.pop();
        assert!(next.await.is_some());
    }

    #[tokio::test]
    async fn whoever_waits_gets_the_next_turn_of_a_list_that_has_them_all() {
        let turns = Turns::new(3);
        let mut list: Vec<_> = std::iter::from_fn(|| turns.try_take(Rank::NewOrders)).collect();
        assert_eq!(list.len(), 3);
        let mut waiting = Box::pin(turns.take(Rank::Rest));
        assert!(futures::poll!(&mut waiting).is_pending());
        list.pop();
        assert!(turns.try_take(Rank::NewOrders).is_none(), "it is promised");
        assert!(futures::poll!(&mut waiting).is_ready());
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
