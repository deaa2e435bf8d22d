//! Orders for people to see, newest first.

use chrono::{DateTime, Utc};
use moa_id::{MerchantId, OrderId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::state::OrderState;

/// What a list shows, and from where.
pub(crate) struct OrderPage<'a> {
    /// Empty: every channel.
    pub(crate) channel: &'a str,
    pub(crate) state: Option<OrderState>,
    /// The last order of the page before.
    pub(crate) after: Option<(DateTime<Utc>, Uuid)>,
    pub(crate) limit: i64,
}

/// The ids of a page of orders, newest first, with what the next page goes on from.
pub(crate) async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    page: OrderPage<'_>,
) -> Result<Vec<(DateTime<Utc>, OrderId)>, Error> {
    let (after_at, after_id) = page.after.unzip();
    let rows = sqlx::query!(
        "SELECT sorted_at, order_id
         FROM order_sync.orders
         WHERE merchant_id = $1
           AND ($2 = '' OR channel = $2)
           AND ($3::text IS NULL OR state = $3)
           AND ($4::timestamptz IS NULL OR (sorted_at, order_id) < ($4, $5::uuid))
         ORDER BY sorted_at DESC, order_id DESC
         LIMIT $6",
        merchant_id.as_uuid(),
        page.channel,
        page.state.map(OrderState::as_str),
        after_at,
        after_id,
        page.limit,
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| (row.sorted_at, OrderId::from_uuid(row.order_id)))
        .collect())
}
