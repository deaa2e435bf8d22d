//! `fulfillment.orders` and `fulfillment.order_lines`: the mirror of order-sync, without personal data.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, LineId, MerchantId, OrderId};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::StoreError;
use super::components::{self, ComponentRow};
use crate::domain::order::{
    LineSnapshot, LineState, Mapping, OpenClaim, Order, OrderLine, OrderSnapshot,
};
use crate::domain::receiver::{Receiver, ReceiverMark};

/// Takes over the snapshots that are newer than what we hold, and answers their orders. Rows are locked in the order
/// of their ids. An order must not stand twice in one call.
pub async fn mirror(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    snapshots: &[OrderSnapshot],
    now: DateTime<Utc>,
) -> Result<Vec<OrderId>, StoreError> {
    let order_ids: Vec<Uuid> = snapshots.iter().map(|o| o.order_id.as_uuid()).collect();
    let versions: Vec<i64> = snapshots.iter().map(|o| o.version).collect();
    let channels: Vec<String> = snapshots.iter().map(|o| o.channel.clone()).collect();
    let accounts: Vec<Uuid> = snapshots.iter().map(|o| o.account_id.as_uuid()).collect();
    let channel_ids: Vec<String> = snapshots
        .iter()
        .map(|o| o.channel_order_id.clone())
        .collect();
    let ordered: Vec<DateTime<Utc>> = snapshots.iter().map(|o| o.ordered_at).collect();
    let contacts: Vec<i64> = snapshots
        .iter()
        .map(|o| o.receiver.contact_version)
        .collect();
    let (places, names): (Vec<Vec<u8>>, Vec<Vec<u8>>) = snapshots
        .iter()
        .map(|o| (o.receiver.mark.place.clone(), o.receiver.mark.name.clone()))
        .unzip();
    let applied = sqlx::query_scalar!(
        "INSERT INTO fulfillment.orders AS held (
             merchant_id, order_id, version, channel, channel_account_id, channel_order_id, ordered_at,
             first_seen_at, updated_at, contact_version, receiver_place, receiver_name
         )
         SELECT $1, new.order_id, new.version, new.channel, new.account_id, new.channel_order_id, new.ordered_at, $8, $8,
                new.contact_version, new.place, new.name
         FROM (SELECT unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::text[]), unnest($5::uuid[]),
                      unnest($6::text[]), unnest($7::timestamptz[]), unnest($9::bigint[]), unnest($10::bytea[]),
                      unnest($11::bytea[]))
             AS new (order_id, version, channel, account_id, channel_order_id, ordered_at, contact_version, place, name)
         ORDER BY new.order_id
         ON CONFLICT ON CONSTRAINT orders_pkey DO UPDATE
         SET version = excluded.version,
             channel_order_id = excluded.channel_order_id,
             ordered_at = excluded.ordered_at,
             updated_at = excluded.updated_at,
             contact_version = excluded.contact_version,
             receiver_place = excluded.receiver_place,
             receiver_name = excluded.receiver_name
         WHERE held.version < excluded.version
         RETURNING held.order_id",
        merchant_id.as_uuid(),
        &order_ids,
        &versions,
        &channels,
        &accounts,
        &channel_ids,
        &ordered,
        now,
        &contacts,
        &places,
        &names,
    )
    .fetch_all(&mut *conn)
    .await?;
    let applied: Vec<OrderId> = applied.into_iter().map(OrderId::from_uuid).collect();
    let newer: Vec<&OrderSnapshot> = snapshots
        .iter()
        .filter(|o| applied.contains(&o.order_id))
        .collect();
    mirror_lines(conn, merchant_id, &newer, now).await?;
    Ok(applied)
}

