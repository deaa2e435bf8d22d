//! What became of telling a channel about one parcel of a shipment.

use moa_effects::{Effect, EffectState};
use moa_id::{ChannelAccountId, ShipmentId};
use sqlx::PgConnection;

use super::App;
use crate::domain::Outcome;
use crate::domain::shipment::{ParcelKey, ParcelOutcome};
use crate::effects::dispatch::DispatchIntent;
use crate::store::shipments;
use crate::{Error, events};

impl App {
    /// Records it in the transaction of the effect's transition.
    pub async fn settle_dispatch(
        &self,
        conn: &mut PgConnection,
        effect: &Effect,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let outcome = match effect.state {
            EffectState::Confirmed => ParcelOutcome::Confirmed,
            EffectState::Unknown => ParcelOutcome::Unclear,
            EffectState::Rejected
            | EffectState::Blocked
            | EffectState::Conflict
            | EffectState::Dead => ParcelOutcome::Refused {
                reason: effect.reason.clone(),
                detail: effect.detail.clone(),
            },
            // It was confirmed just before and stays so; the ledger shows it to a person.
            _ => return Ok(()),
        };
        let intent = DispatchIntent::from_payload(effect.effect_id, &effect.payload)?;
        let key = ParcelKey {
            account_id: ChannelAccountId::from_uuid(effect.account_id),
            channel_parcel_id: intent.channel_parcel_id,
        };
        let shipment_id = ShipmentId::from_uuid(effect.subject_id);
        let locked = shipments::lock(&mut *conn, effect.merchant_id, shipment_id).await?;
        let mut shipment = locked.ok_or(Error::ShipmentNotFound(shipment_id))?;
        let is_confirmed = outcome == ParcelOutcome::Confirmed;
        if shipment.settle(effect.effect_id, &key, outcome, now) == Outcome::AlreadyApplied {
            return Ok(());
        }
        shipments::save(&mut *conn, &mut shipment, now).await?;
        let mut new_events = vec![events::shipment_changed(&self.ids, &shipment, now)];
        if let Some(parcel) = shipment
            .parcels
            .iter()
            .find(|parcel| is_confirmed && parcel.key == key)
        {
            new_events.push(events::parcel_dispatched(
                &self.ids,
                &shipment,
                parcel,
                effect.effect_id,
                now,
            ));
        }
        self.outbox.push_all(conn, &new_events).await?;
        Ok(())
    }
}
