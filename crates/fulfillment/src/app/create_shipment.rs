//! Packs lines into a parcel under a tracking number; nothing leaves yet.

use std::collections::BTreeSet;

use moa_id::{MerchantId, OrderId};

use super::App;
use crate::domain::packing::{DuplicateNumber, PackCommand, pack};
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
        let mut tx = moa_service::begin(&self.db).await?;
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