async fn mirror_lines(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    orders: &[&OrderSnapshot],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let lines: Vec<(&OrderSnapshot, &LineSnapshot)> = orders
        .iter()
        .flat_map(|order| order.lines.iter().map(move |line| (*order, line)))
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    fn texts(
        lines: &[(&OrderSnapshot, &LineSnapshot)],
        pick: fn(&LineSnapshot) -> &str,
    ) -> Vec<String> {
        lines
            .iter()
            .map(|(_, line)| pick(line).to_owned())
            .collect()
    }
    let line_ids: Vec<Uuid> = lines.iter().map(|(_, l)| l.line_id.as_uuid()).collect();
    let order_ids: Vec<Uuid> = lines.iter().map(|(o, _)| o.order_id.as_uuid()).collect();
    let accounts: Vec<Uuid> = lines.iter().map(|(o, _)| o.account_id.as_uuid()).collect();
    let quantities: Vec<i32> = lines.iter().map(|(_, l)| l.quantity).collect();
    let cancelled: Vec<i32> = lines.iter().map(|(_, l)| l.cancelled_quantity).collect();
    let held: Vec<i32> = lines.iter().map(|(_, l)| l.held_quantity).collect();
    let claims: Vec<Option<String>> = lines
        .iter()
        .map(|(_, l)| l.open_claim.map(|claim| claim_text(claim).to_owned()))
        .collect();
    let objected: Vec<bool> = lines
        .iter()
        .map(|(_, l)| l.objection(0).is_some())
        .collect();
    sqlx::query!(
        "INSERT INTO fulfillment.order_lines AS held (
             merchant_id, line_id, order_id, channel_account_id, channel_line_id, channel_parcel_id, channel_listing_id,
             product_name, option_name, quantity, cancelled_quantity, held_quantity, open_claim, state,
             channel_tracking_number, first_seen_at, state_since, objection_since
         )
         SELECT $1, new.line_id, new.order_id, new.account_id, new.channel_line_id, new.channel_parcel_id,
                new.channel_listing_id, new.product_name, new.option_name, new.quantity, new.cancelled_quantity,
                new.held_quantity, new.open_claim, new.state, new.tracking_number, $17, $17,
                CASE WHEN new.objected THEN $17::timestamptz END
         FROM (SELECT unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::uuid[]), unnest($5::text[]),
                      unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]),
                      unnest($10::integer[]), unnest($11::integer[]), unnest($12::integer[]), unnest($13::text[]),
                      unnest($14::text[]), unnest($15::text[]), unnest($16::boolean[]))
             AS new (line_id, order_id, account_id, channel_line_id, channel_parcel_id, channel_listing_id, product_name,
                     option_name, quantity, cancelled_quantity, held_quantity, open_claim, state, tracking_number,
                     objected)
         ON CONFLICT ON CONSTRAINT order_lines_pkey DO UPDATE
         SET channel_parcel_id = excluded.channel_parcel_id,
             channel_listing_id = excluded.channel_listing_id,
             product_name = excluded.product_name,
             option_name = excluded.option_name,
             quantity = excluded.quantity,
             cancelled_quantity = excluded.cancelled_quantity,
             held_quantity = excluded.held_quantity,
             open_claim = excluded.open_claim,
             state = excluded.state,
             channel_tracking_number = excluded.channel_tracking_number,
             state_since = CASE WHEN held.state = excluded.state THEN held.state_since ELSE excluded.state_since END,
             objection_since = CASE
                 WHEN excluded.objection_since IS NOT NULL THEN coalesce(held.objection_since, excluded.objection_since)
             END",
        merchant_id.as_uuid(),
        &line_ids,
        &order_ids,
        &accounts,
        &texts(&lines, |l| &l.channel_line_id),
        &texts(&lines, |l| &l.channel_parcel_id),
        &texts(&lines, |l| &l.channel_listing_id),
        &texts(&lines, |l| &l.product_name),
        &texts(&lines, |l| &l.option_name),
        &quantities,
        &cancelled,
        &held,
        &claims as &[Option<String>],
        &texts(&lines, |l| state_text(l.state)),
        &texts(&lines, |l| &l.channel_tracking_number),
        &objected,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks orders in the order of their ids: nobody learns anything about them until the transaction ends. Unknown ones
/// are absent from the answer.
pub async fn lock(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
) -> Result<Vec<OrderId>, StoreError> {
    let ids = sqlx::query_scalar!(
        "SELECT order_id
         FROM fulfillment.orders
         WHERE merchant_id = $1 AND order_id = ANY ($2)
         ORDER BY order_id
         FOR UPDATE",
        merchant_id.as_uuid(),
        &uuids(order_ids),
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(OrderId::from_uuid).collect())
}

/// Locks those orders that nobody else holds.
pub async fn lock_free(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
) -> Result<Vec<OrderId>, StoreError> {
    let ids = sqlx::query_scalar!(
        "SELECT order_id
         FROM fulfillment.orders
         WHERE merchant_id = $1 AND order_id = ANY ($2)
         ORDER BY order_id
         FOR UPDATE SKIP LOCKED",
        merchant_id.as_uuid(),
        &uuids(order_ids),
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(OrderId::from_uuid).collect())
}

