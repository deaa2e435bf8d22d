//! Rows that could not be translated or stored.

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, MerchantId, RawPageId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::account::Account;
use crate::domain::stream::Stream;

/// A row about to be parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParkedRow {
    pub(crate) parked_row_id: Uuid,
    /// Where it stands as it came.
    pub(crate) raw_page_id: RawPageId,
    /// The channel's id of the row, or the page's hash and the row's place.
    pub(crate) row_key: String,
    pub(crate) row_index: i32,
    /// Without the value.
    pub(crate) reason: String,
}

/// Parks rows; one that is parked already is only refreshed.
pub(crate) async fn park(
    conn: &mut PgConnection,
    account: &Account,
    stream: Stream,
    rows: &[ParkedRow],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    for row in rows {
        sqlx::query!(
            "INSERT INTO order_sync.parked_rows AS p
                 (merchant_id, parked_row_id, channel_account_id, stream, row_key, reason, raw_page_id, row_index,
                  parked_at, last_seen_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
             ON CONFLICT ON CONSTRAINT parked_rows_row_key DO UPDATE
             SET reason = EXCLUDED.reason,
                 raw_page_id = EXCLUDED.raw_page_id,
                 row_index = EXCLUDED.row_index,
                 parked_at = CASE WHEN p.resolved_at IS NULL THEN p.parked_at ELSE EXCLUDED.parked_at END,
                 last_seen_at = EXCLUDED.last_seen_at,
                 resolved_at = NULL",
            account.merchant_id.as_uuid(),
            row.parked_row_id,
            account.channel_account_id.as_uuid(),
            stream.as_str(),
            row.row_key,
            row.reason,
            row.raw_page_id.as_uuid(),
            row.row_index,
            now,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Notes that rows which were parked have been stored by now, from whichever list of orders, of claims or of questions: an
/// order that is stored says nothing about its claim. What was seen again since `opened_at` waits on: of two rows of one key
/// in a window, the bad one is not released by the good one, whichever is stored first.
pub(crate) async fn resolve(
    conn: &mut PgConnection,
    account: &Account,
    stream: Stream,
    row_keys: &[String],
    opened_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE order_sync.parked_rows
         SET resolved_at = $4
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND row_key = ANY($3)
           AND split_part(stream, '.', 1) = split_part($5, '.', 1)
           AND last_seen_at <= $6
           AND resolved_at IS NULL",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        row_keys,
        now,
        stream.as_str(),
        opened_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A row that waits for an upgrade or a person.
#[derive(Debug, Clone)]
pub(crate) struct WaitingRow {
    pub(crate) parked_row_id: Uuid,
    pub(crate) channel_account_id: Uuid,
    pub(crate) stream: String,
    pub(crate) row_key: String,
    pub(crate) reason: String,
    pub(crate) parked_at: DateTime<Utc>,
    pub(crate) last_seen_at: DateTime<Utc>,
    pub(crate) retries: i32,
    pub(crate) last_retry_at: Option<DateTime<Utc>>,
    pub(crate) last_retry_reason: String,
}

/// Which rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub(crate) channel_account_id: Option<Uuid>,
    /// The last row of the page before.
    pub(crate) after: Option<(DateTime<Utc>, Uuid)>,
    pub(crate) limit: i64,
}

/// Rows of a merchant that wait, the newest first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    page: Page,
) -> Result<Vec<WaitingRow>, Error> {
    let (after_at, after_id) = page.after.unzip();
    let rows = sqlx::query_as!(
        WaitingRow,
        "SELECT parked_row_id, channel_account_id, stream, row_key, reason, parked_at, last_seen_at, retries,
                last_retry_at, last_retry_reason
         FROM order_sync.parked_rows
         WHERE merchant_id = $1
           AND resolved_at IS NULL
           AND ($2::uuid IS NULL OR channel_account_id = $2)
           AND ($3::timestamptz IS NULL
                OR parked_at < $3
                OR (parked_at = $3 AND parked_row_id > $4))
         ORDER BY parked_at DESC, parked_row_id
         LIMIT $5",
        merchant_id.as_uuid(),
        page.channel_account_id,
        after_at,
        after_id,
        page.limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Rows of one order that wait.
pub(crate) async fn of_order(
    conn: &mut PgConnection,
    account: &Account,
    channel_order_id: &str,
) -> Result<Vec<WaitingRow>, Error> {
    let rows = sqlx::query_as!(
        WaitingRow,
        "SELECT parked_row_id, channel_account_id, stream, row_key, reason, parked_at, last_seen_at, retries,
                last_retry_at, last_retry_reason
         FROM order_sync.parked_rows
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND row_key = $3
           AND stream <> 'claims'
           AND resolved_at IS NULL
         ORDER BY parked_at DESC, parked_row_id
         LIMIT 20",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        channel_order_id,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// A row that is to be tried again.
#[derive(Debug, Clone)]
pub(crate) struct DueRow {
    pub(crate) merchant_id: MerchantId,
    pub(crate) channel_account_id: ChannelAccountId,
    pub(crate) parked_row_id: Uuid,
    pub(crate) stream: String,
    pub(crate) row_key: String,
    pub(crate) row_index: i32,
    pub(crate) raw_page_id: Uuid,
}

impl DueRow {
    /// Whether its key is the channel's id; otherwise it is the page's hash and the row's place.
    pub(crate) fn has_channel_id(&self) -> bool {
        let suffix = format!("#{}", self.row_index);
        let hash = self.row_key.strip_suffix(&suffix);
        !hash.is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()))
    }
}

/// Rows of active accounts that wait and were not tried since `before`, those first that waited longest.
pub(crate) async fn due(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DueRow>, Error> {
    let rows = sqlx::query!(
        "SELECT p.merchant_id, p.channel_account_id, p.parked_row_id, p.stream, p.row_key, p.row_index, p.raw_page_id
         FROM order_sync.parked_rows p
         JOIN order_sync.channel_accounts a
           ON a.merchant_id = p.merchant_id
          AND a.channel_account_id = p.channel_account_id
         WHERE a.active
           AND p.resolved_at IS NULL
           AND coalesce(p.last_retry_at, '-infinity') < $1
         ORDER BY p.last_retry_at NULLS FIRST, p.parked_at
         LIMIT $2",
        before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter().map(|row| DueRow {
        merchant_id: MerchantId::from_uuid(row.merchant_id),
        channel_account_id: ChannelAccountId::from_uuid(row.channel_account_id),
        parked_row_id: row.parked_row_id,
        stream: row.stream,
        row_key: row.row_key,
        row_index: row.row_index,
        raw_page_id: row.raw_page_id,
    });
    Ok(rows.collect())
}

/// Notes that a row was stored by trying it again.
pub(crate) async fn resolve_row(
    conn: &mut PgConnection,
    row: &DueRow,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE order_sync.parked_rows
         SET resolved_at = coalesce(resolved_at, $3), retries = retries + 1, last_retry_at = $3, last_retry_reason = ''
         WHERE merchant_id = $1
           AND parked_row_id = $2",
        row.merchant_id.as_uuid(),
        row.parked_row_id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes why trying a row again did not help.
pub(crate) async fn note_retry(
    conn: &mut PgConnection,
    row: &DueRow,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let reason: String = reason.chars().filter(|c| *c != '\0').take(200).collect();
    sqlx::query!(
        "UPDATE order_sync.parked_rows
         SET retries = retries + 1, last_retry_at = $3, last_retry_reason = $4
         WHERE merchant_id = $1
           AND parked_row_id = $2",
        row.merchant_id.as_uuid(),
        row.parked_row_id,
        now,
        reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}
