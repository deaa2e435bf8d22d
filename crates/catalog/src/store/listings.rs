//! Listings as people see them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, ListingId, MerchantId};
use moa_money::{Currency, Money};
use sqlx::PgConnection;
use uuid::Uuid;

use super::mappings;
use crate::domain::listing::{Attention, Listing, Signature};
use crate::domain::sight::Names;
use crate::error::Error;

/// Which listings.
#[derive(Debug, Default)]
pub(crate) struct ListingFilter {
    pub(crate) unmapped_only: bool,
    pub(crate) attention: Option<Attention>,
    pub(crate) account_id: Option<ChannelAccountId>,
    /// Part of a name, or a whole code.
    pub(crate) query: String,
    pub(crate) before: Option<ListingId>,
}

struct ListingRow {
    listing_id: Uuid,
    channel: String,
    channel_account_id: Uuid,
    channel_listing_id: String,
    product_name: String,
    option_name: String,
    sku_code: String,
    barcode: String,
    price_minor: Option<i64>,
    price_currency: Option<String>,
    channel_product_id: String,
    on_sale: Option<bool>,
    listed_at: Option<DateTime<Utc>>,
    version: i64,
    attention: Option<String>,
    first_seen_at: DateTime<Utc>,
    mapped_by: Option<String>,
    mapped_at: Option<DateTime<Utc>>,
}

impl TryFrom<ListingRow> for Listing {
    type Error = Error;

    fn try_from(row: ListingRow) -> Result<Self, Error> {
        let corrupt = |reason: String| Error::Row {
            table: "listings",
            id: row.listing_id.to_string(),
            reason,
        };
        let price = match (row.price_minor, &row.price_currency) {
            (Some(amount), Some(code)) => {
                let currency = Currency::parse(code).map_err(|error| corrupt(error.to_string()))?;
                Some(Money::new(amount, currency))
            }
            _ => None,
        };
        let attention = match &row.attention {
            None => None,
            Some(word) => Some(
                parse_attention(word)
                    .ok_or_else(|| corrupt(format!("unknown attention {word}")))?,
            ),
        };
        Ok(Self {
            id: ListingId::from_uuid(row.listing_id),
            channel: row.channel,
            account_id: ChannelAccountId::from_uuid(row.channel_account_id),
            channel_listing_id: row.channel_listing_id,
            names: Names {
                product_name: row.product_name,
                option_name: row.option_name,
                sku_code: row.sku_code,
            },
            barcode: row.barcode,
            price,
            channel_product_id: row.channel_product_id,
            on_sale: row.on_sale,
            listed_at: row.listed_at,
            components: Vec::new(),
            version: row.version,
            mapped: row
                .mapped_by
                .zip(row.mapped_at)
                .map(|(operator, at)| Signature { operator, at }),
            attention,
            first_seen_at: row.first_seen_at,
        })
    }
}

pub(super) fn attention_text(attention: Attention) -> &'static str {
    match attention {
        Attention::New => "NEW",
        Attention::Changed => "CHANGED",
    }
}

pub(super) fn parse_attention(word: &str) -> Option<Attention> {
    match word {
        "NEW" => Some(Attention::New),
        "CHANGED" => Some(Attention::Changed),
        _ => None,
    }
}

/// One listing by the channel's id, locked.
pub(crate) async fn lock_by_key(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    (account_id, channel_listing_id): (ChannelAccountId, &str),
) -> Result<Option<Listing>, Error> {
    let found = sqlx::query_scalar!(
        "SELECT listing_id
         FROM catalog.listings
         WHERE merchant_id = $1 AND channel_account_id = $2 AND channel_listing_id = $3
         FOR UPDATE",
        merchant_id.as_uuid(),
        account_id.as_uuid(),
        channel_listing_id,
    )
    .fetch_optional(&mut *conn)
    .await?;
    match found {
        Some(id) => get(conn, merchant_id, ListingId::from_uuid(id)).await,
        None => Ok(None),
    }
}

