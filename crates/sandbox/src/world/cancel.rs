//! A buyer changes their mind.
//!
//! Before the seller acknowledges, the goods are simply gone and a CANCEL receipt says so. Afterwards a stop request is
//! raised (receipt type RETURN) and the quantity is held until the seller answers. After the carrier has it, it is a
//! return, which this does not play.

use chrono::{DateTime, Utc};

use super::model::{ParcelStatus, Receipt, ReceiptItem, ReceiptKind, ReceiptStatus, Release};
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
}

impl World {
    /// The facts of a buyer cancelling all that is left of an order, or only some of it.
    pub fn cancel(
        &self,
        order_id: i64,
        wanted: Option<&[CancelItem]>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Fact>, CancelRefusal> {
        let order = self.order(order_id).ok_or(CancelRefusal::UnknownOrder)?;
        let mut remaining: Option<Vec<CancelItem>> = wanted.map(<[CancelItem]>::to_vec);
        let (mut gone, mut stopped) = (Vec::new(), Vec::new());
        let mut late = CancelRefusal::UnknownOrder;
        for parcel in order.parcel_ids.iter().filter_map(|id| self.parcel(*id)) {
            let items = match parcel.status {
                ParcelStatus::Accept => &mut gone,
                ParcelStatus::Instruct | ParcelStatus::Departure => &mut stopped,
                other => {
                    late = CancelRefusal::TooLate(parcel.id, other.as_str());
                    continue;
                }
            };
            late = CancelRefusal::TooLate(parcel.id, "cancelled or held already");
            for line in &parcel.lines {
                let count = match &mut remaining {
                    None => line.open(),
                    Some(wanted) => take(wanted, line.vendor_item_id, line.open()),
                };
                if count > 0 {
                    items.push(ReceiptItem {
                        parcel_id: parcel.id,
                        vendor_item_id: line.vendor_item_id,
                        count,
                    });
                }
            }
        }
        if let Some(short) = remaining.iter().flatten().find(|item| item.count > 0) {
            return Err(CancelRefusal::NotEnough(short.vendor_item_id));
        }
        if gone.is_empty() && stopped.is_empty() {
            return Err(late);
        }
        let mut facts = Vec::new();
        let mut number = self.receipt_count();
        let mut receipt = |kind, status, items| {
            let serial = i64::try_from(number).unwrap_or_default();
            number += 1;
            Receipt {
                id: 365_000_000 + serial * 7 + 11,
                order_id,
                account: order.account,
                kind,
                status,
                created_at: now,
                modified_at: now,
                items,
                release: Release::NotShipped,
                tracking: None,
            }
        };
        if !gone.is_empty() {
            let receipt = receipt(ReceiptKind::Cancel, ReceiptStatus::ReturnsCompleted, gone);
            facts.push(Fact::Cancelled { receipt });
        }
        if !stopped.is_empty() {
            let receipt = receipt(
                ReceiptKind::Return,
                ReceiptStatus::ReleaseStopUnchecked,
                stopped,
            );
            facts.push(Fact::StopRequested { receipt });
        }
        Ok(facts)
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
    use crate::world::{Purchase, Wish};

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
        for fact in world.cancel(order_id, None, DateTime::UNIX_EPOCH)? {
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
            .cancel(order_id, Some(&items), DateTime::UNIX_EPOCH)
            .unwrap_err();
        assert_eq!(refusal, CancelRefusal::NotEnough(line.vendor_item_id));
    }
}
