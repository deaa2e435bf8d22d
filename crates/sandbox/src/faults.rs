//! Trouble on request: one layer that delays, refuses, garbles or drops answers.
//!
//! A rule names a channel, a kind of trouble and which calls it hits. Rules come from `PUT /control/faults`; the first
//! that fires decides, and delays add to it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::stream;
use serde::{Deserialize, Serialize};

use crate::shared::Shared;
use crate::smartstore::trace::Trace;
use crate::world::{Channel, Dice};
use crate::{coupang, slack, smartstore, solapi};

/// The largest answer that is read in order to be torn.
const TORN_LIMIT: usize = 64 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The channel's 500; nothing was done.
    #[serde(rename = "error_500")]
    Error500,
    /// The connection closes without an answer; nothing was done.
    ResetBefore,
    /// The connection closes without an answer; it was done.
    ResetAfter,
    /// The channel's time-out (Coupang: 504), `ms` late; it was done.
    TimeoutAfterWrite,
    /// An HTML page of the front door (403 "Access Denied"); nothing was done.
    HtmlBody,
    /// The answer breaks off in the middle; it was done.
    TornBody,
    /// A whole answer that is not what the channel promised; nothing was done.
    GarbageBody,
    /// The channel's 429; nothing was done.
    Throttle,
    /// The channel's answer to a caller from an unknown address.
    ForbiddenAddress,
    /// The call is handled `ms` late.
    #[serde(alias = "latency_ms")]
    Latency,
    /// The call is handled at once and answered `ms` late.
    LateAnswer,
}

/// When which trouble happens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub channel: Channel,
    pub kind: FaultKind,
    /// Share of the calls it hits, 0 to 1.
    #[serde(default = "always")]
    pub probability: f64,
    /// Only calls whose path contains this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Only calls with this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only so many times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Milliseconds, for the kinds that wait.
    #[serde(default = "default_wait")]
    pub ms: u64,
}

fn always() -> f64 {
    1.0
}

fn default_wait() -> u64 {
    1_000
}

pub struct Faults {
    rules: Mutex<(Vec<Fault>, Dice)>,
}

impl Faults {
    pub fn new(seed: u64) -> Self {
        Self {
            rules: Mutex::new((Vec::new(), Dice::new(seed, "faults", 0))),
        }
    }

    /// Replaces all rules.
    pub fn set(&self, faults: Vec<Fault>) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).0 = faults;
    }

    pub fn list(&self) -> Vec<Fault> {
        self.rules
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .clone()
    }

    /// The rules that hit this call: all delays, and the first of the others.
    fn strike(&self, channel: Channel, method: &str, path: &str) -> Vec<(FaultKind, Duration)> {
        let mut guard = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let (rules, dice) = &mut *guard;
        let mut hits: Vec<(FaultKind, Duration)> = Vec::new();
        for rule in rules.iter_mut() {
            let waits = rule.kind == FaultKind::Latency;
            let matches = rule.channel == channel
                && rule.times != Some(0)
                && rule.path.as_deref().is_none_or(|part| path.contains(part))
                && rule
                    .method
                    .as_deref()
                    .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && (waits || !hits.iter().any(|(kind, _)| *kind != FaultKind::Latency));
            if !matches || dice.fraction() >= rule.probability {
                continue;
            }
            if let Some(times) = &mut rule.times {
                *times -= 1;
            }
            hits.push((rule.kind, Duration::from_millis(rule.ms)));
        }
        hits
    }
}

/// The layer.
pub async fn inject(
    State((shared, channel)): State<(Shared, Channel)>,
    request: Request,
    next: Next,
) -> Response {
    let hits = shared
        .faults
        .strike(channel, request.method().as_str(), request.uri().path());
    let mut trouble = None;
    for (kind, wait) in hits {
        if kind == FaultKind::Latency {
            tokio::time::sleep(wait).await;
        } else {
            trouble = Some((kind, wait));
        }
    }
    let Some((kind, wait)) = trouble else {
        return next.run(request).await;
    };
    match kind {
        FaultKind::Latency => next.run(request).await,
        FaultKind::Error500 => internal_error(channel),
        FaultKind::ResetBefore => reset(),
        FaultKind::ResetAfter => {
            drop(next.run(request).await);
            reset()
        }
        FaultKind::TimeoutAfterWrite => {
            drop(next.run(request).await);
            tokio::time::sleep(wait).await;
            timed_out(channel)
        }
        FaultKind::HtmlBody => access_denied(),
        FaultKind::TornBody => tear(next.run(request).await).await,
        FaultKind::GarbageBody => garbage(),
        FaultKind::Throttle => throttled(channel),
        FaultKind::ForbiddenAddress => forbidden_address(channel),
        FaultKind::LateAnswer => {
            let response = next.run(request).await;
            tokio::time::sleep(wait).await;
            response
        }
    }
}

fn internal_error(channel: Channel) -> Response {
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

fn timed_out(channel: Channel) -> Response {
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

fn throttled(channel: Channel) -> Response {
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

fn forbidden_address(channel: Channel) -> Response {
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

/// What a front door answers to a caller it has had enough of.
fn access_denied() -> Response {
    let page = "<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n \nYou don't have \
                permission to access this resource on this server.<P>\nReference&#32;&#35;18&#46;4d7a2f17&#46;1795\
                000000&#46;2b7e1f\n</BODY>\n</HTML>\n";
    built(StatusCode::FORBIDDEN, "text/html", Body::from(page))
}

fn garbage() -> Response {
    let body = Body::from(
        r#"{"code":200,"message":"OK","data":{"unexpected":["not","what","you","asked"]}}"#,
    );
    built(StatusCode::OK, "application/json;charset=UTF-8", body)
}

/// An answer whose body fails before its head is written, which makes the server close the connection silently.
fn reset() -> Response {
    let body = Body::from_stream(stream::once(async { Err::<Bytes, _>(broken()) }));
    built(StatusCode::OK, "application/json", body)
}

/// Sends the head and the first half of the body, then closes.
async fn tear(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, TORN_LIMIT).await else {
        return reset();
    };
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half = bytes.slice(..bytes.len() / 2);
    let torn = stream::unfold(Some(half), |half| async move {
        match half {
            Some(half) => Some((Ok(half), None)),
            None => {
                // Lets the first half reach the caller before the connection ends.
                tokio::time::sleep(Duration::from_millis(20)).await;
                Some((Err(broken()), None))
            }
        }
    });
    Response::from_parts(parts, Body::from_stream(torn))
}

fn broken() -> std::io::Error {
    std::io::Error::other("the sandbox was asked to break this answer")
}

fn built(status: StatusCode, content_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