/// One listing, locked.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    listing_id: ListingId,
) -> Result<Option<Listing>, Error> {
    sqlx::query_scalar!(
        "SELECT listing_id
         FROM catalog.listings
         WHERE merchant_id = $1 AND listing_id = $2
         FOR UPDATE",
        merchant_id.as_uuid(),
        listing_id.as_uuid(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    get(conn, merchant_id, listing_id).await
}

/// One listing.
pub(crate) async fn get(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    listing_id: ListingId,
) -> Result<Option<Listing>, Error> {
    let row = sqlx::query_as!(
        ListingRow,
        r#"SELECT l.listing_id, l.channel, l.channel_account_id, l.channel_listing_id, l.product_name, l.option_name,
                  l.sku_code, l.barcode, l.price_minor, l.price_currency, l.channel_product_id, l.on_sale, l.listed_at,
                  l.version, l.attention, l.first_seen_at, m.operator AS "mapped_by?", m.mapped_at AS "mapped_at?"
           FROM catalog.listings l
           LEFT JOIN catalog.listing_mappings m
               ON m.merchant_id = l.merchant_id AND m.listing_id = l.listing_id AND m.version = l.version
           WHERE l.merchant_id = $1 AND l.listing_id = $2"#,
        merchant_id.as_uuid(),
        listing_id.as_uuid(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let mut listings = vec![Listing::try_from(row)?];
    mappings::fill(conn, merchant_id, &mut listings).await?;
    Ok(listings.pop())
}

/// A listing that nobody has seen, to be mapped ahead; nothing when it is there by now.
pub(crate) async fn insert_unseen(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    listing_id: ListingId,
    channel: &str,
    (account_id, channel_listing_id): (ChannelAccountId, &str),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO catalog.listings
             (merchant_id, listing_id, channel, channel_account_id, channel_listing_id, product_name, option_name,
              sku_code, first_seen_at)
         VALUES ($1, $2, $3, $4, $5, '', '', '', $6)
         ON CONFLICT ON CONSTRAINT listings_channel_listing_key DO NOTHING",
        merchant_id.as_uuid(),
        listing_id.as_uuid(),
        channel,
        account_id.as_uuid(),
        channel_listing_id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Newest first. What was only mapped ahead, and is not any more, is no listing: somebody had mistyped it. Its history
/// stays, and it is listed once the channel shows it.
pub(crate) async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    filter: &ListingFilter,
    limit: i64,
) -> Result<Vec<Listing>, Error> {
    let rows = sqlx::query_as!(
        ListingRow,
        r#"SELECT l.listing_id, l.channel, l.channel_account_id, l.channel_listing_id, l.product_name, l.option_name,
                  l.sku_code, l.barcode, l.price_minor, l.price_currency, l.channel_product_id, l.on_sale, l.listed_at,
                  l.version, l.attention, l.first_seen_at, m.operator AS "mapped_by?", m.mapped_at AS "mapped_at?"
           FROM catalog.listings l
           LEFT JOIN catalog.listing_mappings m
               ON m.merchant_id = l.merchant_id AND m.listing_id = l.listing_id AND m.version = l.version
           WHERE l.merchant_id = $1
             AND (l.mapped OR l.seen_version > 0)
             AND (NOT $2 OR NOT l.mapped)
             AND ($3::text IS NULL OR l.attention = $3)
             AND ($4::uuid IS NULL OR l.channel_account_id = $4)
             AND ($5 = ''
                  OR strpos(lower(l.product_name || ' ' || l.option_name), lower($5)) > 0
                  OR $5 IN (l.sku_code, l.barcode, l.channel_listing_id, l.channel_product_id))
             AND ($6::uuid IS NULL OR l.listing_id < $6)
           ORDER BY l.listing_id DESC
           LIMIT $7"#,
        merchant_id.as_uuid(),
        filter.unmapped_only,
        filter.attention.map(attention_text),
        filter.account_id.map(|id| id.as_uuid()),
        filter.query,
        filter.before.map(|id| id.as_uuid()),
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let listings = rows.into_iter().map(Listing::try_from);
    let mut listings: Vec<Listing> = listings.collect::<Result<_, _>>()?;
    mappings::fill(conn, merchant_id, &mut listings).await?;
    Ok(listings)
}

/// How many listings wait for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) all: i64,
    pub(crate) unmapped: i64,
    pub(crate) new: i64,
    pub(crate) changed: i64,
}

/// Of those that [`list`] gives.
pub(crate) async fn count(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
) -> Result<Counts, Error> {
    let counts = sqlx::query_as!(
        Counts,
        r#"SELECT count(*) AS "all!",
                  count(*) FILTER (WHERE NOT mapped) AS "unmapped!",
                  count(*) FILTER (WHERE attention = 'NEW') AS "new!",
                  count(*) FILTER (WHERE attention = 'CHANGED') AS "changed!"
           FROM catalog.listings
           WHERE merchant_id = $1
             AND (mapped OR seen_version > 0)"#,
        merchant_id.as_uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(counts)
}

/// Listings by id, to be filled in place.
pub(super) fn by_id(listings: &mut [Listing]) -> HashMap<Uuid, &mut Listing> {
    listings
        .iter_mut()
        .map(|listing| (listing.id.as_uuid(), listing))
        .collect()
}
