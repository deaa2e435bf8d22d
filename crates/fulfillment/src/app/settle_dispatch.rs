//! What became of telling a channel about one parcel of a shipment.

use moa_effects::{Effect, EffectState};
use moa_id::{ChannelAccountId, ShipmentId};
use sqlx::PgConnection;

use super::App;
use crate::domain::Outcome;
use crate::domain::shipment::{ParcelKey, ParcelOutcome, Shipment};
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
        let shipment_id = ShipmentId::from_uuid(effect.subject_id);
        let locked = shipments::lock(&mut *conn, effect.merchant_id, shipment_id).await?;
        let Some(mut shipment) = locked else {
            // An error would take the transition back, and the effect would be settled like this for ever.
            tracing::error!(
                effect.id = %effect.effect_id,
                shipment.id = %shipment_id,
                "a dispatch was settled whose shipment does not exist"
            );
            return Ok(());
        };
        let Some(key) = parcel_key(effect, &shipment) else {
            tracing::error!(
                effect.id = %effect.effect_id,
                shipment.id = %shipment_id,
                "a dispatch was settled of which neither its intent nor its shipment names the parcel"
            );
            return Ok(());
        };
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

/// The parcel an effect is about; when its intent cannot be read, the one the shipment asked it for.
fn parcel_key(effect: &Effect, shipment: &Shipment) -> Option<ParcelKey> {
    match DispatchIntent::from_payload(effect.effect_id, &effect.payload) {
        Ok(intent) => Some(ParcelKey {
            account_id: ChannelAccountId::from_uuid(effect.account_id),
            channel_parcel_id: intent.channel_parcel_id,
        }),
        Err(error) => {
            tracing::error!(effect.id = %effect.effect_id, error = %error, "a dispatch cannot be read: {error}");
            let mut parcels = shipment.parcels.iter();
            let asked =
                parcels.find(|parcel| parcel.dispatch.effect_id() == Some(effect.effect_id));
            asked.map(|parcel| parcel.key.clone())
        }
    }
}
