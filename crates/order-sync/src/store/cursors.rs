//! How far each stream of an account was read.

use chrono::{DateTime, Utc};
use moa_id::MerchantId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::account::Account;
use crate::domain::window::{Progress, Stream};

/// Where a stream stands.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cursor {
    pub(crate) progress: Progress,
    pub(crate) last_arrival_at: Option<DateTime<Utc>>,
    /// Whether the account has rows that could not be stored.
    pub(crate) has_parked_rows: bool,
}

/// The cursor of a stream; a fresh one before the first contact.
pub(crate) async fn get(
    conn: &mut PgConnection,
    account: &Account,
    stream: Stream,
) -> Result<Cursor, Error> {
    let row = sqlx::query!(
        r#"SELECT high_water_at, swept_at, deep_swept_at, last_arrival_at,
                  EXISTS (SELECT
                          FROM order_sync.parked_rows p
                          WHERE p.merchant_id = c.merchant_id
                            AND p.channel_account_id = c.channel_account_id
                            AND p.resolved_at IS NULL) AS "has_parked_rows!"
           FROM order_sync.cursors c
           WHERE merchant_id = $1
             AND channel_account_id = $2
             AND stream = $3"#,
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        stream.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    let cursor = row.map(|row| Cursor {
        progress: Progress {
            high_water_at: row.high_water_at,
            swept_at: row.swept_at,
            deep_swept_at: row.deep_swept_at,
        },
        last_arrival_at: row.last_arrival_at,
        has_parked_rows: row.has_parked_rows,
    });
    Ok(cursor.unwrap_or_default())
}

/// What a closed window means for its cursor.
pub(crate) struct Advance {
    pub(crate) high_water_at: DateTime<Utc>,
    /// When the window was a sweep, or the first contact, which reads everything too.
    pub(crate) swept_at: Option<DateTime<Utc>>,
    /// When the window was a deep sweep, or the first contact.
    pub(crate) deep_swept_at: Option<DateTime<Utc>>,
    /// When something new arrived.
    pub(crate) arrival_at: Option<DateTime<Utc>>,
    pub(crate) now: DateTime<Utc>,
}

/// Moves the high-water mark on, never back, and notes the success.
pub(crate) async fn advance(
    conn: &mut PgConnection,
    account: &Account,
    stream: Stream,
    advance: &Advance,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO order_sync.cursors AS c
             (merchant_id, channel_account_id, stream, high_water_at, swept_at, deep_swept_at, last_arrival_at,
              last_success_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT ON CONSTRAINT cursors_pkey DO UPDATE
         SET high_water_at = greatest(c.high_water_at, EXCLUDED.high_water_at),
             swept_at = coalesce(EXCLUDED.swept_at, c.swept_at),
             deep_swept_at = coalesce(EXCLUDED.deep_swept_at, c.deep_swept_at),
             last_arrival_at = coalesce(EXCLUDED.last_arrival_at, c.last_arrival_at),
             last_success_at = EXCLUDED.last_success_at,
             last_reason = '',
             last_detail = '',
             consecutive_failures = 0",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        stream.as_str(),
        advance.high_water_at,
        advance.swept_at,
        advance.deep_swept_at,
        advance.arrival_at,
        advance.now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes a failure and gives how many there were in a row.
pub(crate) async fn fail(
    conn: &mut PgConnection,
    account: &Account,
    stream: Stream,
    reason: &str,
    detail: &str,
) -> Result<i32, Error> {
    let failures = sqlx::query_scalar!(
        "INSERT INTO order_sync.cursors AS c
             (merchant_id, channel_account_id, stream, last_reason, last_detail, consecutive_failures)
         VALUES ($1, $2, $3, $4, $5, 1)
         ON CONFLICT ON CONSTRAINT cursors_pkey DO UPDATE
         SET last_reason = EXCLUDED.last_reason,
             last_detail = EXCLUDED.last_detail,
             consecutive_failures = c.consecutive_failures + 1
         RETURNING consecutive_failures",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        stream.as_str(),
        reason,
        detail,
    )
    .fetch_one(conn)
    .await?;
    Ok(failures)
}

/// A stream as people see it.
pub(crate) struct Collection {
    pub(crate) channel_account_id: Uuid,
    pub(crate) stream: String,
    pub(crate) high_water_at: Option<DateTime<Utc>>,
    pub(crate) last_success_at: Option<DateTime<Utc>>,
    pub(crate) last_reason: String,
    pub(crate) last_detail: String,
    pub(crate) consecutive_failures: i32,
    pub(crate) parked_rows: i64,
}

/// Every stream of a merchant.
pub(crate) async fn list_collection(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
) -> Result<Vec<Collection>, Error> {
    let streams = sqlx::query_as!(
        Collection,
        r#"SELECT c.channel_account_id, c.stream, c.high_water_at, c.last_success_at, c.last_reason, c.last_detail,
                  c.consecutive_failures,
                  (SELECT count(*)
                   FROM order_sync.parked_rows p
                   WHERE p.merchant_id = c.merchant_id
                     AND p.channel_account_id = c.channel_account_id
                     AND p.stream = c.stream
                     AND p.resolved_at IS NULL) AS "parked_rows!"
           FROM order_sync.cursors c
           WHERE c.merchant_id = $1
           ORDER BY c.channel_account_id, c.stream"#,
        merchant_id.as_uuid(),
    )
    .fetch_all(conn)
    .await?;
    Ok(streams)
}
