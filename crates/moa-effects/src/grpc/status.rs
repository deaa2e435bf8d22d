//! Refusals as gRPC statuses with a stable reason.

use moa_id::EffectId;
use moa_service::refusal;
use tonic::{Code, Status};

use crate::EffectState;

/// The refusals of one service's ledger; its domain is e.g. `channel-proxy.moa`.
#[derive(Debug)]
pub(super) struct Refusals {
    domain: String,
}

impl Refusals {
    pub(super) fn of(schema: &str) -> Self {
        Self {
            domain: format!("{}.moa", schema.replace('_', "-")),
        }
    }

    pub(super) fn not_found(&self, effect_id: EffectId) -> Status {
        refusal(
            Code::NotFound,
            &self.domain,
            "EFFECT_NOT_FOUND",
            format!("effect {effect_id} does not exist"),
            [("effect_id", effect_id.to_string())],
        )
    }

    pub(super) fn not_redrivable(&self, effect_id: EffectId, state: EffectState) -> Status {
        refusal(
            Code::FailedPrecondition,
            &self.domain,
            "EFFECT_NOT_REDRIVABLE",
            format!(
                "effect {effect_id} is {state}; only DEAD, BLOCKED, REJECTED and CONFLICT effects can be redriven"
            ),
            [
                ("effect_id", effect_id.to_string()),
                ("state", state.to_string()),
            ],
        )
    }
}
