//! Packs lines into a parcel under a tracking number; nothing leaves yet.

use std::collections::BTreeSet;

use moa_id::{MerchantId, OrderId};

use super::App;
use crate::domain::carrier::{Carrier, TrackingNumber};
use crate::domain::packing::{DuplicateNumber, PackCommand, PackRefusal, pack};
use crate::domain::shipment::Shipment;
use crate::store::{orders, shipments};
use crate::{Error, events};

impl App {
    /// Packs. The same request again answers the first result. A number that another receiver's parcel has is looked for
    /// outside of the transaction: it is a warning against slips, and what two operators enter at once is none.
    #[tracing::instrument(name = "fulfillment.create_shipment", skip_all, fields(shipment.id = %command.shipment_id))]
    pub async fn create_shipment(
        &self,
        command: PackCommand,
        duplicate: DuplicateNumber,
    ) -> Result<Shipment, Error> {
        let merchant_id = command.merchant_id;
        let request_id = command.request_id.clone();
        if let Some(first) = self.find_by_request(merchant_id, &request_id).await? {
            return Ok(first);
        }
        if duplicate == DuplicateNumber::Refuse {
            let order_ids: Vec<OrderId> = command.lines.iter().map(|line| line.order_id).collect();
            self.check_number(
                merchant_id,
                command.carrier,
                &command.tracking_number,
                &order_ids,
            )
            .await?;
        }
        match self.pack_anew(command).await {
            // Somebody sent the same request at the same time, and was quicker.
            Err(Error::Store(error)) if error.is_constraint(shipments::REQUEST_KEY) => self
                .find_by_request(merchant_id, &request_id)
                .await?
                .ok_or(Error::Store(error)),
            // Or held the orders' locks, so that our lines were in its shipment by the time we looked.
            Err(Error::Pack(refusal)) => self
                .find_by_request(merchant_id, &request_id)
                .await?
                .ok_or(Error::Pack(refusal)),
            result => result,
        }
    }

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

    async fn find_by_request(
        &self,
        merchant_id: MerchantId,
        request_id: &str,
    ) -> Result<Option<Shipment>, Error> {
        let mut conn = self.db.acquire().await?;
        Ok(shipments::find_by_request(&mut conn, merchant_id, request_id).await?)
    }

    async fn pack_anew(&self, command: PackCommand) -> Result<Shipment, Error> {
        let now = self.clock.now();
        let merchant_id = command.merchant_id;
        let order_ids: BTreeSet<OrderId> = command.lines.iter().map(|line| line.order_id).collect();
        let order_ids: Vec<OrderId> = order_ids.into_iter().collect();
        let mut tx = self.db.begin().await?;
        // Two shipments of one line would both pass the check below without these locks.
        orders::lock(&mut tx, merchant_id, &order_ids).await?;
        let orders = orders::load(&mut tx, merchant_id, &order_ids).await?;
        let packed = shipments::packed_lines(&mut tx, merchant_id, &order_ids).await?;
        let shipment = pack(command, &orders, &packed, now)?;
        shipments::insert(&mut tx, &shipment).await?;
        self.outbox
            .push_all(
                &mut tx,
                &[events::shipment_changed(&self.ids, &shipment, now)],
            )
            .await?;
        tx.commit().await?;
        self.wake();
        Ok(shipment)
    }
}
