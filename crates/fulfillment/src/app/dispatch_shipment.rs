//! Intends the dispatch; the look, the permit and the call follow by themselves.

use moa_effects::BlockSelector;
use moa_id::{MerchantId, ShipmentId};

use super::App;
use crate::Error;
use crate::domain::shipment::Shipment;
use crate::store::{effects, orders, shipments};

impl App {
    /// Begins the dispatch of a shipment, or begins it again when it is held.
    #[tracing::instrument(name = "fulfillment.dispatch_shipment", skip_all, fields(shipment.id = %shipment_id))]
    pub async fn dispatch_shipment(
        &self,
        merchant_id: MerchantId,
        shipment_id: ShipmentId,
        operator: &str,
    ) -> Result<Shipment, Error> {
        let now = self.clock.now();
        let mut tx = moa_service::begin(&self.db).await?;
        let seen = shipments::get(&mut tx, merchant_id, shipment_id).await?;
        let order_ids = seen
            .ok_or(Error::ShipmentNotFound(shipment_id))?
            .order_ids();
        // The facts must not change between the decision and the intent: a cancel that comes later finds the intent.
        orders::lock(&mut tx, merchant_id, &order_ids).await?;
        effects::lock_of_subject(&mut tx, merchant_id, shipment_id.as_uuid()).await?;
        let locked = shipments::lock(&mut tx, merchant_id, shipment_id).await?;
        let mut shipment = locked.ok_or(Error::ShipmentNotFound(shipment_id))?;
        let orders = orders::load(&mut tx, merchant_id, &order_ids).await?;
        let events = self
            .begin_dispatch(&mut tx, &mut shipment, &orders, operator, now)
            .await?;
        if !events.is_empty() {
            self.outbox.push_all(&mut tx, &events).await?;
            tx.commit().await?;
            self.wake();
        }
        Ok(shipment)
    }

    /// What stops the effects of a shipment.
    pub(super) fn of_shipment(shipment_id: ShipmentId) -> BlockSelector {
        BlockSelector::Subject(shipment_id.as_uuid())
    }
}