/// Orders with their lines and what these stand for. Unknown ones are absent.
pub async fn load(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
) -> Result<BTreeMap<OrderId, Order>, StoreError> {
    let rows = sqlx::query!(
        "SELECT order_id, channel_account_id, channel_order_id, contact_version, receiver_place, receiver_name
         FROM fulfillment.orders
         WHERE merchant_id = $1 AND order_id = ANY ($2)",
        merchant_id.as_uuid(),
        &uuids(order_ids),
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut orders = BTreeMap::new();
    for row in rows {
        let order = Order {
            merchant_id,
            order_id: OrderId::from_uuid(row.order_id),
            account_id: ChannelAccountId::from_uuid(row.channel_account_id),
            channel_order_id: row.channel_order_id,
            receiver: Receiver {
                contact_version: row.contact_version,
                mark: ReceiverMark {
                    place: row.receiver_place,
                    name: row.receiver_name,
                },
            },
            lines: Vec::new(),
        };
        orders.insert(order.order_id, order);
    }
    load_lines(conn, merchant_id, &mut orders).await?;
    Ok(orders)
}

async fn load_lines(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    orders: &mut BTreeMap<OrderId, Order>,
) -> Result<(), StoreError> {
    let order_ids: Vec<Uuid> = orders.keys().map(|id| id.as_uuid()).collect();
    let rows = sqlx::query!(
        r#"SELECT l.line_id, l.order_id, l.channel_line_id, l.channel_parcel_id, l.channel_listing_id, l.product_name,
                  l.option_name, l.quantity, l.cancelled_quantity, l.held_quantity, l.open_claim, l.state,
                  l.channel_tracking_number, l.first_seen_at, l.state_since, l.objection_since,
                  g.version AS "listing_version?", g.components AS "components?: Json<Vec<ComponentRow>>"
           FROM fulfillment.order_lines l
           LEFT JOIN fulfillment.listings g
               ON g.merchant_id = l.merchant_id
               AND g.channel_account_id = l.channel_account_id
               AND g.channel_listing_id = l.channel_listing_id
           WHERE l.merchant_id = $1 AND l.order_id = ANY ($2)
           ORDER BY l.line_id"#,
        merchant_id.as_uuid(),
        &order_ids,
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        let corrupt = |reason: &str| StoreError::corrupt("order line", row.line_id, reason);
        let mapping = match (row.listing_version, row.components) {
            (None, _) => Mapping::Unresolved,
            (Some(_), None) => Mapping::Unmapped,
            (Some(_), Some(Json(components))) => Mapping::Mapped(
                components::read(components)
                    .ok_or_else(|| corrupt("its listing has an unknown kind"))?,
            ),
        };
        let line = OrderLine {
            snapshot: LineSnapshot {
                line_id: LineId::from_uuid(row.line_id),
                state: parse_state(&row.state).ok_or_else(|| corrupt("unknown state"))?,
                open_claim: row
                    .open_claim
                    .as_deref()
                    .map(|text| parse_claim(text).ok_or_else(|| corrupt("unknown claim")))
                    .transpose()?,
                channel_line_id: row.channel_line_id,
                channel_parcel_id: row.channel_parcel_id,
                channel_listing_id: row.channel_listing_id,
                product_name: row.product_name,
                option_name: row.option_name,
                quantity: row.quantity,
                cancelled_quantity: row.cancelled_quantity,
                held_quantity: row.held_quantity,
                channel_tracking_number: row.channel_tracking_number,
            },
            mapping,
            first_seen_at: row.first_seen_at,
            state_since: row.state_since,
            objection_since: row.objection_since,
        };
        if let Some(order) = orders.get_mut(&OrderId::from_uuid(row.order_id)) {
            order.lines.push(line);
        }
    }
    Ok(())
}

pub(super) fn uuids(order_ids: &[OrderId]) -> Vec<Uuid> {
    order_ids.iter().map(OrderId::as_uuid).collect()
}

fn state_text(state: LineState) -> &'static str {
    match state {
        LineState::Placed => "PLACED",
        LineState::Acknowledged => "ACKNOWLEDGED",
        LineState::Dispatched => "DISPATCHED",
        LineState::Delivered => "DELIVERED",
        LineState::Confirmed => "CONFIRMED",
        LineState::Cancelled => "CANCELLED",
        LineState::Returned => "RETURNED",
        LineState::Unknown => "UNKNOWN",
    }
}

fn parse_state(text: &str) -> Option<LineState> {
    Some(match text {
        "PLACED" => LineState::Placed,
        "ACKNOWLEDGED" => LineState::Acknowledged,
        "DISPATCHED" => LineState::Dispatched,
        "DELIVERED" => LineState::Delivered,
        "CONFIRMED" => LineState::Confirmed,
        "CANCELLED" => LineState::Cancelled,
        "RETURNED" => LineState::Returned,
        "UNKNOWN" => LineState::Unknown,
        _ => return None,
    })
}

fn claim_text(claim: OpenClaim) -> &'static str {
    match claim {
        OpenClaim::Cancel => "CANCEL",
        OpenClaim::AfterSale => "AFTER_SALE",
    }
}

fn parse_claim(text: &str) -> Option<OpenClaim> {
    match text {
        "CANCEL" => Some(OpenClaim::Cancel),
        "AFTER_SALE" => Some(OpenClaim::AfterSale),
        _ => None,
    }
}
