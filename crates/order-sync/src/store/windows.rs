//! Poll windows: the evidence of what was read, and when.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::Error;
use crate::domain::account::Account;
use crate::domain::stream::Stream;
use crate::domain::window::Window;

/// A window under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PollWindow {
    pub(crate) poll_window_id: Uuid,
    pub(crate) stream: Stream,
    pub(crate) window: Window,
    pub(crate) fence: i64,
    pub(crate) opened_at: DateTime<Utc>,
}

/// What reading it gave.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    /// When the first of its reads was sent.
    pub(crate) read_at: Option<DateTime<Utc>>,
    pub(crate) pages: i32,
    pub(crate) rows: i32,
    /// Rows that wrote something.
    pub(crate) changed: i32,
    /// Orders first seen although created before the high-water mark.
    pub(crate) late: i32,
}

/// Opens a window; doing it again changes nothing.
pub(crate) async fn open(
    conn: &mut PgConnection,
    account: &Account,
    poll: &PollWindow,
) -> Result<(), Error> {
    save(conn, account, poll, &Tally::default(), None).await
}

/// Closes a window with what it gave. A window that never had anything to store is opened and closed at once.
pub(crate) async fn close(
    conn: &mut PgConnection,
    account: &Account,
    poll: &PollWindow,
    tally: &Tally,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    save(conn, account, poll, tally, Some(now)).await
}

async fn save(
    conn: &mut PgConnection,
    account: &Account,
    poll: &PollWindow,
    tally: &Tally,
    closed_at: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO order_sync.poll_windows
             (merchant_id, poll_window_id, channel_account_id, stream, from_at, to_at, sweep, fence, opened_at,
              read_at, closed_at, page_count, row_count, changed_count, late_count)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT ON CONSTRAINT poll_windows_pkey DO UPDATE
         SET read_at = EXCLUDED.read_at,
             closed_at = EXCLUDED.closed_at,
             page_count = EXCLUDED.page_count,
             row_count = EXCLUDED.row_count,
             changed_count = EXCLUDED.changed_count,
             late_count = EXCLUDED.late_count
         WHERE EXCLUDED.closed_at IS NOT NULL",
        account.merchant_id.as_uuid(),
        poll.poll_window_id,
        account.channel_account_id.as_uuid(),
        poll.stream.as_str(),
        poll.window.from,
        poll.window.to,
        poll.window.look.is_sweep(),
        poll.fence,
        poll.opened_at,
        tally.read_at,
        closed_at,
        tally.pages,
        tally.rows,
        tally.changed,
        tally.late,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes up to `limit` windows opened before `before`; gives how many.
pub(crate) async fn delete_before(
    pool: &PgPool,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64, Error> {
    let deleted = sqlx::query!(
        "DELETE FROM order_sync.poll_windows
         WHERE (merchant_id, poll_window_id) IN (
             SELECT merchant_id, poll_window_id
             FROM order_sync.poll_windows
             WHERE opened_at < $1
             ORDER BY opened_at
             LIMIT $2)",
        before,
        limit,
    )
    .execute(pool)
    .await?;
    Ok(deleted.rows_affected())
}
