//! Sweeps that were asked for.

use std::fmt;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::stream::Sweep;

/// Asks for a sweep of each stream of an active account that was ever read; with `overdue_since`, of those only that were
/// not swept since and have no past that is still unread: it is read in order first, and sweeps come of themselves then.
/// Gives how many those are.
pub(crate) async fn ask(
    conn: &mut PgConnection,
    sweep: Sweep,
    overdue_since: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let is_deep = sweep == Sweep::Week;
    let asked = sqlx::query!(
        "UPDATE order_sync.cursors c
         SET sweep_asked_at = CASE WHEN $1 THEN c.sweep_asked_at ELSE $3 END,
             deep_sweep_asked_at = CASE WHEN $1 THEN $3 ELSE c.deep_sweep_asked_at END
         FROM order_sync.channel_accounts a
         WHERE a.merchant_id = c.merchant_id
           AND a.channel_account_id = c.channel_account_id
           AND a.active
           AND c.high_water_at IS NOT NULL
           AND ($2::timestamptz IS NULL
                OR c.unread_from_at IS NULL
                   AND coalesce(CASE WHEN $1 THEN c.deep_swept_at ELSE c.swept_at END, '-infinity') < $2)",
        is_deep,
        overdue_since,
        now,
    )
    .execute(conn)
    .await?;
    Ok(asked.rows_affected())
}

/// A stream whose sweep is still to come.
#[derive(Debug, Clone)]
pub(crate) struct SweptStream {
    pub(crate) channel_account_id: Uuid,
    pub(crate) stream: String,
    /// Empty when its last read succeeded.
    pub(crate) last_reason: String,
}

impl fmt::Display for SweptStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (stream, account) = (&self.stream, self.channel_account_id);
        match self.last_reason.as_str() {
            "" => write!(f, "{stream} of {account} is still being read"),
            reason => write!(f, "{stream} of {account}: {reason}"),
        }
    }
}

/// Streams that were asked for at `asked_at` and are not swept yet.
pub(crate) async fn pending(
    conn: &mut PgConnection,
    sweep: Sweep,
    asked_at: DateTime<Utc>,
) -> Result<Vec<SweptStream>, Error> {
    let is_deep = sweep == Sweep::Week;
    let streams = sqlx::query_as!(
        SweptStream,
        "SELECT c.channel_account_id, c.stream, c.last_reason
         FROM order_sync.cursors c
         JOIN order_sync.channel_accounts a
           ON a.merchant_id = c.merchant_id
          AND a.channel_account_id = c.channel_account_id
         WHERE a.active
           AND CASE WHEN $1 THEN c.deep_sweep_asked_at >= $2
                                 AND coalesce(c.deep_swept_at, '-infinity') < c.deep_sweep_asked_at
                    ELSE c.sweep_asked_at >= $2
                         AND coalesce(c.swept_at, '-infinity') < c.sweep_asked_at
               END
         ORDER BY c.channel_account_id, c.stream",
        is_deep,
        asked_at,
    )
    .fetch_all(conn)
    .await?;
    Ok(streams)
}

/// What sweeps gave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) rows: i64,
    pub(crate) changed: i64,
    pub(crate) late: i64,
}

/// What sweeps opened since `since` gave, of all accounts.
pub(crate) async fn found(conn: &mut PgConnection, since: DateTime<Utc>) -> Result<Found, Error> {
    let found = sqlx::query_as!(
        Found,
        r#"SELECT coalesce(sum(row_count), 0) AS "rows!",
                  coalesce(sum(changed_count), 0) AS "changed!",
                  coalesce(sum(late_count), 0) AS "late!"
           FROM order_sync.poll_windows
           WHERE opened_at >= $1
             AND sweep
             AND closed_at IS NOT NULL"#,
        since,
    )
    .fetch_one(conn)
    .await?;
    Ok(found)
}
