//! Names and codes of listings, as the newest order and the channel's product list show them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::Ids;
use moa_money::{Currency, Money};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::account::Account;
use crate::domain::listing::{ListedOffer, ListingSight};

/// What is known of these listings from orders.
pub(crate) async fn load(
    conn: &mut PgConnection,
    account: &Account,
    channel_listing_ids: &[&str],
) -> Result<HashMap<String, ListingSight>, Error> {
    let rows = sqlx::query!(
        r#"SELECT channel_listing_id, product_name, option_name, sku_code, ordered_at AS "ordered_at!"
           FROM order_sync.listings
           WHERE merchant_id = $1
             AND channel_account_id = $2
             AND channel_listing_id = ANY($3)
             AND ordered_at IS NOT NULL"#,
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        channel_listing_ids as _,
    )
    .fetch_all(conn)
    .await?;
    let sights = rows.into_iter().map(|row| {
        let sight = ListingSight {
            ordered_at: row.ordered_at,
            product_name: row.product_name,
            option_name: row.option_name,
            sku_code: row.sku_code,
        };
        (row.channel_listing_id, sight)
    });
    Ok(sights.collect())
}

/// A listing of which something new was saved, with its raised version and all that is known of it.
pub(crate) struct SavedListing {
    pub(crate) channel_listing_id: String,
    pub(crate) listing_key: Uuid,
    pub(crate) version: i64,
    /// As the newest order shows it; none while it was never ordered.
    pub(crate) ordered: Option<ListingSight>,
    /// As the product list shows it; none while it was never seen there.
    pub(crate) listed: Option<ListedOffer>,
}

