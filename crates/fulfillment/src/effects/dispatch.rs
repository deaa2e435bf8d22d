//! Tells a channel the tracking number of parcels, each under a permit of a fresh look.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use moa_effects::{
    BoxError, ClaimedEffect, Effect, EffectHandler, EffectKind, Probe, SendOutcome, Verdict,
};
use moa_id::{ChannelAccountId, EffectId};
use moa_proto::moa::channel_proxy::v1 as pb;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::acknowledge::malformed;
use super::parcels::{self, Waiting};
use super::{detail, look_again, probe_outcome, reason, send_outcomes};
use crate::Error;
use crate::app::App;

/// What a DISPATCH effect carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DispatchIntent {
    /// The channel's id of the order.
    pub channel_order_id: String,
    /// The channel's id of the parcel.
    pub channel_parcel_id: String,
    /// Every line of the parcel that goes with it.
    pub lines: Vec<IntendedLine>,
    /// Our carrier code.
    pub carrier: String,
    /// Digits.
    pub tracking_number: String,
    /// When the dispatch was asked for.
    pub asked_at: DateTime<Utc>,
}

/// A line that goes with a parcel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IntendedLine {
    /// The channel's id.
    pub channel_line_id: String,
    /// Units.
    pub quantity: i32,
}

impl DispatchIntent {
    /// As the ledger keeps it.
    pub fn into_payload(self) -> Value {
        let lines: Vec<Value> = self
            .lines
            .iter()
            .map(|line| json!({ "channel_line_id": line.channel_line_id, "quantity": line.quantity }))
            .collect();
        json!({
            "channel_order_id": self.channel_order_id,
            "channel_parcel_id": self.channel_parcel_id,
            "lines": lines,
            "carrier": self.carrier,
            "tracking_number": self.tracking_number,
            "asked_at": self.asked_at,
        })
    }

    /// From the ledger.
    pub fn from_payload(effect_id: EffectId, payload: &Value) -> Result<Self, Error> {
        Self::deserialize(payload).map_err(|source| Error::Intent {
            effect_id: effect_id.to_string(),
            source,
        })
    }

    pub(super) fn inspect_lines(&self) -> Vec<pb::InspectLine> {
        self.lines
            .iter()
            .map(|line| pb::InspectLine {
                channel_line_id: line.channel_line_id.clone(),
                quantity: line.quantity,
            })
            .collect()
    }
}

/// Carries out DISPATCH effects.
pub struct DispatchHandler {
    /// Ways to reach the world.
    pub app: Arc<App>,
    /// The pause between two probes.
    pub probe_spacing: Duration,
}

#[async_trait]
impl EffectHandler for DispatchHandler {
    fn kind(&self) -> EffectKind {
        EffectKind::Dispatch
    }

    fn batch_size(&self) -> usize {
        50
    }

    fn probe_spacing(&self) -> Duration {
        self.probe_spacing
    }

    /// Stored facts first, then a fresh look at the channel; both must have nothing against it.
    async fn verify(&self, batch: &[ClaimedEffect]) -> Vec<Verdict> {
        let now = self.app.clock.now();
        let stored = match self.app.parcels_waiting(batch).await {
            Ok(stored) => stored,
            Err(error) => {
                tracing::error!(error = %error, "stored facts of dispatches could not be read: {error}");
                let later = Verdict::Later {
                    at: now + chrono::TimeDelta::seconds(5),
                    reason: "FACTS_UNREADABLE".to_owned(),
                    detail: "the stored facts could not be read".to_owned(),
                };
                return batch.iter().map(|_| later.clone()).collect();
            }
        };
        let mut items = Vec::new();
        for (effect, waiting) in batch.iter().zip(&stored) {
            if let Waiting::Look(intent, receiver) = waiting {
                items.push(pb::InspectItem {
                    effect_id: effect.effect_id.to_string(),
                    fence: effect.fence,
                    channel_order_id: intent.channel_order_id.clone(),
                    channel_parcel_id: intent.channel_parcel_id.clone(),
                    lines: intent.inspect_lines(),
                    part: None,
                    receiver: Some(receiver.clone()),
                });
            }
        }
        let inspections = self.inspect(batch, items).await;
        let mut verdicts = Vec::with_capacity(batch.len());
        for (effect, waiting) in batch.iter().zip(stored) {
            let id = effect.effect_id.to_string();
            verdicts.push(match waiting {
                Waiting::Answered(verdict) => verdict,
                Waiting::Look(intent, _) => match &inspections {
                    Err(status) => Verdict::Later {
                        at: look_again(status, now),
                        reason: reason(status),
                        detail: detail(status),
                    },
                    Ok(inspections) => {
                        let inspection = inspections
                            .iter()
                            .find(|inspection| inspection.effect_id == id);
                        parcels::verdict(&intent, inspection, now)
                    }
                },
            });
        }
        verdicts
    }

