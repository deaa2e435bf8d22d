//! Proto ↔ ledger, mechanical.

use moa_proto::moa::effects::v1 as pb;
use moa_service::{invalid_field, timestamp};
use tonic::Status;

use crate::{Attempt, Effect, EffectKind, EffectState};

pub(super) fn parse_state(field: &str, value: i32) -> Result<Option<EffectState>, Status> {
    let unknown = || invalid_field(field, "must be a known EffectState");
    Ok(
        match pb::EffectState::try_from(value).map_err(|_| unknown())? {
            pb::EffectState::Unspecified => None,
            pb::EffectState::Pending => Some(EffectState::Pending),
            pb::EffectState::Claimed => Some(EffectState::Claimed),
            pb::EffectState::Verified => Some(EffectState::Verified),
            pb::EffectState::Sending => Some(EffectState::Sending),
            pb::EffectState::Confirmed => Some(EffectState::Confirmed),
            pb::EffectState::Rejected => Some(EffectState::Rejected),
            pb::EffectState::Retryable => Some(EffectState::Retryable),
            pb::EffectState::Unknown => Some(EffectState::Unknown),
            pb::EffectState::Blocked => Some(EffectState::Blocked),
            pb::EffectState::Conflict => Some(EffectState::Conflict),
            pb::EffectState::Repair => Some(EffectState::Repair),
            pb::EffectState::Dead => Some(EffectState::Dead),
        },
    )
}

pub(super) fn parse_kind(field: &str, value: i32) -> Result<Option<EffectKind>, Status> {
    let unknown = || invalid_field(field, "must be a known EffectKind");
    Ok(
        match pb::EffectKind::try_from(value).map_err(|_| unknown())? {
            pb::EffectKind::Unspecified => None,
            pb::EffectKind::Acknowledge => Some(EffectKind::Acknowledge),
            pb::EffectKind::Dispatch => Some(EffectKind::Dispatch),
            pb::EffectKind::Message => Some(EffectKind::Message),
            pb::EffectKind::AnswerInquiry => Some(EffectKind::AnswerInquiry),
            pb::EffectKind::DecideClaim => Some(EffectKind::DecideClaim),
            pb::EffectKind::Refund => Some(EffectKind::Refund),
        },
    )
}

impl From<EffectState> for pb::EffectState {
    fn from(state: EffectState) -> Self {
        match state {
            EffectState::Pending => Self::Pending,
            EffectState::Claimed => Self::Claimed,
            EffectState::Verified => Self::Verified,
            EffectState::Sending => Self::Sending,
            EffectState::Confirmed => Self::Confirmed,
            EffectState::Rejected => Self::Rejected,
            EffectState::Retryable => Self::Retryable,
            EffectState::Unknown => Self::Unknown,
            EffectState::Blocked => Self::Blocked,
            EffectState::Conflict => Self::Conflict,
            EffectState::Repair => Self::Repair,
            EffectState::Dead => Self::Dead,
        }
    }
}

impl From<EffectKind> for pb::EffectKind {
    fn from(kind: EffectKind) -> Self {
        match kind {
            EffectKind::Acknowledge => Self::Acknowledge,
            EffectKind::Dispatch => Self::Dispatch,
            EffectKind::Message => Self::Message,
            EffectKind::AnswerInquiry => Self::AnswerInquiry,
            EffectKind::DecideClaim => Self::DecideClaim,
            EffectKind::Refund => Self::Refund,
        }
    }
}

impl From<Effect> for pb::Effect {
    fn from(effect: Effect) -> Self {
        Self {
            effect_id: effect.effect_id.to_string(),
            kind: pb::EffectKind::from(effect.kind).into(),
            state: pb::EffectState::from(effect.state).into(),
            subject_id: effect.subject_id.to_string(),
            order_id: effect.order_id.map(|id| id.to_string()).unwrap_or_default(),
            dedupe_key: effect.dedupe_key,
            reason: effect.reason,
            detail: effect.detail,
            attempt_count: effect.attempt_count,
            // What rests has no next attempt; the column keeps its last value.
            next_attempt_at: (!effect.state.is_resting())
                .then(|| timestamp(effect.next_attempt_at)),
            created_at: Some(timestamp(effect.created_at)),
            updated_at: Some(timestamp(effect.updated_at)),
        }
    }
}

impl From<Attempt> for pb::EffectAttempt {
    fn from(attempt: Attempt) -> Self {
        Self {
            fence: attempt.fence,
            from_state: pb::EffectState::from(attempt.from_state).into(),
            to_state: pb::EffectState::from(attempt.to_state).into(),
            at: Some(timestamp(attempt.at)),
            reason: attempt.reason,
            detail: attempt.detail,
            evidence_json: attempt.evidence.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_kind_survives_the_wire() {
        for state in EffectState::ALL {
            assert_eq!(
                parse_state("state", pb::EffectState::from(*state).into()).unwrap(),
                Some(*state)
            );
        }
        for kind in EffectKind::ALL {
            assert_eq!(
                parse_kind("kind", pb::EffectKind::from(*kind).into()).unwrap(),
                Some(*kind)
            );
        }
    }

    #[test]
    fn unspecified_means_all_and_a_foreign_number_is_refused() {
        assert_eq!(parse_state("state", 0).unwrap(), None);
        assert_eq!(
            parse_state("state", 99).unwrap_err().code(),
            tonic::Code::InvalidArgument
        );
    }
}
