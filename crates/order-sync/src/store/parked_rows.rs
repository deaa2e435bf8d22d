//! Rows that could not be translated or stored.

use chrono::{DateTime, Utc};
use moa_id::RawPageId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::account::Account;
use crate::domain::window::Stream;

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

/// Notes that rows which were parked have been stored by now, from whichever list.
pub(crate) async fn resolve(
    conn: &mut PgConnection,
    account: &Account,
    row_keys: &[String],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE order_sync.parked_rows
         SET resolved_at = $4
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND row_key = ANY($3)
           AND resolved_at IS NULL",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        row_keys,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
