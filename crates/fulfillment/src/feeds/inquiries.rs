//! order-sync's topic "inquiries".

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use moa_id::{InquiryId, MerchantId};
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::order_sync::v1 as pb;
use sqlx::PgConnection;

use super::malformed;
use crate::app::App;

/// Applies erasures of questions: their answers go, too.
pub struct InquiriesFeed(pub Arc<App>);

#[async_trait]
impl FeedHandler for InquiriesFeed {
    async fn apply(
        &self,
        conn: &mut PgConnection,
        events: &[FeedEvent],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut erased: BTreeMap<MerchantId, Vec<InquiryId>> = BTreeMap::new();
        for event in events {
            let Some(told) = event.decode::<pb::InquiryErased>() else {
                continue;
            };
            let told = told.map_err(|error| malformed("order-sync", event, error))?;
            let id = told.inquiry.unwrap_or_default().inquiry_id;
            let id = id
                .parse()
                .map_err(|error| malformed("order-sync", event, error))?;
            erased.entry(event.merchant_id).or_default().push(id);
        }
        for (merchant_id, inquiry_ids) in erased {
            self.0
                .erase_answers(&mut *conn, merchant_id, &inquiry_ids)
                .await?;
        }
        Ok(())
    }

    fn after_commit(&self) {}
}
