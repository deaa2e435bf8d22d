//! `fulfillment.planning_queue`: orders to look at.
//!
//! Whoever writes other tables too writes this one last: the planner holds its row only at the very end.

use chrono::{DateTime, Utc};
use moa_id::{MerchantId, OrderId};
use sqlx::PgConnection;

use super::StoreError;
use super::orders::uuids;

/// An order to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queued {
    /// Whose order it is.
    pub merchant_id: MerchantId,
    /// The order.
    pub order_id: OrderId,
    /// What had been learnt when it was read.
    pub generation: i64,
    /// How often planning failed since.
    pub failures: i32,
}

/// Something was learnt about these orders: they are looked at at `due_at`, or before it if that was said already.
pub async fn push(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
    due_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO fulfillment.planning_queue AS held (merchant_id, order_id, generation, due_at, failures)
         SELECT $1, new.order_id, 1, $3, 0
         FROM unnest($2::uuid[]) AS new (order_id)
         ORDER BY new.order_id
         ON CONFLICT ON CONSTRAINT planning_queue_pkey DO UPDATE
         SET generation = held.generation + 1, due_at = least(held.due_at, excluded.due_at), failures = 0",
        merchant_id.as_uuid(),
        &uuids(order_ids),
        due_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The orders whose turn it is, the longest waiting first.
pub async fn due(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Queued>, StoreError> {
    let rows = sqlx::query!(
        "SELECT merchant_id, order_id, generation, failures
         FROM fulfillment.planning_queue
         WHERE due_at <= $1
         ORDER BY due_at
         LIMIT $2",
        now,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let mut queued = Vec::with_capacity(rows.len());
    for row in rows {
        queued.push(Queued {
            merchant_id: MerchantId::from_uuid(row.merchant_id),
            order_id: OrderId::from_uuid(row.order_id),
            generation: row.generation,
            failures: row.failures,
        });
    }
    Ok(queued)
}

/// Removes what was planned, unless something new was learnt meanwhile.
pub async fn remove(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    planned: &[Queued],
) -> Result<(), StoreError> {
    let order_ids: Vec<OrderId> = planned.iter().map(|queued| queued.order_id).collect();
    let generations: Vec<i64> = planned.iter().map(|queued| queued.generation).collect();
    // As `push` locks: by order. A join deletes in whatever order it finds.
    sqlx::query!(
        "SELECT order_id
         FROM fulfillment.planning_queue
         WHERE merchant_id = $1 AND order_id = ANY($2)
         ORDER BY order_id
         FOR UPDATE",
        merchant_id.as_uuid(),
        &uuids(&order_ids),
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query!(
        "DELETE FROM fulfillment.planning_queue q
         USING unnest($2::uuid[], $3::bigint[]) AS seen (order_id, generation)
         WHERE q.merchant_id = $1 AND q.order_id = seen.order_id AND q.generation = seen.generation",
        merchant_id.as_uuid(),
        &uuids(&order_ids),
        &generations,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts off what could not be planned, unless something new was learnt meanwhile.
pub async fn put_off(
    conn: &mut PgConnection,
    queued: &Queued,
    until: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE fulfillment.planning_queue
         SET due_at = $4, failures = failures + 1
         WHERE merchant_id = $1 AND order_id = $2 AND generation = $3",
        queued.merchant_id.as_uuid(),
        queued.order_id.as_uuid(),
        queued.generation,
        until,
    )
    .execute(conn)
    .await?;
    Ok(())
}
