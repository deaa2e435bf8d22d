//! Whether a parcel may be dispatched: what the stored facts say, and what a fresh look said.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use moa_effects::{ClaimedEffect, Probe, Verdict};
use moa_id::{OrderId, ShipmentId};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::parse_timestamp;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::dispatch::DispatchIntent;
use super::evidence;
use crate::Error;
use crate::app::object::objections;
use crate::domain::carrier::Carrier;
use crate::domain::order::{LineState, Order};
use crate::domain::plan::{Acknowledgement, AcknowledgementState};
use crate::domain::shipment::{Shipment, ShipmentState};
use crate::store::{acknowledgements, orders, shipments};

const NOT_ACKNOWLEDGED: &str = "PARCEL_NOT_ACKNOWLEDGED";
/// How long a dispatch waits for its parcel to be accepted before a person is asked.
const WAITS_FOR_ACKNOWLEDGE: TimeDelta = TimeDelta::minutes(30);

/// Where a dispatch stands before the look at the channel.
pub(super) enum Waiting {
    /// The stored facts decide.
    Answered(Verdict),
    /// The channel is to be looked at; it should show this receiver.
    Look(DispatchIntent, pb::ReceiverMark),
}

/// What is stored about the shipments of a batch.
pub(super) struct StoredFacts {
    shipments: BTreeMap<ShipmentId, Shipment>,
    orders: BTreeMap<OrderId, Order>,
    acknowledgements: Vec<Acknowledgement>,
}

impl StoredFacts {
    /// Reads them; a batch is of one merchant.
    pub(super) async fn load(
        conn: &mut PgConnection,
        batch: &[ClaimedEffect],
    ) -> Result<Self, Error> {
        let Some(first) = batch.first() else {
            return Ok(Self {
                shipments: BTreeMap::new(),
                orders: BTreeMap::new(),
                acknowledgements: Vec::new(),
            });
        };
        let mut shipment_ids: Vec<ShipmentId> = batch
            .iter()
            .map(|effect| ShipmentId::from_uuid(effect.subject_id))
            .collect();
        shipment_ids.sort();
        shipment_ids.dedup();
        let shipments = shipments::load(&mut *conn, first.merchant_id, &shipment_ids).await?;
        let mut order_ids: Vec<OrderId> = shipments.iter().flat_map(Shipment::order_ids).collect();
        order_ids.sort();
        order_ids.dedup();
        Ok(Self {
            orders: orders::load(&mut *conn, first.merchant_id, &order_ids).await?,
            acknowledgements: acknowledgements::list(&mut *conn, first.merchant_id, &order_ids)
                .await?,
            shipments: shipments
                .into_iter()
                .map(|shipment| (shipment.id, shipment))
                .collect(),
        })
    }

    /// What they say about one dispatch. An effect can be redriven without its shipment, so this looks again at what
    /// was looked at when the dispatch was asked for.
    pub(super) fn judge(
        &self,
        effect: &ClaimedEffect,
        intent: DispatchIntent,
        now: DateTime<Utc>,
    ) -> Waiting {
        let blocked = |reason: &str, detail: String| {
            let evidence = json!({ "source": "stored facts" });
            Waiting::Answered(Verdict::Blocked {
                reason: reason.to_owned(),
                detail,
                evidence,
            })
        };
        let Some(shipment) = self
            .shipments
            .get(&ShipmentId::from_uuid(effect.subject_id))
        else {
            return blocked(
                "SHIPMENT_NOT_FOUND",
                "its shipment does not exist any more".to_owned(),
            );
        };
        if shipment.state == ShipmentState::Cancelled {
            return blocked(
                "SHIPMENT_CANCELLED",
                "its shipment was cancelled".to_owned(),
            );
        }
        if let Some(objection) = objections(shipment, &self.orders).into_iter().next() {
            return blocked(objection.reason.code(), objection.detail);
        }
        if self.is_acknowledged(effect, &intent) {
            let receiver = packed_for(shipment, &intent);
            Waiting::Look(intent, receiver)
        } else {
            Waiting::Answered(wait(&intent, now))
        }
    }

    fn is_acknowledged(&self, effect: &ClaimedEffect, intent: &DispatchIntent) -> bool {
        let order_id = effect.order_id.map(OrderId::from_uuid);
        let Some(order) = order_id.and_then(|id| self.orders.get(&id)) else {
            return false;
        };
        let told = self.acknowledgements.iter().any(|ack| {
            ack.order_id == order.order_id
                && ack.channel_parcel_id == intent.channel_parcel_id
                && ack.state == AcknowledgementState::Confirmed
        });
        let mut lines = order.parcel_lines(&intent.channel_parcel_id);
        told || lines.all(|line| line.snapshot.state != LineState::Placed)
    }
}

