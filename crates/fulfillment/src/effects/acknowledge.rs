//! Tells a channel that the merchant accepts parcels, up to 50 in a call.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use moa_effects::{
    BoxError, ClaimedEffect, Effect, EffectHandler, EffectKind, Probe, SendOutcome, Verdict,
};
use moa_id::{ChannelAccountId, EffectId};
use moa_proto::moa::channel_proxy::v1 as pb;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{probe_outcome, send_outcomes};
use crate::Error;
use crate::app::App;

/// What an ACKNOWLEDGE effect carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AcknowledgeIntent {
    /// The channel's id of the order.
    pub channel_order_id: String,
    /// The channel's id of the parcel.
    pub channel_parcel_id: String,
}

impl AcknowledgeIntent {
    /// As the ledger keeps it.
    pub fn into_payload(self) -> Value {
        json!({ "channel_order_id": self.channel_order_id, "channel_parcel_id": self.channel_parcel_id })
    }

    /// From the ledger.
    pub fn from_payload(effect_id: EffectId, payload: &Value) -> Result<Self, Error> {
        Self::deserialize(payload).map_err(|source| Error::Intent {
            effect_id: effect_id.to_string(),
            source,
        })
    }
}

/// Carries out ACKNOWLEDGE effects.
pub struct AcknowledgeHandler {
    /// Ways to reach the world.
    pub app: Arc<App>,
    /// The pause between two probes.
    pub probe_spacing: Duration,
}

#[async_trait]
impl EffectHandler for AcknowledgeHandler {
    fn kind(&self) -> EffectKind {
        EffectKind::Acknowledge
    }

    fn batch_size(&self) -> usize {
        50
    }

    fn probe_spacing(&self) -> Duration {
        self.probe_spacing
    }

    /// Nothing to look at: accepting a parcel that was cancelled does no harm, and the channel itself refuses it. What
    /// is learnt before the call blocks the effect in the ledger.
    async fn verify(&self, batch: &[ClaimedEffect]) -> Vec<Verdict> {
        let verdict = |effect: &ClaimedEffect| match AcknowledgeIntent::from_payload(
            effect.effect_id,
            &effect.payload,
        ) {
            Ok(_) => Verdict::Verified {
                evidence: Value::Null,
            },
            Err(error) => malformed(&error),
        };
        batch.iter().map(verdict).collect()
    }

    async fn send(&self, batch: &[ClaimedEffect]) -> Vec<SendOutcome> {
        let Some(first) = batch.first() else {
            return Vec::new();
        };
        let mut items = Vec::with_capacity(batch.len());
        for effect in batch {
            let Ok(intent) = AcknowledgeIntent::from_payload(effect.effect_id, &effect.payload)
            else {
                continue;
            };
            items.push(pb::AcknowledgeItem {
                effect_id: effect.effect_id.to_string(),
                fence: effect.fence,
                channel_order_id: intent.channel_order_id,
                channel_parcel_id: intent.channel_parcel_id,
            });
        }
        let request = pb::AcknowledgeParcelsRequest {
            merchant_id: first.merchant_id.to_string(),
            channel_account_id: ChannelAccountId::from_uuid(first.account_id).to_string(),
            items,
        };
        send_outcomes(batch, self.app.channel_proxy.acknowledge(request).await)
    }

    async fn probe(&self, effect: &ClaimedEffect) -> Probe {
        let now = self.app.clock.now();
        let intent = match AcknowledgeIntent::from_payload(effect.effect_id, &effect.payload) {
            Ok(intent) => intent,
            Err(error) => return super::parcels::unreadable(&error),
        };
        let request = pb::ProbeEffectRequest {
            merchant_id: effect.merchant_id.to_string(),
            channel_account_id: ChannelAccountId::from_uuid(effect.account_id).to_string(),
            effect_id: effect.effect_id.to_string(),
            channel_order_id: intent.channel_order_id,
            channel_parcel_id: intent.channel_parcel_id,
            intended: Some(pb::probe_effect_request::Intended::Acknowledge(
                pb::ProbeAcknowledge {},
            )),
        };
        probe_outcome(self.app.channel_proxy.probe(request).await, now)
    }

    async fn settled(&self, conn: &mut PgConnection, effects: &[Effect]) -> Result<(), BoxError> {
        Ok(self.app.settle_acknowledge(conn, effects).await?)
    }

    fn after_commit(&self) {
        self.app.wake();
    }
}

/// An intent that cannot be read is a fault of ours: nothing is sent, a person sees it.
pub(super) fn malformed(error: &Error) -> Verdict {
    Verdict::Blocked {
        reason: "INTENT_MALFORMED".to_owned(),
        detail: error.to_string(),
        evidence: Value::Null,
    }
}
