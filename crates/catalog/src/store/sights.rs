//! What channels showed of listings.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, Ids, ListingId, MerchantId};
use moa_money::{Currency, Money};
use sqlx::PgConnection;
use uuid::Uuid;

use super::listings::{attention_text, parse_attention};
use crate::app::record_seen::{Key, Seen};
use crate::domain::sight::{Known, Names, Offer, Sight};
use crate::error::Error;

/// A listing that was seen before, and by which event.
pub(crate) struct KnownListing {
    pub(crate) listing_id: ListingId,
    /// 0 when it was mapped before it was seen.
    pub(crate) seen_version: i64,
    pub(crate) mapped: bool,
    pub(crate) known: Known,
}

/// What is known of these listings, locked in the order of their keys.
pub(crate) async fn lock_known(
    conn: &mut PgConnection,
    seen: &[Seen],
) -> Result<HashMap<Key, KnownListing>, Error> {
    let merchants: Vec<Uuid> = seen.iter().map(|s| s.key.0.as_uuid()).collect();
    let accounts: Vec<Uuid> = seen.iter().map(|s| s.key.1.as_uuid()).collect();
    let ids: Vec<String> = seen.iter().map(|s| s.key.2.clone()).collect();
    let rows = sqlx::query!(
        "SELECT l.merchant_id, l.channel_account_id, l.channel_listing_id, l.listing_id, l.seen_version, l.mapped,
                l.attention, l.product_name, l.option_name, l.sku_code, l.ordered_product_name, l.ordered_option_name,
                l.ordered_sku_code, l.listed_product_name, l.listed_option_name, l.listed_sku_code, l.barcode,
                l.price_minor, l.price_currency, l.channel_product_id, l.on_sale, l.listed_at
         FROM catalog.listings l
         JOIN unnest($1::uuid[], $2::uuid[], $3::text[]) AS seen (merchant_id, channel_account_id, channel_listing_id)
             USING (merchant_id, channel_account_id, channel_listing_id)
         ORDER BY l.merchant_id, l.channel_account_id, l.channel_listing_id
         FOR UPDATE OF l",
        &merchants,
        &accounts,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let mut known = HashMap::with_capacity(rows.len());
    for row in rows {
        let corrupt = |reason: String| Error::Row {
            table: "listings",
            id: row.listing_id.to_string(),
            reason,
        };
        let names = |product: Option<String>, option: Option<String>, sku: Option<String>| {
            Some(Names {
                product_name: product?,
                option_name: option?,
                sku_code: sku?,
            })
        };
        let price = match (row.price_minor, &row.price_currency) {
            (Some(amount), Some(code)) => {
                let currency = Currency::parse(code).map_err(|error| corrupt(error.to_string()))?;
                Some(Money::new(amount, currency))
            }
            _ => None,
        };
        let attention = row.attention.as_deref().map(|word| {
            parse_attention(word).ok_or_else(|| corrupt(format!("unknown attention {word}")))
        });
        let listed = names(
            row.listed_product_name,
            row.listed_option_name,
            row.listed_sku_code,
        );
        let key = Key(
            MerchantId::from_uuid(row.merchant_id),
            ChannelAccountId::from_uuid(row.channel_account_id),
            row.channel_listing_id,
        );
        let listing = KnownListing {
            listing_id: ListingId::from_uuid(row.listing_id),
            seen_version: row.seen_version,
            mapped: row.mapped,
            known: Known {
                attention: attention.transpose()?,
                shown: Names {
                    product_name: row.product_name,
                    option_name: row.option_name,
                    sku_code: row.sku_code,
                },
                sight: Sight {
                    ordered: names(
                        row.ordered_product_name,
                        row.ordered_option_name,
                        row.ordered_sku_code,
                    ),
                    listed: listed.map(|names| Offer {
                        names,
                        barcode: row.barcode,
                        channel_product_id: row.channel_product_id,
                        price,
                        on_sale: row.on_sale,
                        read_at: row.listed_at,
                    }),
                },
            },
        };
        known.insert(key, listing);
    }
    Ok(known)
}

/// Writes down what is known now of listings, seen before or not, in one statement. The rows have one order for all
/// writers.
pub(crate) async fn save(
    conn: &mut PgConnection,
    ids: &Ids,
    rows: &[(&Seen, &Known)],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let texts = |pick: fn(&Known) -> &str| -> Vec<String> {
        rows.iter()
            .map(|(_, known)| pick(known).to_owned())
            .collect()
    };
    let ordered = |pick: fn(&Names) -> &str| -> Vec<Option<String>> {
        let ordered = rows.iter().map(|(_, known)| known.sight.ordered.as_ref());
        ordered.map(|n| n.map(|n| pick(n).to_owned())).collect()
    };
    let listed = |pick: fn(&Offer) -> Option<String>| -> Vec<Option<String>> {
        let listed = rows.iter().map(|(_, known)| known.sight.listed.as_ref());
        listed.map(|offer| offer.and_then(pick)).collect()
    };
    let offers = || rows.iter().map(|(_, known)| known.sight.listed.as_ref());
    let merchants: Vec<Uuid> = rows.iter().map(|(s, _)| s.key.0.as_uuid()).collect();
    let new_ids: Vec<Uuid> = rows.iter().map(|_| ids.uuid()).collect();
    let channels: Vec<String> = rows.iter().map(|(s, _)| s.channel.clone()).collect();
    let accounts: Vec<Uuid> = rows.iter().map(|(s, _)| s.key.1.as_uuid()).collect();
    let listing_ids: Vec<String> = rows.iter().map(|(s, _)| s.key.2.clone()).collect();
    let versions: Vec<i64> = rows.iter().map(|(s, _)| s.version).collect();
    let attentions: Vec<Option<String>> = rows
        .iter()
        .map(|(_, known)| known.attention.map(|a| attention_text(a).to_owned()))
        .collect();
    let prices: Vec<Option<i64>> = offers()
        .map(|offer| offer.and_then(|o| o.price).map(|price| price.amount_minor))
        .collect();
    let on_sale: Vec<Option<bool>> = offers()
        .map(|offer| offer.and_then(|o| o.on_sale))
        .collect();
    let listed_at: Vec<Option<DateTime<Utc>>> = offers()
        .map(|offer| offer.and_then(|o| o.read_at))
        .collect();
    sqlx::query!(
        "INSERT INTO catalog.listings AS known
             (merchant_id, listing_id, channel, channel_account_id, channel_listing_id, seen_version, attention,
              product_name, option_name, sku_code, ordered_product_name, ordered_option_name, ordered_sku_code,
              listed_product_name, listed_option_name, listed_sku_code, barcode, channel_product_id, price_minor,
              price_currency, on_sale, listed_at, first_seen_at)
         SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::uuid[]), unnest($5::text[]),
                unnest($6::bigint[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]),
                unnest($11::text[]), unnest($12::text[]), unnest($13::text[]), unnest($14::text[]),
                unnest($15::text[]), unnest($16::text[]), unnest($17::text[]), unnest($18::text[]),
                unnest($19::bigint[]), unnest($20::text[]), unnest($21::boolean[]), unnest($22::timestamptz[]),
                $23::timestamptz
         ON CONFLICT ON CONSTRAINT listings_channel_listing_key DO UPDATE
         SET seen_version = excluded.seen_version,
             -- A listing that was mapped ahead in this very moment is not new to whoever did.
             attention = CASE WHEN known.seen_version = 0 AND known.mapped THEN known.attention ELSE excluded.attention END,
             product_name = excluded.product_name,
             option_name = excluded.option_name,
             sku_code = excluded.sku_code,
             ordered_product_name = excluded.ordered_product_name,
             ordered_option_name = excluded.ordered_option_name,
             ordered_sku_code = excluded.ordered_sku_code,
             listed_product_name = excluded.listed_product_name,
             listed_option_name = excluded.listed_option_name,
             listed_sku_code = excluded.listed_sku_code,
             barcode = excluded.barcode,
             channel_product_id = excluded.channel_product_id,
             price_minor = excluded.price_minor,
             price_currency = excluded.price_currency,
             on_sale = excluded.on_sale,
             listed_at = excluded.listed_at
         WHERE known.seen_version < excluded.seen_version",
        &merchants,
        &new_ids,
        &channels,
        &accounts,
        &listing_ids,
        &versions,
        &attentions as &[Option<String>],
        &texts(|k| &k.shown.product_name),
        &texts(|k| &k.shown.option_name),
        &texts(|k| &k.shown.sku_code),
        &ordered(|n| &n.product_name) as &[Option<String>],
        &ordered(|n| &n.option_name) as &[Option<String>],
        &ordered(|n| &n.sku_code) as &[Option<String>],
        &listed(|o| Some(o.names.product_name.clone())) as &[Option<String>],
        &listed(|o| Some(o.names.option_name.clone())) as &[Option<String>],
        &listed(|o| Some(o.names.sku_code.clone())) as &[Option<String>],
        &texts(|k| k.sight.listed.as_ref().map_or("", |o| &o.barcode)),
        &texts(|k| k.sight.listed.as_ref().map_or("", |o| &o.channel_product_id)),
        &prices as &[Option<i64>],
        &listed(|o| o.price.map(|price| price.currency.code().to_owned())) as &[Option<String>],
        &on_sale as &[Option<bool>],
        &listed_at as &[Option<DateTime<Utc>>],
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
