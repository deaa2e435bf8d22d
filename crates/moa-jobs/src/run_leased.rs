use std::time::Duration;

use metrics::counter;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use crate::every::{jittered, pause};
use crate::outcome::{chain, run};
use crate::{BoxError, JobOutcome, Lease, Leases};

/// How long giving a lease back may take; otherwise it just expires.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(2);

/// Keeps `work` running under the lease `name` in one process of all, until `cancel`.
///
/// - While somebody else holds the lease, it asks again every third of `ttl`.
/// - The work gets the lease, for its fence and guard, and a token. The lease is renewed every third of `ttl` while the
///   work runs in this task, so the work must not block the thread.
/// - The token is cancelled when the lease was taken, or when no renewal succeeded for two thirds of `ttl`; the work then
///   has a third of `ttl` to end before it is dropped, in the second case before anybody else can hold the lease.
/// - After `cancel` the token is cancelled too, and the work has a whole `ttl` to end, renewed meanwhile. The lease is
///   given back.
/// - Work that ends or fails by itself runs again after a third of `ttl`, under the next fence, here or elsewhere.
pub async fn run_leased<W, F>(
    leases: Leases,
    name: &str,
    ttl: Duration,
    cancel: CancellationToken,
    mut work: W,
) where
    W: FnMut(Lease, CancellationToken) -> F,
    F: Future,
    F::Output: JobOutcome,
{
    while !cancel.is_cancelled() {
        let asked = Instant::now();
        // An answer that comes after `ttl`, or after the stop, is worth nothing: that lease expires by itself.
        let acquired = tokio::select! {
            acquired = tokio::time::timeout(ttl, leases.try_acquire(name, ttl)) => acquired,
            () = cancel.cancelled() => return,
        };
        match acquired {
            Ok(Ok(Some(lease))) => {
                debug!(
                    lease.name = name,
                    lease.fence = lease.fence(),
                    "holding lease {name}"
                );
                let held = Held {
                    leases: &leases,
                    lease: &lease,
                    ttl,
                    asked,
                    cancel: &cancel,
                };
                held.run(&mut work).await;
            }
            Ok(Ok(None)) => {}
            Ok(Err(failure)) => warn!(
                lease.name = name,
                "could not ask for a lease: {}",
                chain(&failure)
            ),
            Err(_) => warn!(
                lease.name = name,
                "could not ask for a lease: the database did not answer"
            ),
        }
        pause(jittered(ttl / 3), &cancel).await;
    }
}

/// One time of holding a lease.
pub(crate) struct Held<'a> {
    pub(crate) leases: &'a Leases,
    pub(crate) lease: &'a Lease,
    pub(crate) ttl: Duration,
    /// Before the lease was asked for: it lasts at least `ttl` from here.
    pub(crate) asked: Instant,
    pub(crate) cancel: &'a CancellationToken,
}

/// How the time of holding a lease ended.
enum End {
    Finished(Result<(), BoxError>),
    Lost,
    StopOverdue,
}

impl Held<'_> {
    pub(crate) async fn run<W, F>(self, work: &mut W)
    where
        W: FnMut(Lease, CancellationToken) -> F,
        F: Future,
        F::Output: JobOutcome,
    {
        let name = self.lease.name();
        let token = self.cancel.child_token();
        // Biased: after a pause of the whole process, a lost lease is noticed before the work goes on.
        let end = tokio::select! {
            biased;
            () = self.keep(&token) => End::Lost,
            () = self.stop_overdue() => End::StopOverdue,
            finished = run(work(self.lease.clone(), token.clone())) => End::Finished(finished),
        };
        // Whatever the work spawned hears it too.
        token.cancel();
        match end {
            End::Finished(Ok(())) => debug!(lease.name = name, "work under lease {name} ended"),
            End::Finished(Err(failure)) => {
                counter!("moa_leased_work_failures_total", "schema" => self.leases.schema())
                    .increment(1);
                error!(
                    lease.name = name,
                    "work under lease {name} failed: {}",
                    chain(&*failure)
                );
            }
            End::Lost => warn!(
                lease.name = name,
                "work under lost lease {name} was dropped"
            ),
            End::StopOverdue => warn!(
                lease.name = name,
                "work under lease {name} did not stop in time and was dropped"
            ),
        }
        self.release().await;
    }

    /// Renews until the lease is lost and the work's time to end is over.
    async fn keep(&self, token: &CancellationToken) {
        let third = self.ttl / 3;
        let mut expires = self.asked + self.ttl;
        let mut next = self.asked + third;
        loop {
            sleep_until(next).await;
            let asked = Instant::now();
            let stop_at = expires - third;
            match timeout_at(stop_at, self.leases.renew(self.lease, self.ttl)).await {
                Ok(Ok(true)) => {
                    expires = asked + self.ttl;
                    next = asked + third;
                    continue;
                }
                Ok(Ok(false)) => {
                    self.tell_lost(token, "somebody else holds it");
                    return sleep(third).await;
                }
                Ok(Err(failure)) => {
                    warn!(
                        lease.name = self.lease.name(),
                        "could not renew a lease: {}",
                        chain(&failure)
                    );
                }
                Err(_) => {}
            }
            next = Instant::now() + third / 8;
            if next >= stop_at {
                sleep_until(stop_at).await;
                self.tell_lost(token, "it could not be renewed");
                return sleep_until(expires).await;
            }
        }
    }

    fn tell_lost(&self, token: &CancellationToken, why: &str) {
        let name = self.lease.name();
        counter!("moa_leases_lost_total", "schema" => self.leases.schema()).increment(1);
        warn!(
            lease.name = name,
            lease.fence = self.lease.fence(),
            "lost lease {name}: {why}"
        );
        token.cancel();
    }

    async fn stop_overdue(&self) {
        self.cancel.cancelled().await;
        sleep(self.ttl).await;
    }

    async fn release(&self) {
        let name = self.lease.name();
        match tokio::time::timeout(RELEASE_TIMEOUT, self.leases.release(self.lease)).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => info!(
                lease.name = name,
                "lease {name} is left to expire: {}",
                chain(&failure)
            ),
            Err(_) => info!(
                lease.name = name,
                "lease {name} is left to expire: the database did not answer"
            ),
        }
    }
}
