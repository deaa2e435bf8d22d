//! Gaps in coverage: found, grown, closed.

use chrono::{DateTime, Utc};
use moa_id::MerchantId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::coverage::{Gap, KnownGap};

/// Gaps of one stream that are open.
pub(crate) async fn open(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    channel_account_id: Uuid,
    stream: &str,
) -> Result<Vec<KnownGap<Uuid>>, Error> {
    let rows = sqlx::query!(
        "SELECT coverage_gap_id, from_at, to_at
         FROM order_sync.coverage_gaps
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND stream = $3
           AND closed_at IS NULL
         ORDER BY from_at",
        merchant_id.as_uuid(),
        channel_account_id,
        stream,
    )
    .fetch_all(conn)
    .await?;
    let gaps = rows.into_iter().map(|row| KnownGap {
        id: row.coverage_gap_id,
        from: row.from_at,
        to: row.to_at,
    });
    Ok(gaps.collect())
}

/// Stores a gap; false when another process found it too.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    (channel_account_id, stream): (Uuid, &str),
    coverage_gap_id: Uuid,
    gap: &Gap,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let inserted = sqlx::query!(
        "INSERT INTO order_sync.coverage_gaps
             (merchant_id, coverage_gap_id, channel_account_id, stream, from_at, to_at, readings, found_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (merchant_id, channel_account_id, stream, from_at) WHERE closed_at IS NULL DO NOTHING",
        merchant_id.as_uuid(),
        coverage_gap_id,
        channel_account_id,
        stream,
        gap.from,
        gap.to,
        i32::try_from(gap.readings).unwrap_or(i32::MAX),
        now,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() > 0)
}

/// Lets a gap reach further.
pub(crate) async fn grow(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    coverage_gap_id: Uuid,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE order_sync.coverage_gaps g
         SET from_at = least(from_at, $3), to_at = greatest(to_at, $4)
         WHERE merchant_id = $1
           AND coverage_gap_id = $2
           AND closed_at IS NULL",
        merchant_id.as_uuid(),
        coverage_gap_id,
        from,
        to,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Closes a gap; false when it is closed already.
pub(crate) async fn close(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    coverage_gap_id: Uuid,
    outcome: &str,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let closed = sqlx::query!(
        "UPDATE order_sync.coverage_gaps
         SET closed_at = $3, outcome = $4
         WHERE merchant_id = $1
           AND coverage_gap_id = $2
           AND closed_at IS NULL",
        merchant_id.as_uuid(),
        coverage_gap_id,
        now,
        outcome,
    )
    .execute(conn)
    .await?;
    Ok(closed.rows_affected() > 0)
}

/// A gap as people see it.
#[derive(Debug, Clone)]
pub(crate) struct RecordedGap {
    pub(crate) channel_account_id: Uuid,
    pub(crate) stream: String,
    pub(crate) from_at: DateTime<Utc>,
    pub(crate) to_at: DateTime<Utc>,
    pub(crate) found_at: DateTime<Utc>,
    pub(crate) closed_at: Option<DateTime<Utc>>,
    pub(crate) outcome: Option<String>,
}

/// Gaps of these accounts found since `since`, the newest first, up to `limit`.
pub(crate) async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    accounts: &[Uuid],
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<RecordedGap>, Error> {
    let gaps = sqlx::query_as!(
        RecordedGap,
        "SELECT channel_account_id, stream, from_at, to_at, found_at, closed_at, outcome
         FROM order_sync.coverage_gaps
         WHERE merchant_id = $1
           AND channel_account_id = ANY($2)
           AND found_at >= $3
         ORDER BY found_at DESC, coverage_gap_id
         LIMIT $4",
        merchant_id.as_uuid(),
        accounts,
        since,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(gaps)
}

/// Deletes up to `limit` gaps closed before `before`; gives how many.
pub(crate) async fn delete_before(
    pool: &sqlx::PgPool,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64, Error> {
    let deleted = sqlx::query!(
        "DELETE FROM order_sync.coverage_gaps
         WHERE (merchant_id, coverage_gap_id) IN (
             SELECT merchant_id, coverage_gap_id
             FROM order_sync.coverage_gaps
             WHERE closed_at < $1
             LIMIT $2)",
        before,
        limit,
    )
    .execute(pool)
    .await?;
    Ok(deleted.rows_affected())
}
