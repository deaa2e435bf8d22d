//! `POST /v1/oauth2/token`: a form in the body, signed by bcrypt, answered with a bearer token.
//!
//! One token belongs to each resource (the store itself, or a seller). Asking again answers the same token while half
//! an hour of it remains, and a new one afterwards; the old one lives on until its own end.

use std::collections::HashMap;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::accounts::text;
use super::answer::{self, Answer, Family};
use super::trace::Trace;
use super::world::{SmartFact, What};
use super::{TOKEN_PATH, gate, sign};
use crate::shared::Shared;
use crate::world::{Channel, Dice, Fact};

/// How long a signed timestamp is good for.
const VALID_FOR: TimeDelta = TimeDelta::minutes(5);
/// With less than this left, a token is not handed out again.
const RENEW_BELOW: TimeDelta = TimeDelta::minutes(30);
const MOST_BYTES: usize = 64 * 1024;
const FIELDS: [&str; 6] = [
    "client_id",
    "timestamp",
    "grant_type",
    "client_secret_sign",
    "type",
    "account_id",
];
const TOKEN_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

type Form = HashMap<String, String>;

/// Answers the call.
pub async fn issue(shared: &Shared, request: Request, trace: &Trace) -> Response {
    let (parts, body) = request.into_parts();
    if parts.method != axum::http::Method::POST {
        return answer::not_found(trace);
    }
    let content_type = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let is_form = content_type
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim() == "application/x-www-form-urlencoded");
    let Ok(bytes) = axum::body::to_bytes(body, MOST_BYTES).await else {
        let message = "요청 본문이 올바르지 않습니다.";
        return refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", message).finish(trace, trace.at());
    };
    let query = read_form(parts.uri.query().unwrap_or_default().as_bytes());
    let in_query = FIELDS.iter().any(|name| query.contains_key(*name));
    let form = if is_form {
        read_form(&bytes)
    } else {
        serde_json::from_slice(&bytes).unwrap_or_default()
    };
    let named = form.get("client_id").or_else(|| query.get("client_id"));
    let client = named.and_then(|id| shared.store().world.smartstore.client(id));
    let allowance = match client {
        None => None,
        Some(account) => match gate::take(shared, account, TOKEN_PATH, trace) {
            Ok(allowance) => Some(allowance),
            Err(refused) => return *refused,
        },
    };
    let answer = if in_query || !is_form {
        if let Some(account) = client {
            penalize(shared, account, "the fields are not in a form body");
        }
        let message = "지원하지 않는 미디어 타입입니다.";
        refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            message,
        )
    } else {
        grant(shared, &form, client, trace.at()).unwrap_or_else(|refused| refused)
    };
    let mut response = answer.finish(trace, trace.at());
    if let Some(allowance) = allowance {
        gate::tell(&mut response, allowance);
    }
    response
}

fn grant(
    shared: &Shared,
    form: &Form,
    client: Option<u32>,
    now: DateTime<Utc>,
) -> Result<Answer, Answer> {
    for name in ["client_id", "timestamp", "client_secret_sign", "type"] {
        present(form, name)?;
    }
    let client_id = present(form, "client_id")?;
    let Some(account) = client else {
        bad_signature(shared, None, "an unknown client_id");
        return Err(invalid(
            "client_id",
            "Invalid",
            "client_id 항목이 유효하지 않습니다",
        ));
    };
    let grant_type = form.get("grant_type").map(String::as_str);
    if grant_type != Some("client_credentials") {
        if grant_type.is_none_or(str::is_empty) {
            penalize(shared, account, "grant_type is left out");
        }
        return Err(invalid(
            "grant_type",
            "Invalid",
            "grant_type 항목이 유효하지 않습니다",
        ));
    }
    let for_seller = whose(shared, account, form)?;
    let timestamp = fresh_timestamp(present(form, "timestamp")?, now).inspect_err(|_| {
        bad_signature(
            shared,
            Some(account),
            "a timestamp that is not of these minutes",
        );
    })?;
    let secret = shared
        .store()
        .world
        .account(account)
        .map(|account| account.smartstore.client_secret.clone())
        .unwrap_or_default();
    if !sign::is_right(
        present(form, "client_secret_sign")?,
        client_id,
        timestamp,
        &secret,
    ) {
        bad_signature(shared, Some(account), "a wrong client_secret_sign");
        let message = "client_secret_sign 항목이 유효하지 않습니다";
        return Err(invalid("client_secret_sign", "Invalid", message));
    }
    let mut store = shared.store();
    let newest = store.world.smartstore.newest_token(account, for_seller);
    let again = newest.filter(|(_, token)| token.expires_at - now >= RENEW_BELOW);
    let (token, expires_at) = if let Some((text, token)) = again {
        (text.to_owned(), token.expires_at)
    } else {
        let number = store.world.smartstore.token_count();
        let mut dice = Dice::new(store.world.seed, "smartstore-token", number);
        let token = text(&mut dice, TOKEN_LETTERS, 22);
        let lifetime = TimeDelta::seconds(shared.smartstore.rules().token_seconds.into());
        let expires_at = now + lifetime;
        let what = What::TokenIssued {
            account,
            for_seller,
            token: token.clone(),
            expires_at,
        };
        store.record(now, &[SmartFact::of(shared.clock.world(), what)])?;
        (token, expires_at)
    };
    Ok(Answer::ok(
        Family::Token,
        json!({
            "access_token": token,
            "expires_in": (expires_at - now).num_seconds(),
            "token_type": "Bearer",
        }),
    ))
}

