//! Following channel-proxy's accounts: they are what is collected from.

use std::time::Duration;

use async_trait::async_trait;
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{BoxError, Clock};
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

use super::signals::Signals;
use crate::App;
use crate::clients::{convert, convert_inquiry, convert_quota};
use crate::domain::account::Account;
use crate::store::accounts;

/// How often the accounts are compared with channel-proxy's list.
const RECONCILE_EVERY: Duration = Duration::from_secs(3600);
/// Pauses between attempts while channel-proxy does not answer; it may start after us.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Applies `ChannelAccountChanged`.
pub(crate) struct ChannelAccounts {
    pub(crate) clock: Clock,
    pub(crate) signals: Signals,
}

#[async_trait]
impl FeedHandler for ChannelAccounts {
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        for event in events {
            let Some(changed) = event.decode::<pb::ChannelAccountChanged>() else {
                continue;
            };
            let Some(account) = changed?.channel_account else {
                return Err("ChannelAccountChanged carries no account".into());
            };
            let active = account.state() == pb::ChannelAccountState::Active;
            let collected = Account {
                merchant_id: event.merchant_id,
                channel_account_id: account.channel_account_id.parse()?,
                discovery: convert::discovery(&account)?,
                overlap: convert::overlap(&account),
                inquiries: convert_inquiry::inquiry_source(&account),
                visibility_lag: convert::visibility_lag(&account),
                quota: convert_quota::call_quota(&account),
                channel: account.channel,
            };
            let now = self.clock.now();
            accounts::save(conn, &collected, active, event.version, now).await?;
        }
        Ok(())
    }

    fn after_commit(&self) {
        self.signals.accounts_changed.notify_one();
    }
}

/// Compares the accounts with channel-proxy's list, at once and every hour, until `cancel`.
pub(crate) async fn reconcile(app: &App, signals: Signals, cancel: CancellationToken) {
    let mut back_off = SHORTEST_PAUSE;
    loop {
        let compared = tokio::select! {
            () = cancel.cancelled() => return,
            compared = app.reconcile_accounts() => compared,
        };
        let pause = match compared {
            Ok(news) => {
                if news > 0 {
                    tracing::info!("channel-proxy's list told of {news} new or changed account(s)");
                    signals.accounts_changed.notify_one();
                }
                back_off = SHORTEST_PAUSE;
                RECONCILE_EVERY
            }
            Err(error) => {
                let error = error.chain();
                tracing::warn!(error = %error, "the accounts could not be compared with channel-proxy's: {error}");
                let pause = back_off;
                back_off = (back_off * 2).min(LONGEST_PAUSE);
                pause
            }
        };
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
