//! One call under way, and who watches it: the log, the breaker of its API, the look for drift.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, Ids, MerchantId};
use moa_service::{current_request_id, current_trace_id};
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::Channel;
use super::transport::Received;
use crate::breakers::{AccountBreakers, Leave};
use crate::call_log::CallLog;
use crate::domain::breaker::Health;
use crate::domain::call::{CallName, CallRecord, channel_trace_id};
use crate::domain::failure::{CallFailure, FailureKind};
use crate::drift_watch::DriftWatch;

/// Headers in which channels and their gateways name a call.
const TRACE_HEADERS: [&str; 3] = ["gncp-gw-trace-id", "x-request-id", "x-amzn-requestid"];
/// What stands in the log for a call whose caller went away before the answer.
const GIVEN_UP: &str = "CALL_GIVEN_UP";

/// A call given up after so long without an answer counts as illness; sooner it says nothing of the channel.
const HANGING: std::time::Duration = std::time::Duration::from_secs(5);

/// Who watches the calls of one account.
#[derive(Clone)]
pub struct Watch {
    /// Whose account it is.
    pub merchant_id: MerchantId,
    /// The account.
    pub channel_account_id: ChannelAccountId,
    /// Its channel, which names the calls.
    pub channel: Arc<dyn Channel>,
    /// Where calls are written down.
    pub log: CallLog,
    /// What stops calls to an ill API.
    pub breakers: Arc<AccountBreakers>,
    /// Where answers are looked at for what is new in them.
    pub drift: DriftWatch,
    /// Where identifiers come from.
    pub ids: Ids,
    /// When the key in use ends, if somebody said when it was issued.
    pub key_expires_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Watch({})", self.channel_account_id)
    }
}

/// One call. It is written down when the last clone is dropped: by then its reader has said whether the answer was a
/// refusal.
#[derive(Debug, Clone)]
pub struct Call(Arc<Mutex<Open>>);

#[derive(Debug)]
struct Open {
    began: Instant,
    record: CallRecord,
    log: Option<CallLog>,
    leave: Option<Leave>,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy)]
enum Verdict {
    GivenUp,
    Good,
    Failed(FailureKind),
}

impl Watch {
    /// What a request is, in our words.
    pub fn name(&self, request: &reqwest::Request) -> CallName {
        self.channel.name_call(request)
    }

    /// Offers an answer to whoever looks for what is new.
    pub fn look_at(&self, api: &'static str, received: &Received, seen_at: DateTime<Utc>) {
        if !(200..300).contains(&received.http_status) {
            return;
        }
        if let Some(shape) = self.channel.shape(api) {
            let (merchant_id, code) = (self.merchant_id, self.channel.code());
            self.drift
                .offer(merchant_id, code, (api, shape), &received.body, seen_at);
        }
    }

    /// A call that is about to leave. Refused while its API is left alone.
    pub fn begin(
        &self,
        name: CallName,
        request: &reqwest::Request,
        called_at: DateTime<Utc>,
    ) -> Result<Call, Paused> {
        let leave = self.breakers.admit(name.api);
        let leave = leave.map_err(|until| Paused {
            api: name.api,
            until,
        })?;
        let body = request.body().and_then(reqwest::Body::as_bytes);
        let record = CallRecord {
            merchant_id: self.merchant_id,
            channel_account_id: self.channel_account_id,
            call_id: self.ids.uuid(),
            channel: self.channel.code().to_owned(),
            name,
            called_at,
            http_status: None,
            duration_ms: 0,
            request_id: current_request_id().as_str().to_owned(),
            trace_id: current_trace_id().unwrap_or_default(),
            channel_trace_id: String::new(),
            bytes_out: length(body.unwrap_or_default()),
            bytes_in: 0,
            failure: None,
        };
        Ok(Call(Arc::new(Mutex::new(Open {
            began: Instant::now(),
            record,
            log: Some(self.log.clone()),
            leave: Some(leave),
            verdict: Verdict::GivenUp,
        }))))
    }
}

/// Calls to an API stop for a moment.
#[derive(Debug)]
pub struct Paused {
    /// Which API.
    pub api: &'static str,
    /// Not before.
    pub until: std::time::Instant,
}

impl Call {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer came. Until its reader says otherwise, its status says how it went.
    pub fn answered(&self, received: &Received, duration: std::time::Duration) {
        let mut open = self.open();
        open.record.http_status = Some(received.http_status);
        open.record.duration_ms = millis(duration);
        open.record.bytes_in = length(&received.body);
        open.record.channel_trace_id = trace_in(&received.headers);
        open.verdict = match received.http_status {
            200..=299 => Verdict::Good,
            429 => Verdict::Failed(FailureKind::QuotaExhausted),
            300..=499 => Verdict::Failed(FailureKind::Refused),
            _ => Verdict::Failed(FailureKind::Fault),
        };
    }

