//! channel-proxy's `channel_warnings`: keys that end are told to the merchant.

use std::sync::Arc;

use async_trait::async_trait;
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{BoxError, parse_timestamp};
use sqlx::PgConnection;

use crate::app::{App, ExpiringKey};
use crate::domain::key_warning::KeyWarning;

/// Warns of keys. What is new in a channel's answers stands on the screen of accounts: it is no merchant's alarm.
pub(crate) struct ChannelWarningsFeed(pub(crate) Arc<App>);

#[async_trait]
impl FeedHandler for ChannelWarningsFeed {
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        let mut expiring = Vec::new();
        for event in events {
            let Some(message) = event.decode::<pb::ChannelKeyExpiring>() else {
                continue;
            };
            let message = message?;
            expiring.push(ExpiringKey {
                merchant_id: event.merchant_id,
                channel_account_id: message.channel_account_id.parse()?,
                warning: KeyWarning {
                    channel: message.channel,
                    account_name: message.name,
                    key_expires_at: parse_timestamp("key_expires_at", message.key_expires_at)?,
                    within_days: message.within_days,
                },
            });
        }
        self.0.warn_of_keys(conn, expiring).await?;
        Ok(())
    }

    fn after_commit(&self) {
        self.0.wake();
    }
}
