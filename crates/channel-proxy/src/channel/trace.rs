//! What a look for a write's trace rests on, as JSON text without personal data.

use serde_json::{Value, json};

use crate::domain::claim::{ChannelClaim, ClaimKind, ClaimStage, ClaimState};
use crate::domain::facts::Read;

/// Some facts and the reads that showed them.
pub fn of(what: &str, facts: Value, reads: &[Read]) -> String {
    let reads: Vec<Value> = reads
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
    json!({what: facts, "reads": reads}).to_string()
}

/// A claim as a look showed it; nothing when the channel does not show it any more.
pub fn of_claim(claim: Option<&ChannelClaim>, reads: &[Read]) -> String {
    let facts = claim.map(|claim| {
        let numbers = claim.reshipments.iter().map(|it| &it.tracking_number);
        json!({
            "channel_claim_id": claim.channel_claim_id,
            "kind": kind_word(claim.kind),
            "state": state_word(claim.state),
            "stage": stage_word(&claim.stage),
            "quantity": claim.quantity(),
            "collections": claim.collections.len(),
            "reshipments": numbers.collect::<Vec<_>>(),
        })
    });
    of("claim", facts.unwrap_or_default(), reads)
}

fn kind_word(kind: ClaimKind) -> &'static str {
    match kind {
        ClaimKind::Cancel => "CANCEL",
        ClaimKind::StopShipment => "STOP_SHIPMENT",
        ClaimKind::Return => "RETURN",
        ClaimKind::Exchange => "EXCHANGE",
    }
}

fn state_word(state: ClaimState) -> &'static str {
    match state {
        ClaimState::Requested => "REQUESTED",
        ClaimState::Completed => "COMPLETED",
        ClaimState::Withdrawn => "WITHDRAWN",
        ClaimState::Rejected => "REJECTED",
        ClaimState::Unknown => "UNKNOWN",
    }
}

fn stage_word(stage: &ClaimStage) -> &str {
    match stage {
        ClaimStage::Requested => "REQUESTED",
        ClaimStage::Collecting => "COLLECTING",
        ClaimStage::Collected => "COLLECTED",
        ClaimStage::ChannelCheck => "CHANNEL_CHECK",
        ClaimStage::Reshipped => "RESHIPPED",
        ClaimStage::Completed => "COMPLETED",
        ClaimStage::Rejected => "REJECTED",
        ClaimStage::Withdrawn => "WITHDRAWN",
        ClaimStage::Unknown(word) => word,
    }
}
