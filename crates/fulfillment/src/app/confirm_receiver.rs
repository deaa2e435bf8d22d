//! Goes on with a shipment whose receiver changed, once a person has looked at the new address.

use std::collections::BTreeMap;

use moa_id::{MerchantId, OrderId, ShipmentId};

use super::App;
use crate::domain::Outcome;
use crate::domain::shipment::Shipment;
use crate::store::{effects, orders, shipments};
use crate::{Error, events};

impl App {
    /// Takes the receivers of now over. `seen` are the contact versions that the operator looked at.
    #[tracing::instrument(name = "fulfillment.confirm_receiver", skip_all, fields(shipment.id = %shipment_id, operator.id = %operator))]
    pub async fn confirm_receiver(
        &self,
        merchant_id: MerchantId,
        shipment_id: ShipmentId,
        seen: &BTreeMap<OrderId, i64>,
        operator: &str,
    ) -> Result<Shipment, Error> {
        let now = self.clock.now();
        let mut tx = moa_service::begin(&self.db).await?;
        let found = shipments::get(&mut tx, merchant_id, shipment_id).await?;
        let order_ids = found
            .ok_or(Error::ShipmentNotFound(shipment_id))?
            .order_ids();
        // The receivers must not change between the comparison and the note that they were seen.
        orders::lock(&mut tx, merchant_id, &order_ids).await?;
        effects::lock_of_subject(&mut tx, merchant_id, shipment_id.as_uuid()).await?;
        let locked = shipments::lock(&mut tx, merchant_id, shipment_id).await?;
        let mut shipment = locked.ok_or(Error::ShipmentNotFound(shipment_id))?;
        let orders = orders::load(&mut tx, merchant_id, &order_ids).await?;
        if shipment.confirm_receiver(&orders, seen)? == Outcome::AlreadyApplied {
            return Ok(shipment);
        }
        shipments::save(&mut tx, &mut shipment, now).await?;
        let told = [events::shipment_changed(&self.ids, &shipment, now)];
        self.outbox.push_all(&mut tx, &told).await?;
        tx.commit().await?;
        self.wake();
        tracing::info!("the receiver of shipment {shipment_id} was confirmed by {operator}");
        Ok(shipment)
    }
}
