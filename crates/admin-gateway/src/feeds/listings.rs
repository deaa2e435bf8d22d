//! catalog's `listings`: what is physical and what is digital, and what waits to be mapped.

use async_trait::async_trait;
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::catalog::v1::{ListingMapped, ListingUnmapped, VariantKind};
use moa_service::BoxError;
use sqlx::PgConnection;

use super::{newest, payload, word};
use crate::store::board_listings::{self, ListingRow};

/// Notes the kind of each mapped listing, and that it has none any more. A line shows it when it is looked at next.
pub struct ListingsFeed;

#[async_trait]
impl FeedHandler for ListingsFeed {
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let row = |account_id: &str, channel_listing_id: String, kind: Option<String>| {
                Ok::<_, BoxError>(ListingRow {
                    merchant_id: event.merchant_id.as_uuid(),
                    channel_account_id: account_id.parse()?,
                    channel_listing_id,
                    version: event.version,
                    kind,
                })
            };
            if let Some(lost) = payload::<ListingUnmapped>(event)? {
                rows.push(row(
                    &lost.channel_account_id,
                    lost.channel_listing_id,
                    None,
                )?);
                continue;
            }
            let Some(ListingMapped {
                mapping: Some(mapping),
            }) = payload(event)?
            else {
                continue;
            };
            // A set with anything to be packed leaves with its parcel. Versions that knew no sets told one kind.
            let mut kinds = mapping.components.iter().map(|component| component.kind());
            let kind = match (mapping.components.is_empty(), mapping.kind()) {
                (true, VariantKind::Unspecified) => continue,
                (true, kind) => kind,
                (false, _) if kinds.all(|kind| kind == VariantKind::Digital) => {
                    VariantKind::Digital
                }
                (false, _) => VariantKind::Physical,
            };
            let kind = word(kind.as_str_name(), "VARIANT_KIND_");
            rows.push(row(
                &mapping.channel_account_id,
                mapping.channel_listing_id,
                Some(kind),
            )?);
        }
        let key = |row: &ListingRow| {
            (
                row.merchant_id,
                row.channel_account_id,
                row.channel_listing_id.clone(),
            )
        };
        let rows = newest(rows, key, |row| row.version);
        board_listings::upsert(conn, &rows).await?;
        Ok(())
    }
}
