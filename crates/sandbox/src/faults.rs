//! Trouble on request: one layer that delays, refuses, garbles or drops answers.
//!
//! A rule names a channel, a kind of trouble and which calls it hits; a rate says what share of a channel's calls a kind
//! hits. Both come from `PUT /control/faults`; the first that fires decides, and delays add to it.

mod answers;
mod poison;
mod rates;
mod spoil;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::rates::{Chances, LATE_MS};
use crate::coupang;
use crate::shared::Shared;
use crate::world::{Channel, Dice};

pub use self::poison::PoisonedOrder;
pub use self::rates::Rates;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The channel's 500; nothing was done.
    #[serde(rename = "error_500")]
    Error500,
    /// The channel's 500; it was done all the same.
    ErrorAfterWrite,
    /// The channel's 503 while it is closed for maintenance; nothing was done.
    Maintenance,
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
    /// The rows of a page stand in it twice; it was done.
    DuplicatePage,
    /// The rows of a page stand in it the other way round; it was done.
    ReversedPage,
    /// Every object of the answer holds a member that nobody documented; it was done.
    UnknownField,
    /// No call is hit, but an order that is placed: lists show it `ms` late.
    LateArrival,
    /// Coupang's 410.
    ApiRetired,
    /// Coupang's 412 for an API that is not there today.
    NotDeployed,
    /// Coupang's 412 for a read that took too long.
    ReadTimedOut,
    /// Coupang's 423.
    ApiLocked,
    /// Coupang's 302 to whom it has shut out.
    Blocked,
    /// Coupang's 521; nothing was done.
    Unreachable,
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

impl Fault {
    /// A rule that hits every call of a channel.
    fn always(channel: Channel, kind: FaultKind) -> Self {
        Self {
            channel,
            kind,
            probability: 1.0,
            path: None,
            method: None,
            times: None,
            ms: default_wait(),
        }
    }
}

fn always() -> f64 {
    1.0
}

fn default_wait() -> u64 {
    1_000
}

pub struct Faults {
    state: Mutex<Trouble>,
}

struct Trouble {
    rules: Vec<Fault>,
    poisoned: Vec<PoisonedOrder>,
    dice: Dice,
    chances: Chances,
}

impl Faults {
    pub fn new(seed: u64) -> Self {
        Self {
            state: Mutex::new(Trouble {
                rules: Vec::new(),
                poisoned: Vec::new(),
                dice: Dice::new(seed, "faults", 0),
                chances: Chances::new(seed),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, Trouble> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces all trouble by these rules: rates end, too.
    pub fn set(&self, faults: Vec<Fault>) {
        let mut state = self.state();
        state.rules = faults;
        state.chances.clear();
    }

    /// Replaces the rates of one channel; its rules stay.
    pub fn set_rates(&self, channel: Channel, rates: Rates) {
        self.state().chances.set(channel, rates);
    }

    /// Replaces the orders whose rows are spoilt.
    pub fn set_poisoned(&self, orders: Vec<PoisonedOrder>) {
        self.state().poisoned = orders;
    }

    /// The orders whose rows are spoilt.
    pub fn poisoned(&self) -> Vec<PoisonedOrder> {
        self.state().poisoned.clone()
    }

    fn poisoned_at(&self, channel: Channel) -> Vec<PoisonedOrder> {
        let state = self.state();
        let of_channel = state
            .poisoned
            .iter()
            .filter(|order| order.channel == channel);
        of_channel.cloned().collect()
    }

    pub fn list(&self) -> Vec<Fault> {
        self.state().rules.clone()
    }

    /// The rates by channel, as JSON.
    pub fn list_rates(&self) -> Value {
        let state = self.state();
        let mut all = Map::new();
        for (channel, rates) in state.chances.list() {
            if let (Ok(Value::String(name)), Ok(rates)) =
                (serde_json::to_value(channel), serde_json::to_value(rates))
            {
                all.insert(name, rates);
            }
        }
        Value::Object(all)
    }

    /// How late lists will show an order that is placed now, on top of what is usual.
    pub fn late_arrival(&self, channel: Channel) -> Duration {
        let mut guard = self.state();
        let state = &mut *guard;
        for rule in &mut state.rules {
            let matches = rule.channel == channel
                && rule.kind == FaultKind::LateArrival
                && rule.times != Some(0);
            if matches && state.dice.fraction() < rule.probability {
                if let Some(times) = &mut rule.times {
                    *times -= 1;
                }
                return Duration::from_millis(rule.ms);
            }
        }
        if state.chances.is_late(channel) {
            Duration::from_millis(LATE_MS)
        } else {
            Duration::ZERO
        }
    }

    /// The rules that hit this call: all delays, and the first of the others.
    fn strike(&self, channel: Channel, method: &str, path: &str) -> Vec<(FaultKind, Duration)> {
        let mut guard = self.state();
        let Trouble {
            rules,
            dice,
            chances,
            ..
        } = &mut *guard;
        let mut hits: Vec<(FaultKind, Duration)> = Vec::new();
        for rule in rules.iter_mut() {
            let waits = rule.kind == FaultKind::Latency;
            let matches = rule.channel == channel
                && rule.kind != FaultKind::LateArrival
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
        // The rates' dice are thrown for every call, whatever the rules do to it.
        let by_chance = chances.strike(channel);
        let decided = hits.iter().any(|(kind, _)| *kind != FaultKind::Latency);
        if let Some(fault) = by_chance.filter(|_| !decided) {
            hits.push((fault.kind, Duration::from_millis(fault.ms)));
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
    let poisoned = shared.faults.poisoned_at(channel);
    let response = strike(shared, channel, request, next).await;
    if poisoned.is_empty() {
        return response;
    }
    poison::poison(response, &poisoned).await
}

async fn strike(shared: Shared, channel: Channel, request: Request, next: Next) -> Response {
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
        FaultKind::Error500 => answers::internal_error(channel),
        FaultKind::ErrorAfterWrite => {
            drop(next.run(request).await);
            answers::internal_error(channel)
        }
        FaultKind::Maintenance => answers::closed(channel),
        FaultKind::ResetBefore => spoil::reset(),
        FaultKind::ResetAfter => {
            drop(next.run(request).await);
            spoil::reset()
        }
        FaultKind::TimeoutAfterWrite => {
            drop(next.run(request).await);
            tokio::time::sleep(wait).await;
            answers::timed_out(channel)
        }
        FaultKind::HtmlBody => coupang::answer::access_denied(),
        FaultKind::TornBody => spoil::tear(next.run(request).await).await,
        FaultKind::GarbageBody => spoil::garbage(),
        FaultKind::Throttle => answers::throttled(channel),
        FaultKind::ForbiddenAddress => answers::forbidden_address(channel),
        FaultKind::DuplicatePage => spoil::duplicate_rows(next.run(request).await).await,
        FaultKind::ReversedPage => spoil::reverse_rows(next.run(request).await).await,
        FaultKind::UnknownField => spoil::add_unknown_fields(next.run(request).await).await,
        FaultKind::LateArrival => next.run(request).await,
        FaultKind::ApiRetired
        | FaultKind::NotDeployed
        | FaultKind::ReadTimedOut
        | FaultKind::ApiLocked
        | FaultKind::Blocked
        | FaultKind::Unreachable => answers::gateway(channel, kind),
        FaultKind::LateAnswer => {
            let response = next.run(request).await;
            tokio::time::sleep(wait).await;
            response
        }
    }
}
