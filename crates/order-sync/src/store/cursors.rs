//! How far each stream of an account was read.

use chrono::{DateTime, TimeDelta, Utc};
use moa_id::MerchantId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::account::Account;
use crate::domain::coverage::Unread;
use crate::domain::stream::Stream;
use crate::domain::window::Progress;

/// Where a stream stands.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cursor {
    pub(crate) progress: Progress,
    /// Since when nothing has arrived: the last arrival or the first contact, after which a shop is looked at closely.
    pub(crate) quiet_since: Option<DateTime<Utc>>,
    /// Whether the account has rows that could not be stored.
    pub(crate) has_parked_rows: bool,
}

/// The cursor of a stream; a fresh one before the first contact. A sweep that was asked for makes the last one forgotten.
pub(crate) async fn get(
    conn: &mut PgConnection,
    account: &Account,
    stream: Stream,
) -> Result<Cursor, Error> {
    let row = sqlx::query!(
        r#"SELECT high_water_at,
                  CASE WHEN sweep_asked_at > swept_at THEN NULL ELSE swept_at END AS swept_at,
                  CASE WHEN deep_sweep_asked_at > deep_swept_at THEN NULL ELSE deep_swept_at END AS deep_swept_at,
                  greatest(last_arrival_at, first_read_at) AS quiet_since, unread_from_at, unread_to_at,
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
            unread: row
                .unread_from_at
                .zip(row.unread_to_at)
                .map(|(from, to)| Unread { from, to }),
        },
        quiet_since: row.quiet_since,
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
    /// What the window left out, to be read beside the present.
    pub(crate) leaves: Option<Unread>,
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
              last_success_at, first_read_at, unread_began_at, unread_from_at, unread_to_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $9, $10)
         ON CONFLICT ON CONSTRAINT cursors_pkey DO UPDATE
         SET high_water_at = greatest(c.high_water_at, EXCLUDED.high_water_at),
             swept_at = coalesce(EXCLUDED.swept_at, c.swept_at),
             deep_swept_at = coalesce(EXCLUDED.deep_swept_at, c.deep_swept_at),
             last_arrival_at = coalesce(EXCLUDED.last_arrival_at, c.last_arrival_at),
             last_success_at = EXCLUDED.last_success_at,
             first_read_at = coalesce(c.first_read_at, EXCLUDED.first_read_at),
             -- What was left before and what is left now become one: read in order, some of it twice.
             unread_began_at = least(c.unread_began_at, EXCLUDED.unread_began_at),
             unread_from_at = least(c.unread_from_at, EXCLUDED.unread_from_at),
             unread_to_at = greatest(c.unread_to_at, EXCLUDED.unread_to_at),
             unread_again = c.unread_again AND EXCLUDED.unread_from_at IS NULL,
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
        advance.leaves.map(|left| left.from),
        advance.leaves.map(|left| left.to),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a part of the unread past was read, unless what is unread began elsewhere meanwhile.
pub(crate) async fn advance_past(
    conn: &mut PgConnection,
    account: &Account,
    stream: Stream,
    part: Unread,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE order_sync.cursors
         SET unread_began_at = CASE WHEN unread_to_at > $5 THEN unread_began_at END,
             unread_from_at = CASE WHEN unread_to_at > $5 THEN $5 END,
             unread_to_at = CASE WHEN unread_to_at > $5 THEN unread_to_at END,
             unread_again = unread_again AND unread_to_at > $5,
             unread_reason = ''
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND stream = $3
           AND unread_from_at = $4",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        stream.as_str(),
        part.from,
        part.to,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes why the unread past could not be read on.
pub(crate) async fn fail_past(
    conn: &mut PgConnection,
    account: &Account,
    stream: Stream,
    reason: &str,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE order_sync.cursors
         SET unread_reason = $4
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND stream = $3
           AND unread_from_at IS NOT NULL",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        stream.as_str(),
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Has the past since `from` read (again) in each stream of an account that was ever read; gives how many those are. What lies
/// before `first_look_back` of the first contact was not read by it.
pub(crate) async fn leave_unread_since(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    channel_account_id: Uuid,
    from: DateTime<Utc>,
    first_look_back: TimeDelta,
) -> Result<u64, Error> {
    let updated = sqlx::query!(
        "UPDATE order_sync.cursors
         SET unread_began_at = least(unread_began_at, $3),
             unread_from_at = least(unread_from_at, $3),
             unread_to_at = greatest(unread_to_at, high_water_at),
             unread_again = (unread_again OR unread_from_at IS NULL)
                 AND $3 >= first_read_at - make_interval(secs => $4),
             unread_reason = ''
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND high_water_at > $3",
        merchant_id.as_uuid(),
        channel_account_id,
        from,
        first_look_back.as_seconds_f64(),
    )
    .execute(conn)
    .await?;
    Ok(updated.rows_affected())
}

/// Notes a failure and gives how many there were in a row.
pub(crate) async fn fail(
    conn: &mut PgConnection,
    account: &Account,
    stream: Stream,
    (reason, detail): (&str, &str),
    now: DateTime<Utc>,
) -> Result<i32, Error> {
    let failures = sqlx::query_scalar!(
        "INSERT INTO order_sync.cursors AS c
             (merchant_id, channel_account_id, stream, last_reason, last_detail, consecutive_failures, last_failure_at,
              last_failure_reason)
         VALUES ($1, $2, $3, $4, $5, 1, $6, $4)
         ON CONFLICT ON CONSTRAINT cursors_pkey DO UPDATE
         SET last_reason = EXCLUDED.last_reason,
             last_detail = EXCLUDED.last_detail,
             consecutive_failures = c.consecutive_failures + 1,
             last_failure_at = EXCLUDED.last_failure_at,
             last_failure_reason = EXCLUDED.last_failure_reason
         RETURNING consecutive_failures",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        stream.as_str(),
        reason,
        detail,
        now,
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
