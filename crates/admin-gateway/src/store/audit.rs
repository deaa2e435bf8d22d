//! Who did what.

use chrono::{DateTime, Utc};
use moa_id::{MerchantId, OperatorId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// Something about to be done.
#[derive(Debug, Clone)]
pub struct NewAuditEntry {
    /// Whose.
    pub merchant_id: MerchantId,
    /// Made by the app.
    pub audit_id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom; none when nobody was logged in.
    pub operator_id: Option<OperatorId>,
    /// Method and route, or `LOG_IN`.
    pub action: String,
    /// The path.
    pub subject: String,
    /// The network address of the other end.
    pub address: String,
    /// Name of the request in the logs.
    pub request_id: String,
}

/// Writes an entry; `status` when the result is known already.
pub async fn insert(
    conn: &mut PgConnection,
    entry: &NewAuditEntry,
    status: Option<i32>,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO admin_gateway.audit_log
             (merchant_id, audit_id, at, operator_id, action, subject, address, request_id, status)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        entry.merchant_id.as_uuid(),
        entry.audit_id,
        entry.at,
        entry.operator_id.map(|id| id.as_uuid()),
        entry.action,
        entry.subject,
        entry.address,
        entry.request_id,
        status
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds the result, once.
pub async fn finish(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    audit_id: Uuid,
    status: i32,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE admin_gateway.audit_log SET status = $3
         WHERE merchant_id = $1 AND audit_id = $2 AND status IS NULL",
        merchant_id.as_uuid(),
        audit_id,
        status
    )
    .execute(conn)
    .await?;
    Ok(())
}
