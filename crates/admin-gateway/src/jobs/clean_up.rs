//! Removes what is over: sessions, attempt windows, idempotency keys. Any number of processes may do so at once.

use std::time::Duration;

use moa_jobs::every;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::domain::{session, throttle};
use crate::error::Error;
use crate::store::{DELETE_AT_ONCE, idempotency, login_attempts, sessions};

const PERIOD: Duration = Duration::from_secs(600);

/// Cleans up now and then until cancelled.
pub async fn run(app: &App, cancel: CancellationToken) {
    every(PERIOD, cancel, || app.clean_up()).await;
}

impl App {
    /// Removes what is over.
    pub async fn clean_up(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let mut conn = self.db.acquire().await?;
        let full = DELETE_AT_ONCE.unsigned_abs();
        while sessions::delete_old(&mut conn, session::all_over_before(now)).await? == full {}
        while login_attempts::delete_old(&mut conn, now - throttle::WINDOW).await? == full {}
        while idempotency::delete_old(&mut conn, now - idempotency::KEPT).await? == full {}
        Ok(())
    }
}
