//! Exchanges: the buyer sends goods back and gets others in a box of its own.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::cancel::{CancelItem, CancelRefusal};
use super::model::Tracking;
use super::receipt::{Collection, Reason};
use super::{Fact, World};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exchange {
    pub id: i64,
    pub order_id: i64,
    pub account: u32,
    pub status: ExchangeStatus,
    pub items: Vec<ExchangeItem>,
    pub reason: Reason,
    pub created_at: DateTime<Utc>,
    pub modified_at: DateTime<Utc>,
    pub collections: Vec<Collection>,
    /// When the seller had the old goods again.
    pub collected_at: Option<DateTime<Utc>>,
    /// The box of the new goods, once the old ones are back.
    pub shipment: Option<ExchangeBox>,
    /// Why the seller refused.
    pub rejected_with: Option<String>,
}

impl Exchange {
    pub fn count(&self) -> i64 {
        self.items.iter().map(|item| item.count).sum()
    }

    pub fn is_open(&self) -> bool {
        matches!(
            self.status,
            ExchangeStatus::Receipt | ExchangeStatus::Progress
        )
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExchangeStatus {
    Receipt,
    Progress,
    Success,
    Reject,
    Cancel,
}

impl ExchangeStatus {
    pub const ALL: [Self; 5] = [
        Self::Receipt,
        Self::Progress,
        Self::Success,
        Self::Reject,
        Self::Cancel,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Receipt => "RECEIPT",
            Self::Progress => "PROGRESS",
            Self::Success => "SUCCESS",
            Self::Reject => "REJECT",
            Self::Cancel => "CANCEL",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExchangeItem {
    pub id: i64,
    /// The parcel the goods came in.
    pub parcel_id: i64,
    pub vendor_item_id: i64,
    /// What the buyer wants instead; often the same.
    pub target_vendor_item_id: i64,
    pub count: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExchangeBox {
    pub id: i64,
    /// When reads begin to show it (world time).
    pub visible_at: DateTime<Utc>,
    pub tracking: Option<Tracking>,
}

/// What can happen to an exchange.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum ExchangeEvent {
    Requested {
        exchange: Exchange,
    },
    CollectionRegistered {
        exchange: i64,
        collection: Collection,
        at: DateTime<Utc>,
    },
    /// The seller has the old goods; the box of the new ones exists from now on.
    Received {
        exchange: i64,
        shipment: ExchangeBox,
        at: DateTime<Utc>,
    },
    Rejected {
        exchange: i64,
        code: String,
        at: DateTime<Utc>,
    },
    Shipped {
        exchange: i64,
        tracking: Tracking,
    },
    /// The buyer keeps what they have.
    Cancelled {
        exchange: i64,
        at: DateTime<Utc>,
    },
}

impl ExchangeEvent {
    /// The name of the ledger entry.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "exchange_requested",
            Self::CollectionRegistered { .. } => "exchange_collection_registered",
            Self::Received { .. } => "exchange_received",
            Self::Rejected { .. } => "exchange_rejected",
            Self::Shipped { .. } => "exchange_shipped",
            Self::Cancelled { .. } => "exchange_cancelled",
        }
    }

    pub fn exchange_id(&self) -> i64 {
        match self {
            Self::Requested { exchange } => exchange.id,
            Self::CollectionRegistered { exchange, .. }
            | Self::Received { exchange, .. }
            | Self::Rejected { exchange, .. }
            | Self::Shipped { exchange, .. }
            | Self::Cancelled { exchange, .. } => *exchange,
        }
    }
}

impl World {
    /// The fact of a buyer asking for other goods in place of those that arrived.
    pub fn ask_exchange(
        &self,
        order_id: i64,
        wanted: Option<&[CancelItem]>,
        reason: Reason,
        now: DateTime<Utc>,
    ) -> Result<Fact, CancelRefusal> {
        let order = self.order(order_id).ok_or(CancelRefusal::UnknownOrder)?;
        let found = self.shipped_items(order_id, wanted)?;
        let serial = i64::try_from(self.exchanges.len()).unwrap_or_default();
        let id = 101_268_000 + serial * 3 + 974;
        let mut items = Vec::new();
        for (place, item) in (0_i64..).zip(found) {
            let taken: i64 = self
                .exchanges_of_order(order_id)
                .filter(|exchange| exchange.is_open())
                .flat_map(|exchange| &exchange.items)
                .filter(|other| {
                    other.parcel_id == item.parcel_id && other.vendor_item_id == item.vendor_item_id
                })
                .map(|other| other.count)
                .sum();
            let bought = self.parcel(item.parcel_id).map_or(0, |parcel| {
                parcel
                    .lines
                    .iter()
                    .filter(|line| line.vendor_item_id == item.vendor_item_id)
                    .map(super::Line::open)
                    .sum()
            });
            let count = item.count.min(bought - taken);
            if count < item.count && (wanted.is_some() || count <= 0) {
                return Err(CancelRefusal::NotEnough(item.vendor_item_id));
            }
            let target = match reason {
                Reason::DifferentOption => self.sibling(order.account, item.vendor_item_id),
                _ => item.vendor_item_id,
            };
            items.push(ExchangeItem {
                id: id * 10 + place,
                parcel_id: item.parcel_id,
                vendor_item_id: item.vendor_item_id,
                target_vendor_item_id: target,
                count,
            });
        }
        let exchange = Exchange {
            id,
            order_id,
            account: order.account,
            status: ExchangeStatus::Receipt,
            items,
            reason,
            created_at: now,
            modified_at: now,
            collections: Vec::new(),
            collected_at: None,
            shipment: None,
            rejected_with: None,
        };
        Ok(Fact::Exchange {
            event: ExchangeEvent::Requested { exchange },
        })
    }

    /// Another option of the same product, or the option itself when there is none.
    fn sibling(&self, account: u32, vendor_item_id: i64) -> i64 {
        let listings = self
            .account(account)
            .map_or(&[][..], |account| &account.listings);
        let product = listings
            .iter()
            .find(|listing| listing.vendor_item_id == vendor_item_id)
            .map(|listing| listing.seller_product_id);
        listings
            .iter()
            .find(|listing| {
                Some(listing.seller_product_id) == product
                    && listing.vendor_item_id != vendor_item_id
            })
            .map_or(vendor_item_id, |listing| listing.vendor_item_id)
    }

    /// The box in which the new goods of an exchange will leave; lists show it from `visible_at` on.
    pub fn draft_exchange_box(&self, exchange_id: i64, visible_at: DateTime<Utc>) -> ExchangeBox {
        ExchangeBox {
            // A range apart from that of ordinary parcels, and odd like them.
            id: 644_000_000_000_000_000 + exchange_id * 1_000_042 + 433,
            visible_at,
            tracking: None,
        }
    }

    pub fn exchange(&self, id: i64) -> Option<&Exchange> {
        self.exchanges.get(&id)
    }

    pub fn exchanges_of_order(&self, order_id: i64) -> impl Iterator<Item = &Exchange> {
        self.exchanges_of_order
            .get(&order_id)
            .into_iter()
            .flatten()
            .filter_map(|id| self.exchanges.get(id))
    }

    pub(super) fn apply_exchange(&mut self, event: &ExchangeEvent) {
        if let ExchangeEvent::Requested { exchange } = event {
            self.exchange_times
                .insert((exchange.account, exchange.created_at, exchange.id));
            self.exchanges_of_order
                .entry(exchange.order_id)
                .or_default()
                .push(exchange.id);
            self.exchanges.insert(exchange.id, exchange.clone());
            return;
        }
        let Some(exchange) = self.exchanges.get_mut(&event.exchange_id()) else {
            return;
        };
        match event {
            ExchangeEvent::Requested { .. } => {}
            ExchangeEvent::CollectionRegistered { collection, at, .. } => {
                exchange.collections.push(collection.clone());
                exchange.status = ExchangeStatus::Progress;
                exchange.modified_at = *at;
            }
            ExchangeEvent::Received { shipment, at, .. } => {
                exchange.status = ExchangeStatus::Progress;
                exchange.collected_at = Some(*at);
                exchange.shipment = Some(shipment.clone());
                exchange.modified_at = *at;
            }
            ExchangeEvent::Rejected { code, at, .. } => {
                exchange.status = ExchangeStatus::Reject;
                exchange.rejected_with = Some(code.clone());
                exchange.modified_at = *at;
            }
            ExchangeEvent::Shipped { tracking, .. } => {
                exchange.status = ExchangeStatus::Success;
                exchange.modified_at = tracking.uploaded_at;
                if let Some(shipment) = &mut exchange.shipment {
                    shipment.tracking = Some(tracking.clone());
                }
            }
            ExchangeEvent::Cancelled { at, .. } => {
                exchange.status = ExchangeStatus::Cancel;
                exchange.modified_at = *at;
            }
        }
    }
}
