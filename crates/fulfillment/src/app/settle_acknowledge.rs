//! What became of asking a channel to accept parcels.

use chrono::TimeDelta;
use moa_effects::{Effect, EffectState};
use moa_id::{ChannelAccountId, MerchantId, OrderId};
use moa_outbox::NewEvent;
use moa_proto::moa::fulfillment::v1 as pb;
use sqlx::PgConnection;

use super::App;
use crate::domain::plan::AcknowledgementState;
use crate::effects::acknowledge::AcknowledgeIntent;
use crate::store::acknowledgements::{self, Settled};
use crate::store::planning_queue;
use crate::{Error, events};

/// After which pause an order is looked at again whose acceptance was kept back: what kept it back may have been taken back
/// while the acceptance was under way, and nothing more is told of it then.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(60);

impl App {
    /// Records it in the transaction of the effects' transitions. The effects are of one merchant.
    pub async fn settle_acknowledge(
        &self,
        conn: &mut PgConnection,
        effects: &[Effect],
    ) -> Result<(), Error> {
        let Some(merchant_id) = effects.first().map(|effect| effect.merchant_id) else {
            return Ok(());
        };
        let now = self.clock.now();
        let settled = effects.iter().filter_map(|effect| {
            let state = state_after(effect)?;
            Some(Settled {
                effect_id: effect.effect_id,
                state,
            })
        });
        let settled: Vec<Settled> = settled.collect();
        acknowledgements::settle(&mut *conn, merchant_id, &settled, now).await?;

        let kept_back = effects.iter().filter_map(|effect| {
            let is_blocked = effect.state == EffectState::Blocked;
            effect
                .order_id
                .filter(|_| is_blocked)
                .map(OrderId::from_uuid)
        });
        let mut kept_back: Vec<OrderId> = kept_back.collect();
        kept_back.sort();
        kept_back.dedup();
        let mut accepted = Vec::new();
        let mut told = Vec::new();
        for effect in effects {
            if let (EffectState::Confirmed, Some(order_id)) = (effect.state, effect.order_id) {
                let order_id = OrderId::from_uuid(order_id);
                told.push(self.parcel_acknowledged(merchant_id, effect, order_id)?);
                accepted.push(order_id);
            }
        }
        if !kept_back.is_empty() {
            let later = now + LOOK_AGAIN;
            planning_queue::push(&mut *conn, merchant_id, &kept_back, later).await?;
        }
        if accepted.is_empty() {
            return Ok(());
        }
        self.outbox.push_all(&mut *conn, &told).await?;
        // Digital lines of an accepted parcel are granted now. An order may have several parcels in the batch.
        accepted.sort();
        accepted.dedup();
        planning_queue::push(conn, merchant_id, &accepted, now).await?;
        Ok(())
    }

    fn parcel_acknowledged(
        &self,
        merchant_id: MerchantId,
        effect: &Effect,
        order_id: OrderId,
    ) -> Result<NewEvent, Error> {
        let intent = AcknowledgeIntent::from_payload(effect.effect_id, &effect.payload)?;
        let message = pb::ParcelAcknowledged {
            channel_account_id: ChannelAccountId::from_uuid(effect.account_id).to_string(),
            channel_order_id: intent.channel_order_id,
            channel_parcel_id: intent.channel_parcel_id,
            order_id: order_id.to_string(),
        };
        let (effect_id, now) = (effect.effect_id, self.clock.now());
        Ok(events::parcel_acknowledged(
            &self.ids,
            merchant_id,
            effect_id,
            &message,
            now,
        ))
    }
}

/// What an effect's state means for its parcel; none when it stays as it is.
fn state_after(effect: &Effect) -> Option<AcknowledgementState> {
    let because = || (effect.reason.clone(), effect.detail.clone());
    Some(match effect.state {
        EffectState::Confirmed => AcknowledgementState::Confirmed,
        EffectState::Unknown => AcknowledgementState::Unclear,
        EffectState::Blocked => {
            let (reason, detail) = because();
            AcknowledgementState::Blocked { reason, detail }
        }
        EffectState::Rejected | EffectState::Conflict | EffectState::Dead => {
            let (reason, detail) = because();
            AcknowledgementState::Refused { reason, detail }
        }
        // Accepted, though the buyer cancelled meanwhile: the cancel itself is order-sync's to tell.
        EffectState::Repair => return None,
        _ => AcknowledgementState::Asked,
    })
}
