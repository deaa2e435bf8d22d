//! Goods that come back: demanded by the buyer once the carrier has them, followed until the money is back.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::cancel::{CancelItem, CancelRefusal};
use super::model::ParcelStatus;
use super::receipt::{
    Collection, CompletedBy, Reason, Receipt, ReceiptItem, ReceiptKind, ReceiptStatus, Release,
};
use super::{Fact, World};

/// What can happen to a receipt beyond a cancel and the answers to a stop request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum ReturnEvent {
    Requested {
        receipt: Receipt,
    },
    /// The seller cancelled goods that were being prepared.
    SellerStopped {
        receipt: Receipt,
    },
    /// The goods are back with the seller.
    Received {
        receipt: i64,
        at: DateTime<Utc>,
    },
    Completed {
        receipt: i64,
        at: DateTime<Utc>,
        by: CompletedBy,
    },
    /// Coupang has to look at it.
    Questioned {
        receipt: i64,
        at: DateTime<Utc>,
    },
    /// The buyer keeps the goods.
    Withdrawn {
        receipt: i64,
        at: DateTime<Utc>,
    },
    CollectionRegistered {
        receipt: i64,
        collection: Collection,
        at: DateTime<Utc>,
    },
}

impl ReturnEvent {
    /// The name of the ledger entry.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "return_requested",
            Self::SellerStopped { .. } => "seller_cancelled",
            Self::Received { .. } => "return_received",
            Self::Completed { .. } => "return_completed",
            Self::Questioned { .. } => "return_questioned",
            Self::Withdrawn { .. } => "return_withdrawn",
            Self::CollectionRegistered { .. } => "collection_registered",
        }
    }

    pub fn receipt_id(&self) -> i64 {
        match self {
            Self::Requested { receipt } | Self::SellerStopped { receipt } => receipt.id,
            Self::Received { receipt, .. }
            | Self::Completed { receipt, .. }
            | Self::Questioned { receipt, .. }
            | Self::Withdrawn { receipt, .. }
            | Self::CollectionRegistered { receipt, .. } => *receipt,
        }
    }
}

impl World {
    /// A new receipt, as the `serial`th of this world.
    pub fn draft_receipt(
        &self,
        serial: u64,
        order_id: i64,
        kind: ReceiptKind,
        items: Vec<ReceiptItem>,
        now: DateTime<Utc>,
    ) -> Receipt {
        let status = match kind {
            ReceiptKind::Cancel => ReceiptStatus::ReturnsCompleted,
            ReceiptKind::Return => ReceiptStatus::ReleaseStopUnchecked,
        };
        Receipt {
            id: 365_000_000 + i64::try_from(serial).unwrap_or_default() * 7 + 11,
            order_id,
            account: self
                .order(order_id)
                .map(|order| order.account)
                .unwrap_or_default(),
            kind,
            status,
            created_at: now,
            modified_at: now,
            items,
            release: Release::NotShipped,
            tracking: None,
            reason: Reason::default(),
            fast_refund: false,
            collections: Vec::new(),
            withdrawn_at: None,
            completed_by: CompletedBy::Nobody,
            scanned: false,
        }
    }

    /// The fact of a buyer sending back all that arrived, or only some of it.
    pub fn send_back(
        &self,
        order_id: i64,
        wanted: Option<&[CancelItem]>,
        reason: Reason,
        fast_refund: bool,
        now: DateTime<Utc>,
    ) -> Result<Fact, CancelRefusal> {
        let items = self.shipped_items(order_id, wanted)?;
        let receipt = Receipt {
            status: ReceiptStatus::ReturnsUnchecked,
            release: Release::Shipped,
            reason,
            fast_refund,
            ..self.draft_receipt(
                self.receipt_count(),
                order_id,
                ReceiptKind::Return,
                items,
                now,
            )
        };
        Ok(Fact::Return {
            event: ReturnEvent::Requested { receipt },
        })
    }

    /// What of an order the carrier has or had, and nobody demanded back yet.
    pub fn shipped_items(
        &self,
        order_id: i64,
        wanted: Option<&[CancelItem]>,
    ) -> Result<Vec<ReceiptItem>, CancelRefusal> {
        let found = self.claimable(order_id, wanted, |status| {
            matches!(
                status,
                ParcelStatus::Delivering | ParcelStatus::FinalDelivery | ParcelStatus::NoneTracking
            )
        });
        match found {
            Ok(found) => Ok(found.into_iter().map(|(_, item)| item).collect()),
            Err(CancelRefusal::TooLate(parcel, status)) => {
                Err(CancelRefusal::NotShipped(parcel, status))
            }
            Err(other) => Err(other),
        }
    }

    pub(super) fn apply_return(&mut self, at: DateTime<Utc>, event: &ReturnEvent) {
        match event {
            ReturnEvent::Requested { receipt } => {
                self.add_receipt(receipt);
                self.change_lines(receipt, 0, 1);
            }
            ReturnEvent::SellerStopped { receipt } => {
                self.add_receipt(receipt);
                self.change_lines(receipt, 1, 0);
                self.settle_all(receipt, at);
            }
            ReturnEvent::Received { receipt, at } => {
                self.change_receipt(*receipt, |receipt| {
                    receipt.status = ReceiptStatus::VendorWarehouseConfirm;
                    receipt.modified_at = *at;
                });
            }
            ReturnEvent::Questioned { receipt, at } => {
                self.change_receipt(*receipt, |receipt| {
                    receipt.status = ReceiptStatus::RequestCoupangCheck;
                    receipt.modified_at = *at;
                });
            }
            ReturnEvent::Completed {
                receipt,
                at: when,
                by,
            } => {
                let changed = self.change_receipt(*receipt, |receipt| {
                    receipt.status = ReceiptStatus::ReturnsCompleted;
                    receipt.completed_by = *by;
                    receipt.modified_at = *when;
                });
                if let Some(receipt) = changed {
                    // Goods that were stated as shipped are not held any more.
                    let held = i64::from(receipt.release != Release::AlreadyShipped);
                    self.change_lines(&receipt, 1, -held);
                    self.settle_all(&receipt, at);
                }
            }
            ReturnEvent::Withdrawn { receipt, at: when } => {
                let changed = self.change_receipt(*receipt, |receipt| {
                    receipt.status = ReceiptStatus::Withdrawn;
                    receipt.withdrawn_at = Some(*when);
                    receipt.modified_at = *when;
                });
                if let Some(receipt) = changed {
                    self.withdrawals
                        .insert((receipt.account, *when, receipt.id));
                    let held = i64::from(receipt.release != Release::AlreadyShipped);
                    self.change_lines(&receipt, 0, -held);
                    self.settle_all(&receipt, at);
                }
            }
            ReturnEvent::CollectionRegistered {
                receipt,
                collection,
                at,
            } => {
                self.change_receipt(*receipt, |receipt| {
                    receipt.collections.push(collection.clone());
                    receipt.modified_at = *at;
                });
            }
        }
    }

    /// Moves the quantities of a receipt: so many times to the cancelled, so many times to the held.
    fn change_lines(&mut self, receipt: &Receipt, cancelled: i64, held: i64) {
        for item in &receipt.items {
            self.change_line(
                item.parcel_id,
                item.vendor_item_id,
                cancelled * item.count,
                held * item.count,
            );
        }
    }

    fn settle_all(&mut self, receipt: &Receipt, at: DateTime<Utc>) {
        for item in &receipt.items {
            self.settle(item.parcel_id, at);
        }
    }
}
