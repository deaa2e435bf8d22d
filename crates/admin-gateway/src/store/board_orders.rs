//! Writing orders to the board: hundreds in a few statements.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// An order as its event shows it.
#[derive(Debug, Clone)]
pub struct OrderRow {
    /// Whose.
    pub merchant_id: Uuid,
    /// Which.
    pub order_id: Uuid,
    /// The event's.
    pub version: i64,
    /// Channel code.
    pub channel: String,
    /// Where it came from.
    pub channel_account_id: Uuid,
    /// The channel's number.
    pub channel_order_id: String,
    /// Our word.
    pub state: String,
    /// When the customer ordered.
    pub ordered_at: DateTime<Utc>,
    /// When it was paid.
    pub paid_at: Option<DateTime<Utc>>,
    /// When Moa first had it.
    pub received_at: DateTime<Utc>,
    /// ISO 4217.
    pub currency: String,
    /// Lines and shipping.
    pub total_minor: i64,
    /// Why it must not go out.
    pub hold_reason: Option<String>,
    /// Lower case.
    pub search_text: String,
    /// Its lines, in order.
    pub lines: Vec<LineRow>,
}

/// A line as its event shows it.
#[derive(Debug, Clone)]
pub struct LineRow {
    /// Which.
    pub line_id: Uuid,
    /// The channel's.
    pub channel_line_id: String,
    /// The channel's; it may change.
    pub channel_parcel_id: String,
    /// The channel's.
    pub channel_listing_id: String,
    /// As sold.
    pub product_name: String,
    /// As sold.
    pub option_name: String,
    /// The merchant's own code.
    pub sku_code: String,
    /// Ordered.
    pub quantity: i32,
    /// Of these.
    pub cancelled_quantity: i32,
    /// Of these.
    pub held_quantity: i32,
    /// In minor units.
    pub unit_price_minor: i64,
    /// In minor units; none where the channel does not say.
    pub line_total_minor: Option<i64>,
    /// In minor units; none where the channel does not say.
    pub discount_minor: Option<i64>,
    /// What of it the merchant bears.
    pub merchant_discount_minor: Option<i64>,
    /// In minor units; none where the channel does not say.
    pub expected_settlement_minor: Option<i64>,
    /// What travels with this line for one fee.
    pub shipping_group: Option<String>,
    /// For the whole group's way, in minor units.
    pub shipping_fee_minor: Option<i64>,
    /// Our word.
    pub state: String,
    /// As the channel shows it.
    pub tracking_number: Option<String>,
}

/// Stores what is newer than the board; each order at most once in `orders`. Gives the orders that changed.
pub async fn upsert(conn: &mut PgConnection, orders: &[OrderRow]) -> Result<Vec<Uuid>, Error> {
    let written = upsert_orders(conn, orders).await?;
    let changed: HashSet<(Uuid, Uuid)> = written
        .iter()
        .map(|w| (w.merchant_id, w.order_id))
        .collect();
    let orders: Vec<&OrderRow> = orders
        .iter()
        .filter(|order| changed.contains(&(order.merchant_id, order.order_id)))
        .collect();
    let known: HashSet<Uuid> = written
        .iter()
        .filter(|w| w.known)
        .map(|w| w.order_id)
        .collect();
    delete_gone_lines(conn, &orders, &known).await?;
    upsert_lines(conn, &orders).await?;
    Ok(written.iter().map(|w| w.order_id).collect())
}

struct Written {
    merchant_id: Uuid,
    order_id: Uuid,
    /// It was on the board before.
    known: bool,
}

