//! One account's way to its channel: the network, the quota, and what stops it.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use moa_service::Clock;
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::call::Paused;
use crate::channel::{Call, Credentials, Transport, Watch};
use crate::domain::buckets::{Bucket, Gate};
use crate::domain::closure::{ClosedBy, Closure};
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::quota::{CallClass, Lane};
use crate::holders::Hold;
use crate::quota::{AccountQuota, KeptSlot, NoSlot, Reservation, Slot};

/// One account's way to its channel.
#[derive(Debug, Clone)]
pub struct Session {
    base_url: String,
    credentials: Arc<Credentials>,
    transport: Transport,
    quota: AccountQuota,
    hold: Hold,
    clock: Clock,
    watch: Watch,
    is_trial: bool,
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
    /// The call, to be told what its answer means.
    pub call: Call,
}

#[cfg(any(test, feature = "fuzzing"))]
impl Reply {
    /// An answer that nobody asked for, for tests of readers.
    pub fn sample(http_status: u16, body: &[u8]) -> Self {
        Self {
            http_status,
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body),
            sent_at: DateTime::UNIX_EPOCH,
            sent: Instant::now().into_std(),
            answered_at: DateTime::UNIX_EPOCH,
            call: Call::unwatched(),
        }
    }
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
        watch: Watch,
    ) -> Self {
        Self {
            base_url,
            credentials,
            transport,
            quota,
            hold,
            clock,
            watch,
            is_trial: false,
        }
    }

    /// The same for credentials that are only tried: when the channel refuses them, the account's calls go on.
    pub fn for_trial(mut self) -> Self {
        self.is_trial = true;
        self
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
            ClosedBy::NotGranted => (
                FailureKind::NotGranted,
                "the application was not granted this call at the channel; calls of its kind pause until somebody grants it there and tests the account, or the pause ends",
            ),
            ClosedBy::Penalty => (
                FailureKind::Penalty,
                "the channel punishes the application with next to no calls; all accounts of it pause so that the penalty can end",
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
        CallFailure::without_effect(kind, detail)
            .not_before(until)
            .resting()
    }

    /// Makes one call. `build` is asked at the last moment, since signatures age; when it refuses, nothing is sent.
    pub async fn exchange(
        &self,
        slot: Slot,
        build: impl FnOnce(DateTime<Utc>) -> Result<reqwest::Request, CallFailure> + Send,
    ) -> Result<Reply, CallFailure> {
        let assured = self.hold.assure().await;
        let (sent_at, sent) = (self.now(), Instant::now().into_std());
        let ready = assured.and_then(|()| build(sent_at)).and_then(|request| {
            let name = self.watch.name(&request);
            let api = name.api;
            let call = self.watch.begin(name, &request, sent_at);
            let call = call.map_err(|paused| self.paused(&paused))?;
            Ok((request, call, api))
        });
        let (request, call, api) = match ready {
            Ok(ready) => ready,
            Err(failure) => {
                slot.unused();
                return Err(failure);
            }
        };
        let started = Instant::now();
        let result = self.transport.send(request).await;
        let duration = started.elapsed();
        metrics::histogram!("moa_channel_call_duration_seconds").record(duration.as_secs_f64());
        match result {
            Ok(received) => {
                slot.answered();
                call.answered(&received, duration);
                self.watch.look_at(api, &received, sent_at);
                Ok(Reply {
                    http_status: received.http_status,
                    headers: received.headers,
                    body: received.body,
                    sent_at,
                    sent,
                    answered_at: self.now(),
                    call,
                })
            }
            Err(failure) => {
                // The slot is dropped: the call may still arrive.
                call.unanswered(&failure, duration);
                Err(failure)
            }
        }
    }

    fn paused(&self, paused: &Paused) -> CallFailure {
        let left = paused
            .until
            .saturating_duration_since(Instant::now().into_std());
        let until = self.now() + TimeDelta::from_std(left).unwrap_or(TimeDelta::MAX);
        CallFailure::without_effect(
            FailureKind::Paused,
            format!(
                "most of the last calls to {} failed, so calls to it pause for a moment; nothing was sent",
                paused.api
            ),
        )
        .not_before(until)
    }

    /// Draws the consequences of a failure at a channel that counts all calls together.
    pub fn note_failure(&self, failure: CallFailure) -> CallFailure {
        self.note_failure_in(Bucket::WHOLE, failure)
    }

    /// Draws the consequences of a failure for the calls of its bucket, or for all of the account.
    pub fn note_failure_in(&self, bucket: Bucket, mut failure: CallFailure) -> CallFailure {
        let refused = failure.kind.refuses_credentials();
        if refused && self.is_trial {
            return failure;
        }
        // The channel does not say that a key has ended; the calendar does.
        let ended = self.watch.key_expires_at.is_some_and(|at| at <= self.now());
        if refused && ended {
            failure.kind = FailureKind::KeyExpired;
        }
        let cause = match failure.kind {
            FailureKind::QuotaExhausted => ClosedBy::TooManyCalls,
            FailureKind::NotGranted => ClosedBy::NotGranted,
            FailureKind::QuotaSpent => ClosedBy::QuotaSpent,
            FailureKind::Penalty => ClosedBy::Penalty,
            FailureKind::Banned => ClosedBy::Ban,
            FailureKind::CredentialsRefused
            | FailureKind::SignatureRefused
            | FailureKind::KeyExpired => ClosedBy::Credentials,
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
