//! Names of listings, as the newest order shows them.

use std::collections::HashMap;

use moa_id::Ids;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::account::Account;
use crate::domain::listing::ListingSight;

/// What is known of these listings.
pub(crate) async fn load(
    conn: &mut PgConnection,
    account: &Account,
    channel_listing_ids: &[&str],
) -> Result<HashMap<String, ListingSight>, Error> {
    let rows = sqlx::query!(
        "SELECT channel_listing_id, product_name, option_name, sku_code, ordered_at
         FROM order_sync.listings
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND channel_listing_id = ANY($3)",
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

/// A listing whose names were saved, with its raised version.
pub(crate) struct SavedListing {
    pub(crate) channel_listing_id: String,
    pub(crate) listing_key: Uuid,
    pub(crate) version: i64,
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
        SavedListing,
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
         WHERE l.ordered_at <= EXCLUDED.ordered_at
           AND (l.product_name, l.option_name, l.sku_code)
               IS DISTINCT FROM (EXCLUDED.product_name, EXCLUDED.option_name, EXCLUDED.sku_code)
         RETURNING channel_listing_id, listing_key, version",
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
    Ok(saved)
}
