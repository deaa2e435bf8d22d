//! The evidence of coverage: closed windows as readings, late arrivals, cursors beside them.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use moa_id::{ChannelAccountId, MerchantId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::coverage::{Reading, Unread};

/// A stream of an account.
pub(crate) type StreamKey = (Uuid, String);

/// An account whose coverage is looked at.
#[derive(Debug, Clone)]
pub(crate) struct CoveredAccount {
    pub(crate) channel_account_id: Uuid,
    pub(crate) active: bool,
    pub(crate) overlap: TimeDelta,
    pub(crate) visibility_lag: TimeDelta,
}

/// What windows show of a stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evidence {
    pub(crate) readings: Vec<Reading>,
    /// Orders that showed late, in windows of the last day.
    pub(crate) late_arrivals: i64,
}

/// A past that is being collected.
#[derive(Debug, Clone)]
pub(crate) struct UnreadPast {
    /// Where collecting it began.
    pub(crate) began_from: DateTime<Utc>,
    pub(crate) left: Unread,
    /// All of it was read before.
    pub(crate) again: bool,
    /// Why its next part could not be read; empty while it moves on.
    pub(crate) reason: String,
}

/// Where a stream's collection stands.
#[derive(Debug, Clone)]
pub(crate) struct StreamCursor {
    pub(crate) last_success_at: Option<DateTime<Utc>>,
    pub(crate) last_failure_at: Option<DateTime<Utc>>,
    pub(crate) last_failure_reason: String,
    pub(crate) last_detail: String,
    pub(crate) consecutive_failures: i32,
    pub(crate) parked_rows: i64,
    pub(crate) swept_at: Option<DateTime<Utc>>,
    pub(crate) deep_swept_at: Option<DateTime<Utc>>,
    /// When the first window was closed.
    pub(crate) first_read_at: Option<DateTime<Utc>>,
    pub(crate) unread: Option<UnreadPast>,
}

impl StreamCursor {
    /// What was never read.
    pub(crate) fn never_read(&self) -> Option<Unread> {
        let past = self.unread.as_ref()?;
        (!past.again).then_some(past.left)
    }
}

/// Accounts of a merchant after `after`, by id.
pub(crate) async fn accounts(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    only: Option<ChannelAccountId>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<CoveredAccount>, Error> {
    let rows = sqlx::query!(
        "SELECT channel_account_id, active, overlap_seconds, visibility_lag_seconds
         FROM order_sync.channel_accounts
         WHERE merchant_id = $1
           AND ($2::uuid IS NULL OR channel_account_id = $2)
           AND ($3::uuid IS NULL OR channel_account_id > $3)
         ORDER BY channel_account_id
         LIMIT $4",
        merchant_id.as_uuid(),
        only.map(|id| id.as_uuid()),
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let accounts = rows.into_iter().map(|row| CoveredAccount {
        channel_account_id: row.channel_account_id,
        active: row.active,
        overlap: TimeDelta::seconds(row.overlap_seconds),
        visibility_lag: TimeDelta::seconds(row.visibility_lag_seconds),
    });
    Ok(accounts.collect())
}

/// The windows of these accounts that reach past `since`, as evidence per stream; late arrivals of windows opened after
/// `late_since`.
///
/// Windows that prove the same minutes come as two at most, so that polls of a second apart are not read one by one. The
/// times are cut to the minute in the direction that proves less, which changes nothing: whole minutes are proven.
pub(crate) async fn evidence(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    accounts: &[Uuid],
    since: DateTime<Utc>,
    late_since: DateTime<Utc>,
) -> Result<HashMap<StreamKey, Evidence>, Error> {
    let rows = sqlx::query!(
        r#"SELECT channel_account_id, stream,
                  date_bin('1 minute', from_at + interval '1 minute' - interval '1 microsecond', 'epoch') AS "from_at!",
                  date_bin('1 minute', to_at, 'epoch') AS "to_at!",
                  date_bin('1 minute', read_at, 'epoch') AS "read_at!",
                  least(count(*), 2) AS "times!",
                  coalesce(sum(late_count) FILTER (WHERE opened_at >= $4), 0) AS "late!"
           FROM order_sync.poll_windows
           WHERE merchant_id = $1
             AND channel_account_id = ANY($2)
             AND closed_at IS NOT NULL
             AND read_at IS NOT NULL
             AND opened_at >= $3
           GROUP BY 1, 2, 3, 4, 5"#,
        merchant_id.as_uuid(),
        accounts,
        since,
        late_since,
    )
    .fetch_all(conn)
    .await?;
    let mut all: HashMap<StreamKey, Evidence> = HashMap::new();
    for row in rows {
        let evidence = all.entry((row.channel_account_id, row.stream)).or_default();
        let reading = Reading {
            from: row.from_at,
            to: row.to_at,
            read_at: row.read_at,
        };
        evidence.readings.extend((0..row.times).map(|_| reading));
        evidence.late_arrivals += row.late;
    }
    Ok(all)
}

/// The cursors of these accounts, and the rows that could not be stored.
pub(crate) async fn cursors(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    accounts: &[Uuid],
) -> Result<HashMap<StreamKey, StreamCursor>, Error> {
    let rows = sqlx::query!(
        r#"SELECT c.channel_account_id, c.stream, c.last_success_at, c.last_failure_at,
                  c.last_failure_reason, c.last_detail, c.consecutive_failures, c.swept_at, c.deep_swept_at, c.first_read_at,
                  c.unread_began_at, c.unread_from_at, c.unread_to_at, c.unread_again, c.unread_reason,
                  (SELECT count(*)
                   FROM order_sync.parked_rows p
                   WHERE p.merchant_id = c.merchant_id
                     AND p.channel_account_id = c.channel_account_id
                     AND p.stream = c.stream
                     AND p.resolved_at IS NULL) AS "parked_rows!"
           FROM order_sync.cursors c
           WHERE c.merchant_id = $1
             AND c.channel_account_id = ANY($2)"#,
        merchant_id.as_uuid(),
        accounts,
    )
    .fetch_all(conn)
    .await?;
    let cursors = rows.into_iter().map(|row| {
        let left = row.unread_from_at.zip(row.unread_to_at);
        let unread = row.unread_began_at.zip(left);
        let unread = unread.map(|(began_from, (from, to))| UnreadPast {
            began_from,
            left: Unread { from, to },
            again: row.unread_again,
            reason: row.unread_reason,
        });
        let cursor = StreamCursor {
            last_success_at: row.last_success_at,
            last_failure_at: row.last_failure_at,
            last_failure_reason: row.last_failure_reason,
            last_detail: row.last_detail,
            consecutive_failures: row.consecutive_failures,
            parked_rows: row.parked_rows,
            swept_at: row.swept_at,
            deep_swept_at: row.deep_swept_at,
            first_read_at: row.first_read_at,
            unread,
        };
        ((row.channel_account_id, row.stream), cursor)
    });
    Ok(cursors.collect())
}
