use std::time::Duration;

use rand::RngExt;
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::JobOutcome;
use crate::outcome::{chain, run};

/// Calls `work` at once, and again a `period` (±10 %) after each end, until `cancel`.
///
/// Two calls never overlap. A failure is logged and the next call comes at its time. A call in flight when `cancel`
/// comes is waited for.
pub async fn every<W, F>(period: Duration, cancel: CancellationToken, mut work: W)
where
    W: FnMut() -> F,
    F: Future,
    F::Output: JobOutcome,
{
    while !cancel.is_cancelled() {
        if let Err(failure) = run(work()).await {
            error!(
                "a periodic job failed, it runs again in {period:?}: {}",
                chain(&*failure)
            );
        }
        pause(jittered(period), &cancel).await;
    }
}

/// The duration ±10 %, so that processes that started together drift apart.
pub(crate) fn jittered(duration: Duration) -> Duration {
    duration.mul_f64(rand::rng().random_range(0.9..1.1))
}

/// Waits, but not past `cancel`.
pub(crate) async fn pause(duration: Duration, cancel: &CancellationToken) {
    // Timing out is the ordinary end of a pause.
    let _ = tokio::time::timeout(duration, cancel.cancelled()).await;
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_job_runs_again_after_failures_and_panics_until_it_is_cancelled() {
        let runs = AtomicU32::new(0);
        let cancel = CancellationToken::new();
        every(Duration::from_millis(1), cancel.clone(), || async {
            match runs.fetch_add(1, Ordering::Relaxed) {
                0 => Err("failed"),
                1 => panic!("failed badly"),
                _ => {
                    cancel.cancel();
                    Ok(())
                }
            }
        })
        .await;
        assert_eq!(runs.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn a_cancelled_job_never_starts() {
        let runs = AtomicU32::new(0);
        let cancel = CancellationToken::new();
        cancel.cancel();
        every(Duration::ZERO, cancel, || async {
            runs.fetch_add(1, Ordering::Relaxed);
        })
        .await;
        assert_eq!(runs.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn jitter_stays_within_a_tenth() {
        for _ in 0..1000 {
            let jittered = jittered(Duration::from_secs(100));
            assert!((Duration::from_secs(90)..=Duration::from_secs(110)).contains(&jittered));
        }
    }
}
