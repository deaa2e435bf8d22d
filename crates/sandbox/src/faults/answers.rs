//! How each channel says what the fault layer makes it say.

use axum::http::StatusCode;
use axum::response::Response;

use super::FaultKind;
use crate::smartstore::trace::Trace;
use crate::world::Channel;
use crate::{coupang, slack, smartstore, solapi};

pub fn internal_error(channel: Channel) -> Response {
    match channel {
        Channel::Coupang => {
            coupang::answer::error(StatusCode::INTERNAL_SERVER_ERROR, "Internal Exception")
        }
        Channel::SmartStore => smartstore::answer::internal_error(&trace()),
        Channel::Solapi => solapi::answer::error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalError",
            "Internal server error",
        ),
        Channel::Slack => slack::text(StatusCode::INTERNAL_SERVER_ERROR, "rollup_error"),
    }
}

pub fn timed_out(channel: Channel) -> Response {
    match channel {
        Channel::Coupang => coupang::answer::timed_out(),
        Channel::SmartStore => smartstore::answer::timed_out(&trace()),
        Channel::Solapi => solapi::answer::error(
            StatusCode::GATEWAY_TIMEOUT,
            "GatewayTimeout",
            "Request timed out",
        ),
        Channel::Slack => slack::text(StatusCode::GATEWAY_TIMEOUT, "upstream request timeout"),
    }
}

pub fn closed(channel: Channel) -> Response {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    match channel {
        Channel::Coupang => coupang::answer::error(status, "Service Unavailable"),
        Channel::SmartStore => smartstore::answer::closed(&trace()),
        Channel::Solapi => {
            solapi::answer::error(status, "ServiceUnavailable", "Service unavailable")
        }
        Channel::Slack => slack::text(status, "service_unavailable"),
    }
}

pub fn throttled(channel: Channel) -> Response {
    match channel {
        Channel::Coupang => coupang::answer::throttled(),
        Channel::SmartStore => smartstore::answer::throttled(&trace()),
        Channel::Solapi => solapi::answer::error(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequests",
            "Too many requests",
        ),
        Channel::Slack => slack::throttled(1),
    }
}

pub fn forbidden_address(channel: Channel) -> Response {
    match channel {
        Channel::Coupang => coupang::answer::forbidden_address("203.0.113.7"),
        Channel::SmartStore => smartstore::answer::forbidden_address(&trace()),
        Channel::Solapi => solapi::answer::error(
            StatusCode::FORBIDDEN,
            "Forbidden",
            "IP address is not allowed",
        ),
        Channel::Slack => slack::text(StatusCode::FORBIDDEN, "action_prohibited"),
    }
}

/// A name for a call that its gateway never saw.
fn trace() -> Trace {
    Trace::begin(std::time::SystemTime::now().into())
}

/// What only Coupang's gateway says; other channels answer with their 500.
pub fn gateway(channel: Channel, kind: FaultKind) -> Response {
    if channel != Channel::Coupang {
        return internal_error(channel);
    }
    let (status, message) = match kind {
        FaultKind::ApiRetired => (StatusCode::GONE, "This API has been retired."),
        FaultKind::NotDeployed => (StatusCode::PRECONDITION_FAILED, "This API is not deployed."),
        FaultKind::ReadTimedOut => (StatusCode::PRECONDITION_FAILED, "Read timed out"),
        FaultKind::ApiLocked => (StatusCode::LOCKED, "This API is locked."),
        FaultKind::Unreachable => {
            let status = StatusCode::from_u16(521).unwrap_or(StatusCode::BAD_GATEWAY);
            return coupang::answer::gateway_error(
                status,
                "connection timed out: openapi.internal/10.0.0.1:80",
            );
        }
        FaultKind::Blocked => return coupang::answer::blocked(),
        _ => return internal_error(channel),
    };
    coupang::answer::gateway_error(status, message)
}