    /// No answer came.
    pub fn unanswered(&self, failure: &CallFailure, duration: std::time::Duration) {
        let mut open = self.open();
        open.record.duration_ms = millis(duration);
        open.verdict = Verdict::Failed(failure.kind);
    }

    /// What the answer means.
    pub fn failed(&self, kind: FailureKind) {
        self.open().verdict = Verdict::Failed(kind);
    }

    /// What the answer means, when it is what was asked for.
    pub fn worked(&self) {
        self.open().verdict = Verdict::Good;
    }

    /// The channel's own name of the call, when it stands in the answer's body.
    pub fn traced(&self, id: &str) {
        let mut open = self.open();
        if open.record.channel_trace_id.is_empty() {
            open.record.channel_trace_id = channel_trace_id(id);
        }
    }

    /// A call that nobody watches, for tests of readers.
    #[cfg(any(test, feature = "fuzzing"))]
    pub fn unwatched() -> Self {
        let ids = Ids::seeded(1);
        let record = CallRecord {
            merchant_id: ids.next(),
            channel_account_id: ids.next(),
            call_id: ids.uuid(),
            channel: String::new(),
            name: CallName::unnamed(),
            called_at: DateTime::UNIX_EPOCH,
            http_status: None,
            duration_ms: 0,
            request_id: String::new(),
            trace_id: String::new(),
            channel_trace_id: String::new(),
            bytes_out: 0,
            bytes_in: 0,
            failure: None,
        };
        Self(Arc::new(Mutex::new(Open {
            began: Instant::now(),
            record,
            log: None,
            leave: None,
            verdict: Verdict::Good,
        })))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let waited = self.began.elapsed();
        if matches!(self.verdict, Verdict::GivenUp) {
            self.record.duration_ms = millis(waited);
        }
        let failure = match self.verdict {
            Verdict::Good => None,
            Verdict::Failed(kind) => Some(kind.reason()),
            Verdict::GivenUp => Some(GIVEN_UP),
        };
        if let Some(leave) = self.leave.take() {
            match self.verdict {
                Verdict::Failed(kind) if kind.is_illness() => leave.settle(Health::Ill),
                Verdict::Good | Verdict::Failed(_) => leave.settle(Health::Well),
                // A channel that hangs is left by its callers before our own time is over.
                Verdict::GivenUp if waited >= HANGING => leave.settle(Health::Ill),
                Verdict::GivenUp => drop(leave),
            }
        }
        let Some(log) = self.log.take() else { return };
        metrics::counter!(
            "moa_channel_calls_total",
            "channel" => self.record.channel.clone(),
            "api" => self.record.name.api,
            "failure" => failure.unwrap_or("none"),
        )
        .increment(1);
        self.record.failure = failure.map(str::to_owned);
        log.note(self.record.clone());
    }
}

fn trace_in(headers: &HeaderMap) -> String {
    let named = TRACE_HEADERS.iter().filter_map(|name| headers.get(*name));
    let named = named.filter_map(|value| value.to_str().ok()).next();
    channel_trace_id(named.unwrap_or_default())
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A call that left so long ago and was not answered.
    fn call(breakers: &Arc<AccountBreakers>, ago: Duration) -> Option<Call> {
        let call = Call::unwatched();
        let mut open = call.open();
        open.leave = Some(breakers.admit("x").ok()?);
        open.verdict = Verdict::GivenUp;
        open.began = Instant::now().checked_sub(ago)?;
        drop(open);
        Some(call)
    }

    #[test]
    fn a_channel_that_hangs_is_left_alone_although_its_callers_gave_up() {
        let breakers = Arc::new(AccountBreakers::default());
        for _ in 0..20 {
            drop(call(&breakers, Duration::from_secs(1)).unwrap());
        }
        let hanging = std::iter::from_fn(|| call(&breakers, HANGING)).take(20);
        assert_eq!(hanging.map(drop).count(), 6);
    }

    #[test]
    fn what_the_reader_says_counts_and_not_the_status() {
        let breakers = Arc::new(AccountBreakers::default());
        for _ in 0..10 {
            let call = call(&breakers, Duration::ZERO).unwrap();
            let received = Received {
                http_status: 500,
                headers: HeaderMap::new(),
                body: bytes::Bytes::new(),
            };
            call.answered(&received, Duration::ZERO);
            // E.g. 500 for a wrong carrier code: a refusal in the clothes of a fault.
            call.clone().failed(FailureKind::Refused);
        }
        assert!(breakers.admit("x").is_ok());
    }
}
