//! Sessions, by the hash of their token.

use chrono::{DateTime, Utc};
use moa_id::{MerchantId, OperatorId};
use sqlx::PgConnection;

use super::operators::{Operator, role};
use super::{Cutoff, DELETE_AT_ONCE};
use crate::domain::session::SessionTimes;
use crate::error::Error;

/// Stores a session that begins now.
pub async fn insert(
    conn: &mut PgConnection,
    operator: &Operator,
    token_hash: &[u8],
    times: SessionTimes,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO admin_gateway.sessions
             (merchant_id, token_hash, operator_id, remembered, created_at, last_seen_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        operator.merchant_id.as_uuid(),
        token_hash,
        operator.operator_id.as_uuid(),
        times.remembered,
        times.created_at,
        times.last_seen_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A session with its person.
pub async fn get(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    token_hash: &[u8],
) -> Result<Option<(Operator, SessionTimes)>, Error> {
    let row = sqlx::query!(
        "SELECT s.remembered, s.created_at, s.last_seen_at, m.name AS merchant_name,
             o.operator_id, o.email, o.name, o.role, o.locale
         FROM admin_gateway.sessions s
         JOIN admin_gateway.operators o ON o.merchant_id = s.merchant_id AND o.operator_id = s.operator_id
         JOIN admin_gateway.merchants m ON m.merchant_id = s.merchant_id
         WHERE s.merchant_id = $1 AND s.token_hash = $2",
        merchant_id.as_uuid(),
        token_hash
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let operator = Operator {
        merchant_id,
        merchant_name: row.merchant_name,
        operator_id: OperatorId::from_uuid(row.operator_id),
        email: row.email,
        name: row.name,
        role: role(&row.role)?,
        locale: row.locale,
    };
    let times = SessionTimes {
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        remembered: row.remembered,
    };
    Ok(Some((operator, times)))
}

/// Writes down that a session was used.
pub async fn touch(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE admin_gateway.sessions SET last_seen_at = $3
         WHERE merchant_id = $1 AND token_hash = $2 AND last_seen_at < $3",
        merchant_id.as_uuid(),
        token_hash,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a session.
pub async fn delete(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    token_hash: &[u8],
) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM admin_gateway.sessions WHERE merchant_id = $1 AND token_hash = $2",
        merchant_id.as_uuid(),
        token_hash
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes some of what began before `cutoff`; the number removed.
pub async fn delete_old(conn: &mut PgConnection, cutoff: Cutoff) -> Result<u64, Error> {
    let done = sqlx::query!(
        "DELETE FROM admin_gateway.sessions
         WHERE (merchant_id, token_hash) IN (
             SELECT merchant_id, token_hash FROM admin_gateway.sessions WHERE created_at < $1 LIMIT $2)",
        cutoff,
        DELETE_AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
