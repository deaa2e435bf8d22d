use chrono::{DateTime, Utc};
use moa_id::{DataKeyId, MerchantId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::sender::SenderKind;
use crate::error::Error;

/// A sender as it stands in the table.
pub(crate) struct SealedSender {
    pub(crate) sender_id: Uuid,
    pub(crate) kind: SenderKind,
    pub(crate) base_url: String,
    pub(crate) credentials_sealed: Vec<u8>,
    pub(crate) data_key_id: DataKeyId,
    pub(crate) updated_at: DateTime<Utc>,
}

/// The key of the credentials that are about to be replaced; the row is locked.
pub(crate) async fn lock_data_key(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    kind: SenderKind,
) -> Result<Option<DataKeyId>, Error> {
    let data_key_id = sqlx::query_scalar!(
        "SELECT data_key_id
         FROM notification.senders
         WHERE merchant_id = $1 AND kind = $2
         FOR UPDATE",
        merchant_id.as_uuid(),
        kind.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(data_key_id.map(DataKeyId::from_uuid))
}

pub(crate) async fn put(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    sender: &SealedSender,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO notification.senders
             (merchant_id, kind, sender_id, base_url, credentials_sealed, data_key_id, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
         ON CONFLICT ON CONSTRAINT senders_pkey DO UPDATE
         SET sender_id = excluded.sender_id,
             base_url = excluded.base_url,
             credentials_sealed = excluded.credentials_sealed,
             data_key_id = excluded.data_key_id,
             updated_at = excluded.updated_at",
        merchant_id.as_uuid(),
        sender.kind.as_str(),
        sender.sender_id,
        sender.base_url,
        sender.credentials_sealed,
        sender.data_key_id.as_uuid(),
        sender.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    kind: SenderKind,
) -> Result<Option<SealedSender>, Error> {
    let row = sqlx::query!(
        "SELECT sender_id, base_url, credentials_sealed, data_key_id, updated_at
         FROM notification.senders
         WHERE merchant_id = $1 AND kind = $2",
        merchant_id.as_uuid(),
        kind.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| SealedSender {
        sender_id: row.sender_id,
        kind,
        base_url: row.base_url,
        credentials_sealed: row.credentials_sealed,
        data_key_id: DataKeyId::from_uuid(row.data_key_id),
        updated_at: row.updated_at,
    }))
}

/// Kind, address and time of a merchant's senders.
pub(crate) async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
) -> Result<Vec<(SenderKind, String, DateTime<Utc>)>, Error> {
    let rows = sqlx::query!(
        "SELECT kind, base_url, updated_at
         FROM notification.senders
         WHERE merchant_id = $1
         ORDER BY kind",
        merchant_id.as_uuid(),
    )
    .fetch_all(conn)
    .await?;
    let parse = |kind: &str| {
        SenderKind::parse(kind).ok_or_else(|| Error::Row {
            table: "notification.senders",
            id: merchant_id.to_string(),
            reason: format!("{kind} is no kind of sender"),
        })
    };
    rows.into_iter()
        .map(|row| Ok((parse(&row.kind)?, row.base_url, row.updated_at)))
        .collect()
}

/// Those of the merchants that have a sender of this kind.
pub(crate) async fn merchants_with(
    conn: &mut PgConnection,
    kind: SenderKind,
    merchants: &[MerchantId],
) -> Result<Vec<MerchantId>, Error> {
    let merchants: Vec<Uuid> = merchants.iter().map(MerchantId::as_uuid).collect();
    let found = sqlx::query_scalar!(
        "SELECT merchant_id
         FROM notification.senders
         WHERE merchant_id = ANY($1) AND kind = $2",
        &merchants,
        kind.as_str(),
    )
    .fetch_all(conn)
    .await?;
    Ok(found.into_iter().map(MerchantId::from_uuid).collect())
}
