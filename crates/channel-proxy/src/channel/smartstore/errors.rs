//! SmartStore's refusals in our words.

use chrono::TimeDelta;
use serde_json::Value;

use super::wire::{self, BadField};
use crate::channel::Reply;
use crate::domain::failure::{CallFailure, FailureKind};

/// How long a call waits that the application was not granted: somebody has to go to the API centre.
const UNTIL_GRANTED: TimeDelta = TimeDelta::minutes(10);

/// A refusal with the channel's own code, by which some are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// In our words.
    pub failure: CallFailure,
    /// Absent when there was no answer.
    pub http_status: Option<u16>,
    /// The channel's code, e.g. `GW.AUTHN` or `101009`; empty when there is none.
    pub code: String,
    /// The channel's message, short and on one line.
    pub message: String,
}

impl From<CallFailure> for Refusal {
    fn from(failure: CallFailure) -> Self {
        Self {
            failure,
            http_status: None,
            code: String::new(),
            message: String::new(),
        }
    }
}

impl Refusal {
    /// The token is not good any more; nothing was done.
    pub fn is_unauthorised(&self) -> bool {
        self.http_status == Some(401)
    }

    /// One of the product orders asked for is not this seller's.
    pub fn names_a_foreign_id(&self) -> bool {
        matches!(self.code.as_str(), "101009" | "100001")
    }
}

/// An answer that cannot be read.
pub fn malformed(error: &BadField) -> CallFailure {
    CallFailure::perhaps(
        FailureKind::MalformedAnswer,
        format!("the channel answered something that cannot be read: {error}"),
    )
}

/// Tells an answer from a refusal. An empty answer (204) reads as null.
pub fn check(reply: &Reply) -> Result<Value, Refusal> {
    let body = wire::body(&reply.body);
    let status = reply.http_status;
    if (200..300).contains(&status) {
        if reply.body.is_empty() {
            return Ok(Value::Null);
        }
        return body.map_err(|error| malformed(&error).into());
    }
    let body = body.unwrap_or_default();
    let code = wire::text(&body, "code");
    let message = excerpt(&wire::text(&body, "message"));
    Err(Refusal {
        failure: failure(reply, &code, &said(&code, &message, &body)),
        http_status: Some(status),
        code,
        message,
    })
}

/// The channel's code and message, and the fields it complains about, for people. Never the values.
fn said(code: &str, message: &str, body: &Value) -> String {
    let fields = body.get("invalidInputs").and_then(Value::as_array);
    let fields = fields.into_iter().flatten().take(5);
    let names: Vec<String> = fields
        .map(|field| excerpt(&wire::text(field, "name")))
        .filter(|name| !name.is_empty())
        .collect();
    let code = excerpt(code);
    if names.is_empty() {
        format!("{code}: {message}")
    } else {
        format!("{code}: {message} [{}]", names.join(", "))
    }
}

/// A message as it may stand in ours: short, on one line.
pub fn excerpt(message: &str) -> String {
    let clean = message
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c });
    clean.take(200).collect()
}

fn no_effect(kind: FailureKind, detail: impl Into<String>) -> CallFailure {
    CallFailure::without_effect(kind, detail)
}

fn failure(reply: &Reply, code: &str, said: &str) -> CallFailure {
    use FailureKind as Kind;
    match reply.http_status {
        401 => no_effect(
            Kind::CredentialsRefused,
            format!("the channel does not take the token it gave us ({said})"),
        ),
        403 if code == "GW.IP_NOT_ALLOWED" => no_effect(
            Kind::IpNotAllowed,
            format!(
                "the channel does not know our address ({said}); enter it in the API centre as an address of this application"
            ),
        ),
        // About the application, or from a gateway before it: what is asked for may be right all the same.
        403 if matches!(code, "" | "GW.AUTHZ") => no_effect(
            Kind::NotGranted,
            format!(
                "the application may not make this call ({said}); grant it the API group in the API centre, then test the account"
            ),
        )
        .not_before(reply.answered_at + UNTIL_GRANTED),
        403 => no_effect(
            Kind::Refused,
            format!("the channel forbids this call ({said})"),
        ),
        404 if code == "GW.NOT_FOUND" => no_effect(
            Kind::Refused,
            format!("the channel does not know this path ({said})"),
        ),
        429 if code == "GW.QUOTA_LIMIT" => quota_spent(reply),
        429 => no_effect(
            Kind::QuotaExhausted,
            format!("the channel says: too many calls ({said})"),
        ),
        // The gateway passed nothing on: its circuit is open, or it is being maintained.
        503 if code.starts_with("GW.BLOCK") => no_effect(
            Kind::Fault,
            format!("the channel's gateway is closed for now ({said})"),
        )
        .not_before(reply.answered_at + TimeDelta::seconds(30)),
        504 => CallFailure::perhaps(
            Kind::TimedOut,
            format!("the channel's gateway gave up waiting ({said})"),
        ),
        status @ 500..=599 => CallFailure::perhaps(
            Kind::Fault,
            format!("the channel failed inside ({status} {said})"),
        ),
        // "Other": says nothing about what was done.
        status @ 400..=499 if code == "9999" => CallFailure::perhaps(
            Kind::Fault,
            format!("the channel failed inside ({status} {said})"),
        ),
        308 => no_effect(
            Kind::Refused,
            format!("the channel has moved this call for good ({said})"),
        ),
        status @ 300..=399 => CallFailure::perhaps(
            Kind::Fault,
            format!("the channel answered with a redirect ({status})"),
        ),
        status => no_effect(
            Kind::Refused,
            format!("the channel refused the call ({status} {said})"),
        ),
    }
}

/// The allowance of an hour or a round is spent. An hour is also what follows token calls the gateway finds wrong.
fn quota_spent(reply: &Reply) -> CallFailure {
    let header = |name: &str| {
        let value = reply
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok());
        excerpt(value.unwrap_or_default())
    };
    let (period, limit) = (
        header("gncp-gw-quota-period"),
        header("gncp-gw-quota-limit"),
    );
    // By the hour it is the application's penalty; else the allowance of the account.
    if period == "HOURS" {
        return no_effect(
            FailureKind::Penalty,
            format!(
                "the channel allows the application {limit} calls per {period}, its penalty for token calls that break its rules; it ends the morning after a day without any"
            ),
        )
        .not_before(reply.answered_at + TimeDelta::hours(1));
    }
    no_effect(
        FailureKind::QuotaSpent,
        format!("the channel allows {limit} calls per {period} and they are spent"),
    )
    .not_before(reply.answered_at + TimeDelta::minutes(1))
}

#[cfg(test)]
#[path = "errors_tests.rs"]
mod tests;
