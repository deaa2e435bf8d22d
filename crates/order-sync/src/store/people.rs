//! Orders by whom they are of: keyed hashes are compared, nothing is opened.

use chrono::{DateTime, Utc};
use moa_id::{MerchantId, OrderId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::contacts::SearchIndexes;
use crate::Error;

/// An order of the person who was looked for.
pub(crate) struct FoundOrder {
    pub(crate) sorted_at: DateTime<Utc>,
    pub(crate) order_id: OrderId,
    pub(crate) contact_version: i64,
}

/// Orders that one person ordered or receives, newest first: all hashes that are given are that person's. The index gives
/// those where the name and the last digits stand anywhere; whether they are one person's is compared after it.
pub(crate) async fn find(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    person: &SearchIndexes,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<FoundOrder>, Error> {
    let (name, phone, last_digits) = (&person.name, &person.phone, &person.last_digits);
    let indexed = [name, last_digits].into_iter().flatten();
    let indexed: Vec<Vec<u8>> = indexed.map(|hash| hash.to_vec()).collect();
    let (after_at, after_id) = after.unzip();
    let rows = sqlx::query!(
        "SELECT o.sorted_at, o.order_id, c.contact_version
         FROM order_sync.order_contacts c
         JOIN order_sync.orders o ON o.merchant_id = c.merchant_id AND o.order_id = c.order_id
         WHERE c.merchant_id = $1
           AND c.erased_at IS NULL
           AND ARRAY[c.orderer_name_index, c.receiver_name_index,
                     c.orderer_last_digits_index, c.receiver_last_digits_index] @> $2
           AND ((($3::bytea IS NULL OR c.orderer_name_index = $3)
                 AND ($4::bytea IS NULL OR c.orderer_last_digits_index = $4)
                 AND ($5::bytea IS NULL OR c.orderer_phone_index = $5))
             OR (($3 IS NULL OR c.receiver_name_index = $3)
                 AND ($4 IS NULL OR c.receiver_last_digits_index = $4)
                 AND ($5 IS NULL OR c.receiver_phone_index = $5)))
           AND ($6::timestamptz IS NULL OR (o.sorted_at, o.order_id) < ($6, $7::uuid))
         ORDER BY o.sorted_at DESC, o.order_id DESC
         LIMIT $8",
        merchant_id.as_uuid(),
        &indexed,
        name.as_ref().map(<[u8; 32]>::as_slice),
        last_digits.as_ref().map(<[u8; 32]>::as_slice),
        phone.as_ref().map(<[u8; 32]>::as_slice),
        after_at,
        after_id,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let found = rows.into_iter().map(|row| FoundOrder {
        sorted_at: row.sorted_at,
        order_id: OrderId::from_uuid(row.order_id),
        contact_version: row.contact_version,
    });
    Ok(found.collect())
}
