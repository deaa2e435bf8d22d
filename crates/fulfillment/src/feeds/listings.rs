//! catalog's topic "listings".

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use moa_id::MerchantId;
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::catalog::v1 as pb;
use sqlx::PgConnection;

use super::malformed;
use crate::app::App;
use crate::clients::catalog::{parse_key, parse_mapping};
use crate::store::listings::ListingMapping;

/// Applies mappings.
pub struct ListingsFeed(pub Arc<App>);

#[async_trait]
impl FeedHandler for ListingsFeed {
    async fn apply(
        &self,
        conn: &mut PgConnection,
        events: &[FeedEvent],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut by_merchant: BTreeMap<MerchantId, Vec<ListingMapping>> = BTreeMap::new();
        for event in events {
            let Some(read) = read(event) else {
                continue;
            };
            let mapping = read.map_err(|reason| malformed("catalog", event, reason))?;
            by_merchant
                .entry(event.merchant_id)
                .or_default()
                .push(mapping);
        }
        for (merchant_id, announced) in by_merchant {
            self.0
                .apply_listings(&mut *conn, merchant_id, announced)
                .await?;
        }
        Ok(())
    }

    fn after_commit(&self) {
        self.0.wake();
    }
}

/// What an event says a listing stands for; none when it is about something else.
fn read(event: &FeedEvent) -> Option<Result<ListingMapping, String>> {
    if let Some(mapped) = event.decode::<pb::ListingMapped>() {
        let mapping = mapped
            .map_err(|error| error.to_string())
            .and_then(|mapped| {
                let mapping = mapped.mapping;
                mapping.ok_or_else(|| "it carries no mapping".to_owned())
            })
            .and_then(parse_mapping);
        return Some(mapping.map(|mapping| ListingMapping {
            version: event.version,
            ..mapping
        }));
    }
    let unmapped = event.decode::<pb::ListingUnmapped>()?;
    let mapping = unmapped
        .map_err(|error| error.to_string())
        .and_then(|listing| {
            Ok(ListingMapping {
                key: parse_key(&listing.channel_account_id, listing.channel_listing_id)?,
                components: Vec::new(),
                version: event.version,
            })
        });
    Some(mapping)
}
