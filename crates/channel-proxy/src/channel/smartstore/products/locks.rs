//! One change of a product at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::channel::Session;

/// One change of a product at a time: options are replaced as a whole, so two changes that read before either writes
/// would undo one another.
#[derive(Debug, Default)]
pub struct ProductLocks(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl ProductLocks {
    /// The lock of a product of a store.
    pub fn of(&self, session: &Session, channel_product_no: &str) -> Arc<tokio::sync::Mutex<()>> {
        let name = format!("{}/{channel_product_no}", session.base_url());
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What nobody holds or waits for is forgotten.
        locks.retain(|_, lock| Arc::strong_count(lock) > 1);
        Arc::clone(locks.entry(name).or_default())
    }
}
