//! What a verdict rests on, as JSON text without personal data.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::domain::claim::{ChannelClaim, ClaimKind, ClaimState};
use crate::domain::facts::{ParcelFacts, ParcelSight};
use crate::domain::order::LineState;

/// The facts of a look.
pub fn of_facts(facts: &ParcelFacts) -> String {
    let reads: Vec<Value> = facts
        .reads
        .iter()
        .map(|read| {
            json!({
                "what": read.what,
                "sent_at": read.sent_at,
                "answered_at": read.answered_at,
                "http_status": read.http_status,
            })
        })
        .collect();
    let claims: Vec<Value> = facts.claims.iter().map(of_claim).collect();
    let parcel = match &facts.parcel {
        ParcelSight::Gone => json!({"gone": true}),
        ParcelSight::NotFound => json!({"not_found": true}),
        ParcelSight::Seen(parcel) => {
            let lines = parcel.lines.iter().map(|line| {
                json!({
                    "channel_line_id": line.channel_line_id,
                    "quantity": line.quantity,
                    "cancelled": line.cancelled,
                    "held": line.held,
                })
            });
            json!({
                "channel_order_id": parcel.channel_order_id,
                "channel_parcel_id": parcel.channel_parcel_id,
                "state": state_word(&parcel.state),
                "tracking_number": parcel.tracking_number,
                "lines": lines.collect::<Vec<_>>(),
            })
        }
    };
    json!({"parcel": parcel, "claims": claims, "reads": reads}).to_string()
}

fn of_claim(claim: &ChannelClaim) -> Value {
    let kind = match claim.kind {
        ClaimKind::Cancel => "CANCEL",
        ClaimKind::StopShipment => "STOP_SHIPMENT",
        ClaimKind::Return => "RETURN",
        ClaimKind::Exchange => "EXCHANGE",
    };
    let state = match claim.state {
        ClaimState::Requested => "REQUESTED",
        ClaimState::Completed => "COMPLETED",
        ClaimState::Withdrawn => "WITHDRAWN",
        ClaimState::Rejected => "REJECTED",
        ClaimState::Unknown => "UNKNOWN",
    };
    json!({"channel_claim_id": claim.channel_claim_id, "kind": kind, "state": state})
}

fn state_word(state: &LineState) -> &str {
    match state {
        LineState::Placed => "PLACED",
        LineState::Acknowledged => "ACKNOWLEDGED",
        LineState::Dispatched => "DISPATCHED",
        LineState::Delivered => "DELIVERED",
        LineState::Confirmed => "CONFIRMED",
        LineState::Cancelled => "CANCELLED",
        LineState::Returned => "RETURNED",
        LineState::Unknown(word) => word,
    }
}

/// SHA-256 of evidence, hex.
pub fn hash(evidence: &str) -> String {
    hex::encode(Sha256::digest(evidence.as_bytes()))
}

/// Evidence with more fields in it; what is no object is kept under `channel`.
pub fn with(evidence: &str, more: Value) -> String {
    let mut all = match serde_json::from_str(evidence) {
        Ok(Value::Object(fields)) => fields,
        Ok(Value::Null) | Err(_) => serde_json::Map::new(),
        Ok(other) => serde_json::Map::from_iter([("channel".to_owned(), other)]),
    };
    if let Value::Object(more) = more {
        all.extend(more);
    }
    Value::Object(all).to_string()
}