/// Saves names that are newer than the stored ones and gives those listings.
pub(crate) async fn save(
    conn: &mut PgConnection,
    account: &Account,
    sights: &[(&str, &ListingSight)],
    ids: &Ids,
) -> Result<Vec<SavedListing>, Error> {
    let keys: Vec<Uuid> = sights.iter().map(|_| ids.uuid()).collect();
    let column = |pick: fn(&ListingSight) -> &str| -> Vec<String> {
        sights
            .iter()
            .map(|(_, sight)| pick(sight).to_owned())
            .collect()
    };
    let saved = sqlx::query_as!(
        Row,
        "INSERT INTO order_sync.listings AS l
             (merchant_id, channel_account_id, channel_listing_id, listing_key, version, product_name, option_name,
              sku_code, ordered_at)
         SELECT $1, $2, u.id, u.key, 1, u.product_name, u.option_name, u.sku_code, u.ordered_at
         FROM unnest($3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
             AS u (id, key, product_name, option_name, sku_code, ordered_at)
         ON CONFLICT ON CONSTRAINT listings_pkey DO UPDATE
         SET version = l.version + 1,
             product_name = EXCLUDED.product_name,
             option_name = EXCLUDED.option_name,
             sku_code = EXCLUDED.sku_code,
             ordered_at = EXCLUDED.ordered_at
         WHERE l.ordered_at IS NULL
            OR (l.ordered_at <= EXCLUDED.ordered_at
                AND (l.product_name, l.option_name, l.sku_code)
                    IS DISTINCT FROM (EXCLUDED.product_name, EXCLUDED.option_name, EXCLUDED.sku_code))
         RETURNING channel_listing_id, listing_key, version, product_name, option_name, sku_code, ordered_at,
                   listed_product_name, listed_option_name, listed_sku_code, listed_barcode, listed_product_id,
                   listed_price_minor, listed_price_currency, listed_on_sale, listed_at",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        &sights.iter().map(|(id, _)| (*id).to_owned()).collect::<Vec<_>>(),
        &keys,
        &column(|s| &s.product_name),
        &column(|s| &s.option_name),
        &column(|s| &s.sku_code),
        &sights.iter().map(|(_, s)| s.ordered_at).collect::<Vec<_>>(),
    )
    .fetch_all(conn)
    .await?;
    saved.into_iter().map(SavedListing::try_from).collect()
}

/// Saves what the product list shows, where that is news, and gives those listings. Each may stand once in `offers`,
/// which have one order for all writers.
pub(crate) async fn save_listed(
    conn: &mut PgConnection,
    account: &Account,
    offers: &[ListedOffer],
    ids: &Ids,
) -> Result<Vec<SavedListing>, Error> {
    let keys: Vec<Uuid> = offers.iter().map(|_| ids.uuid()).collect();
    let column = |pick: fn(&ListedOffer) -> &str| -> Vec<String> {
        offers.iter().map(|offer| pick(offer).to_owned()).collect()
    };
    let prices: Vec<Option<i64>> = offers
        .iter()
        .map(|offer| offer.price.map(|price| price.amount_minor))
        .collect();
    let currencies: Vec<Option<String>> = offers
        .iter()
        .map(|offer| offer.price.map(|price| price.currency.code().to_owned()))
        .collect();
    let on_sale: Vec<Option<bool>> = offers.iter().map(|offer| offer.on_sale).collect();
    let saved = sqlx::query_as!(
        Row,
        "INSERT INTO order_sync.listings AS l
             (merchant_id, channel_account_id, channel_listing_id, listing_key, version, product_name, option_name,
              sku_code, listed_product_name, listed_option_name, listed_sku_code, listed_barcode, listed_product_id,
              listed_price_minor, listed_price_currency, listed_on_sale, listed_at)
         SELECT $1, $2, u.id, u.key, 1, '', '', '', u.product_name, u.option_name, u.sku_code, u.barcode, u.product_id,
                u.price, u.currency, u.on_sale, u.read_at
         FROM unnest($3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[],
                     $11::text[], $12::boolean[], $13::timestamptz[])
             AS u (id, key, product_name, option_name, sku_code, barcode, product_id, price, currency, on_sale, read_at)
         ON CONFLICT ON CONSTRAINT listings_pkey DO UPDATE
         SET version = l.version + 1,
             listed_product_name = EXCLUDED.listed_product_name,
             listed_option_name = EXCLUDED.listed_option_name,
             listed_sku_code = EXCLUDED.listed_sku_code,
             listed_barcode = EXCLUDED.listed_barcode,
             listed_product_id = EXCLUDED.listed_product_id,
             listed_price_minor = EXCLUDED.listed_price_minor,
             listed_price_currency = EXCLUDED.listed_price_currency,
             listed_on_sale = EXCLUDED.listed_on_sale,
             listed_at = EXCLUDED.listed_at
         WHERE (l.listed_at IS NULL OR l.listed_at < EXCLUDED.listed_at)
           AND (l.listed_product_name, l.listed_option_name, l.listed_sku_code, l.listed_barcode, l.listed_product_id,
                l.listed_price_minor, l.listed_price_currency, l.listed_on_sale)
               IS DISTINCT FROM (EXCLUDED.listed_product_name, EXCLUDED.listed_option_name, EXCLUDED.listed_sku_code,
                                 EXCLUDED.listed_barcode, EXCLUDED.listed_product_id, EXCLUDED.listed_price_minor,
                                 EXCLUDED.listed_price_currency, EXCLUDED.listed_on_sale)
         RETURNING channel_listing_id, listing_key, version, product_name, option_name, sku_code, ordered_at,
                   listed_product_name, listed_option_name, listed_sku_code, listed_barcode, listed_product_id,
                   listed_price_minor, listed_price_currency, listed_on_sale, listed_at",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        &column(|o| &o.channel_listing_id),
        &keys,
        &column(|o| &o.product_name),
        &column(|o| &o.option_name),
        &column(|o| &o.sku_code),
        &column(|o| &o.barcode),
        &column(|o| &o.channel_product_id),
        &prices as &[Option<i64>],
        &currencies as &[Option<String>],
        &on_sale as &[Option<bool>],
        &offers.iter().map(|offer| offer.read_at).collect::<Vec<_>>(),
    )
    .fetch_all(conn)
    .await?;
    saved.into_iter().map(SavedListing::try_from).collect()
}

struct Row {
    channel_listing_id: String,
    listing_key: Uuid,
    version: i64,
    product_name: String,
    option_name: String,
    sku_code: String,
    ordered_at: Option<DateTime<Utc>>,
    listed_product_name: Option<String>,
    listed_option_name: String,
    listed_sku_code: String,
    listed_barcode: String,
    listed_product_id: String,
    listed_price_minor: Option<i64>,
    listed_price_currency: Option<String>,
    listed_on_sale: Option<bool>,
    listed_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for SavedListing {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let price = match (row.listed_price_minor, row.listed_price_currency) {
            (Some(amount), Some(code)) => {
                let currency = Currency::parse(&code).map_err(|error| Error::Undecodable {
                    table: "listings",
                    id: row.listing_key.to_string(),
                    reason: error.to_string(),
                })?;
                Some(Money::new(amount, currency))
            }
            _ => None,
        };
        let listed = row.listed_product_name.zip(row.listed_at);
        Ok(Self {
            listing_key: row.listing_key,
            version: row.version,
            ordered: row.ordered_at.map(|ordered_at| ListingSight {
                ordered_at,
                product_name: row.product_name,
                option_name: row.option_name,
                sku_code: row.sku_code,
            }),
            listed: listed.map(|(product_name, read_at)| ListedOffer {
                channel_listing_id: row.channel_listing_id.clone(),
                channel_product_id: row.listed_product_id,
                product_name,
                option_name: row.listed_option_name,
                sku_code: row.listed_sku_code,
                barcode: row.listed_barcode,
                price,
                on_sale: row.listed_on_sale,
                read_at,
            }),
            channel_listing_id: row.channel_listing_id,
        })
    }
}
