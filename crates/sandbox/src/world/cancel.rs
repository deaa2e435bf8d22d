//! A buyer changes their mind.
//!
//! Before the seller acknowledges, the goods are simply gone and a CANCEL receipt says so. Afterwards a stop request is
//! raised (receipt type RETURN) and the quantity is held until the seller answers. After the carrier has it, it is a
//! return.

use chrono::{DateTime, Utc};

use super::model::ParcelStatus;
use super::receipt::{ReceiptItem, ReceiptKind};
use super::{Fact, World};

/// How many of an option a buyer wants to give back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelItem {
    pub vendor_item_id: i64,
    pub count: i64,
}

/// Why a cancel cannot happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefusal {
    #[error("no such order")]
    UnknownOrder,
    #[error("vendor item {0} is not in the order, or not in this quantity any more")]
    NotEnough(i64),
    #[error("nothing is left to cancel: parcel {0} is {1}")]
    TooLate(i64, &'static str),
    #[error("nothing can be sent back: parcel {0} is {1}")]
    NotShipped(i64, &'static str),
}

/// How far a buyer's cancel reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All that has not been handed to the carrier.
    Everything,
    /// Only what is being prepared, which the seller has to stop.
    Prepared,
}

impl World {
    /// The facts of a buyer cancelling all that is left of an order, or only some of it.
    pub fn cancel(
        &self,
        order_id: i64,
        wanted: Option<&[CancelItem]>,
        reach: Reach,
        now: DateTime<Utc>,
    ) -> Result<Vec<Fact>, CancelRefusal> {
        let found = self.claimable(order_id, wanted, |status| match status {
            ParcelStatus::Accept => reach == Reach::Everything,
            ParcelStatus::Instruct | ParcelStatus::Departure => true,
            _ => false,
        })?;
        let (gone, stopped): (Vec<_>, Vec<_>) = found
            .into_iter()
            .partition(|(status, _)| *status == ParcelStatus::Accept);
        let mut facts = Vec::new();
        let mut number = self.receipt_count();
        for (kind, items) in [(ReceiptKind::Cancel, gone), (ReceiptKind::Return, stopped)] {
            if items.is_empty() {
                continue;
            }
            let items = items.into_iter().map(|(_, item)| item).collect();
            let receipt = self.draft_receipt(number, order_id, kind, items, now);
            number += 1;
            facts.push(match kind {
                ReceiptKind::Cancel => Fact::Cancelled { receipt },
                ReceiptKind::Return => Fact::StopRequested { receipt },
            });
        }
        Ok(facts)
    }

    /// What of an order can be demanded back: all that is left, or what is `wanted`, in parcels whose status `fits`.
    pub(super) fn claimable(
        &self,
        order_id: i64,
        wanted: Option<&[CancelItem]>,
        fits: impl Fn(ParcelStatus) -> bool,
    ) -> Result<Vec<(ParcelStatus, ReceiptItem)>, CancelRefusal> {
        let order = self.order(order_id).ok_or(CancelRefusal::UnknownOrder)?;
        let mut remaining: Option<Vec<CancelItem>> = wanted.map(<[CancelItem]>::to_vec);
        let mut found = Vec::new();
        let mut late = CancelRefusal::UnknownOrder;
        let mut fitting = false;
        for parcel in order.parcel_ids.iter().filter_map(|id| self.parcel(*id)) {
            if !fits(parcel.status) {
                late = CancelRefusal::TooLate(parcel.id, parcel.status.as_str());
                continue;
            }
            late = CancelRefusal::TooLate(parcel.id, "cancelled or held already");
            fitting = true;
            for line in &parcel.lines {
                let count = match &mut remaining {
                    None => line.open(),
                    Some(wanted) => take(wanted, line.vendor_item_id, line.open()),
                };
                if count > 0 {
                    let item = ReceiptItem {
                        parcel_id: parcel.id,
                        vendor_item_id: line.vendor_item_id,
                        count,
                    };
                    found.push((parcel.status, item));
                }
            }
        }
        if !fitting || (found.is_empty() && wanted.is_none()) {
            return Err(late);
        }
        if let Some(short) = remaining.iter().flatten().find(|item| item.count > 0) {
            return Err(CancelRefusal::NotEnough(short.vendor_item_id));
        }
        Ok(found)
    }
}

