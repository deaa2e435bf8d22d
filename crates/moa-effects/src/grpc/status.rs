//! Refusals as gRPC statuses with a stable reason.

use std::collections::HashMap;
use std::sync::Arc;

use moa_id::EffectId;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

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
        let metadata = HashMap::from([("effect_id".to_owned(), effect_id.to_string())]);
        let details = ErrorDetails::with_error_info("EFFECT_NOT_FOUND", &self.domain, metadata);
        let message = format!("effect {effect_id} does not exist");
        Status::with_error_details(Code::NotFound, message, details)
    }

    pub(super) fn not_redrivable(&self, effect_id: EffectId, state: EffectState) -> Status {
        let metadata = HashMap::from([
            ("effect_id".to_owned(), effect_id.to_string()),
            ("state".to_owned(), state.to_string()),
        ]);
        let details =
            ErrorDetails::with_error_info("EFFECT_NOT_REDRIVABLE", &self.domain, metadata);
        let message = format!(
            "effect {effect_id} is {state}; only DEAD, BLOCKED, REJECTED and CONFLICT effects can be redriven"
        );
        Status::with_error_details(Code::FailedPrecondition, message, details)
    }
}

/// A field that cannot be used, with what it should be.
pub(super) fn invalid_field(field: &str, description: &str) -> Status {
    let mut details = ErrorDetails::with_error_info("INVALID_ARGUMENT", "moa", HashMap::new());
    details.add_bad_request_violation(field, description);
    Status::with_error_details(
        Code::InvalidArgument,
        format!("{field} {description}"),
        details,
    )
}

/// A fault of ours: the source is kept for the log and not told.
pub(super) fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Status {
    let mut status = Status::internal("internal error");
    status.set_source(Arc::new(error));
    status
}
