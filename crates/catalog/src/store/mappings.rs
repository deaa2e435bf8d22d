//! What listings stand for: the history, whose newest record holds.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, ListingId, MerchantId, VariantId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::listings::{attention_text, by_id};
use crate::domain::listing::{Component, Listing, Signature, VariantBrief};
use crate::domain::suggest::full_name;
use crate::error::Error;

struct ComponentRow {
    listing_id: Uuid,
    version: i64,
    variant_id: Uuid,
    quantity: i32,
    sku: String,
    digital: bool,
    product_name: String,
    variant_name: String,
}

impl From<ComponentRow> for Component {
    fn from(row: ComponentRow) -> Self {
        Self {
            variant: VariantBrief {
                id: VariantId::from_uuid(row.variant_id),
                sku: row.sku,
                name: full_name(&row.product_name, &row.variant_name),
                digital: row.digital,
            },
            quantity: row.quantity,
        }
    }
}

/// Fills what each listing stands for, by variant.
pub(super) async fn fill(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    listings: &mut [Listing],
) -> Result<(), Error> {
    let ids: Vec<Uuid> = listings.iter().map(|l| l.id.as_uuid()).collect();
    let versions: Vec<i64> = listings.iter().map(|l| l.version).collect();
    let rows = components(conn, merchant_id, &ids, &versions).await?;
    let mut listings = by_id(listings);
    for row in rows {
        if let Some(listing) = listings.get_mut(&row.listing_id) {
            listing.components.push(row.into());
        }
    }
    Ok(())
}

/// The components of these records.
async fn components(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    listing_ids: &[Uuid],
    versions: &[i64],
) -> Result<Vec<ComponentRow>, Error> {
    let rows = sqlx::query_as!(
        ComponentRow,
        r#"SELECT c.listing_id, c.version, c.variant_id, c.quantity, v.sku, v.kind = 'DIGITAL' AS "digital!",
                  p.name AS product_name, v.name AS variant_name
           FROM unnest($2::uuid[], $3::bigint[]) AS record (listing_id, version)
           JOIN catalog.mapping_components c
               ON c.merchant_id = $1 AND c.listing_id = record.listing_id AND c.version = record.version
           JOIN catalog.variants v ON v.merchant_id = $1 AND v.variant_id = c.variant_id
           JOIN catalog.products p ON p.merchant_id = $1 AND p.product_id = v.product_id
           ORDER BY c.listing_id, c.version, c.variant_id"#,
        merchant_id.as_uuid(),
        listing_ids,
        versions,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Writes a changed mapping down as the newest record of its history.
pub(crate) async fn save(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    listing: &Listing,
    by: &Signature,
) -> Result<(), Error> {
    // The old columns are emptied, so that an older process holds the lines rather than ship what stands there.
    sqlx::query!(
        "UPDATE catalog.listings
         SET mapped = $3, version = $4, attention = $5, variant_id = NULL, quantity_multiplier = 0
         WHERE merchant_id = $1 AND listing_id = $2",
        merchant_id.as_uuid(),
        listing.id.as_uuid(),
        !listing.components.is_empty(),
        listing.version,
        listing.attention.map(attention_text),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "INSERT INTO catalog.listing_mappings (merchant_id, listing_id, version, operator, mapped_at)
         VALUES ($1, $2, $3, $4, $5)",
        merchant_id.as_uuid(),
        listing.id.as_uuid(),
        listing.version,
        by.operator,
        by.at,
    )
    .execute(&mut *conn)
    .await?;
    let components = &listing.components;
    let variants: Vec<Uuid> = components.iter().map(|c| c.variant.id.as_uuid()).collect();
    let quantities: Vec<i32> = components.iter().map(|c| c.quantity).collect();
    sqlx::query!(
        "INSERT INTO catalog.mapping_components (merchant_id, listing_id, version, variant_id, quantity)
         SELECT $1, $2, $3, new.variant_id, new.quantity
         FROM unnest($4::uuid[], $5::integer[]) AS new (variant_id, quantity)",
        merchant_id.as_uuid(),
        listing.id.as_uuid(),
        listing.version,
        &variants,
        &quantities,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A mapping as it once began to hold.
pub(crate) struct Record {
    pub(crate) version: i64,
    /// Empty: it was unmapped.
    pub(crate) components: Vec<Component>,
    pub(crate) by: Signature,
}

/// The newest records, newest first.
pub(crate) async fn history(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    listing_id: ListingId,
    limit: i64,
) -> Result<Vec<Record>, Error> {
    struct Row {
        version: i64,
        operator: String,
        mapped_at: DateTime<Utc>,
    }
    let rows = sqlx::query_as!(
        Row,
        "SELECT version, operator, mapped_at
         FROM catalog.listing_mappings
         WHERE merchant_id = $1 AND listing_id = $2
         ORDER BY version DESC
         LIMIT $3",
        merchant_id.as_uuid(),
        listing_id.as_uuid(),
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let versions: Vec<i64> = rows.iter().map(|row| row.version).collect();
    let ids = vec![listing_id.as_uuid(); versions.len()];
    let mut by_version: BTreeMap<i64, Vec<Component>> = BTreeMap::new();
    for row in components(conn, merchant_id, &ids, &versions).await? {
        by_version.entry(row.version).or_default().push(row.into());
    }
    let records = rows.into_iter().map(|row| Record {
        version: row.version,
        components: by_version.remove(&row.version).unwrap_or_default(),
        by: Signature {
            operator: row.operator,
            at: row.mapped_at,
        },
    });
    Ok(records.collect())
}

/// A mapped listing with what is needed to plan.
pub(crate) struct Resolved {
    pub(crate) account_id: ChannelAccountId,
    pub(crate) channel_listing_id: String,
    pub(crate) version: i64,
    pub(crate) components: Vec<Component>,
}

/// Mappings of many listings; unmapped ones are absent.
pub(crate) async fn resolve(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    keys: &[(ChannelAccountId, String)],
) -> Result<Vec<Resolved>, Error> {
    let accounts: Vec<Uuid> = keys.iter().map(|(account, _)| account.as_uuid()).collect();
    let ids: Vec<String> = keys.iter().map(|(_, id)| id.clone()).collect();
    let rows = sqlx::query!(
        "SELECT DISTINCT l.listing_id, l.channel_account_id, l.channel_listing_id, l.version
         FROM unnest($2::uuid[], $3::text[]) AS asked (channel_account_id, channel_listing_id)
         JOIN catalog.listings l
             ON l.merchant_id = $1
             AND l.channel_account_id = asked.channel_account_id
             AND l.channel_listing_id = asked.channel_listing_id
         WHERE l.mapped",
        merchant_id.as_uuid(),
        &accounts,
        &ids,
    )
    .fetch_all(&mut *conn)
    .await?;
    let listing_ids: Vec<Uuid> = rows.iter().map(|row| row.listing_id).collect();
    let versions: Vec<i64> = rows.iter().map(|row| row.version).collect();
    let mut resolved: BTreeMap<Uuid, Resolved> = rows
        .into_iter()
        .map(|row| {
            let one = Resolved {
                account_id: ChannelAccountId::from_uuid(row.channel_account_id),
                channel_listing_id: row.channel_listing_id,
                version: row.version,
                components: Vec::new(),
            };
            (row.listing_id, one)
        })
        .collect();
    for row in components(conn, merchant_id, &listing_ids, &versions).await? {
        if let Some(one) = resolved.get_mut(&row.listing_id) {
            one.components.push(row.into());
        }
    }
    Ok(resolved.into_values().collect())
}
