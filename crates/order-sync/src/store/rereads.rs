//! Parcels that are to be read again after fulfillment acted on them.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, MerchantId};
use sqlx::PgConnection;

use crate::Error;
use crate::domain::account::Account;
use crate::domain::state::LineState;

/// A parcel about to be queued.
pub(crate) struct NewReread {
    pub(crate) merchant_id: MerchantId,
    pub(crate) channel_account_id: ChannelAccountId,
    pub(crate) channel_order_id: String,
    pub(crate) channel_parcel_id: String,
    /// What the parcel became.
    pub(crate) line_state: LineState,
}

/// Queues parcels; one that waits already waits for its newer state.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    rereads: &[NewReread],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    fn column<T>(rereads: &[NewReread], pick: impl Fn(&NewReread) -> T) -> Vec<T> {
        rereads.iter().map(pick).collect()
    }
    sqlx::query!(
        "INSERT INTO order_sync.parcel_rereads
             (merchant_id, channel_account_id, channel_parcel_id, channel_order_id, line_state, requested_at,
              next_attempt_at)
         SELECT DISTINCT ON (u.merchant_id, u.channel_account_id, u.channel_parcel_id)
                u.merchant_id, u.channel_account_id, u.channel_parcel_id, u.channel_order_id, u.line_state, $6, $6
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
             AS u (merchant_id, channel_account_id, channel_parcel_id, channel_order_id, line_state, place)
         ORDER BY u.merchant_id, u.channel_account_id, u.channel_parcel_id, u.place DESC
         ON CONFLICT ON CONSTRAINT parcel_rereads_pkey DO UPDATE
         SET line_state = EXCLUDED.line_state,
             requested_at = EXCLUDED.requested_at,
             next_attempt_at = EXCLUDED.next_attempt_at,
             attempts = 0,
             list_tried = false",
        &column(rereads, |r| r.merchant_id.as_uuid()),
        &column(rereads, |r| r.channel_account_id.as_uuid()),
        &column(rereads, |r| r.channel_parcel_id.clone()),
        &column(rereads, |r| r.channel_order_id.clone()),
        &column(rereads, |r| r.line_state.as_str()) as _,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A parcel that is due.
#[derive(Debug, Clone)]
pub(crate) struct Reread {
    pub(crate) channel_parcel_id: String,
    pub(crate) line_state: LineState,
    pub(crate) requested_at: DateTime<Utc>,
    pub(crate) attempts: i32,
    /// A list was read since and did not reach back to it.
    pub(crate) list_tried: bool,
}

/// The account's parcels that are due, those first that no list can help.
pub(crate) async fn due(
    conn: &mut PgConnection,
    account: &Account,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Reread>, Error> {
    let rows = sqlx::query!(
        "SELECT channel_parcel_id, line_state, requested_at, attempts, list_tried
         FROM order_sync.parcel_rereads
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND next_attempt_at <= $3
         ORDER BY list_tried DESC, requested_at
         LIMIT $4",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        now,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let rereads = rows.into_iter().map(|row| Reread {
        channel_parcel_id: row.channel_parcel_id,
        // The CHECK of the column allows no third word.
        line_state: LineState::parse(&row.line_state).unwrap_or(LineState::Acknowledged),
        requested_at: row.requested_at,
        attempts: row.attempts,
        list_tried: row.list_tried,
    });
    Ok(rereads.collect())
}

/// Takes a parcel from the queue, unless it was queued again meanwhile.
pub(crate) async fn delete(
    conn: &mut PgConnection,
    account: &Account,
    reread: &Reread,
) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM order_sync.parcel_rereads
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND channel_parcel_id = $3
           AND requested_at = $4",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        reread.channel_parcel_id,
        reread.requested_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts a parcel off after a failed read.
pub(crate) async fn put_off(
    conn: &mut PgConnection,
    account: &Account,
    reread: &Reread,
    reason: &str,
    until: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE order_sync.parcel_rereads
         SET attempts = attempts + 1, last_reason = $4, next_attempt_at = $5
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND channel_parcel_id = $3",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        reread.channel_parcel_id,
        reason,
        until,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes parcels from the queue that a list showed, read after they were queued; the others of that list were tried.
pub(crate) async fn satisfied_by(
    conn: &mut PgConnection,
    account: &Account,
    line_state: LineState,
    shown: &HashSet<String>,
    read_at: DateTime<Utc>,
) -> Result<(), Error> {
    let waiting = sqlx::query_scalar!(
        "SELECT channel_parcel_id
         FROM order_sync.parcel_rereads
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND line_state = $3
           AND requested_at <= $4",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        line_state.as_str(),
        read_at,
    )
    .fetch_all(&mut *conn)
    .await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let waiting = waiting.into_iter();
    let (shown, tried): (Vec<_>, Vec<_>) = waiting.partition(|parcel| shown.contains(parcel));
    sqlx::query!(
        "WITH shown AS (
             DELETE FROM order_sync.parcel_rereads
             WHERE merchant_id = $1
               AND channel_account_id = $2
               AND channel_parcel_id = ANY($3)
               AND requested_at <= $5
         )
         UPDATE order_sync.parcel_rereads
         SET list_tried = true
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND channel_parcel_id = ANY($4)
           AND requested_at <= $5",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        &shown,
        &tried,
        read_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}
