//! The words in which a request is refused.
//!
//! Every refusal carries an `ErrorInfo` with a stable reason; clients match on the reason, never on the text.

use std::collections::HashMap;
use std::sync::Arc;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::BoxError;

/// A refusal with its stable reason, e.g. `SHIPMENT_NOT_FOUND` of domain `fulfillment.moa`.
///
/// `metadata` holds what the caller needs to act on, without personal data.
pub fn refusal<'a>(
    code: Code,
    domain: &str,
    reason: &str,
    message: impl Into<String>,
    metadata: impl IntoIterator<Item = (&'a str, String)>,
) -> Status {
    let metadata: HashMap<String, String> = metadata
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    let details = ErrorDetails::with_error_info(reason, domain, metadata);
    Status::with_error_details(code, message, details)
}

/// A field that is wrong, and why: code `INVALID_ARGUMENT`, reason `INVALID_ARGUMENT`.
pub fn invalid_field(field: &str, description: impl Into<String>) -> Status {
    let description = description.into();
    let message = format!("{field} {description}");
    let mut details = ErrorDetails::with_bad_request_violation(field, description);
    details.set_error_info("INVALID_ARGUMENT", "moa", HashMap::new());
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// Whether a call surely never left: nobody listened where it was to go. False when there is any doubt.
pub fn never_left(status: &Status) -> bool {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// A fault of ours: "internal error" outside, the error itself kept for the log.
pub fn internal(error: impl Into<BoxError>) -> Status {
    let mut status = Status::internal("internal error");
    let source: BoxError = error.into();
    status.set_source(Arc::from(source));
    status
}

/// The stable reason of a refusal.
pub fn reason_of(status: &Status) -> Option<String> {
    Some(status.get_details_error_info()?.reason)
}

/// The metadata of a refusal; empty when it has none.
pub fn metadata_of(status: &Status) -> HashMap<String, String> {
    status
        .get_details_error_info()
        .map(|info| info.metadata)
        .unwrap_or_default()
}

/// The fields of a refusal, as (field, description).
pub fn fields_of(status: &Status) -> Vec<(String, String)> {
    let Some(bad_request) = status.get_details_bad_request() else {
        return Vec::new();
    };
    let violations = bad_request.field_violations.into_iter();
    violations.map(|v| (v.field, v.description)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_carries_its_reason_and_metadata() {
        let status = refusal(
            Code::FailedPrecondition,
            "fulfillment.moa",
            "LINE_ALREADY_SHIPPED",
            "the line has left already",
            [("shipment_id", "7".to_owned())],
        );
        assert_eq!(reason_of(&status).as_deref(), Some("LINE_ALREADY_SHIPPED"));
        assert_eq!(metadata_of(&status)["shipment_id"], "7");
    }

    #[test]
    fn a_wrong_field_is_named() {
        let status = invalid_field("page_size", "must be at most 200");
        let fields = fields_of(&status);
        assert_eq!(fields[0].0, "page_size");
        assert_eq!(reason_of(&status).as_deref(), Some("INVALID_ARGUMENT"));
    }

    #[test]
    fn an_internal_fault_says_nothing_outside() {
        let status = internal(std::io::Error::other("password is hunter2"));
        assert_eq!(status.message(), "internal error");
    }
}
