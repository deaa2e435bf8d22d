//! Takes back a shipment that has not left, so that its lines can be packed anew.

use moa_effects::EffectState;
use moa_id::{MerchantId, ShipmentId};

use super::App;
use crate::domain::Outcome;
use crate::domain::shipment::{CancelRefusal, Shipment};
use crate::store::{effects, planning_queue, shipments};
use crate::{Error, events};

impl App {
    /// Takes it back.
    #[tracing::instrument(name = "fulfillment.cancel_shipment", skip_all, fields(shipment.id = %shipment_id))]
    pub async fn cancel_shipment(
        &self,
        merchant_id: MerchantId,
        shipment_id: ShipmentId,
        operator: &str,
    ) -> Result<Shipment, Error> {
        let now = self.clock.now();
        let mut tx = moa_service::begin(&self.db).await?;
        let effects = effects::lock_of_subject(&mut tx, merchant_id, shipment_id.as_uuid()).await?;
        let locked = shipments::lock(&mut tx, merchant_id, shipment_id).await?;
        let mut shipment = locked.ok_or(Error::ShipmentNotFound(shipment_id))?;
        if shipment.cancel()? == Outcome::AlreadyApplied {
            return Ok(shipment);
        }
        // An operator may have redriven an effect by itself: the ledger knows better than the shipment.
        for (_, state) in effects {
            match state {
                EffectState::Sending | EffectState::Unknown => {
                    return Err(CancelRefusal::Dispatching.into());
                }
                EffectState::Confirmed | EffectState::Repair => {
                    return Err(CancelRefusal::AlreadyDispatched.into());
                }
                _ => {}
            }
        }
        let detail = format!("the shipment was taken back by {operator}");
        let selector = Self::of_shipment(shipment_id);
        self.ledger
            .block_pending(
                &mut tx,
                merchant_id,
                selector,
                "SHIPMENT_CANCELLED",
                &detail,
            )
            .await?;
        shipments::save(&mut tx, &mut shipment, now).await?;
        self.outbox
            .push_all(
                &mut tx,
                &[events::shipment_changed(&self.ids, &shipment, now)],
            )
            .await?;
        planning_queue::push(&mut tx, merchant_id, &shipment.order_ids(), now).await?;
        tx.commit().await?;
        self.wake();
        Ok(shipment)
    }
}
