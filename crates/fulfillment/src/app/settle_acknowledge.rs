//! What became of asking a channel to accept a parcel.

use moa_effects::{Effect, EffectState};
use moa_id::{ChannelAccountId, OrderId};
use moa_proto::moa::fulfillment::v1 as pb;
use sqlx::PgConnection;

use super::App;
use crate::domain::plan::AcknowledgementState;
use crate::effects::acknowledge::AcknowledgeIntent;
use crate::store::{acknowledgements, planning_queue};
use crate::{Error, events};

impl App {
    /// Records it in the transaction of the effect's transition.
    pub async fn settle_acknowledge(
        &self,
        conn: &mut PgConnection,
        effect: &Effect,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let because = || (effect.reason.clone(), effect.detail.clone());
        let state = match effect.state {
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
            EffectState::Repair => return Ok(()),
            _ => AcknowledgementState::Asked,
        };
        acknowledgements::settle(
            &mut *conn,
            effect.merchant_id,
            &[effect.effect_id],
            &state,
            now,
        )
        .await?;
        let (AcknowledgementState::Confirmed, Some(order_id)) = (state, effect.order_id) else {
            return Ok(());
        };
        let intent = AcknowledgeIntent::from_payload(effect.effect_id, &effect.payload)?;
        let message = pb::ParcelAcknowledged {
            channel_account_id: ChannelAccountId::from_uuid(effect.account_id).to_string(),
            channel_order_id: intent.channel_order_id,
            channel_parcel_id: intent.channel_parcel_id,
            order_id: order_id.to_string(),
        };
        let event = events::parcel_acknowledged(
            &self.ids,
            effect.merchant_id,
            effect.effect_id,
            &message,
            now,
        );
        self.outbox.push_all(&mut *conn, &[event]).await?;
        // Digital lines of an accepted parcel are granted now.
        planning_queue::push(
            conn,
            effect.merchant_id,
            &[OrderId::from_uuid(order_id)],
            now,
        )
        .await?;
        Ok(())
    }
}