async fn upsert_orders(
    conn: &mut PgConnection,
    orders: &[OrderRow],
) -> Result<Vec<Written>, Error> {
    let column = |value: fn(&OrderRow) -> String| orders.iter().map(value).collect::<Vec<_>>();
    let merchant_ids: Vec<Uuid> = orders.iter().map(|o| o.merchant_id).collect();
    let order_ids: Vec<Uuid> = orders.iter().map(|o| o.order_id).collect();
    let versions: Vec<i64> = orders.iter().map(|o| o.version).collect();
    let account_ids: Vec<Uuid> = orders.iter().map(|o| o.channel_account_id).collect();
    let ordered: Vec<DateTime<Utc>> = orders.iter().map(|o| o.ordered_at).collect();
    let paid: Vec<Option<DateTime<Utc>>> = orders.iter().map(|o| o.paid_at).collect();
    let received: Vec<DateTime<Utc>> = orders.iter().map(|o| o.received_at).collect();
    let totals: Vec<i64> = orders.iter().map(|o| o.total_minor).collect();
    let holds: Vec<Option<String>> = orders.iter().map(|o| o.hold_reason.clone()).collect();
    let written = sqlx::query_as!(
        Written,
        r#"INSERT INTO admin_gateway.board_orders AS b
             (merchant_id, order_id, version, channel, channel_account_id, channel_order_id, state, ordered_at,
              paid_at, received_at, currency, total_minor, hold_reason, search_text)
         SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::text[]), unnest($5::uuid[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::timestamptz[]), unnest($9::timestamptz[]),
                unnest($10::timestamptz[]), unnest($11::text[]), unnest($12::bigint[]), unnest($13::text[]),
                unnest($14::text[])
         ON CONFLICT (merchant_id, order_id) DO UPDATE SET
             version = EXCLUDED.version, state = EXCLUDED.state, ordered_at = EXCLUDED.ordered_at,
             paid_at = EXCLUDED.paid_at, currency = EXCLUDED.currency, total_minor = EXCLUDED.total_minor,
             hold_reason = EXCLUDED.hold_reason, search_text = EXCLUDED.search_text
         WHERE b.version < EXCLUDED.version
         RETURNING merchant_id, order_id, (xmax <> 0) AS "known!""#,
        &merchant_ids,
        &order_ids,
        &versions,
        &column(|o| o.channel.clone()),
        &account_ids,
        &column(|o| o.channel_order_id.clone()),
        &column(|o| o.state.clone()),
        &ordered,
        &paid as &[Option<DateTime<Utc>>],
        &received,
        &column(|o| o.currency.clone()),
        &totals,
        &holds as &[Option<String>],
        &column(|o| o.search_text.clone()),
    )
    .fetch_all(conn)
    .await?;
    Ok(written)
}

