//! One account's way to its channel: the network, the quota, and what stops it.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, TimeDelta, Utc};
use moa_service::Clock;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use crate::channel::Credentials;
use crate::domain::buckets::{Bucket, Gate};
use crate::domain::closure::{ClosedBy, Closure};
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::quota::{CallClass, Lane};
use crate::holders::Hold;
use crate::quota::{AccountQuota, KeptSlot, NoSlot, Reservation, Slot};

/// The longest body that is read.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// How long to wait for a channel.
#[derive(Debug, Clone, Copy)]
pub struct TransportSettings {
    /// For a connection.
    pub connect_timeout: Duration,
    /// For the whole call.
    pub call_timeout: Duration,
}

/// The network, shared by all accounts. Follows no redirect and no proxy: channels know us by our address.
#[derive(Debug, Clone)]
pub struct Transport {
    http: reqwest::Client,
}

impl Transport {
    /// A transport with these deadlines.
    pub fn new(settings: TransportSettings) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.call_timeout)
            .redirect(reqwest::redirect::Policy::none())
            // A repeat is decided by whoever knows what the call does.
            .retry(reqwest::retry::never())
            .no_proxy()
            .pool_idle_timeout(Duration::from_secs(50))
            .pool_max_idle_per_host(8)
            .user_agent(concat!("moa/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http })
    }

    /// The client, to make requests with.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }
}

/// One account's way to its channel.
#[derive(Debug, Clone)]
pub struct Session {
    base_url: String,
    credentials: Arc<Credentials>,
    transport: Transport,
    quota: AccountQuota,
    hold: Hold,
    clock: Clock,
}

/// An answer of the channel, whatever it says.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status code.
    pub http_status: u16,
    /// What the channel says about the call beside its answer, e.g. how much of the quota is left.
    pub headers: HeaderMap,
    /// The body exactly as received.
    pub body: Bytes,
    /// When the call was sent.
    pub sent_at: DateTime<Utc>,
    /// The same by the monotonic clock.
    pub sent: std::time::Instant,
    /// When the answer was there.
    pub answered_at: DateTime<Utc>,
}

impl Session {
    /// A way to `base_url` with these credentials.
    pub fn new(
        base_url: String,
        credentials: Arc<Credentials>,
        transport: Transport,
        quota: AccountQuota,
        hold: Hold,
        clock: Clock,
    ) -> Self {
        Self {
            base_url,
            credentials,
            transport,
            quota,
            hold,
            clock,
        }
    }

