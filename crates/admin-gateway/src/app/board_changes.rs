//! News of the board for those who look at it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};

use moa_id::{MerchantId, OrderId};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// Batches kept for a listener that is slow; one that falls behind further is told to read anew.
const BACKLOG: usize = 256;
/// Listeners at a time.
const LISTENERS: usize = 200;

type News = Arc<Vec<(Uuid, Uuid)>>;

/// Spreads what changed on the board.
#[derive(Clone)]
pub struct BoardChanges {
    sender: broadcast::Sender<News>,
    seats: Arc<Semaphore>,
}

/// Hears what changes on one merchant's board.
pub struct BoardListener {
    receiver: broadcast::Receiver<News>,
    merchant_id: MerchantId,
    _seat: OwnedSemaphorePermit,
}

/// What a feed handler changed; told after the commit only.
pub struct PendingChanges {
    changes: BoardChanges,
    pending: Mutex<Vec<(Uuid, Uuid)>>,
}

impl Default for BoardChanges {
    fn default() -> Self {
        Self {
            sender: broadcast::Sender::new(BACKLOG),
            seats: Arc::new(Semaphore::new(LISTENERS)),
        }
    }
}

impl BoardChanges {
    /// Tells of changed orders, as (merchant, order).
    pub fn tell(&self, orders: Vec<(Uuid, Uuid)>) {
        if !orders.is_empty() {
            // Nobody listening is the ordinary case.
            let _ = self.sender.send(Arc::new(orders));
        }
    }

    /// A listener from now on; `None` when there are too many.
    pub fn listen(&self, merchant_id: MerchantId) -> Option<BoardListener> {
        let seat = Arc::clone(&self.seats).try_acquire_owned().ok()?;
        Some(BoardListener {
            receiver: self.sender.subscribe(),
            merchant_id,
            _seat: seat,
        })
    }
}

impl BoardListener {
    /// The next orders that changed.
    pub async fn next(&mut self) -> Result<BTreeSet<OrderId>, RecvError> {
        loop {
            let news = self.receiver.recv().await?;
            let ours: BTreeSet<OrderId> = news
                .iter()
                .filter(|(merchant, _)| *merchant == self.merchant_id.as_uuid())
                .map(|(_, order)| OrderId::from_uuid(*order))
                .collect();
            if !ours.is_empty() {
                return Ok(ours);
            }
        }
    }
}

impl PendingChanges {
    /// Collects for `changes`.
    pub fn new(changes: BoardChanges) -> Self {
        Self {
            changes,
            pending: Mutex::default(),
        }
    }

    /// Remembers the orders of a batch, in place of a batch that was never committed.
    pub fn set(&self, orders: Vec<(Uuid, Uuid)>) {
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner) = orders;
    }

    /// The batch is committed.
    pub fn tell(&self) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        self.changes.tell(std::mem::take(&mut *pending));
    }
}

#[cfg(test)]
mod tests {
    use moa_id::Ids;

    use super::*;

    #[tokio::test]
    async fn a_merchant_hears_of_its_own_orders_only() {
        let ids = Ids::seeded(1);
        let (ours, theirs) = (ids.next::<MerchantId>(), ids.next::<MerchantId>());
        let order: OrderId = ids.next();
        let changes = BoardChanges::default();
        let mut listener = changes.listen(ours).unwrap();
        changes.tell(vec![(theirs.as_uuid(), ids.uuid())]);
        changes.tell(vec![(ours.as_uuid(), order.as_uuid())]);
        assert_eq!(listener.next().await.unwrap(), BTreeSet::from([order]));
    }

    #[tokio::test]
    async fn a_listener_that_falls_behind_is_told() {
        let ids = Ids::seeded(2);
        let merchant = ids.next::<MerchantId>();
        let changes = BoardChanges::default();
        let mut listener = changes.listen(merchant).unwrap();
        for _ in 0..=BACKLOG {
            changes.tell(vec![(merchant.as_uuid(), ids.uuid())]);
        }
        assert!(matches!(listener.next().await, Err(RecvError::Lagged(_))));
    }

    #[test]
    fn only_so_many_listen() {
        let merchant = Ids::seeded(3).next::<MerchantId>();
        let changes = BoardChanges::default();
        let seats: Vec<_> = (0..LISTENERS).map(|_| changes.listen(merchant)).collect();
        assert!(seats.iter().all(Option::is_some));
        assert!(changes.listen(merchant).is_none());
        drop(seats);
        assert!(changes.listen(merchant).is_some());
    }
}
