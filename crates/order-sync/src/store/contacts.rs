//! Sealed contacts.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::{DataKeyId, MerchantId, OrderId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::order::{ContactDigest, ReceiverMark};

/// A contact about to be stored.
pub(crate) struct SealedContact {
    pub(crate) order_id: OrderId,
    pub(crate) version: i64,
    pub(crate) data_key_id: DataKeyId,
    pub(crate) sealed: Vec<u8>,
    pub(crate) digest: ContactDigest,
    pub(crate) mark: ReceiverMark,
    pub(crate) orderer: SearchIndexes,
    pub(crate) receiver: SearchIndexes,
    pub(crate) read_at: DateTime<Utc>,
}

/// Keyed hashes of what a person is searched by; absent where that is empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct SearchIndexes {
    pub(crate) name: Option<[u8; 32]>,
    pub(crate) phone: Option<[u8; 32]>,
    /// Of the phone number's last four digits.
    pub(crate) last_digits: Option<[u8; 32]>,
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

/// Contacts as the columns of their table.
struct Columns {
    order_ids: Vec<Uuid>,
    versions: Vec<i64>,
    data_key_ids: Vec<Uuid>,
    sealed: Vec<Vec<u8>>,
    digests: Vec<Vec<u8>>,
    read_at: Vec<DateTime<Utc>>,
    orderer_names: Vec<Option<Vec<u8>>>,
    orderer_phones: Vec<Option<Vec<u8>>>,
    orderer_last_digits: Vec<Option<Vec<u8>>>,
    receiver_names: Vec<Option<Vec<u8>>>,
    receiver_phones: Vec<Option<Vec<u8>>>,
    receiver_last_digits: Vec<Option<Vec<u8>>>,
    places: Vec<Option<Vec<u8>>>,
    names: Vec<Option<Vec<u8>>>,
}

impl Columns {
    fn of(contacts: Vec<SealedContact>) -> Self {
        fn column<T>(contacts: &[SealedContact], pick: impl Fn(&SealedContact) -> T) -> Vec<T> {
            contacts.iter().map(pick).collect()
        }
        fn hash(hash: Option<[u8; 32]>) -> Option<Vec<u8>> {
            hash.map(Vec::from)
        }
        Self {
            order_ids: column(&contacts, |c| c.order_id.as_uuid()),
            versions: column(&contacts, |c| c.version),
            data_key_ids: column(&contacts, |c| c.data_key_id.as_uuid()),
            digests: column(&contacts, |c| c.digest.to_vec()),
            read_at: column(&contacts, |c| c.read_at),
            orderer_names: column(&contacts, |c| hash(c.orderer.name)),
            orderer_phones: column(&contacts, |c| hash(c.orderer.phone)),
            orderer_last_digits: column(&contacts, |c| hash(c.orderer.last_digits)),
            receiver_names: column(&contacts, |c| hash(c.receiver.name)),
            receiver_phones: column(&contacts, |c| hash(c.receiver.phone)),
            receiver_last_digits: column(&contacts, |c| hash(c.receiver.last_digits)),
            places: column(&contacts, |c| hash(c.mark.place)),
            names: column(&contacts, |c| hash(c.mark.name)),
            sealed: contacts.into_iter().map(|c| c.sealed).collect(),
        }
    }
}

