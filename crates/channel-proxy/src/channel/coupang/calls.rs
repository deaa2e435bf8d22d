//! One signed call.

use chrono::{DateTime, Utc};
use reqwest::{Method, Request};
use serde_json::Value;
use url::Url;

use super::errors::{Refusal, check};
use super::sign::authorization;
use super::wire::{BadField, Envelope, transaction_id};
use crate::channel::{CoupangCredentials, Credentials, Reply, Session};
use crate::domain::buckets::Bucket;
use crate::domain::failure::{CallFailure, FailureKind};
use crate::quota::Slot;

/// The gateway answers within 3 s unless asked for more; ours end after 10 s.
const EXTENDED_TIMEOUT_MS: &str = "9000";

/// An answer that cannot be read.
pub fn malformed(error: &BadField) -> CallFailure {
    CallFailure::perhaps(
        FailureKind::MalformedAnswer,
        format!("the channel answered something that cannot be read: {error}"),
    )
}

fn credentials(session: &Session) -> Result<&CoupangCredentials, CallFailure> {
    match session.credentials() {
        Credentials::Coupang(coupang) => Ok(coupang),
        Credentials::SmartStore(_) => Err(CallFailure::without_effect(
            FailureKind::CredentialsRefused,
            "the account's credentials are of another channel",
        )),
    }
}

/// The vendor's own id.
pub fn vendor_id(session: &Session) -> &str {
    session.credentials().seller_id()
}

/// A path below the vendor.
pub fn vendor_path(session: &Session, version: &str, rest: &str) -> String {
    let vendor_id = vendor_id(session);
    format!("/v2/providers/openapi/apis/api/{version}/vendors/{vendor_id}/{rest}")
}

/// A read.
pub async fn read(
    session: &Session,
    slot: Slot,
    path: &str,
    query: &str,
) -> Result<(Reply, Envelope), Refusal> {
    let build = |now| request(session, Method::GET, path, query, None, now);
    let reply = session.exchange(slot, build).await?;
    let envelope = conclude(session, &reply)?;
    Ok((reply, envelope))
}

/// Any path of the gateway.
pub fn provider_path(provider: &str, rest: &str) -> String {
    format!("/v2/providers/{provider}/apis/api/{rest}")
}

/// A part of a path or a query that came from outside.
pub fn encoded(part: &str) -> String {
    url::form_urlencoded::byte_serialize(part.as_bytes()).collect()
}

/// Tells the channel something. Nothing stands against it at the last moment.
pub async fn tell(
    session: &Session,
    slot: Slot,
    method: Method,
    (path, query): (&str, &str),
    body: Option<&Value>,
) -> Result<(Reply, Envelope), Refusal> {
    let build = |now| request(session, method, path, query, body, now);
    let reply = session.exchange(slot, build).await?;
    let envelope = conclude(session, &reply)?;
    Ok((reply, envelope))
}

/// A write. Nothing is sent when `may_send` refuses at the last moment.
pub async fn write(
    session: &Session,
    slot: Slot,
    method: Method,
    path: &str,
    body: &Value,
    may_send: impl FnOnce(DateTime<Utc>) -> Result<(), CallFailure> + Send,
) -> Result<(Reply, Envelope), Refusal> {
    let build = |now| {
        may_send(now)?;
        request(session, method, path, "", Some(body), now)
    };
    let reply = session.exchange(slot, build).await?;
    let envelope = conclude(session, &reply)?;
    Ok((reply, envelope))
}

fn conclude(session: &Session, reply: &Reply) -> Result<Envelope, Refusal> {
    match check(reply) {
        Ok(envelope) => {
            session.quota().worked(Bucket::WHOLE);
            reply.call.worked();
            Ok(envelope)
        }
        Err(refusal) => {
            reply.call.failed(refusal.failure.kind);
            reply.call.traced(&transaction_id(&reply.body));
            Err(Refusal {
                failure: session.note_failure(refusal.failure),
                ..refusal
            })
        }
    }
}

/// The signed bytes are the sent bytes: path and query are signed as the parsed address renders them.
fn request(
    session: &Session,
    method: Method,
    path: &str,
    query: &str,
    body: Option<&Value>,
    now: DateTime<Utc>,
) -> Result<Request, CallFailure> {
    let unsendable = |_| {
        CallFailure::without_effect(
            FailureKind::Refused,
            "the account's base URL or keys make no request",
        )
    };
    let url = address(session.base_url(), path, query).map_err(|e| unsendable(e.to_string()))?;
    let keys = credentials(session)?;
    let authorization = authorization(
        &keys.access_key,
        &keys.secret_key,
        method.as_str(),
        url.path(),
        url.query().unwrap_or_default(),
        now,
    );
    let mut request = session
        .http()
        .request(method, url)
        .header("Authorization", authorization)
        .header("Content-Type", "application/json;charset=UTF-8")
        .header("X-Requested-By", &keys.vendor_id)
        .header("X-MARKET", "KR")
        .header("X-EXTENDED-TIMEOUT", EXTENDED_TIMEOUT_MS);
    if let Some(body) = body {
        request = request.body(body.to_string());
    }
    request
        .build()
        .map_err(|e| unsendable(e.without_url().to_string()))
}

fn address(base_url: &str, path: &str, query: &str) -> Result<Url, url::ParseError> {
    let mut url = Url::parse(base_url)?;
    url.set_path(path);
    url.set_query((!query.is_empty()).then_some(query));
    Ok(url)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What is signed is what is sent: an address renders its path and query as they were given, whatever stands in
        /// the parts that come from outside.
        #[test]
        fn an_address_changes_nothing_of_what_is_signed(id in ".{1,40}", token in ".{0,40}") {
            let path = provider_path("openapi", &format!("v4/vendors/A00012345/x/{}", encoded(&id)));
            let query = format!("createdAtFrom=2026-02-28%2B09:00&nextToken={}", encoded(&token));
            let url = address("https://api-gateway.coupang.com", &path, &query).unwrap();
            // A dot alone names a folder, not an id; ids of that kind never come this far.
            prop_assume!(!matches!(id.as_str(), "." | ".."));
            prop_assert_eq!(url.path(), path);
            prop_assert_eq!(url.query(), Some(query.as_str()));
            let sent = url.as_str();
            prop_assert!(sent.is_ascii() && !sent.contains([' ', '"', '<', '>', '#']));
        }
    }
}
