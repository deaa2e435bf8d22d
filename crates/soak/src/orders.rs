//! What was placed, and what became of it as far as buyers and the merchant know.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use e2e::PlacedOrder;

/// A channel and its number for an order or a parcel.
pub type Key = (String, String);

/// What is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Packed and sent off by the merchant.
    Physical,
    /// Sent as a link by the hub.
    Digital,
}

/// An order that the outside world placed.
#[derive(Debug, Clone)]
pub struct Placed {
    /// What is in it.
    pub kind: Kind,
    /// The channel's numbers of its parcels.
    pub parcels: Vec<String>,
    /// The waybill's number that the merchant uses for it.
    pub tracking_number: String,
    /// Whether the channel took the buyer's cancel.
    pub cancelled: bool,
    /// How far the merchant is.
    pub step: Step,
}

/// How far the merchant is with an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing was done.
    Waiting,
    /// It is packed as this shipment.
    Packed(String),
    /// The hub was told to send it off.
    Sent,
}

/// All orders of a run.
#[derive(Default)]
pub struct Orders(Mutex<HashMap<Key, Placed>>);

impl Orders {
    /// The orders; hold them only between waits.
    pub fn lock(&self) -> MutexGuard<'_, HashMap<Key, Placed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers orders that were just placed.
    pub fn add(&self, channel: &str, kind: Kind, placed: Vec<PlacedOrder>) {
        let mut orders = self.lock();
        for order in placed {
            let number = orders.len();
            let known = Placed {
                kind,
                parcels: order.channel_parcel_ids,
                // Twelve digits, as CJ Logistics has them; each order its own.
                tracking_number: format!("6012{number:08}"),
                cancelled: false,
                step: Step::Waiting,
            };
            orders.insert((channel.to_owned(), order.channel_order_id), known);
        }
    }

    /// The channel took a cancel.
    pub fn cancelled(&self, key: &Key) {
        if let Some(order) = self.lock().get_mut(key) {
            order.cancelled = true;
        }
    }

    /// The merchant came further.
    pub fn advance(&self, key: &Key, step: Step) {
        if let Some(order) = self.lock().get_mut(key) {
            order.step = step;
        }
    }
}
