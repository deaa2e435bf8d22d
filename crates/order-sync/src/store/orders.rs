//! Orders: their own row, and the whole aggregate.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, MerchantId, OrderId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{claims, lines, parse_currency, times_from_json, times_to_json, undecodable};
use crate::Error;
use crate::domain::account::Account;
use crate::domain::order::{ContactMark, Order, OrderFacts, ReceiverMark};
use crate::domain::seen::Seen;

// Rows are looked up key by key (LATERAL … OFFSET 0): in a young database, which was not analysed yet, PostgreSQL would
// rather walk through all orders of the merchant.

/// The ids of those of these orders that are here.
pub(crate) async fn find(
    conn: &mut PgConnection,
    account: &Account,
    channel_order_ids: &[String],
) -> Result<Vec<OrderId>, Error> {
    let ids = sqlx::query_scalar!(
        "SELECT o.order_id
         FROM unnest($3::text[]) AS k (id)
         CROSS JOIN LATERAL (
             SELECT order_id
             FROM order_sync.orders
             WHERE merchant_id = $1
               AND channel_account_id = $2
               AND channel_order_id = k.id
             OFFSET 0) AS o",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        channel_order_ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(OrderId::from_uuid).collect())
}

/// The same, locked until the transaction ends. The ids are given in ascending order: all writers lock in it.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    account: &Account,
    channel_order_ids: &[String],
) -> Result<Vec<OrderId>, Error> {
    let ids = sqlx::query_scalar!(
        "SELECT o.order_id
         FROM unnest($3::text[]) AS k (id)
         CROSS JOIN LATERAL (
             SELECT order_id
             FROM order_sync.orders
             WHERE merchant_id = $1
               AND channel_account_id = $2
               AND channel_order_id = k.id
             OFFSET 0
             FOR UPDATE) AS o",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        channel_order_ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(OrderId::from_uuid).collect())
}

/// Locks orders by our ids, in the order in which all writers lock.
pub(crate) async fn lock_by_id(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    ids: &[OrderId],
) -> Result<(), Error> {
    let uuids: Vec<Uuid> = ids.iter().map(OrderId::as_uuid).collect();
    sqlx::query_scalar!(
        "SELECT order_id
         FROM order_sync.orders
         WHERE merchant_id = $1
           AND order_id = ANY($2)
         ORDER BY channel_account_id, channel_order_id
         FOR UPDATE",
        merchant_id.as_uuid(),
        &uuids,
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

/// Notes that nothing of these orders waits for its erasure any more, and saves the versions of those that changed.
pub(crate) async fn note_erased(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    ids: &[OrderId],
    changed: &[Order],
) -> Result<(), Error> {
    let uuids: Vec<Uuid> = ids.iter().map(OrderId::as_uuid).collect();
    sqlx::query!(
        "UPDATE order_sync.orders o
         SET rested_at = NULL,
             version = coalesce(u.version, o.version),
             updated_at = coalesce(u.updated_at, o.updated_at)
         FROM unnest($2::uuid[]) AS k (order_id)
         LEFT JOIN unnest($3::uuid[], $4::bigint[], $5::timestamptz[]) AS u (order_id, version, updated_at)
                ON u.order_id = k.order_id
         WHERE o.merchant_id = $1
           AND o.order_id = k.order_id",
        merchant_id.as_uuid(),
        &uuids,
        &changed
            .iter()
            .map(|o| o.order_id.as_uuid())
            .collect::<Vec<_>>(),
        &changed.iter().map(|o| o.version).collect::<Vec<_>>(),
        &changed.iter().map(|o| o.updated_at).collect::<Vec<_>>(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whole orders with lines, claims and contact marks, in the order of `ids`; unknown ids are left out.
pub(crate) async fn load(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    ids: &[OrderId],
) -> Result<Vec<Order>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let uuids: Vec<Uuid> = ids.iter().map(OrderId::as_uuid).collect();
    let rows = sqlx::query!(
        r#"SELECT o.order_id, o.version, o.channel, o.channel_account_id, o.channel_order_id,
                  o.ordered_at, o.paid_at, o.shipping_fee_minor, o.currency, o.read_at, o.fact_times,
                  o.created_at, o.updated_at,
                  c.contact_version AS "contact_version?", c.digest AS "digest?",
                  c.read_at AS "contact_read_at?", c.erased_at AS "erased_at?",
                  c.receiver_place AS "receiver_place?", c.receiver_name AS "receiver_name?"
           FROM unnest($2::uuid[]) AS k (order_id)
           CROSS JOIN LATERAL (
               SELECT *
               FROM order_sync.orders
               WHERE merchant_id = $1
                 AND order_id = k.order_id
               OFFSET 0) AS o
           LEFT JOIN LATERAL (
               SELECT *
               FROM order_sync.order_contacts
               WHERE merchant_id = $1
                 AND order_id = k.order_id
               OFFSET 0) AS c ON true"#,
        merchant_id.as_uuid(),
        &uuids,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut lines = lines::load(conn, merchant_id, &uuids).await?;
    let mut claims = claims::load(conn, merchant_id, &uuids).await?;

    let mut orders = HashMap::with_capacity(rows.len());
    for row in rows {
        let contact = match (row.contact_version, row.digest, row.contact_read_at) {
            (Some(version), Some(digest), Some(read_at)) => Some(ContactMark {
                version,
                digest: digest.try_into().map_err(|_| {
                    undecodable("order_contacts", &row.order_id, "digest is not 32 bytes")
                })?,
                receiver: ReceiverMark {
                    place: receiver_hash(&row.order_id, row.receiver_place)?,
                    name: receiver_hash(&row.order_id, row.receiver_name)?,
                },
                read_at,
                erased: row.erased_at.is_some(),
            }),
            _ => None,
        };
        let at = row.read_at;
        let currency = parse_currency("orders", &row.order_id, row.currency)?;
        let facts = OrderFacts {
            ordered_at: Seen::new(row.ordered_at, at),
            paid_at: Seen::new(row.paid_at, at),
            shipping_fee: Seen::new(row.shipping_fee_minor, at),
            currency: Seen::new(currency, at),
        };
        orders.insert(
            row.order_id,
            Order {
                order_id: OrderId::from_uuid(row.order_id),
                version: row.version,
                channel: row.channel,
                channel_account_id: ChannelAccountId::from_uuid(row.channel_account_id),
                channel_order_id: row.channel_order_id,
                facts: facts.with_older_times(&times_from_json(row.fact_times.as_ref())),
                lines: lines.remove(&row.order_id).unwrap_or_default(),
                claims: claims.remove(&row.order_id).unwrap_or_default(),
                contact,
                created_at: row.created_at,
                updated_at: row.updated_at,
            },
        );
    }
    Ok(uuids.iter().filter_map(|id| orders.remove(id)).collect())
}

fn receiver_hash(order_id: &Uuid, stored: Option<Vec<u8>>) -> Result<Option<[u8; 32]>, Error> {
    let hash = stored.map(|bytes| bytes.try_into()).transpose();
    hash.map_err(|_| undecodable("order_contacts", order_id, "receiver hash is not 32 bytes"))
}

/// Inserts orders that were not here. When another transaction was quicker with one of them, the database refuses, and
/// the caller's transaction is tried again (`Error::is_transient`): passing over rows (`ON CONFLICT`) costs half as much
/// again for each of them, and the race is rare.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    account: &Account,
    orders: &[&Order],
) -> Result<(), Error> {
    let columns = Columns::of(orders);
    sqlx::query!(
        "INSERT INTO order_sync.orders
             (merchant_id, channel, channel_account_id, order_id, channel_order_id, version, state, sorted_at,
              ordered_at, paid_at, shipping_fee_minor, currency, read_at, fact_times, created_at, updated_at, rested_at)
         SELECT $1, $2, $3, u.*,
                CASE WHEN u.state IN ('DISPATCHED', 'DELIVERED', 'CONFIRMED', 'CANCELLED', 'RETURNED')
                     THEN u.updated_at END
         FROM (SELECT unnest($4::uuid[]), unnest($5::text[]), unnest($6::bigint[]), unnest($7::text[]),
                      unnest($8::timestamptz[]), unnest($9::timestamptz[]), unnest($10::timestamptz[]),
                      unnest($11::bigint[]), unnest($12::text[]), unnest($13::timestamptz[]), unnest($14::jsonb[]),
                      unnest($15::timestamptz[]), unnest($16::timestamptz[]))
             AS u (order_id, channel_order_id, version, state, sorted_at, ordered_at, paid_at, shipping_fee_minor,
                   currency, read_at, fact_times, created_at, updated_at)",
        account.merchant_id.as_uuid(),
        account.channel,
        account.channel_account_id.as_uuid(),
        &columns.order_ids,
        &columns.channel_order_ids,
        &columns.versions,
        &columns.states as _,
        &columns.sorted_at,
        &columns.ordered_at as _,
        &columns.paid_at as _,
        &columns.shipping_fees as _,
        &columns.currencies as _,
        &columns.read_at,
        &columns.fact_times as _,
        &columns.created_at,
        &columns.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Saves the rows of orders that this transaction has locked.
pub(crate) async fn update(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    orders: &[&Order],
) -> Result<(), Error> {
    if orders.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(orders);
    sqlx::query!(
        "UPDATE order_sync.orders o
         SET version = u.version,
             state = u.state,
             sorted_at = u.sorted_at,
             ordered_at = u.ordered_at,
             paid_at = u.paid_at,
             shipping_fee_minor = u.shipping_fee_minor,
             currency = u.currency,
             read_at = u.read_at,
             fact_times = u.fact_times,
             updated_at = u.updated_at,
             rested_at = CASE
                 WHEN u.state NOT IN ('DISPATCHED', 'DELIVERED', 'CONFIRMED', 'CANCELLED', 'RETURNED') THEN NULL
                 WHEN o.state = u.state OR (o.state = 'DELIVERED' AND u.state = 'CONFIRMED') THEN o.rested_at
                 ELSE u.updated_at
             END
         FROM (SELECT unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::text[]), unnest($5::timestamptz[]),
                      unnest($6::timestamptz[]), unnest($7::timestamptz[]), unnest($8::bigint[]), unnest($9::text[]),
                      unnest($10::timestamptz[]), unnest($11::jsonb[]), unnest($12::timestamptz[]))
             AS u (order_id, version, state, sorted_at, ordered_at, paid_at, shipping_fee_minor, currency, read_at,
                   fact_times, updated_at)
         WHERE o.merchant_id = $1
           AND o.order_id = u.order_id",
        merchant_id.as_uuid(),
        &columns.order_ids,
        &columns.versions,
        &columns.states as _,
        &columns.sorted_at,
        &columns.ordered_at as _,
        &columns.paid_at as _,
        &columns.shipping_fees as _,
        &columns.currencies as _,
        &columns.read_at,
        &columns.fact_times as _,
        &columns.updated_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct Columns {
    order_ids: Vec<Uuid>,
    channel_order_ids: Vec<String>,
    versions: Vec<i64>,
    states: Vec<&'static str>,
    sorted_at: Vec<DateTime<Utc>>,
    ordered_at: Vec<Option<DateTime<Utc>>>,
    paid_at: Vec<Option<DateTime<Utc>>>,
    shipping_fees: Vec<Option<i64>>,
    currencies: Vec<Option<String>>,
    read_at: Vec<DateTime<Utc>>,
    fact_times: Vec<Option<serde_json::Value>>,
    created_at: Vec<DateTime<Utc>>,
    updated_at: Vec<DateTime<Utc>>,
}

impl Columns {
    fn of(orders: &[&Order]) -> Self {
        fn column<T>(orders: &[&Order], pick: impl Fn(&Order) -> T) -> Vec<T> {
            orders.iter().map(|order| pick(order)).collect()
        }
        Self {
            order_ids: column(orders, |o| o.order_id.as_uuid()),
            channel_order_ids: column(orders, |o| o.channel_order_id.clone()),
            versions: column(orders, |o| o.version),
            states: column(orders, |o| o.state().as_str()),
            sorted_at: column(orders, |o| o.facts.ordered_at.value.unwrap_or(o.created_at)),
            ordered_at: column(orders, |o| o.facts.ordered_at.value),
            paid_at: column(orders, |o| o.facts.paid_at.value),
            shipping_fees: column(orders, |o| o.facts.shipping_fee.value),
            currencies: column(orders, |o| {
                o.facts.currency.value.map(|c| c.code().to_owned())
            }),
            read_at: column(orders, |o| o.facts.read_at()),
            fact_times: column(orders, |o| times_to_json(&o.facts.older_times())),
            created_at: column(orders, |o| o.created_at),
            updated_at: column(orders, |o| o.updated_at),
        }
    }
}

/// Creation time of the account's oldest order that may still change.
pub(crate) async fn oldest_open(
    conn: &mut PgConnection,
    account: &Account,
) -> Result<Option<DateTime<Utc>>, Error> {
    let oldest = sqlx::query_scalar!(
        "SELECT min(sorted_at)
         FROM order_sync.orders
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND state IN ('UNKNOWN', 'PLACED', 'ACKNOWLEDGED', 'PARTIALLY_DISPATCHED')",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(oldest)
}

/// When the oldest order was placed that left and has not arrived yet, as far as was seen.
pub(crate) async fn oldest_under_way(
    conn: &mut PgConnection,
    account: &Account,
) -> Result<Option<DateTime<Utc>>, Error> {
    let oldest = sqlx::query_scalar!(
        "SELECT min(sorted_at)
         FROM order_sync.orders
         WHERE merchant_id = $1
           AND channel_account_id = $2
           AND state IN ('PARTIALLY_DISPATCHED', 'DISPATCHED')",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(oldest)
}