/// Whom a parcel was packed for.
fn packed_for(shipment: &Shipment, intent: &DispatchIntent) -> pb::ReceiverMark {
    let mut parcels = shipment.parcels.iter();
    let parcel = parcels.find(|p| p.key.channel_parcel_id == intent.channel_parcel_id);
    let mark = parcel.map(|parcel| parcel.receiver.mark.clone());
    let mark = mark.unwrap_or_default();
    pb::ReceiverMark {
        place: mark.place.into(),
        name: mark.name.into(),
    }
}

/// What a fresh look said.
pub(super) fn verdict(
    intent: &DispatchIntent,
    inspection: Option<&pb::Inspection>,
    now: DateTime<Utc>,
) -> Verdict {
    let Some(inspection) = inspection else {
        return Verdict::Later {
            at: now + TimeDelta::seconds(5),
            reason: "ANSWER_MISSING".to_owned(),
            detail: "channel-proxy gave no answer for this parcel".to_owned(),
        };
    };
    let (reason, detail) = (inspection.reason.clone(), inspection.detail.clone());
    let seen = evidence(&inspection.evidence_json);
    match (inspection.verdict(), &inspection.permit) {
        (pb::InspectionVerdict::Clear, Some(permit)) => Verdict::Verified {
            evidence: json!({
                "permit_id": permit.permit_id,
                "evidence_hash": permit.evidence_hash,
                "oldest_read_at": time(permit.oldest_read_at),
                "expires_at": time(permit.expires_at),
                "seen": seen,
            }),
        },
        // Our own acceptance went through a moment ago; the channel's look may lag behind it.
        (pb::InspectionVerdict::Blocked, _) if reason == NOT_ACKNOWLEDGED => wait(intent, now),
        (pb::InspectionVerdict::Blocked, _) => Verdict::Blocked {
            reason,
            detail,
            evidence: seen,
        },
        (pb::InspectionVerdict::AlreadyDispatched, _) => {
            let there = seen.pointer("/parcel/tracking_number");
            let there = there.and_then(Value::as_str).unwrap_or_default();
            // A delivery without a carrier has no number at some channels.
            let without_number = there.is_empty() && intent.carrier == Carrier::Direct.code();
            if there == intent.tracking_number || without_number {
                return Verdict::AlreadyDone { evidence: seen };
            }
            let detail =
                format!("the channel already has another tracking number for this parcel: {there}");
            Verdict::Blocked {
                reason: "PARCEL_ALREADY_DISPATCHED".to_owned(),
                detail,
                evidence: seen,
            }
        }
        (pb::InspectionVerdict::Later, _) => {
            let at = inspection
                .retry_at
                .and_then(|at| parse_timestamp("retry_at", Some(at)).ok());
            Verdict::Later {
                at: at.unwrap_or(now + TimeDelta::seconds(5)),
                reason,
                detail,
            }
        }
        (pb::InspectionVerdict::Clear | pb::InspectionVerdict::Unspecified, _) => Verdict::Later {
            at: now + TimeDelta::seconds(30),
            reason: "ANSWER_NOT_UNDERSTOOD".to_owned(),
            detail:
                "channel-proxy's answer has no permit, or a word that this version does not know"
                    .to_owned(),
        },
    }
}

/// The permit of this attempt's look.
pub(super) fn permit_id(evidence: &Value) -> String {
    evidence
        .get("permit_id")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// A probe for an intent that cannot be read: a person decides.
pub(super) fn unreadable(error: &Error) -> Probe {
    Probe::Conflict {
        reason: "INTENT_MALFORMED".to_owned(),
        detail: error.to_string(),
        evidence: Value::Null,
    }
}

fn wait(intent: &DispatchIntent, now: DateTime<Utc>) -> Verdict {
    let waited = now - intent.asked_at;
    if waited >= WAITS_FOR_ACKNOWLEDGE {
        let detail = format!(
            "the channel has not accepted the order for {} minutes; see its acknowledgement, then dispatch again",
            waited.num_minutes()
        );
        let evidence = json!({ "asked_at": intent.asked_at });
        return Verdict::Blocked {
            reason: NOT_ACKNOWLEDGED.to_owned(),
            detail,
            evidence,
        };
    }
    let pause = if waited < TimeDelta::minutes(1) {
        TimeDelta::seconds(2)
    } else {
        TimeDelta::seconds(15)
    };
    Verdict::Later {
        at: now + pause,
        reason: NOT_ACKNOWLEDGED.to_owned(),
        detail: "the channel takes no tracking number before it accepted the order".to_owned(),
    }
}

fn time(at: Option<prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    parse_timestamp("at", at).ok()
}
