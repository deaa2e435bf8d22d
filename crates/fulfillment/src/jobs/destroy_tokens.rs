//! Destroys secrets whose time is over.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::app::App;

const PERIOD: Duration = Duration::from_secs(300);

/// Destroys until `cancel`.
pub async fn run(app: Arc<App>, cancel: CancellationToken) {
    moa_jobs::every(PERIOD, cancel, || async {
        while app.destroy_tokens().await? > 0 {}
        while app.erase_old_words().await? > 0 {}
        Ok::<(), Error>(())
    })
    .await;
}
