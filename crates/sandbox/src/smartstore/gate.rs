//! The gateway in front of every call: addresses, routes, tokens, limits; and the marks it puts on every answer.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Days, NaiveTime, TimeZone, Utc};

use super::answer::{self, Answer};
use super::limits::Allowance;
use super::rules::ApiGroup;
use super::trace::Trace;
use super::{Caller, TOKEN_PATH, kst, token};
use crate::shared::Shared;
use crate::world::{Channel, Fact};

pub async fn admit(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let trace = Trace::begin(shared.clock.real());
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let rules = shared.smartstore.rules();
    let may_call = rules.allowed_addresses.is_empty()
        || address.is_some_and(|ConnectInfo(peer)| {
            rules.allowed_addresses.contains(&peer.ip().to_canonical())
        });
    if !may_call {
        return answer::forbidden_address(&trace);
    }
    let Some(route) = request.extensions().get::<MatchedPath>() else {
        return answer::not_found(&trace);
    };
    let route = route.as_str();
    let api = format!("{} {}", request.method(), without_door(route));
    if without_door(route) == TOKEN_PATH {
        let mut response = token::issue(&shared, request, &trace).await;
        answer::mark(&mut response, &trace);
        return response;
    }
    let account = match bearer(&shared, request.headers(), trace.at()) {
        Ok(account) => account,
        Err(reason) => {
            if let Some(reason) = reason {
                shared.note(Fact::BadSignature {
                    channel: Channel::SmartStore,
                    account: None,
                    reason: reason.to_owned(),
                });
            }
            return answer::not_authorized(&trace);
        }
    };
    if rules
        .missing_groups
        .contains(&ApiGroup::of(without_door(route)))
    {
        return answer::not_granted(&trace);
    }
    let allowance = match take(&shared, account, &api, &trace) {
        Ok(allowance) => allowance,
        Err(refused) => return *refused,
    };
    request.extensions_mut().insert(Caller(account));
    let mut response = if is_unsupported(request.headers()) {
        Answer::unsupported().into_response()
    } else {
        next.run(request).await
    };
    response = match response.extensions_mut().remove::<Answer>() {
        Some(answer) => answer.finish(&trace, shared.clock.real()),
        None if response.status() == StatusCode::NOT_FOUND => answer::not_found(&trace),
        None => response,
    };
    answer::mark(&mut response, &trace);
    tell(&mut response, allowance);
    response
}

/// Whether a body comes as something else than JSON, which no API but the token call reads.
fn is_unsupported(headers: &HeaderMap) -> bool {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    let has_body = length.is_some_and(|length| length != "0")
        || headers.contains_key(header::TRANSFER_ENCODING);
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    has_body && !is_json
}

/// Lets an application make a call of this API, or answers that it has made too many.
pub fn take(
    shared: &Shared,
    account: u32,
    api: &str,
    trace: &Trace,
) -> Result<Allowance, Box<Response>> {
    let violation = || {
        shared.note(Fact::QuotaViolation {
            channel: Channel::SmartStore,
            account,
        });
    };
    let limits = &shared.smartstore.limits;
    let penalized_at = shared.store().world.smartstore.penalized_at(account);
    if penalized_at.is_some_and(|at| trace.at() < penalty_ends(at))
        && shared.smartstore.rules().penalize_token_calls
        && !limits.take_penalized(account, Instant::now())
    {
        violation();
        return Err(Box::new(answer::quota_used(trace)));
    }
    let rate = shared.settings().smartstore_calls_per_second;
    let allowance = limits.take(account, api, rate, Instant::now());
    if allowance.granted {
        return Ok(allowance);
    }
    violation();
    let mut response = answer::throttled(trace);
    tell(&mut response, allowance);
    Err(Box::new(response))
}

/// Tells what the bucket holds.
pub fn tell(response: &mut Response, allowance: Allowance) {
    let headers = response.headers_mut();
    for (name, value) in [
        ("gncp-gw-ratelimit-replenish-rate", allowance.rate),
        ("gncp-gw-ratelimit-burst-capacity", allowance.capacity()),
        ("gncp-gw-ratelimit-remaining", allowance.remaining),
    ] {
        answer::set(headers, name, &value.to_string());
    }
}

/// Whose token it is; otherwise why it cannot be one, or nothing when it merely expired.
fn bearer(
    shared: &Shared,
    headers: &HeaderMap,
    now: DateTime<Utc>,
) -> Result<u32, Option<&'static str>> {
    let header = headers
        .get(header::AUTHORIZATION)
        .ok_or(Some("no Authorization header"))?;
    let text = header.to_str().ok();
    let text = text
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .map(|(_, token)| token)
        .ok_or(Some("no bearer token"))?;
    let token = shared
        .store()
        .world
        .smartstore
        .token(text.trim())
        .ok_or(Some("a token that was never issued"))?;
    if now < token.expires_at {
        Ok(token.account)
    } else {
        Err(None)
    }
}

/// When a penalty ends: in the morning after a whole day without a non-standard call.
fn penalty_ends(last: DateTime<Utc>) -> DateTime<Utc> {
    let day = last.with_timezone(&kst()).date_naive();
    let morning = NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default();
    day.checked_add_days(Days::new(2))
        .and_then(|day| kst().from_local_datetime(&day.and_time(morning)).single())
        .map_or(DateTime::<Utc>::MAX_UTC, |at| at.to_utc())
}

/// A route without the door it was entered by: agencies use another one for the same APIs.
fn without_door(route: &str) -> &str {
    super::DOORS
        .iter()
        .find_map(|door| route.strip_prefix(door))
        .unwrap_or(route)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_penalty_ends_in_the_morning_after_a_whole_day() {
        let last: DateTime<Utc> = "2026-08-03T14:59:00Z".parse().unwrap();
        assert_eq!(penalty_ends(last).to_rfc3339(), "2026-08-05T00:00:00+00:00");
        let after_midnight_in_korea: DateTime<Utc> = "2026-08-03T15:00:00Z".parse().unwrap();
        assert_eq!(
            penalty_ends(after_midnight_in_korea).to_rfc3339(),
            "2026-08-06T00:00:00+00:00"
        );
    }
}
