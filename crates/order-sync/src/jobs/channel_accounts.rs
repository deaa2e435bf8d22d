//! Following channel-proxy's accounts: they are what is collected from.

use async_trait::async_trait;
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{BoxError, Clock};
use sqlx::PgConnection;

use super::signals::Signals;
use crate::domain::account::Account;
use crate::store::accounts;

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
