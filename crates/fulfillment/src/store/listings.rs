//! `fulfillment.listings`: what listings stand for, as catalog told us.

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, MerchantId, OrderId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, components};
use crate::domain::order::Component;

/// A listing by the channel's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListingKey {
    /// The channel account.
    pub account_id: ChannelAccountId,
    /// The channel's id.
    pub channel_listing_id: String,
}

/// What a listing stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingMapping {
    /// The listing.
    pub key: ListingKey,
    /// What one unit of it stands for, by variant; empty: it was unmapped.
    pub components: Vec<Component>,
    /// Of catalog's listing.
    pub version: i64,
}

/// Takes over mappings that catalog announced and marks their orders to be planned again. A lower or equal version is
/// old news. A listing must not stand twice in one call.
pub async fn announce(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    announced: &[ListingMapping],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let columns = Columns::of(announced);
    sqlx::query!(
        "INSERT INTO fulfillment.listings AS held (
             merchant_id, channel_account_id, channel_listing_id, version, components, release_after, updated_at
         )
         SELECT $1, new.account_id, new.listing_id, new.version, new.components, $7, $6
         FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::jsonb[])
             AS new (account_id, listing_id, version, components)
         ORDER BY new.account_id, new.listing_id
         ON CONFLICT ON CONSTRAINT listings_pkey DO UPDATE
         SET version = excluded.version,
             components = excluded.components,
             -- Emptied, so that an older process holds the lines rather than ship what stands here.
             variant_id = NULL,
             kind = NULL,
             quantity_multiplier = NULL,
             release_after = excluded.release_after,
             updated_at = excluded.updated_at
         WHERE held.version < excluded.version",
        merchant_id.as_uuid(),
        &columns.accounts,
        &columns.listings,
        &columns.versions,
        &columns.components as &[Option<serde_json::Value>],
        now,
        Uuid::nil(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes over what catalog answered when it was asked, and never replaces an announcement of a later version. Listings
/// in `asked` without an answer are kept as unmapped. An answer may be ahead of the feed, whose announcement is old news
/// then: orders that wait for the listing are marked to be planned again by whichever comes first.
pub async fn answered(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    asked: &[ListingKey],
    answers: &[ListingMapping],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let columns = Columns::of(answers);
    sqlx::query!(
        "INSERT INTO fulfillment.listings AS held (
             merchant_id, channel_account_id, channel_listing_id, version, components, updated_at
         )
         SELECT $1, new.account_id, new.listing_id, new.version, new.components, $6
         FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::jsonb[])
             AS new (account_id, listing_id, version, components)
         ORDER BY new.account_id, new.listing_id
         ON CONFLICT ON CONSTRAINT listings_pkey DO UPDATE
         SET version = excluded.version,
             components = excluded.components,
             release_after = CASE WHEN held.version < excluded.version THEN $7::uuid ELSE held.release_after END,
             updated_at = excluded.updated_at
         WHERE held.version <= excluded.version",
        merchant_id.as_uuid(),
        &columns.accounts,
        &columns.listings,
        &columns.versions,
        &columns.components as &[Option<serde_json::Value>],
        now,
        Uuid::nil(),
    )
    .execute(&mut *conn)
    .await?;
    let accounts: Vec<Uuid> = asked.iter().map(|key| key.account_id.as_uuid()).collect();
    let listings: Vec<String> = asked
        .iter()
        .map(|key| key.channel_listing_id.clone())
        .collect();
    sqlx::query!(
        "INSERT INTO fulfillment.listings (merchant_id, channel_account_id, channel_listing_id, version, updated_at)
         SELECT $1, asked.account_id, asked.listing_id, 0, $4
         FROM unnest($2::uuid[], $3::text[]) AS asked (account_id, listing_id)
         ORDER BY asked.account_id, asked.listing_id
         ON CONFLICT ON CONSTRAINT listings_pkey DO NOTHING",
        merchant_id.as_uuid(),
        &accounts,
        &listings,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The listings of open lines of these orders that catalog must be asked about.
pub async fn unknown_of(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
) -> Result<Vec<(OrderId, ListingKey)>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT DISTINCT l.order_id, l.channel_account_id, l.channel_listing_id
         FROM fulfillment.order_lines l
         LEFT JOIN fulfillment.listings g
             ON g.merchant_id = l.merchant_id
             AND g.channel_account_id = l.channel_account_id
             AND g.channel_listing_id = l.channel_listing_id
         WHERE l.merchant_id = $1
             AND l.order_id = ANY ($2)
             AND l.state IN ('PLACED', 'ACKNOWLEDGED')
             -- What an older version took over has no SKU yet.
             AND (g.components IS NULL OR g.components @> '[{"sku": ""}]')"#,
        merchant_id.as_uuid(),
        &super::orders::uuids(order_ids),
    )
    .fetch_all(conn)
    .await?;
    let mut unknown = Vec::with_capacity(rows.len());
    for row in rows {
        let account_id = ChannelAccountId::from_uuid(row.channel_account_id);
        let key = ListingKey {
            account_id,
            channel_listing_id: row.channel_listing_id,
        };
        unknown.push((OrderId::from_uuid(row.order_id), key));
    }
    Ok(unknown)
}

