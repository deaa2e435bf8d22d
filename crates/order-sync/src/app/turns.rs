//! How many transactions of collected pages are under way at once, of all accounts: whoever reads many pages does not stop
//! the others, and some connections of the pool stay free.
//!
//! Only storing needs a turn. A read waits for its channel's quota as long as that takes, and a slow channel must not
//! keep the fast ones out.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

/// The turns there are, given in the order of asking. Clones are the same.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Semaphore>);

/// The right to store pages, until dropped.
pub(super) struct Turn<'a> {
    /// Never absent: the semaphore is never closed.
    _permit: Option<SemaphorePermit<'a>>,
}

impl Turns {
    pub(super) fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once)))
    }

    pub(super) async fn take(&self) -> Turn<'_> {
        Turn {
            _permit: self.0.acquire().await.ok(),
        }
    }
}
