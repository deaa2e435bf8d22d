//! What we ask of the other services, in our words.

pub(crate) mod fulfillment;
pub(crate) mod order_sync;

use tonic::Status;

/// A question that was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ClientError {
    /// It speaks against sending.
    #[error("{detail}")]
    Refused { reason: String, detail: String },
    /// To be asked again.
    #[error("{service} cannot answer now: {detail}")]
    Away {
        service: &'static str,
        detail: String,
    },
}

/// What a status means, when these reasons are final.
fn failed(service: &'static str, status: &Status, finals: &[&str]) -> ClientError {
    match moa_service::reason_of(status) {
        Some(reason) if finals.contains(&reason.as_str()) => ClientError::Refused {
            reason,
            detail: status.message().to_owned(),
        },
        Some(reason) => ClientError::Away {
            service,
            detail: reason,
        },
        None => ClientError::Away {
            service,
            detail: status.code().description().to_owned(),
        },
    }
}
