//! Which process calls for a seller: a lease per seller, renewed while it is used.
//!
//! The channel counts calls per seller, so two processes that call for one seller would break its quota, and a write
//! could leave twice. Every call checks at the last moment that the lease outlives it. A holder that was killed blocks
//! its sellers for [`TTL`]; one that stops in order gives them back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moa_jobs::{Lease, Leases};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::domain::failure::{CallFailure, FailureKind};
use crate::error::Error;

/// How long a lease lasts without renewal.
const TTL: Duration = Duration::from_secs(17);
/// How long a lease must last when a call leaves: the longest call (10 s) and the second it counts afterwards.
const MUST_OUTLIVE: Duration = Duration::from_millis(11_500);
/// How often leases in use are renewed.
const RENEWAL: Duration = Duration::from_secs(2);
/// Leases of sellers that were not called for so long are given back.
const IDLE: Duration = Duration::from_secs(60);

/// The right to call for one seller.
#[derive(Debug, Clone)]
pub struct Hold {
    /// To be guarded in the transactions that precede a write.
    pub lease: Lease,
    leases: Leases,
    until: Arc<Mutex<Instant>>,
}

impl Hold {
    /// Refuses a call that could outlive the lease. One that is about to run out, since this process or the database was
    /// held up, is renewed first.
    pub async fn assure(&self) -> Result<(), CallFailure> {
        if self.suffices() {
            return Ok(());
        }
        match self.renew().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(held_elsewhere()),
            Err(error) => {
                tracing::warn!(
                    lease.name = self.lease.name(),
                    error = %error,
                    "a seller's lease was not renewed, so a call was not made: {error}"
                );
                Err(held_elsewhere())
            }
        }
    }

    /// Whether a call that leaves now ends before the lease does.
    fn suffices(&self) -> bool {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.saturating_duration_since(Instant::now()) >= MUST_OUTLIVE
    }

    async fn renew(&self) -> Result<bool, Error> {
        // Counted from before the statement: the database counts from its own moment, which is later.
        let now = Instant::now();
        let renewed = self.leases.renew(&self.lease, TTL).await?;
        if renewed {
            self.extend(now + TTL);
        }
        Ok(renewed)
    }

    fn extend(&self, until: Instant) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}

fn held_elsewhere() -> CallFailure {
    CallFailure::without_effect(
        FailureKind::HeldElsewhere,
        format!(
            "another channel-proxy calls for this seller; if it was killed, its lease ends within {} s",
            TTL.as_secs()
        ),
    )
}

struct Seat {
    hold: Hold,
    used_at: Instant,
}

type Seats = tokio::sync::Mutex<Option<Seat>>;

/// The leases this process holds.
#[derive(Clone)]
pub struct Holders {
    leases: Leases,
    seats: Arc<Mutex<HashMap<String, Arc<Seats>>>>,
}

/// What a caller gets: the right, and whether somebody else may have called a moment ago.
pub struct Admission {
    /// The right to call.
    pub hold: Hold,
    /// The lease was taken just now.
    pub is_new: bool,
}

impl Holders {
    /// Leases taken through `leases`.
    pub fn new(leases: Leases) -> Self {
        let seats = Arc::default();
        Self { leases, seats }
    }

    fn seats(&self, seller: &str) -> Arc<Seats> {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(seats.entry(seller.to_owned()).or_default())
    }

    fn all(&self) -> Vec<Arc<Seats>> {
        let seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats.values().cloned().collect()
    }

    /// Whether this process calls for a seller.
    pub async fn is_ours(&self, seller: &str) -> bool {
        let seats = {
            let all = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
            all.get(seller).cloned()
        };
        let Some(seats) = seats else { return false };
        let seat = seats.lock().await;
        seat.as_ref().is_some_and(|held| held.hold.suffices())
    }

    /// The right to call for a seller; refused while another process has it.
    pub async fn admit(&self, seller: &str) -> Result<Admission, Error> {
        let seats = self.seats(seller);
        let mut seat = seats.lock().await;
        if let Some(held) = seat.as_mut() {
            held.used_at = Instant::now();
            if held.hold.suffices() || held.hold.renew().await? {
                let hold = held.hold.clone();
                return Ok(Admission {
                    hold,
                    is_new: false,
                });
            }
            *seat = None;
        }
        let now = Instant::now();
        let Some(lease) = self.leases.try_acquire(seller, TTL).await? else {
            return Err(held_elsewhere().into());
        };
        let hold = Hold {
            lease,
            leases: self.leases.clone(),
            until: Arc::new(Mutex::new(now + TTL)),
        };
        let used_at = now;
        *seat = Some(Seat {
            hold: hold.clone(),
            used_at,
        });
        Ok(Admission { hold, is_new: true })
    }

    /// Renews the leases in use, and gives the others back, until `cancel`.
    pub async fn keep(&self, cancel: CancellationToken) {
        while cancel
            .run_until_cancelled(tokio::time::sleep(RENEWAL))
            .await
            .is_some()
        {
            for seats in self.all() {
                let mut seat = seats.lock().await;
                let Some(held) = seat.as_ref() else { continue };
                let idle = held.used_at.elapsed() > IDLE;
                let result = if idle {
                    self.leases
                        .release(&held.hold.lease)
                        .await
                        .map(|()| false)
                        .map_err(Error::from)
                } else {
                    held.hold.renew().await
                };
                match result {
                    Ok(true) => {}
                    Ok(false) => {
                        held.hold.extend(Instant::now());
                        *seat = None;
                    }
                    Err(error) => tracing::warn!(
                        lease.name = held.hold.lease.name(),
                        error = %error,
                        "a seller's lease was not renewed; its calls stop when it runs out: {error}"
                    ),
                }
            }
        }
    }

    /// Gives all leases back, so that the next process need not wait.
    pub async fn release_all(&self) {
        for seats in self.all() {
            let Some(held) = seats.lock().await.take() else {
                continue;
            };
            held.hold.extend(Instant::now());
            if let Err(error) = self.leases.release(&held.hold.lease).await {
                tracing::warn!(error = %error, "a seller's lease runs out by itself: {error}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use moa_id::Ids;
    use sqlx::PgPool;

    use super::*;

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_lease_that_is_about_to_run_out_is_renewed_before_a_call_and_one_that_was_taken_is_not(
        pool: PgPool,
    ) {
        let holders = Holders::new(Leases::new(
            pool.clone(),
            crate::SCHEMA,
            Ids::seeded(1).uuid(),
        ));
        let hold = holders.admit("a seller").await.unwrap().hold;
        // As after a pause of the whole process.
        hold.extend(Instant::now());
        assert!(!holders.is_ours("a seller").await);
        hold.assure().await.unwrap();
        assert!(holders.is_ours("a seller").await);

        hold.extend(Instant::now());
        sqlx::query("UPDATE channel_proxy.leases SET fence = fence + 1")
            .execute(&pool)
            .await
            .unwrap();
        let refused = hold.assure().await.unwrap_err();
        assert_eq!(refused.kind, FailureKind::HeldElsewhere);
    }
}
