//! Asks SOLAPI again and again what became of accepted messages, as soon as each is due.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::{App, NextLook};

/// Another process may have written a check that nobody told us of.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Between two rounds, so that many messages share a question.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const AFTER_FAILURE: Duration = Duration::from_secs(5);

pub(crate) async fn run(app: Arc<App>, cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        let pause = match app.check_deliveries().await {
            Ok(NextLook::Now) => Duration::ZERO,
            Ok(NextLook::WhenTold) => LONGEST_PAUSE,
            Ok(NextLook::At(at)) => {
                let wait = (at - app.clock.now()).to_std().unwrap_or_default();
                wait.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "deliveries could not be checked, trying again: {error}"
                );
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
            // A new check is due a second after it was written: look when that is, at the next turn.
            () = app.deliveries.notified(), if pause > SHORTEST_PAUSE => {}
        }
    }
}