    /// Where the channel is.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Who is calling.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Makes requests.
    pub fn http(&self) -> &reqwest::Client {
        self.transport.http()
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The right to call, to be guarded where a write is written down.
    pub fn hold(&self) -> &Hold {
        &self.hold
    }

    /// The account's slots.
    pub fn quota(&self) -> &AccountQuota {
        &self.quota
    }

    /// A slot for one call of a class, at a channel that counts all calls together.
    pub async fn slot(&self, class: CallClass, deadline: Instant) -> Result<Slot, CallFailure> {
        self.slot_in(Bucket::WHOLE, class, deadline).await
    }

    /// A slot for one call of a class in one of the channel's buckets.
    pub async fn slot_in(
        &self,
        bucket: Bucket,
        class: CallClass,
        deadline: Instant,
    ) -> Result<Slot, CallFailure> {
        let slot = self.quota.slot(bucket, Lane::Class(class), deadline).await;
        slot.map_err(|refused| self.no_slot(refused))
    }

    /// A slot for the write of a permit: the one kept for it, or the next that is free in `bucket`.
    pub async fn write_slot(
        &self,
        kept: Option<KeptSlot>,
        bucket: Bucket,
        deadline: Instant,
    ) -> Result<Slot, CallFailure> {
        if let Some(slot) = kept.and_then(|kept| self.quota.redeem(kept)) {
            return Ok(slot);
        }
        let slot = self.quota.slot(bucket, Lane::Permitted, deadline).await;
        slot.map_err(|refused| self.no_slot(refused))
    }

    /// A slot inside a reservation.
    pub async fn reserved_slot(
        &self,
        reservation: &Reservation,
        deadline: Instant,
    ) -> Result<Slot, CallFailure> {
        let slot = reservation.slot(deadline).await;
        slot.map_err(|refused| self.no_slot(refused))
    }

    /// Begins a reservation of a look and its write.
    pub async fn reserve(&self, gate: Gate, deadline: Instant) -> Result<Reservation, CallFailure> {
        let reservation = self.quota.reserve(gate, deadline).await;
        reservation.map_err(|refused| self.no_slot(refused))
    }

    /// What having no slot means, in our words.
    pub fn no_slot(&self, refused: NoSlot) -> CallFailure {
        let soon = self.now() + TimeDelta::seconds(1);
        let too_many = |detail: &str| {
            CallFailure::without_effect(FailureKind::QuotaExhausted, detail).not_before(soon)
        };
        match refused {
            NoSlot::QueueFull => too_many("too many calls wait for this account already"),
            NoSlot::TimedOut => too_many("the account's quota had no place for this call in time"),
            NoSlot::Closed(closure) => self.closed(closure),
        }
    }

    fn closed(&self, closure: Closure) -> CallFailure {
        let (kind, detail) = match closure.cause {
            ClosedBy::TooManyCalls => (
                FailureKind::QuotaExhausted,
                "the channel said \"too many calls\"; the calls it counts together pause",
            ),
            ClosedBy::QuotaSpent => (
                FailureKind::QuotaSpent,
                "the channel says that the account's allowance is spent; its calls pause until it is filled again",
            ),
            ClosedBy::Ban => (
                FailureKind::Banned,
                "the channel shut this seller or our address out; all calls pause so that the ban can end",
            ),
            ClosedBy::Credentials => (
                FailureKind::CredentialsRefused,
                "the channel refused the credentials a moment ago; calls pause so that no ban follows",
            ),
            ClosedBy::Address => (
                FailureKind::IpNotAllowed,
                "the channel does not know our address; calls pause so that no ban follows",
            ),
        };
        let left = closure
            .until
            .saturating_duration_since(Instant::now().into_std());
        let until = self.now() + TimeDelta::from_std(left).unwrap_or(TimeDelta::MAX);
        CallFailure::without_effect(kind, detail).not_before(until)
    }

    /// Makes one call. `build` is asked at the last moment, since signatures age; when it refuses, nothing is sent.
    pub async fn exchange(
        &self,
        slot: Slot,
        build: impl FnOnce(DateTime<Utc>) -> Result<reqwest::Request, CallFailure> + Send,
    ) -> Result<Reply, CallFailure> {
        let (sent_at, sent) = (self.now(), Instant::now().into_std());
        let request = match self.hold.check().and_then(|()| build(sent_at)) {
            Ok(request) => request,
            Err(failure) => {
                slot.unused();
                return Err(failure);
            }
        };
        let started = Instant::now();
        let result = self.receive(request).await;
        metrics::histogram!("moa_channel_call_duration_seconds")
            .record(started.elapsed().as_secs_f64());
        match result {
            Ok((http_status, headers, body)) => {
                slot.answered();
                let answered_at = self.now();
                Ok(Reply {
                    http_status,
                    headers,
                    body,
                    sent_at,
                    sent,
                    answered_at,
                })
            }
            Err(failure) => {
                // The slot is dropped: the call may still arrive.
                Err(failure)
            }
        }
    }

    async fn receive(
        &self,
        request: reqwest::Request,
    ) -> Result<(u16, HeaderMap, Bytes), CallFailure> {
        let mut response = self.http().execute(request).await.map_err(|e| failed(&e))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| failed(&e))? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(CallFailure::perhaps(
                    FailureKind::MalformedAnswer,
                    format!("the answer is longer than {MAX_BODY} bytes"),
                ));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((status, headers, body.freeze()))
    }

    /// Draws the consequences of a failure at a channel that counts all calls together.
    pub fn note_failure(&self, failure: CallFailure) -> CallFailure {
        self.note_failure_in(Bucket::WHOLE, failure)
    }

    /// Draws the consequences of a failure for the calls of its bucket, or for all of the account.
    pub fn note_failure_in(&self, bucket: Bucket, failure: CallFailure) -> CallFailure {
        let cause = match failure.kind {
            FailureKind::QuotaExhausted => ClosedBy::TooManyCalls,
            FailureKind::QuotaSpent => ClosedBy::QuotaSpent,
            FailureKind::Banned => ClosedBy::Ban,
            FailureKind::CredentialsRefused => ClosedBy::Credentials,
            FailureKind::IpNotAllowed => ClosedBy::Address,
            _ => return failure,
        };
        let left = failure.retry_at.map(|at| at - self.now());
        let left = left.and_then(|left| left.to_std().ok());
        let closure = self
            .quota
            .close(bucket, cause, left.map(|left| Instant::now() + left));
        let until = self.closed(closure).retry_at;
        CallFailure {
            retry_at: until,
            ..failure
        }
    }
}

/// A call without an answer. The request's address carries ids of the channel, so it stays out.
fn failed(error: &reqwest::Error) -> CallFailure {
    if error.is_connect() {
        return CallFailure::without_effect(
            FailureKind::Unreachable,
            "no connection to the channel; check the base URL and the network",
        );
    }
    if error.is_timeout() {
        return CallFailure::perhaps(FailureKind::TimedOut, "the channel did not answer in time");
    }
    CallFailure::perhaps(
        FailureKind::Unreachable,
        "the connection to the channel broke before the answer was complete",
    )
}
