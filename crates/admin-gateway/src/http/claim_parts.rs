//! What a claim consists of: lines, parcels, a deadline, and steps taken from here.

use chrono::{DateTime, Utc};
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::fulfillment::v1 as fulfillment;
use moa_proto::moa::order_sync::v1 as pb;
use serde::Serialize;
use utoipa::ToSchema;

use super::convert::{filled, time, time_or_epoch};
use super::words::{ClaimAction, ClaimDeadlineOutcome, ClaimDeadlineSource, EffectState};

/// By when a merchant must act, and what the channel does by itself then.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimDeadline {
    /// null when the channel acts by itself at a time that it does not tell.
    #[schema(required = true)]
    at: Option<DateTime<Utc>>,
    outcome: ClaimDeadlineOutcome,
    source: ClaimDeadlineSource,
}

/// So much of one line.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimLine {
    channel_line_id: String,
    quantity: i32,
}

/// A parcel of a claim.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimParcel {
    #[schema(required = true)]
    channel_parcel_id: Option<String>,
    /// Our carrier code, or the channel's own when it is none of ours.
    #[schema(required = true)]
    carrier: Option<String>,
    #[schema(required = true)]
    tracking_number: Option<String>,
}

/// A step taken from here, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimDecision {
    id: String,
    action: ClaimAction,
    effect_id: String,
    state: EffectState,
    /// Why it is in this state; null while nothing went wrong.
    #[schema(required = true)]
    reason: Option<String>,
    #[schema(required = true)]
    detail: Option<String>,
    operator_id: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<channel::ClaimDeadline> for ClaimDeadline {
    fn from(deadline: channel::ClaimDeadline) -> Self {
        Self {
            at: time(deadline.at),
            outcome: ClaimDeadlineOutcome::of(deadline.outcome),
            source: ClaimDeadlineSource::of(deadline.source),
        }
    }
}

impl From<channel::ClaimParcel> for ClaimParcel {
    fn from(parcel: channel::ClaimParcel) -> Self {
        Self {
            channel_parcel_id: filled(parcel.channel_parcel_id),
            carrier: filled(parcel.carrier).or(filled(parcel.channel_carrier)),
            tracking_number: filled(parcel.tracking_number),
        }
    }
}

impl From<fulfillment::ClaimDecision> for ClaimDecision {
    fn from(decision: fulfillment::ClaimDecision) -> Self {
        Self {
            id: decision.decision_id,
            action: ClaimAction::of(decision.action),
            effect_id: decision.effect_id,
            state: EffectState::of(decision.state),
            reason: filled(decision.reason),
            detail: filled(decision.detail),
            operator_id: decision.operator_id,
            created_at: time_or_epoch(decision.created_at),
            updated_at: time_or_epoch(decision.updated_at),
        }
    }
}

impl From<pb::ClaimLine> for ClaimLine {
    fn from(line: pb::ClaimLine) -> Self {
        Self {
            channel_line_id: line.channel_line_id,
            quantity: line.quantity,
        }
    }
}