/// Takes up to `open` of an option from what the buyer still wants to give back.
fn take(wanted: &mut [CancelItem], vendor_item_id: i64, open: i64) -> i64 {
    let Some(item) = wanted
        .iter_mut()
        .find(|item| item.vendor_item_id == vendor_item_id)
    else {
        return 0;
    };
    let count = item.count.min(open).max(0);
    item.count -= count;
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Purchase, Release, Wish};

    fn world_with_order() -> (World, i64, i64) {
        let mut world = World::new(1, 1);
        let now = DateTime::UNIX_EPOCH;
        let purchase = Purchase {
            account: 0,
            wish: Wish::Physical,
            lines: Some(1),
            now,
            visibility_delay: std::time::Duration::ZERO,
        };
        let (order, parcels) = world.draft(0, purchase);
        let (order_id, parcel_id) = (order.id, parcels[0].id);
        world.apply(
            now,
            &Fact::OrderPlaced {
                order: Box::new(order),
                parcels,
            },
        );
        (world, order_id, parcel_id)
    }

    fn cancel(world: &mut World, order_id: i64) -> Result<(), CancelRefusal> {
        for fact in world.cancel(order_id, None, Reach::Everything, DateTime::UNIX_EPOCH)? {
            world.apply(DateTime::UNIX_EPOCH, &fact);
        }
        Ok(())
    }

    #[test]
    fn before_acknowledgement_the_parcel_is_gone_at_once() {
        let (mut world, order_id, parcel_id) = world_with_order();
        cancel(&mut world, order_id).unwrap();
        let parcel = world.parcel(parcel_id).unwrap();
        assert_eq!(parcel.status, ParcelStatus::Cancelled);
        assert!(parcel.withdrawn_at.is_some());
        let refusal = cancel(&mut world, order_id).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            format!("nothing is left to cancel: parcel {parcel_id} is CANCELLED")
        );
    }

    #[test]
    fn after_acknowledgement_the_quantity_is_held_until_the_seller_answers() {
        let (mut world, order_id, parcel_id) = world_with_order();
        world.apply(
            DateTime::UNIX_EPOCH,
            &Fact::Acknowledged {
                parcel: parcel_id,
                at: DateTime::UNIX_EPOCH,
            },
        );
        cancel(&mut world, order_id).unwrap();
        let parcel = world.parcel(parcel_id).unwrap();
        assert_eq!(
            (parcel.status, parcel.lines[0].open()),
            (ParcelStatus::Instruct, 0)
        );
        let receipt = world.receipts_of_order(order_id).next().unwrap().id;
        world.apply(
            DateTime::UNIX_EPOCH,
            &Fact::StopConfirmed {
                receipt,
                at: DateTime::UNIX_EPOCH,
            },
        );
        assert_eq!(
            world.parcel(parcel_id).unwrap().status,
            ParcelStatus::Cancelled
        );
        assert_eq!(world.receipt(receipt).unwrap().release, Release::Stopped);
    }

    #[test]
    fn more_than_was_bought_cannot_be_given_back() {
        let (world, order_id, parcel_id) = world_with_order();
        let line = &world.parcel(parcel_id).unwrap().lines[0];
        let items = [CancelItem {
            vendor_item_id: line.vendor_item_id,
            count: line.quantity + 1,
        }];
        let refusal = world
            .cancel(
                order_id,
                Some(&items),
                Reach::Everything,
                DateTime::UNIX_EPOCH,
            )
            .unwrap_err();
        assert_eq!(refusal, CancelRefusal::NotEnough(line.vendor_item_id));
    }
}
