//! What we follow: order-sync's `listings`.

use std::sync::Arc;

use async_trait::async_trait;
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::order_sync::v1::ListingSeen;
use moa_service::BoxError;
use sqlx::PgConnection;

use crate::app::App;
use crate::app::record_seen::Seen;

/// Notes the listings that orders show.
pub(crate) struct ListingsSeen {
    app: Arc<App>,
}

impl ListingsSeen {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[async_trait]
impl FeedHandler for ListingsSeen {
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        let mut seen = Vec::with_capacity(events.len());
        for event in events {
            let Some(message) = event.decode::<ListingSeen>() else {
                continue;
            };
            let message = message?;
            seen.push(Seen {
                merchant_id: event.merchant_id,
                channel: message.channel,
                account_id: message.channel_account_id.parse()?,
                channel_listing_id: message.channel_listing_id,
                product_name: message.product_name,
                option_name: message.option_name,
                sku_code: message.sku_code,
                version: event.version,
            });
        }
        self.app.record_seen(conn, seen).await?;
        Ok(())
    }
}
