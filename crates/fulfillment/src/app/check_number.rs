//! Looks for a number that somebody else's parcel has: most often a slip.

use moa_id::{MerchantId, OrderId};

use super::App;
use crate::Error;
use crate::domain::carrier::{Carrier, TrackingNumber};
use crate::domain::packing::PackRefusal;
use crate::store::shipments;

impl App {
    /// Refuses a number that a parcel of another receiver than that of these orders has.
    pub(super) async fn check_number(
        &self,
        merchant_id: MerchantId,
        carrier: Carrier,
        number: &TrackingNumber,
        of_orders: &[OrderId],
    ) -> Result<(), Error> {
        let Some(first) = of_orders.first() else {
            return Ok(());
        };
        let mut conn = self.db.acquire().await?;
        let mut uses = shipments::uses_of_number(&mut conn, merchant_id, carrier, number).await?;
        drop(conn);
        uses.retain(|one| !of_orders.contains(&one.order_id));
        if uses.is_empty() {
            return Ok(());
        }
        let mut order_ids: Vec<OrderId> = uses.iter().map(|one| one.order_id).collect();
        order_ids.sort();
        order_ids.dedup();
        let others = self
            .order_sync
            .others_than_receiver_of(merchant_id, *first, &order_ids)
            .await?;
        match uses.into_iter().find(|one| others.contains(&one.order_id)) {
            None => Ok(()),
            Some(other) => Err(PackRefusal::NumberInUse {
                tracking_number: number.as_str().to_owned(),
                shipment_id: other.shipment_id,
                channel_order_id: other.channel_order_id,
            }
            .into()),
        }
    }
}
