//! Who looked at whose personal data. Append-only.

use chrono::{DateTime, Utc};
use moa_id::{MerchantId, OperatorId, OrderId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;

/// One look at several contacts.
pub(crate) struct Access<'a> {
    pub(crate) caller: &'a str,
    pub(crate) operator_id: Option<OperatorId>,
    pub(crate) purpose: &'a str,
    pub(crate) at: DateTime<Utc>,
}

/// Records a look, a row per order: (row id, order, contact version).
pub(crate) async fn insert(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    access: &Access<'_>,
    seen: &[(Uuid, OrderId, i64)],
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO order_sync.contact_accesses
             (merchant_id, caller, operator_id, purpose, accessed_at, contact_access_id, order_id, contact_version)
         SELECT $1, $2, $3, $4, $5, u.*
         FROM unnest($6::uuid[], $7::uuid[], $8::bigint[]) AS u",
        merchant_id.as_uuid(),
        access.caller,
        access.operator_id.map(|id| id.as_uuid()),
        access.purpose,
        access.at,
        &seen.iter().map(|row| row.0).collect::<Vec<_>>(),
        &seen.iter().map(|row| row.1.as_uuid()).collect::<Vec<_>>(),
        &seen.iter().map(|row| row.2).collect::<Vec<_>>(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
