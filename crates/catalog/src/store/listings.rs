use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, Ids, ListingId, MerchantId, VariantId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::app::record_seen::Seen;
use crate::domain::listing::{Listing, Mapping};
use crate::error::Error;

struct ListingRow {
    listing_id: Uuid,
    channel: String,
    channel_account_id: Uuid,
    channel_listing_id: String,
    product_name: String,
    option_name: String,
    sku_code: String,
    variant_id: Option<Uuid>,
    quantity_multiplier: i32,
    version: i64,
    first_seen_at: DateTime<Utc>,
}

impl From<ListingRow> for Listing {
    fn from(row: ListingRow) -> Self {
        Self {
            id: ListingId::from_uuid(row.listing_id),
            channel: row.channel,
            account_id: ChannelAccountId::from_uuid(row.channel_account_id),
            channel_listing_id: row.channel_listing_id,
            product_name: row.product_name,
            option_name: row.option_name,
            sku_code: row.sku_code,
            mapping: row.variant_id.map(|variant_id| Mapping {
                variant_id: VariantId::from_uuid(variant_id),
                quantity_multiplier: row.quantity_multiplier,
            }),
            version: row.version,
            first_seen_at: row.first_seen_at,
        }
    }
}

pub(crate) async fn lock(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    (account_id, channel_listing_id): (ChannelAccountId, &str),
) -> Result<Option<Listing>, Error> {
    let row = sqlx::query_as!(
        ListingRow,
        "SELECT listing_id, channel, channel_account_id, channel_listing_id, product_name, option_name, sku_code,
                variant_id, quantity_multiplier, version, first_seen_at
         FROM catalog.listings
         WHERE merchant_id = $1 AND channel_account_id = $2 AND channel_listing_id = $3
         FOR UPDATE",
        merchant_id.as_uuid(),
        account_id.as_uuid(),
        channel_listing_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Listing::from))
}

pub(crate) async fn insert_unseen(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    listing: &Listing,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO catalog.listings
             (merchant_id, listing_id, channel, channel_account_id, channel_listing_id, product_name, option_name,
              sku_code, first_seen_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT ON CONSTRAINT listings_channel_listing_key DO NOTHING",
        merchant_id.as_uuid(),
        listing.id.as_uuid(),
        listing.channel,
        listing.account_id.as_uuid(),
        listing.channel_listing_id,
        listing.product_name,
        listing.option_name,
        listing.sku_code,
        listing.first_seen_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Inserts what is new, renames what was renamed, in one statement.
pub(crate) async fn upsert_seen(
    conn: &mut PgConnection,
    ids: &Ids,
    seen: &[Seen],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let column = |pick: fn(&Seen) -> &str| -> Vec<String> {
        seen.iter().map(|s| pick(s).to_owned()).collect()
    };
    let merchants: Vec<Uuid> = seen.iter().map(|s| s.merchant_id.as_uuid()).collect();
    let new_ids: Vec<Uuid> = seen.iter().map(|_| ids.uuid()).collect();
    let accounts: Vec<Uuid> = seen.iter().map(|s| s.account_id.as_uuid()).collect();
    let versions: Vec<i64> = seen.iter().map(|s| s.version).collect();
    sqlx::query!(
        "INSERT INTO catalog.listings AS known
             (merchant_id, listing_id, channel, channel_account_id, channel_listing_id, product_name, option_name,
              sku_code, seen_version, first_seen_at)
         SELECT *, $10::timestamptz
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::bigint[])
         ON CONFLICT ON CONSTRAINT listings_channel_listing_key DO UPDATE
         SET product_name = excluded.product_name,
             option_name = excluded.option_name,
             sku_code = excluded.sku_code,
             seen_version = excluded.seen_version
         WHERE known.seen_version < excluded.seen_version",
        &merchants,
        &new_ids,
        &column(|s| &s.channel),
        &accounts,
        &column(|s| &s.channel_listing_id),
        &column(|s| &s.product_name),
        &column(|s| &s.option_name),
        &column(|s| &s.sku_code),
        &versions,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a changed mapping and its line of history.
pub(crate) async fn save_mapping(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    listing: &Listing,
    operator: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(mapping) = listing.mapping else {
        return Ok(());
    };
    sqlx::query!(
        "WITH saved AS (
             UPDATE catalog.listings
             SET variant_id = $3, quantity_multiplier = $4, version = $5
             WHERE merchant_id = $1 AND listing_id = $2
         )
         INSERT INTO catalog.listing_mappings
             (merchant_id, listing_id, version, variant_id, quantity_multiplier, operator, mapped_at)
         VALUES ($1, $2, $5, $3, $4, $6, $7)",
        merchant_id.as_uuid(),
        listing.id.as_uuid(),
        mapping.variant_id.as_uuid(),
        mapping.quantity_multiplier,
        listing.version,
        operator,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Newest first, those older than `before`.
pub(crate) async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    unmapped_only: bool,
    before: Option<ListingId>,
    limit: i64,
) -> Result<Vec<Listing>, Error> {
    let rows = sqlx::query_as!(
        ListingRow,
        "SELECT listing_id, channel, channel_account_id, channel_listing_id, product_name, option_name, sku_code,
                variant_id, quantity_multiplier, version, first_seen_at
         FROM catalog.listings
         WHERE merchant_id = $1
           AND (NOT $2 OR variant_id IS NULL)
           AND ($3::uuid IS NULL OR listing_id < $3)
         ORDER BY listing_id DESC
         LIMIT $4",
        merchant_id.as_uuid(),
        unmapped_only,
        before.map(|id| id.as_uuid()),
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Listing::from).collect())
}

/// A mapped listing with what is needed to plan.
pub(crate) struct Resolved {
    pub(crate) account_id: ChannelAccountId,
    pub(crate) channel_listing_id: String,
    pub(crate) mapping: Mapping,
    pub(crate) digital: bool,
    pub(crate) sku: String,
}

/// Mappings of many listings in one statement; unmapped ones are absent.
pub(crate) async fn resolve(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    keys: &[(ChannelAccountId, String)],
) -> Result<Vec<Resolved>, Error> {
    let accounts: Vec<Uuid> = keys.iter().map(|(account, _)| account.as_uuid()).collect();
    let ids: Vec<String> = keys.iter().map(|(_, id)| id.clone()).collect();
    let rows = sqlx::query!(
        r#"SELECT l.channel_account_id, l.channel_listing_id, v.variant_id, l.quantity_multiplier,
                  v.kind = 'DIGITAL' AS "digital!", v.sku
           FROM unnest($2::uuid[], $3::text[]) AS asked (channel_account_id, channel_listing_id)
           JOIN catalog.listings l
             ON l.merchant_id = $1
            AND l.channel_account_id = asked.channel_account_id
            AND l.channel_listing_id = asked.channel_listing_id
           JOIN catalog.variants v ON v.merchant_id = $1 AND v.variant_id = l.variant_id"#,
        merchant_id.as_uuid(),
        &accounts,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let resolved = rows.into_iter().map(|row| Resolved {
        account_id: ChannelAccountId::from_uuid(row.channel_account_id),
        channel_listing_id: row.channel_listing_id,
        mapping: Mapping {
            variant_id: VariantId::from_uuid(row.variant_id),
            quantity_multiplier: row.quantity_multiplier,
        },
        digital: row.digital,
        sku: row.sku,
    });
    Ok(resolved.collect())
}