/// A line may leave its order: the channel shows another one in its place.
async fn delete_gone_lines(
    conn: &mut PgConnection,
    orders: &[&OrderRow],
    known: &HashSet<Uuid>,
) -> Result<(), Error> {
    let known = orders.iter().filter(|o| known.contains(&o.order_id));
    let (mut merchant_ids, mut order_ids) = (Vec::new(), Vec::new());
    let (mut order_of_line, mut line_ids) = (Vec::new(), Vec::new());
    for order in known {
        merchant_ids.push(order.merchant_id);
        order_ids.push(order.order_id);
        for line in &order.lines {
            order_of_line.push(order.order_id);
            line_ids.push(line.line_id);
        }
    }
    if order_ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "DELETE FROM admin_gateway.board_lines l
         USING unnest($1::uuid[], $2::uuid[]) AS o (merchant_id, order_id)
         WHERE l.merchant_id = o.merchant_id AND l.order_id = o.order_id
             AND (l.order_id, l.line_id) NOT IN (SELECT * FROM unnest($3::uuid[], $4::uuid[]))",
        &merchant_ids,
        &order_ids,
        &order_of_line,
        &line_ids
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn upsert_lines(conn: &mut PgConnection, orders: &[&OrderRow]) -> Result<(), Error> {
    let rows: Vec<(&OrderRow, i32, &LineRow)> = orders
        .iter()
        .flat_map(|order| {
            (0..)
                .zip(&order.lines)
                .map(|(position, line)| (*order, position, line))
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let column =
        |value: fn(&LineRow) -> String| rows.iter().map(|(_, _, l)| value(l)).collect::<Vec<_>>();
    let counts =
        |value: fn(&LineRow) -> i32| rows.iter().map(|(_, _, l)| value(l)).collect::<Vec<_>>();
    let amounts =
        |value: fn(&LineRow) -> i64| rows.iter().map(|(_, _, l)| value(l)).collect::<Vec<_>>();
    let told = |value: fn(&LineRow) -> Option<i64>| {
        rows.iter().map(|(_, _, l)| value(l)).collect::<Vec<_>>()
    };
    let groups: Vec<Option<String>> = rows
        .iter()
        .map(|(_, _, l)| l.shipping_group.clone())
        .collect();
    let merchant_ids: Vec<Uuid> = rows.iter().map(|(o, _, _)| o.merchant_id).collect();
    let order_ids: Vec<Uuid> = rows.iter().map(|(o, _, _)| o.order_id).collect();
    let line_ids: Vec<Uuid> = rows.iter().map(|(_, _, l)| l.line_id).collect();
    let positions: Vec<i32> = rows.iter().map(|(_, position, _)| *position).collect();
    let tracking: Vec<Option<String>> = rows
        .iter()
        .map(|(_, _, l)| l.tracking_number.clone())
        .collect();
    sqlx::query!(
        "INSERT INTO admin_gateway.board_lines
             (merchant_id, order_id, line_id, position, channel_line_id, channel_parcel_id, channel_listing_id,
              product_name, option_name, sku_code, quantity, cancelled_quantity, held_quantity, unit_price_minor,
              line_total_minor, state, tracking_number, discount_minor, merchant_discount_minor,
              expected_settlement_minor, shipping_group, shipping_fee_minor)
         SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::integer[]), unnest($5::text[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]),
                unnest($11::integer[]), unnest($12::integer[]), unnest($13::integer[]), unnest($14::bigint[]),
                unnest($15::bigint[]), unnest($16::text[]), unnest($17::text[]), unnest($18::bigint[]),
                unnest($19::bigint[]), unnest($20::bigint[]), unnest($21::text[]), unnest($22::bigint[])
         ON CONFLICT (merchant_id, order_id, line_id) DO UPDATE SET
             position = EXCLUDED.position, channel_line_id = EXCLUDED.channel_line_id,
             channel_parcel_id = EXCLUDED.channel_parcel_id, channel_listing_id = EXCLUDED.channel_listing_id,
             product_name = EXCLUDED.product_name, option_name = EXCLUDED.option_name, sku_code = EXCLUDED.sku_code,
             quantity = EXCLUDED.quantity, cancelled_quantity = EXCLUDED.cancelled_quantity,
             held_quantity = EXCLUDED.held_quantity, unit_price_minor = EXCLUDED.unit_price_minor,
             line_total_minor = EXCLUDED.line_total_minor, state = EXCLUDED.state,
             tracking_number = EXCLUDED.tracking_number, discount_minor = EXCLUDED.discount_minor,
             merchant_discount_minor = EXCLUDED.merchant_discount_minor,
             expected_settlement_minor = EXCLUDED.expected_settlement_minor,
             shipping_group = EXCLUDED.shipping_group, shipping_fee_minor = EXCLUDED.shipping_fee_minor",
        &merchant_ids,
        &order_ids,
        &line_ids,
        &positions,
        &column(|l| l.channel_line_id.clone()),
        &column(|l| l.channel_parcel_id.clone()),
        &column(|l| l.channel_listing_id.clone()),
        &column(|l| l.product_name.clone()),
        &column(|l| l.option_name.clone()),
        &column(|l| l.sku_code.clone()),
        &counts(|l| l.quantity),
        &counts(|l| l.cancelled_quantity),
        &counts(|l| l.held_quantity),
        &amounts(|l| l.unit_price_minor),
        &told(|l| l.line_total_minor) as &[Option<i64>],
        &column(|l| l.state.clone()),
        &tracking as &[Option<String>],
        &told(|l| l.discount_minor) as &[Option<i64>],
        &told(|l| l.merchant_discount_minor) as &[Option<i64>],
        &told(|l| l.expected_settlement_minor) as &[Option<i64>],
        &groups as &[Option<String>],
        &told(|l| l.shipping_fee_minor) as &[Option<i64>],
    )
    .execute(conn)
    .await?;
    Ok(())
}