/// Puts the next orders that wait for a newly mapped listing into the planning queue, at most `limit` of one listing.
/// Answers whether there was one.
pub async fn release_some(
    conn: &mut PgConnection,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let Some(listing) = sqlx::query!(
        r#"SELECT merchant_id, channel_account_id, channel_listing_id, release_after AS "release_after!"
           FROM fulfillment.listings
           WHERE release_after IS NOT NULL
           LIMIT 1
           FOR UPDATE SKIP LOCKED"#,
    )
    .fetch_optional(&mut *conn)
    .await?
    else {
        return Ok(false);
    };
    let orders = sqlx::query_scalar!(
        "SELECT DISTINCT order_id
         FROM fulfillment.order_lines
         WHERE merchant_id = $1
             AND channel_account_id = $2
             AND channel_listing_id = $3
             AND order_id > $4
             AND state IN ('PLACED', 'ACKNOWLEDGED')
         ORDER BY order_id
         LIMIT $5",
        listing.merchant_id,
        listing.channel_account_id,
        listing.channel_listing_id,
        listing.release_after,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let merchant_id = MerchantId::from_uuid(listing.merchant_id);
    let is_last = i64::try_from(orders.len()).unwrap_or(i64::MAX) < limit;
    let next = orders.last().copied().filter(|_| !is_last);
    let orders: Vec<OrderId> = orders.into_iter().map(OrderId::from_uuid).collect();
    super::planning_queue::push(&mut *conn, merchant_id, &orders, now).await?;
    sqlx::query!(
        "UPDATE fulfillment.listings
         SET release_after = $4
         WHERE merchant_id = $1 AND channel_account_id = $2 AND channel_listing_id = $3",
        listing.merchant_id,
        listing.channel_account_id,
        listing.channel_listing_id,
        next,
    )
    .execute(conn)
    .await?;
    Ok(true)
}

struct Columns {
    accounts: Vec<Uuid>,
    listings: Vec<String>,
    versions: Vec<i64>,
    components: Vec<Option<serde_json::Value>>,
}

impl Columns {
    fn of(mappings: &[ListingMapping]) -> Self {
        let mut columns = Self {
            accounts: Vec::new(),
            listings: Vec::new(),
            versions: Vec::new(),
            components: Vec::new(),
        };
        for mapping in mappings {
            columns.accounts.push(mapping.key.account_id.as_uuid());
            columns
                .listings
                .push(mapping.key.channel_listing_id.clone());
            columns.versions.push(mapping.version);
            columns
                .components
                .push(components::column(&mapping.components));
        }
        columns
    }
}