/// Whether the token is for a seller; the seller named has to be the account's own.
fn whose(shared: &Shared, account: u32, form: &Form) -> Result<bool, Answer> {
    let named = form
        .get("account_id")
        .map(String::as_str)
        .filter(|id| !id.is_empty());
    let message = "account_id 항목이 유효하지 않습니다";
    match (present(form, "type")?, named) {
        ("SELF", None) => Ok(false),
        ("SELLER", Some(id)) => {
            let store = shared.store();
            let known = store
                .world
                .account(account)
                .map(|account| &account.smartstore);
            if known.is_some_and(|known| id == known.account_id || id == known.login_id) {
                Ok(true)
            } else {
                Err(invalid("account_id", "Invalid", message))
            }
        }
        ("SELF", Some(_)) | ("SELLER", None) => {
            penalize(shared, account, "account_id does not match type");
            Err(invalid("account_id", "Invalid", message))
        }
        _ => Err(invalid("type", "Invalid", "type 항목이 유효하지 않습니다")),
    }
}

/// Milliseconds since 1970, of the last five minutes.
fn fresh_timestamp(text: &str, now: DateTime<Utc>) -> Result<i64, Answer> {
    let wrong = |message| invalid("timestamp", "Invalid", message);
    let millis: i64 = text
        .parse()
        .map_err(|_| wrong("timestamp 항목이 유효하지 않습니다."))?;
    if millis > now.timestamp_millis() {
        return Err(wrong("timestamp 항목은 현재 이전이어야 합니다."));
    }
    if now.timestamp_millis() - millis > VALID_FOR.num_milliseconds() {
        return Err(wrong("timestamp 항목의 유효 시간이 만료되었습니다."));
    }
    Ok(millis)
}

fn present<'a>(form: &'a Form, name: &str) -> Result<&'a str, Answer> {
    form.get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| invalid(name, "NotBlank", &format!("{name} 항목은 필수입니다.")))
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::error(Family::Token, status, code, message)
}

fn invalid(name: &str, kind: &str, message: &str) -> Answer {
    refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", message).with_inputs(&[(name, kind, message)])
}

fn penalize(shared: &Shared, account: u32, reason: &str) {
    let what = What::NonStandardTokenCall {
        account,
        reason: reason.to_owned(),
    };
    shared.note(SmartFact::of(shared.clock.world(), what));
}

fn bad_signature(shared: &Shared, account: Option<u32>, reason: &str) {
    shared.note(Fact::BadSignature {
        channel: Channel::SmartStore,
        account,
        reason: reason.to_owned(),
    });
}

fn read_form(bytes: &[u8]) -> Form {
    url::form_urlencoded::parse(bytes).into_owned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_of_the_last_five_minutes_and_in_milliseconds() {
        let now = DateTime::from_timestamp_millis(1_700_000_000_000).unwrap();
        let read = |millis: i64| fresh_timestamp(&millis.to_string(), now).is_ok();
        assert!(read(1_700_000_000_000));
        assert!(read(1_699_999_700_000));
        assert!(!read(1_699_999_699_999), "older than five minutes");
        assert!(!read(1_700_000_000_001), "in the future");
        assert!(!read(1_700_000_000), "seconds");
    }
}
