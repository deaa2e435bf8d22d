use chrono::{DateTime, TimeDelta, Utc};
use moa_id::{CustomerId, MerchantId};
use sqlx::PgConnection;

use crate::app::CustomerSession;
use crate::error::Error;

/// Failures older than this no longer count.
const FAILURES_KEPT: TimeDelta = TimeDelta::days(1);

pub(crate) async fn insert(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    token_hash: &[u8],
    session: &CustomerSession,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO checkout.sessions (merchant_id, token_hash, customer_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5)",
        merchant_id.as_uuid(),
        token_hash,
        session.customer_id.as_uuid(),
        now,
        session.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<(CustomerId, DateTime<Utc>)>, Error> {
    let row = sqlx::query!(
        "SELECT customer_id, expires_at
         FROM checkout.sessions
         WHERE merchant_id = $1 AND token_hash = $2 AND expires_at > $3",
        merchant_id.as_uuid(),
        token_hash,
        now,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (CustomerId::from_uuid(row.customer_id), row.expires_at)))
}

pub(crate) async fn delete(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    token_hash: &[u8],
) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM checkout.sessions WHERE merchant_id = $1 AND token_hash = $2",
        merchant_id.as_uuid(),
        token_hash,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes what has ended, a bounded number at a time.
pub(crate) async fn forget_expired(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM checkout.sessions
         WHERE (merchant_id, token_hash) IN (
             SELECT merchant_id, token_hash FROM checkout.sessions WHERE expires_at <= $1 LIMIT 500)",
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "DELETE FROM checkout.login_failures
         WHERE (merchant_id, email_index) IN (
             SELECT merchant_id, email_index FROM checkout.login_failures WHERE last_at <= $1 LIMIT 500)",
        now - FAILURES_KEPT,
    )
    .execute(conn)
    .await?;
    Ok(())
}