/// Inserts contacts of orders that this transaction has inserted: nobody else can have. An upsert takes twice as long.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    contacts: Vec<SealedContact>,
) -> Result<(), Error> {
    if contacts.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(contacts);
    sqlx::query!(
        "INSERT INTO order_sync.order_contacts
             (merchant_id, order_id, contact_version, data_key_id, sealed, digest, read_at,
              orderer_name_index, orderer_phone_index, orderer_last_digits_index,
              receiver_name_index, receiver_phone_index, receiver_last_digits_index, receiver_place, receiver_name)
         SELECT $1, unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::uuid[]), unnest($5::bytea[]),
                unnest($6::bytea[]), unnest($7::timestamptz[]), unnest($8::bytea[]), unnest($9::bytea[]),
                unnest($10::bytea[]), unnest($11::bytea[]), unnest($12::bytea[]), unnest($13::bytea[]),
                unnest($14::bytea[]), unnest($15::bytea[])",
        merchant_id.as_uuid(),
        &columns.order_ids,
        &columns.versions,
        &columns.data_key_ids,
        &columns.sealed,
        &columns.digests,
        &columns.read_at,
        &columns.orderer_names as _,
        &columns.orderer_phones as _,
        &columns.orderer_last_digits as _,
        &columns.receiver_names as _,
        &columns.receiver_phones as _,
        &columns.receiver_last_digits as _,
        &columns.places as _,
        &columns.names as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Saves contacts of orders that this transaction has locked; an erased one stays as it is.
pub(crate) async fn save(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    contacts: Vec<SealedContact>,
) -> Result<(), Error> {
    if contacts.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(contacts);
    sqlx::query!(
        "INSERT INTO order_sync.order_contacts
             (merchant_id, order_id, contact_version, data_key_id, sealed, digest, read_at,
              orderer_name_index, orderer_phone_index, orderer_last_digits_index,
              receiver_name_index, receiver_phone_index, receiver_last_digits_index, receiver_place, receiver_name)
         SELECT $1, unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::uuid[]), unnest($5::bytea[]),
                unnest($6::bytea[]), unnest($7::timestamptz[]), unnest($8::bytea[]), unnest($9::bytea[]),
                unnest($10::bytea[]), unnest($11::bytea[]), unnest($12::bytea[]), unnest($13::bytea[]),
                unnest($14::bytea[]), unnest($15::bytea[])
         ON CONFLICT ON CONSTRAINT order_contacts_pkey DO UPDATE
         SET contact_version = EXCLUDED.contact_version,
             data_key_id = EXCLUDED.data_key_id,
             sealed = EXCLUDED.sealed,
             digest = EXCLUDED.digest,
             read_at = EXCLUDED.read_at,
             orderer_name_index = EXCLUDED.orderer_name_index,
             orderer_phone_index = EXCLUDED.orderer_phone_index,
             orderer_last_digits_index = EXCLUDED.orderer_last_digits_index,
             receiver_name_index = EXCLUDED.receiver_name_index,
             receiver_phone_index = EXCLUDED.receiver_phone_index,
             receiver_last_digits_index = EXCLUDED.receiver_last_digits_index,
             receiver_place = EXCLUDED.receiver_place,
             receiver_name = EXCLUDED.receiver_name
         WHERE order_contacts.erased_at IS NULL",
        merchant_id.as_uuid(),
        &columns.order_ids,
        &columns.versions,
        &columns.data_key_ids,
        &columns.sealed,
        &columns.digests,
        &columns.read_at,
        &columns.orderer_names as _,
        &columns.orderer_phones as _,
        &columns.orderer_last_digits as _,
        &columns.receiver_names as _,
        &columns.receiver_phones as _,
        &columns.receiver_last_digits as _,
        &columns.places as _,
        &columns.names as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Earlier contacts of an order that are kept: a parcel is packed for one of the last few.
const EARLIER_KEPT: i64 = 9;

/// Keeps contacts as they were before their orders' rows are saved anew: what is sealed moves as it is.
pub(crate) async fn keep_earlier(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
) -> Result<(), Error> {
    let uuids: Vec<Uuid> = order_ids.iter().map(OrderId::as_uuid).collect();
    sqlx::query!(
        "INSERT INTO order_sync.earlier_contacts (merchant_id, order_id, contact_version, data_key_id, sealed)
         SELECT merchant_id, order_id, contact_version, data_key_id, sealed
         FROM order_sync.order_contacts
         WHERE merchant_id = $1
           AND order_id = ANY($2)
           AND erased_at IS NULL
         ON CONFLICT ON CONSTRAINT earlier_contacts_pkey DO NOTHING",
        merchant_id.as_uuid(),
        &uuids,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "DELETE FROM order_sync.earlier_contacts e
         USING order_sync.order_contacts c
         WHERE e.merchant_id = $1
           AND e.order_id = ANY($2)
           AND c.merchant_id = e.merchant_id
           AND c.order_id = e.order_id
           AND e.contact_version <= c.contact_version - $3",
        merchant_id.as_uuid(),
        &uuids,
        EARLIER_KEPT,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An order's contact as it was in an earlier version; none when that is not kept.
pub(crate) async fn earlier(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_id: OrderId,
    version: i64,
) -> Result<Option<StoredContact>, Error> {
    let row = sqlx::query!(
        "SELECT contact_version, data_key_id, sealed
         FROM order_sync.earlier_contacts
         WHERE merchant_id = $1
           AND order_id = $2
           AND contact_version = $3",
        merchant_id.as_uuid(),
        order_id.as_uuid(),
        version,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| StoredContact {
        version: row.contact_version,
        data_key_id: DataKeyId::from_uuid(row.data_key_id),
        sealed: row.sealed,
        erased: false,
    }))
}

/// Erases the contacts of orders that are locked: the sealed bytes, what searches them and what tells them apart. Gives the
/// orders whose contact was not erased before, and the keys that are to be destroyed.
pub(crate) async fn erase(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
    now: DateTime<Utc>,
) -> Result<Vec<(OrderId, DataKeyId)>, Error> {
    let uuids: Vec<Uuid> = order_ids.iter().map(OrderId::as_uuid).collect();
    let rows = sqlx::query!(
        "UPDATE order_sync.order_contacts
         SET erased_at = $3,
             sealed = '',
             digest = decode(repeat('00', 32), 'hex'),
             receiver_place = NULL,
             receiver_name = NULL,
             orderer_name_index = NULL,
             orderer_phone_index = NULL,
             orderer_last_digits_index = NULL,
             receiver_name_index = NULL,
             receiver_phone_index = NULL,
             receiver_last_digits_index = NULL
         WHERE merchant_id = $1
           AND order_id = ANY($2)
           AND erased_at IS NULL
         RETURNING order_id, data_key_id",
        merchant_id.as_uuid(),
        &uuids,
        now,
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query!(
        "DELETE FROM order_sync.earlier_contacts
         WHERE merchant_id = $1
           AND order_id = ANY($2)",
        merchant_id.as_uuid(),
        &uuids,
    )
    .execute(conn)
    .await?;
    let erased = rows.into_iter();
    Ok(erased
        .map(|row| {
            let key = DataKeyId::from_uuid(row.data_key_id);
            (OrderId::from_uuid(row.order_id), key)
        })
        .collect())
}
