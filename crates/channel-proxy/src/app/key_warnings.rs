//! Says in time that a key ends.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use moa_id::Ids;
use moa_outbox::NewEvent;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::App;
use crate::domain::account::ChannelAccount;
use crate::domain::key_calendar::{WARN_DAYS, due};
use crate::error::Error;
use crate::events;
use crate::store::accounts;

const EVERY: Duration = Duration::from_secs(600);
/// Accounts of one transaction.
const BATCH: i64 = 100;

impl App {
    /// Looks at all accounts now and then, until `cancel`.
    pub async fn warn_of_ending_keys(&self, cancel: CancellationToken) {
        loop {
            if let Err(error) = self.warn_once().await {
                tracing::error!(error = %error, "ending keys could not be looked for: {error}");
            }
            let pause = cancel.run_until_cancelled(tokio::time::sleep(EVERY));
            if pause.await.is_none() {
                return;
            }
        }
    }

    async fn warn_once(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let horizon = WARN_DAYS.into_iter().max().unwrap_or_default();
        let until = now + TimeDelta::days(i64::from(horizon)) + TimeDelta::seconds(1);
        let mut after = (Uuid::nil(), Uuid::nil());
        loop {
            let mut tx = moa_service::begin(&self.pool).await?;
            let found = accounts::lock_ending(&mut tx, until, after, BATCH).await?;
            let Some(last) = found.last() else {
                return Ok(());
            };
            after = (last.merchant_id.as_uuid(), last.id.as_uuid());
            let mut events = Vec::new();
            for mut account in found {
                if let Some(event) = warning_due(&self.ids, &mut account, now) {
                    accounts::save(&mut tx, &account, now).await?;
                    events.push(event);
                }
            }
            if !events.is_empty() {
                self.outbox.push_all(&mut tx, &events).await?;
                tx.commit().await?;
                self.outbox.wake();
            }
        }
    }
}

/// The warning that an account's key calls for now, noted on the account.
pub fn warning_due(
    ids: &Ids,
    account: &mut ChannelAccount,
    now: DateTime<Utc>,
) -> Option<NewEvent> {
    let expires_at = account.key.expires_at?;
    let within_days = due(expires_at, now, account.key.warned_days)?;
    account.key.warned_days = Some(within_days);
    account.key.warnings += 1;
    tracing::warn!(
        channel_account.id = %account.id,
        "the key of a channel account ends within {within_days} days, at {expires_at}"
    );
    Some(events::key_expiring(
        ids,
        account,
        expires_at,
        within_days,
        now,
    ))
}
