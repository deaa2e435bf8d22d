//! Sealed contacts.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::{DataKeyId, MerchantId, OrderId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::order::ContactDigest;

/// A contact about to be stored.
pub(crate) struct SealedContact {
    pub(crate) order_id: OrderId,
    pub(crate) version: i64,
    pub(crate) data_key_id: DataKeyId,
    pub(crate) sealed: Vec<u8>,
    pub(crate) digest: ContactDigest,
    pub(crate) names: Vec<[u8; 32]>,
    pub(crate) phones: Vec<[u8; 32]>,
    pub(crate) last_digits: Vec<[u8; 32]>,
    pub(crate) read_at: DateTime<Utc>,
}

/// A contact as stored.
pub(crate) struct StoredContact {
    pub(crate) version: i64,
    pub(crate) data_key_id: DataKeyId,
    pub(crate) sealed: Vec<u8>,
    pub(crate) erased: bool,
}

/// Sealed contacts by order.
pub(crate) async fn load(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
) -> Result<HashMap<OrderId, StoredContact>, Error> {
    let uuids: Vec<Uuid> = order_ids.iter().map(OrderId::as_uuid).collect();
    let rows = sqlx::query!(
        "SELECT order_id, contact_version, data_key_id, sealed, erased_at
         FROM order_sync.order_contacts
         WHERE merchant_id = $1
           AND order_id = ANY($2)",
        merchant_id.as_uuid(),
        &uuids,
    )
    .fetch_all(conn)
    .await?;
    let contacts = rows.into_iter().map(|row| {
        let contact = StoredContact {
            version: row.contact_version,
            data_key_id: DataKeyId::from_uuid(row.data_key_id),
            sealed: row.sealed,
            erased: row.erased_at.is_some(),
        };
        (OrderId::from_uuid(row.order_id), contact)
    });
    Ok(contacts.collect())
}

/// Saves contacts of orders that this transaction has inserted or locked; an erased one stays as it is.
pub(crate) async fn save(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    contacts: &[SealedContact],
) -> Result<(), Error> {
    if contacts.is_empty() {
        return Ok(());
    }
    fn column<T>(contacts: &[SealedContact], pick: impl Fn(&SealedContact) -> T) -> Vec<T> {
        contacts.iter().map(pick).collect()
    }
    // unnest flattens arrays of arrays, so the few hashes of a contact travel as one text of hex digits.
    fn hex(hashes: &[[u8; 32]]) -> String {
        use std::fmt::Write;
        let mut text = String::with_capacity(hashes.len() * 65);
        for hash in hashes {
            if !text.is_empty() {
                text.push(',');
            }
            for byte in hash {
                // Writing to a String does not fail.
                let _ = write!(text, "{byte:02x}");
            }
        }
        text
    }
    sqlx::query!(
        "INSERT INTO order_sync.order_contacts
             (merchant_id, order_id, contact_version, data_key_id, sealed, digest, read_at,
              name_indexes, phone_indexes, last_digits_indexes)
         SELECT $1, u.order_id, u.version, u.data_key_id, u.sealed, u.digest, u.read_at,
                ARRAY(SELECT decode(h, 'hex') FROM unnest(string_to_array(u.names, ',')) AS h),
                ARRAY(SELECT decode(h, 'hex') FROM unnest(string_to_array(u.phones, ',')) AS h),
                ARRAY(SELECT decode(h, 'hex') FROM unnest(string_to_array(u.last_digits, ',')) AS h)
         FROM unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::bytea[], $6::bytea[], $7::timestamptz[], $8::text[],
                     $9::text[], $10::text[])
             AS u (order_id, version, data_key_id, sealed, digest, read_at, names, phones, last_digits)
         ON CONFLICT ON CONSTRAINT order_contacts_pkey DO UPDATE
         SET contact_version = EXCLUDED.contact_version,
             data_key_id = EXCLUDED.data_key_id,
             sealed = EXCLUDED.sealed,
             digest = EXCLUDED.digest,
             read_at = EXCLUDED.read_at,
             name_indexes = EXCLUDED.name_indexes,
             phone_indexes = EXCLUDED.phone_indexes,
             last_digits_indexes = EXCLUDED.last_digits_indexes
         WHERE order_contacts.erased_at IS NULL",
        merchant_id.as_uuid(),
        &column(contacts, |c| c.order_id.as_uuid()),
        &column(contacts, |c| c.version),
        &column(contacts, |c| c.data_key_id.as_uuid()),
        &column(contacts, |c| c.sealed.clone()),
        &column(contacts, |c| c.digest.to_vec()),
        &column(contacts, |c| c.read_at),
        &column(contacts, |c| hex(&c.names)),
        &column(contacts, |c| hex(&c.phones)),
        &column(contacts, |c| hex(&c.last_digits)),
    )
    .execute(conn)
    .await?;
    Ok(())
}
