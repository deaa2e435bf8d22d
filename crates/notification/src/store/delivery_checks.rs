use chrono::{DateTime, Utc};
use moa_id::{MerchantId, MessageId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// An accepted message whose delivery is not known.
#[derive(Debug, Clone)]
pub(crate) struct DeliveryCheck {
    pub(crate) merchant_id: MerchantId,
    pub(crate) message_id: MessageId,
    pub(crate) provider_message_id: String,
    pub(crate) accepted_at: DateTime<Utc>,
}

pub(crate) async fn insert(
    conn: &mut PgConnection,
    check: &DeliveryCheck,
    next_check_at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO notification.delivery_checks
             (merchant_id, message_id, provider_message_id, accepted_at, next_check_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT ON CONSTRAINT delivery_checks_pkey DO UPDATE
         SET provider_message_id = excluded.provider_message_id,
             accepted_at = excluded.accepted_at,
             next_check_at = excluded.next_check_at",
        check.merchant_id.as_uuid(),
        check.message_id.as_uuid(),
        check.provider_message_id,
        check.accepted_at,
        next_check_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes checks that are due, the longest waiting first, and keeps others off them until `hold_until`.
pub(crate) async fn claim(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    hold_until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DeliveryCheck>, Error> {
    let rows = sqlx::query!(
        "UPDATE notification.delivery_checks c
         SET next_check_at = $2
         FROM (
             SELECT merchant_id, message_id
             FROM notification.delivery_checks
             WHERE next_check_at <= $1
             ORDER BY next_check_at
             LIMIT $3
             FOR UPDATE SKIP LOCKED
         ) due
         WHERE c.merchant_id = due.merchant_id AND c.message_id = due.message_id
         RETURNING c.merchant_id, c.message_id, c.provider_message_id, c.accepted_at",
        now,
        hold_until,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let checks = rows.into_iter().map(|row| DeliveryCheck {
        merchant_id: MerchantId::from_uuid(row.merchant_id),
        message_id: MessageId::from_uuid(row.message_id),
        provider_message_id: row.provider_message_id,
        accepted_at: row.accepted_at,
    });
    Ok(checks.collect())
}

/// When the next one is due.
pub(crate) async fn next_due(conn: &mut PgConnection) -> Result<Option<DateTime<Utc>>, Error> {
    let next = sqlx::query_scalar!("SELECT min(next_check_at) FROM notification.delivery_checks")
        .fetch_one(conn)
        .await?;
    Ok(next)
}

/// Puts checks of one merchant off.
pub(crate) async fn put_off(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    checks: &[(MessageId, DateTime<Utc>)],
) -> Result<(), Error> {
    if checks.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = checks.iter().map(|(id, _)| id.as_uuid()).collect();
    let times: Vec<DateTime<Utc>> = checks.iter().map(|(_, at)| *at).collect();
    sqlx::query!(
        "UPDATE notification.delivery_checks c
         SET next_check_at = n.next_check_at
         FROM unnest($2::uuid[], $3::timestamptz[]) AS n (message_id, next_check_at)
         WHERE c.merchant_id = $1 AND c.message_id = n.message_id",
        merchant_id.as_uuid(),
        &ids,
        &times,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends checks of one merchant.
pub(crate) async fn delete(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    messages: &[MessageId],
) -> Result<(), Error> {
    if messages.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = messages.iter().map(MessageId::as_uuid).collect();
    sqlx::query!(
        "DELETE FROM notification.delivery_checks
         WHERE merchant_id = $1 AND message_id = ANY($2)",
        merchant_id.as_uuid(),
        &ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}