    async fn send(&self, batch: &[ClaimedEffect]) -> Vec<SendOutcome> {
        let Some(first) = batch.first() else {
            return Vec::new();
        };
        let mut items = Vec::with_capacity(batch.len());
        for effect in batch {
            let Ok(intent) = DispatchIntent::from_payload(effect.effect_id, &effect.payload) else {
                continue;
            };
            items.push(pb::DispatchItem {
                effect_id: effect.effect_id.to_string(),
                fence: effect.fence,
                permit_id: parcels::permit_id(&effect.evidence),
                lines: intent.inspect_lines(),
                channel_order_id: intent.channel_order_id,
                channel_parcel_id: intent.channel_parcel_id,
                carrier: intent.carrier,
                tracking_number: intent.tracking_number,
                part: None,
            });
        }
        let request = pb::DispatchLinesRequest {
            merchant_id: first.merchant_id.to_string(),
            channel_account_id: ChannelAccountId::from_uuid(first.account_id).to_string(),
            items,
        };
        send_outcomes(batch, self.app.channel_proxy.dispatch(request).await)
    }

    async fn probe(&self, effect: &ClaimedEffect) -> Probe {
        let now = self.app.clock.now();
        let intent = match DispatchIntent::from_payload(effect.effect_id, &effect.payload) {
            Ok(intent) => intent,
            Err(error) => return parcels::unreadable(&error),
        };
        let request = pb::ProbeEffectRequest {
            merchant_id: effect.merchant_id.to_string(),
            channel_account_id: ChannelAccountId::from_uuid(effect.account_id).to_string(),
            effect_id: effect.effect_id.to_string(),
            channel_order_id: intent.channel_order_id,
            channel_parcel_id: intent.channel_parcel_id,
            intended: Some(pb::probe_effect_request::Intended::Dispatch(
                pb::ProbeDispatch {
                    carrier: intent.carrier,
                    tracking_number: intent.tracking_number,
                    channel_line_ids: Vec::new(),
                },
            )),
        };
        probe_outcome(self.app.channel_proxy.probe(request).await, now)
    }

    async fn settled(&self, conn: &mut PgConnection, effects: &[Effect]) -> Result<(), BoxError> {
        for effect in effects {
            self.app.settle_dispatch(conn, effect).await?;
        }
        Ok(())
    }

    fn after_commit(&self) {
        self.app.wake();
    }
}

impl DispatchHandler {
    async fn inspect(
        &self,
        batch: &[ClaimedEffect],
        items: Vec<pb::InspectItem>,
    ) -> Result<Vec<pb::Inspection>, tonic::Status> {
        let Some(first) = batch.first().filter(|_| !items.is_empty()) else {
            return Ok(Vec::new());
        };
        let request = pb::InspectLinesRequest {
            merchant_id: first.merchant_id.to_string(),
            channel_account_id: ChannelAccountId::from_uuid(first.account_id).to_string(),
            items,
        };
        self.app.channel_proxy.inspect(request).await
    }
}

impl App {
    /// What the stored facts say about each dispatch: an answer, or that the channel is to be looked at.
    async fn parcels_waiting(&self, batch: &[ClaimedEffect]) -> Result<Vec<Waiting>, Error> {
        let mut waiting = Vec::with_capacity(batch.len());
        let mut conn = self.db.acquire().await?;
        let stored = parcels::StoredFacts::load(&mut conn, batch).await?;
        let now = self.clock.now();
        for effect in batch {
            waiting.push(
                match DispatchIntent::from_payload(effect.effect_id, &effect.payload) {
                    Ok(intent) => stored.judge(effect, intent, now),
                    Err(error) => Waiting::Answered(malformed(&error)),
                },
            );
        }
        Ok(waiting)
    }
}
