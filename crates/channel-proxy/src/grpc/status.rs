//! Errors as statuses: the one place where a reason meets a code.

use std::collections::HashMap;
use std::time::Duration;

use chrono::Utc;
use moa_service::{internal, invalid_field, refusal};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::domain::credential_set::SetRefusal;
use crate::domain::failure::{CallFailure, FailureKind, Policy};
use crate::error::Error;

const DOMAIN: &str = "channel-proxy.moa";

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let refuse = |code, reason, policy: Policy, more: Option<(&'static str, String)>| {
            let policy = ("policy", policy.as_str().to_owned());
            refusal(
                code,
                DOMAIN,
                reason,
                message.clone(),
                [policy].into_iter().chain(more),
            )
        };
        match error {
            Error::Invalid(field) => invalid_field(field.field, field.reason),
            Error::AccountNotFound(_) => refuse(
                Code::NotFound,
                "CHANNEL_ACCOUNT_NOT_FOUND",
                Policy::Ask,
                None,
            ),
            Error::AccountExists(id) => refuse(
                Code::AlreadyExists,
                "CHANNEL_ACCOUNT_EXISTS",
                Policy::Ask,
                Some(("channel_account_id", id.to_string())),
            ),
            Error::AccountChanged(version) => refuse(
                Code::Aborted,
                "CHANNEL_ACCOUNT_CHANGED",
                Policy::Ask,
                Some(("version", version.to_string())),
            ),
            Error::CredentialsNotFound(_) => {
                refuse(Code::NotFound, "CREDENTIALS_NOT_FOUND", Policy::Ask, None)
            }
            Error::CredentialsTooMany => refuse(
                Code::FailedPrecondition,
                "CREDENTIALS_TOO_MANY",
                Policy::Ask,
                None,
            ),
            Error::Credentials(refused) => {
                let reason = match refused {
                    SetRefusal::NotTested => "CREDENTIALS_NOT_TESTED",
                    SetRefusal::Retired => "CREDENTIALS_RETIRED",
                    SetRefusal::InUse => "CREDENTIALS_IN_USE",
                };
                refuse(Code::FailedPrecondition, reason, Policy::Ask, None)
            }
            Error::AccountInactive(_) => refuse(
                Code::FailedPrecondition,
                "CHANNEL_ACCOUNT_INACTIVE",
                Policy::Ask,
                None,
            ),
            Error::LacksOperation { channel, operation } => refusal(
                Code::FailedPrecondition,
                DOMAIN,
                "CHANNEL_LACKS_OPERATION",
                message.clone(),
                [
                    ("policy", Policy::Ask.as_str().to_owned()),
                    ("channel", channel.to_owned()),
                    ("operation", operation.to_owned()),
                ],
            ),
            Error::Call(failure) => call_failed(&failure),
            error @ (Error::Database(_) | Error::BadRow { .. } | Error::Internal { .. }) => {
                internal(error)
            }
        }
    }
}

/// UNAVAILABLE is repeated by clients at once, so it stands only where that does no harm: nothing reached the channel.
fn call_failed(failure: &CallFailure) -> Status {
    let code = match failure.kind {
        FailureKind::QuotaExhausted
        | FailureKind::QuotaSpent
        | FailureKind::Penalty
        | FailureKind::Paused => Code::ResourceExhausted,
        FailureKind::Unreachable | FailureKind::NameUnresolved | FailureKind::HeldElsewhere => {
            Code::Unavailable
        }
        FailureKind::TimedOut => Code::DeadlineExceeded,
        FailureKind::ConnectionLost
        | FailureKind::AnswerUnfinished
        | FailureKind::Fault
        | FailureKind::MalformedAnswer
        | FailureKind::UnknownState => Code::Aborted,
        FailureKind::CredentialsRefused
        | FailureKind::SignatureRefused
        | FailureKind::KeyExpired
        | FailureKind::IpNotAllowed
        | FailureKind::NotGranted
        | FailureKind::AddressForbidden
        | FailureKind::TlsFailed
        | FailureKind::ClockSkewed
        | FailureKind::Banned
        | FailureKind::Refused
        | FailureKind::PermitExpired => Code::FailedPrecondition,
    };
    let policy = failure.kind.policy();
    let mut metadata = HashMap::from([("policy".to_owned(), policy.as_str().to_owned())]);
    if let Some(at) = failure.retry_at {
        metadata.insert("retry_at".to_owned(), at.to_rfc3339());
    }
    if policy == Policy::Page {
        tracing::error!(
            reason = failure.kind.reason(),
            "a call to a channel failed: {failure}"
        );
    }
    let mut details = ErrorDetails::with_error_info(failure.kind.reason(), DOMAIN, metadata);
    // A known end of the waiting is told in the form that clients read by themselves, whatever the policy.
    if policy == Policy::Retry || failure.retry_at.is_some() {
        details.set_retry_info(Some(retry_delay(failure)));
    }
    Status::with_error_details(code, failure.detail.clone(), details)
}

fn retry_delay(failure: &CallFailure) -> Duration {
    #[expect(
        clippy::disallowed_methods,
        reason = "a delay for the wire; no decision rests on it"
    )]
    let now = Utc::now();
    let left = failure.retry_at.and_then(|at| (at - now).to_std().ok());
    left.unwrap_or(Duration::from_secs(1))
}
