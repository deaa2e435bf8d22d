//! Traces of one order: the order itself, pages that name it, windows that hold its minute.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use moa_id::OrderId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::account::Account;
use crate::domain::state::OrderState;
use crate::store::undecodable;

/// An order that is here.
#[derive(Debug, Clone)]
pub(crate) struct StoredOrder {
    pub(crate) order_id: OrderId,
    pub(crate) state: OrderState,
    pub(crate) ordered_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
}

/// The order of this id.
pub(crate) async fn order(
    conn: &mut PgConnection,
    account: &Account,
    channel_order_id: &str,
) -> Result<Option<StoredOrder>, Error> {
    let row = sqlx::query!(
        "SELECT order_id, state, ordered_at, created_at
         FROM order_sync.orders
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND channel_order_id = $3",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        channel_order_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let mut all = OrderState::ALL.into_iter();
        let state = all.find(|state| state.as_str() == row.state);
        Ok(StoredOrder {
            state: state.ok_or_else(|| undecodable("orders", &row.order_id, "unknown state"))?,
            order_id: OrderId::from_uuid(row.order_id),
            ordered_at: row.ordered_at,
            created_at: row.created_at,
        })
    })
    .transpose()
}

/// A page that names an order.
#[derive(Debug, Clone)]
pub(crate) struct NamingPage {
    pub(crate) raw_page_id: Uuid,
    pub(crate) stream: String,
    pub(crate) read_at: DateTime<Utc>,
    pub(crate) parsed_at: Option<DateTime<Utc>>,
}

/// Pages that name an order, the newest first.
pub(crate) async fn pages(
    conn: &mut PgConnection,
    account: &Account,
    channel_order_id: &str,
    limit: i64,
) -> Result<Vec<NamingPage>, Error> {
    let pages = sqlx::query_as!(
        NamingPage,
        "SELECT raw_page_id, stream, read_at, parsed_at
         FROM order_sync.raw_pages
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND channel_order_ids @> ARRAY[$3]
         ORDER BY read_at DESC, raw_page_id
         LIMIT $4",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        channel_order_id,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(pages)
}

/// How a minute was read in a stream.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MinuteReadings {
    /// Windows that prove it.
    pub(crate) counted: i64,
    /// Windows that held it and were read too soon.
    pub(crate) early: i64,
    pub(crate) last_read_at: Option<DateTime<Utc>>,
    pub(crate) last_closed_at: Option<DateTime<Utc>>,
}

/// How the minute that begins at `minute` was read, per stream. A read counts from `counts_from` on.
pub(crate) async fn minute(
    conn: &mut PgConnection,
    account: &Account,
    minute: DateTime<Utc>,
    counts_from: DateTime<Utc>,
) -> Result<HashMap<String, MinuteReadings>, Error> {
    let rows = sqlx::query!(
        r#"SELECT stream,
                  count(*) FILTER (WHERE read_at >= $5) AS "counted!",
                  count(*) FILTER (WHERE read_at < $5) AS "early!",
                  max(read_at) FILTER (WHERE read_at >= $5) AS last_read_at,
                  max(closed_at) FILTER (WHERE read_at >= $5) AS last_closed_at
           FROM order_sync.poll_windows
           WHERE merchant_id = $1
             AND channel_account_id = $2
             AND closed_at IS NOT NULL
             AND read_at IS NOT NULL
             AND opened_at >= $3
             AND from_at <= $3
             AND to_at >= $4
           GROUP BY stream"#,
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        minute,
        minute + TimeDelta::minutes(1),
        counts_from,
    )
    .fetch_all(conn)
    .await?;
    let streams = rows.into_iter().map(|row| {
        let readings = MinuteReadings {
            counted: row.counted,
            early: row.early,
            last_read_at: row.last_read_at,
            last_closed_at: row.last_closed_at,
        };
        (row.stream, readings)
    });
    Ok(streams.collect())
}
