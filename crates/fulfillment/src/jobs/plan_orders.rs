//! Plans orders as soon as something was learnt about them.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;

/// Finds what another process put into the queue, and what was put off.
const POLL: Duration = Duration::from_millis(200);
/// After a failure of the database.
const PAUSE: Duration = Duration::from_secs(1);

/// Plans until `cancel`.
pub async fn run(app: Arc<App>, cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        let pause = match app.plan_orders().await {
            Ok(true) => continue,
            Ok(false) => POLL,
            Err(error) => {
                let source = std::error::Error::source(&error)
                    .map(ToString::to_string)
                    .unwrap_or_default();
                tracing::error!(error = %error, error.source = source, "orders could not be planned: {error}: {source}");
                PAUSE
            }
        };
        tokio::select! {
            () = cancel.cancelled() => return,
            () = app.planner.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}
