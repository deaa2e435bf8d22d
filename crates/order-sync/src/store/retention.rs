//! How long contacts are kept, which are due for erasure, and the record of those that were erased.

use chrono::{DateTime, Utc};
use moa_id::{InquiryId, MerchantId, OperatorId, OrderId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::retention::{Cause, DEFAULT_DAYS, UNTOLD_DAYS};

/// A time that was set.
pub(crate) struct Period {
    /// Empty: of every channel that has none.
    pub(crate) channel: String,
    pub(crate) days: i32,
    pub(crate) updated_at: DateTime<Utc>,
}

/// The times that a merchant set, the general one first.
pub(crate) async fn periods(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
) -> Result<Vec<Period>, Error> {
    let periods = sqlx::query_as!(
        Period,
        "SELECT channel, days, updated_at
         FROM order_sync.retention_periods
         WHERE merchant_id = $1
         ORDER BY channel",
        merchant_id.as_uuid(),
    )
    .fetch_all(conn)
    .await?;
    Ok(periods)
}

/// Sets a time.
pub(crate) async fn set_period(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    period: &Period,
    operator_id: OperatorId,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO order_sync.retention_periods (merchant_id, channel, days, updated_by, updated_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT ON CONSTRAINT retention_periods_pkey DO UPDATE
         SET days = EXCLUDED.days, updated_by = EXCLUDED.updated_by, updated_at = EXCLUDED.updated_at",
        merchant_id.as_uuid(),
        period.channel,
        period.days,
        operator_id.as_uuid(),
        period.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a channel's own time back.
pub(crate) async fn drop_period(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    channel: &str,
) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM order_sync.retention_periods
         WHERE merchant_id = $1
           AND channel = $2",
        merchant_id.as_uuid(),
        channel,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// (erased since then, kept now).
pub(crate) async fn counts(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    since: DateTime<Utc>,
) -> Result<(i64, i64), Error> {
    let row = sqlx::query!(
        r#"SELECT (SELECT count(*)
                   FROM order_sync.contact_erasures
                   WHERE merchant_id = $1
                     AND erased_at >= $2) AS "erased!",
                  (SELECT count(*)
                   FROM order_sync.order_contacts
                   WHERE merchant_id = $1
                     AND erased_at IS NULL) AS "kept!""#,
        merchant_id.as_uuid(),
        since,
    )
    .fetch_one(conn)
    .await?;
    Ok((row.erased, row.kept))
}

/// Something whose time is over, and where the search for more goes on.
pub(crate) struct Due<Id> {
    pub(crate) merchant_id: MerchantId,
    pub(crate) id: Id,
    pub(crate) since: DateTime<Utc>,
}

/// Orders of any merchant that rest longer than their contact is kept and have no open claim, the longest first, after
/// this one.
pub(crate) async fn due_orders(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    after: Option<&Due<OrderId>>,
    limit: i64,
) -> Result<Vec<Due<OrderId>>, Error> {
    let rows = sqlx::query!(
        r#"SELECT o.merchant_id, o.order_id, o.rested_at AS "rested_at!"
           FROM order_sync.orders o
           LEFT JOIN order_sync.retention_periods c ON c.merchant_id = o.merchant_id AND c.channel = o.channel
           LEFT JOIN order_sync.retention_periods m ON m.merchant_id = o.merchant_id AND m.channel = ''
           WHERE o.rested_at IS NOT NULL
             AND o.rested_at < $1::timestamptz - make_interval(
                     days => coalesce(c.days, m.days, $2) + CASE o.state WHEN 'DISPATCHED' THEN $3 ELSE 0 END)
             AND ($4::timestamptz IS NULL OR (o.rested_at, o.order_id) > ($4, $5::uuid))
             AND NOT EXISTS (SELECT
                             FROM order_sync.claims k
                             WHERE k.merchant_id = o.merchant_id
                               AND k.order_id = o.order_id
                               AND k.state IN ('UNKNOWN', 'REQUESTED'))
           ORDER BY o.rested_at, o.order_id
           LIMIT $6"#,
        now,
        DEFAULT_DAYS,
        UNTOLD_DAYS,
        after.map(|due| due.since),
        after.map(|due| due.id.as_uuid()),
        limit,
    )
    .fetch_all(conn)
    .await?;
    let due = rows.into_iter().map(|row| Due {
        merchant_id: MerchantId::from_uuid(row.merchant_id),
        id: OrderId::from_uuid(row.order_id),
        since: row.rested_at,
    });
    Ok(due.collect())
}

/// Questions of any merchant that did not change for longer than words are kept, the longest first, after this one. One
/// that waits for the merchant is kept a while longer.
pub(crate) async fn due_inquiries(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    after: Option<&Due<InquiryId>>,
    limit: i64,
) -> Result<Vec<Due<InquiryId>>, Error> {
    let rows = sqlx::query!(
        "SELECT i.merchant_id, i.inquiry_id, i.updated_at
         FROM order_sync.inquiries i
         LEFT JOIN order_sync.retention_periods c ON c.merchant_id = i.merchant_id AND c.channel = i.channel
         LEFT JOIN order_sync.retention_periods m ON m.merchant_id = i.merchant_id AND m.channel = ''
         WHERE i.erased_at IS NULL
           AND i.updated_at < $1::timestamptz - make_interval(
                   days => coalesce(c.days, m.days, $2)
                           + CASE WHEN i.state IN ('ANSWERED', 'CLOSED') THEN 0 ELSE $3 END)
           AND ($4::timestamptz IS NULL OR (i.updated_at, i.inquiry_id) > ($4, $5::uuid))
         ORDER BY i.updated_at, i.inquiry_id
         LIMIT $6",
        now,
        DEFAULT_DAYS,
        UNTOLD_DAYS,
        after.map(|due| due.since),
        after.map(|due| due.id.as_uuid()),
        limit,
    )
    .fetch_all(conn)
    .await?;
    let due = rows.into_iter().map(|row| Due {
        merchant_id: MerchantId::from_uuid(row.merchant_id),
        id: InquiryId::from_uuid(row.inquiry_id),
        since: row.updated_at,
    });
    Ok(due.collect())
}

/// An erasure, as it is written down.
pub(crate) struct Erasure {
    pub(crate) cause: Cause,
    /// Absent when its time was over.
    pub(crate) operator_id: Option<OperatorId>,
    pub(crate) was_open: bool,
    pub(crate) at: DateTime<Utc>,
}

/// Writes down that contacts were erased: (row id, order).
pub(crate) async fn record(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    erasure: &Erasure,
    erased: &[(Uuid, OrderId)],
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO order_sync.contact_erasures
             (merchant_id, cause, operator_id, was_open, erased_at, contact_erasure_id, order_id)
         SELECT $1, $2, $3, $4, $5, u.*
         FROM unnest($6::uuid[], $7::uuid[]) AS u",
        merchant_id.as_uuid(),
        erasure.cause.as_str(),
        erasure.operator_id.map(|id| id.as_uuid()),
        erasure.was_open,
        erasure.at,
        &erased.iter().map(|row| row.0).collect::<Vec<_>>(),
        &erased.iter().map(|row| row.1.as_uuid()).collect::<Vec<_>>(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When an order's contact was erased; none when it is kept, or there is none.
pub(crate) async fn erased_at(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_id: OrderId,
) -> Result<Option<DateTime<Utc>>, Error> {
    let erased_at = sqlx::query_scalar!(
        "SELECT erased_at
         FROM order_sync.order_contacts
         WHERE merchant_id = $1
           AND order_id = $2",
        merchant_id.as_uuid(),
        order_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(erased_at.flatten())
}
