//! How many pages are under way at once, of all accounts: whoever reads many does not stop the others.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

/// The turns there are, given in the order of asking. Clones are the same.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Semaphore>);

/// The right to fetch and store a page.
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    /// Absent only while waiting: the semaphore is never closed.
    permit: Option<SemaphorePermit<'a>>,
}

impl Turns {
    pub(super) fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once)))
    }

    pub(super) async fn take(&self) -> Turn<'_> {
        Turn {
            turns: self,
            permit: self.0.acquire().await.ok(),
        }
    }
}

impl Turn<'_> {
    /// Lets those who wait go first, and waits behind them.
    pub(super) async fn pass_on(&mut self) {
        self.permit = None;
        self.permit = self.turns.0.acquire().await.ok();
    }
}
