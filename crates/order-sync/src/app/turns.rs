//! How many collected pages are under way at once, of all accounts: so many transactions that store them, so that whoever
//! reads many pages does not stop the others and some connections of the pool stay free; and so many in memory.
//!
//! Only storing needs a turn. A read waits for its channel's quota as long as that takes, and a slow channel must not
//! keep the fast ones out.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// Pages that were read and are not stored, beside one in the hand of each reader. A page and its rows are half a
/// megabyte.
const PAGES_IN_MEMORY: usize = 64;

/// The turns there are, given in the order of asking. Clones are the same.
#[derive(Clone)]
pub(crate) struct Turns {
    storing: Arc<Semaphore>,
    in_memory: Arc<Semaphore>,
}

/// The right to store pages, until dropped.
pub(super) struct Turn<'a> {
    /// Never absent: the semaphore is never closed.
    _permit: Option<SemaphorePermit<'a>>,
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
            in_memory: Arc::new(Semaphore::new(PAGES_IN_MEMORY)),
        }
    }

    /// A turn if one is free.
    pub(super) fn try_take(&self) -> Option<Turn<'_>> {
        let permit = self.storing.try_acquire().ok()?;
        Some(Turn {
            _permit: Some(permit),
        })
    }

    pub(super) async fn take(&self) -> Turn<'_> {
        Turn {
            _permit: self.storing.acquire().await.ok(),
        }
    }

    pub(super) async fn room(&self) -> Room {
        let in_memory = Arc::clone(&self.in_memory);
        Room {
            _permit: in_memory.acquire_owned().await.ok(),
        }
    }
}
