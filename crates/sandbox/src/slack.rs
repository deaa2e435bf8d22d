//! Slack's incoming webhooks: the address is the secret.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::post;
use serde_json::Value;

use crate::shared::Shared;
use crate::world::{Channel, Fact};
use crate::{calls, faults};

/// Messages a second that a channel takes, and how many may come at once before that counts.
const PER_SECOND: f64 = 1.0;
const BURST: f64 = 5.0;

/// What each webhook may still post.
#[derive(Default)]
pub struct Buckets {
    left: Mutex<HashMap<u32, (f64, Instant)>>,
}

impl Buckets {
    /// Takes one post, or says after how many seconds to come back.
    fn take(&self, account: u32, now: Instant) -> Result<(), u64> {
        let mut all = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, at) = all.entry(account).or_insert((BURST, now));
        *left = (*left + now.duration_since(*at).as_secs_f64() * PER_SECOND).min(BURST);
        *at = now;
        if *left >= 1.0 {
            *left -= 1.0;
            return Ok(());
        }
        Err(1)
    }
}

pub fn router(shared: Shared) -> Router {
    Router::new()
        .route("/services/{team}/{service}/{secret}", post(webhook))
        .fallback(async || text(StatusCode::NOT_FOUND, "no_team"))
        .layer(middleware::from_fn_with_state(
            (shared.clone(), Channel::Slack),
            faults::inject,
        ))
        .layer(middleware::from_fn_with_state(
            (shared.clone(), Channel::Slack),
            calls::witness,
        ))
        .with_state(shared)
}

async fn webhook(
    State(shared): State<Shared>,
    Path((team, service, secret)): Path<(String, String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    let found = {
        let store = shared.store();
        let known = store
            .world
            .account_with_key(&team)
            .filter(|(_, account)| account.slack_team == team);
        known.map(|(index, account)| {
            (
                index,
                account.slack_service == service,
                account.slack_secret == secret,
            )
        })
    };
    let account = match found {
        None => return text(StatusCode::NOT_FOUND, "no_team"),
        Some((_, false, _)) => return text(StatusCode::NOT_FOUND, "no_service"),
        Some((_, true, false)) => return text(StatusCode::FORBIDDEN, "invalid_token"),
        Some((account, true, true)) => account,
    };
    if let Err(seconds) = shared.buckets.take(account, Instant::now()) {
        shared.note(Fact::SlackThrottled { account });
        return throttled(seconds);
    }
    let Some(payload) = payload(&headers, &bytes) else {
        return text(StatusCode::BAD_REQUEST, "invalid_payload");
    };
    let written = match check(&payload) {
        Ok(written) => written,
        Err(code) => return text(StatusCode::BAD_REQUEST, code),
    };
    let now = shared.clock.real();
    match shared.store().record(
        now,
        &[Fact::SlackPosted {
            account,
            text: written,
        }],
    ) {
        Ok(()) => text(StatusCode::OK, "ok"),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the sandbox cannot write its journal"
            );
            text(StatusCode::INTERNAL_SERVER_ERROR, "rollup_error")
        }
    }
}

/// The JSON object, sent as such or in the form field `payload`.
fn payload(headers: &HeaderMap, bytes: &[u8]) -> Option<Value> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let value: Value = if content_type.starts_with("application/x-www-form-urlencoded") {
        let (_, value) = url::form_urlencoded::parse(bytes).find(|(name, _)| name == "payload")?;
        serde_json::from_str(&value).ok()?
    } else {
        serde_json::from_slice(bytes).ok()?
    };
    value.is_object().then_some(value)
}

/// The text to remember, or what is wrong with the message.
fn check(payload: &Value) -> Result<String, &'static str> {
    let list = |name: &str| {
        payload
            .get(name)
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    };
    let written = match payload.get("text") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(_) => return Err("invalid_payload"),
    };
    let (blocks, attachments) = (list("blocks"), list("attachments"));
    if written.is_empty() && blocks == 0 && attachments == 0 {
        return Err("no_text");
    }
    if written.chars().count() > 40_000 {
        return Err("msg_too_long");
    }
    if blocks > 50 {
        return Err("invalid_blocks");
    }
    if attachments > 100 {
        return Err("too_many_attachments");
    }
    if written.is_empty() {
        return Ok(payload
            .get("blocks")
            .or_else(|| payload.get("attachments"))
            .map(Value::to_string)
            .unwrap_or_default());
    }
    Ok(written.to_owned())
}

/// Slack's plain-text answers.
pub fn text(status: StatusCode, words: &'static str) -> Response {
    let mut response = Response::new(Body::from(words));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

pub fn throttled(seconds: u64) -> Response {
    let mut response = text(StatusCode::TOO_MANY_REQUESTS, "rate_limited");
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_a_second() {
        let buckets = Buckets::default();
        let start = Instant::now();
        for _ in 0..5 {
            assert_eq!(buckets.take(0, start), Ok(()));
        }
        assert_eq!(buckets.take(0, start), Err(1));
        assert_eq!(buckets.take(1, start), Ok(()));
        assert_eq!(buckets.take(0, start + Duration::from_secs(1)), Ok(()));
    }

    #[test]
    fn a_message_needs_something_to_say() {
        assert_eq!(check(&json!({})), Err("no_text"));
        assert_eq!(check(&json!({"text": ""})), Err("no_text"));
        assert_eq!(check(&json!({"text": 7})), Err("invalid_payload"));
        assert_eq!(check(&json!({"text": "새 주문"})), Ok("새 주문".to_owned()));
        assert!(check(&json!({"blocks": [{"type": "divider"}]})).is_ok());
        assert_eq!(
            check(&json!({"text": "a".repeat(40_001)})),
            Err("msg_too_long")
        );
    }
}
