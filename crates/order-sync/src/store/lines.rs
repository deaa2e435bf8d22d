//! Lines of orders.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use moa_id::{LineId, MerchantId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{parse_currency, times_from_json, times_to_json, undecodable};
use crate::Error;
use crate::domain::order::{Line, LineFacts};
use crate::domain::seen::Seen;
use crate::domain::state::LineState;

/// A line with its order and its place among that order's lines.
pub(crate) struct PlacedLine<'a> {
    pub(crate) order_id: Uuid,
    pub(crate) position: usize,
    pub(crate) line: &'a Line,
}

/// Lines by order, each in its place.
pub(crate) async fn load(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Line>>, Error> {
    let rows = sqlx::query!(
        "SELECT l.order_id, l.channel_line_id, l.line_id, l.channel_parcel_id, l.channel_listing_id, l.product_name,
                l.option_name, l.sku_code, l.quantity, l.cancelled_quantity, l.held_quantity, l.unit_price_minor,
                l.line_total_minor, l.currency, l.state, l.unknown_state, l.tracking_number, l.shipping_group,
                l.shipping_fee_minor, l.discount_minor, l.merchant_discount_minor, l.expected_settlement_minor,
                l.read_at, l.fact_times
         FROM unnest($2::uuid[]) AS k (order_id)
         CROSS JOIN LATERAL (
             SELECT *
             FROM order_sync.order_lines
             WHERE merchant_id = $1
               AND order_id = k.order_id
             OFFSET 0) AS l
         ORDER BY l.order_id, l.position, l.channel_line_id",
        merchant_id.as_uuid(),
        order_ids,
    )
    .fetch_all(conn)
    .await?;
    let mut by_order: HashMap<Uuid, Vec<Line>> = HashMap::new();
    for row in rows {
        let at = row.read_at;
        let parse_state = |word: String| {
            LineState::parse(&word)
                .ok_or_else(|| undecodable("order_lines", &row.line_id, "unknown state"))
        };
        let facts = LineFacts {
            channel_parcel_id: Seen::new(row.channel_parcel_id, at),
            channel_listing_id: Seen::new(row.channel_listing_id, at),
            product_name: Seen::new(row.product_name, at),
            option_name: Seen::new(row.option_name, at),
            sku_code: Seen::new(row.sku_code, at),
            quantity: Seen::new(Some(row.quantity), at),
            cancelled_quantity: Seen::new(Some(row.cancelled_quantity), at),
            held_quantity: Seen::new(Some(row.held_quantity), at),
            unit_price: Seen::new(row.unit_price_minor, at),
            line_total: Seen::new(row.line_total_minor, at),
            currency: Seen::new(
                parse_currency("order_lines", &row.line_id, row.currency)?,
                at,
            ),
            unknown_state: Seen::new(Some(row.unknown_state), at),
            tracking_number: Seen::new(row.tracking_number, at),
            shipping_group: Seen::new(row.shipping_group, at),
            shipping_fee: Seen::new(row.shipping_fee_minor, at),
            discount: Seen::new(row.discount_minor, at),
            merchant_discount: Seen::new(row.merchant_discount_minor, at),
            expected_settlement: Seen::new(row.expected_settlement_minor, at),
        };
        by_order.entry(row.order_id).or_default().push(Line {
            line_id: LineId::from_uuid(row.line_id),
            channel_line_id: row.channel_line_id,
            state: row.state.map(parse_state).transpose()?,
            facts: facts.with_older_times(&times_from_json(row.fact_times.as_ref())),
        });
    }
    Ok(by_order)
}

/// Inserts lines of orders that this transaction has inserted: nobody else can have. An upsert would take twice as long.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    lines: &[PlacedLine<'_>],
) -> Result<(), Error> {
    if lines.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(lines);
    sqlx::query!(
        "INSERT INTO order_sync.order_lines
             (merchant_id, order_id, channel_line_id, line_id, position, channel_parcel_id, channel_listing_id,
              product_name, option_name, sku_code, quantity, cancelled_quantity, held_quantity, unit_price_minor,
              line_total_minor, currency, state, unknown_state, tracking_number, shipping_group, shipping_fee_minor,
              discount_minor, merchant_discount_minor, expected_settlement_minor, read_at, fact_times)
         SELECT $1, unnest($2::uuid[]), unnest($3::text[]), unnest($4::uuid[]), unnest($5::integer[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]),
                unnest($11::integer[]), unnest($12::integer[]), unnest($13::integer[]), unnest($14::bigint[]),
                unnest($15::bigint[]), unnest($16::text[]), unnest($17::text[]), unnest($18::text[]),
                unnest($19::text[]), unnest($20::text[]), unnest($21::bigint[]), unnest($22::bigint[]),
                unnest($23::bigint[]), unnest($24::bigint[]), unnest($25::timestamptz[]), unnest($26::jsonb[])",
        merchant_id.as_uuid(),
        &columns.order_ids,
        &columns.channel_line_ids,
        &columns.line_ids,
        &columns.positions,
        &columns.parcels as _,
        &columns.listings as _,
        &columns.product_names as _,
        &columns.option_names as _,
        &columns.sku_codes as _,
        &columns.quantities,
        &columns.cancelled,
        &columns.held,
        &columns.unit_prices as _,
        &columns.line_totals as _,
        &columns.currencies as _,
        &columns.states as _,
        &columns.unknown_states,
        &columns.tracking_numbers as _,
        &columns.shipping_groups as _,
        &columns.shipping_fees as _,
        &columns.discounts as _,
        &columns.merchant_discounts as _,
        &columns.expected_settlements as _,
        &columns.read_at,
        &columns.fact_times as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Saves lines, new ones among them, of orders that this transaction has locked.
pub(crate) async fn save(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    lines: &[PlacedLine<'_>],
) -> Result<(), Error> {
    if lines.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(lines);
    sqlx::query!(
        "INSERT INTO order_sync.order_lines
             (merchant_id, order_id, channel_line_id, line_id, position, channel_parcel_id, channel_listing_id,
              product_name, option_name, sku_code, quantity, cancelled_quantity, held_quantity, unit_price_minor,
              line_total_minor, currency, state, unknown_state, tracking_number, shipping_group, shipping_fee_minor,
              discount_minor, merchant_discount_minor, expected_settlement_minor, read_at, fact_times)
         SELECT $1, unnest($2::uuid[]), unnest($3::text[]), unnest($4::uuid[]), unnest($5::integer[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]),
                unnest($11::integer[]), unnest($12::integer[]), unnest($13::integer[]), unnest($14::bigint[]),
                unnest($15::bigint[]), unnest($16::text[]), unnest($17::text[]), unnest($18::text[]),
                unnest($19::text[]), unnest($20::text[]), unnest($21::bigint[]), unnest($22::bigint[]),
                unnest($23::bigint[]), unnest($24::bigint[]), unnest($25::timestamptz[]), unnest($26::jsonb[])
         ON CONFLICT ON CONSTRAINT order_lines_pkey DO UPDATE
         SET channel_parcel_id = EXCLUDED.channel_parcel_id,
             channel_listing_id = EXCLUDED.channel_listing_id,
             product_name = EXCLUDED.product_name,
             option_name = EXCLUDED.option_name,
             sku_code = EXCLUDED.sku_code,
             quantity = EXCLUDED.quantity,
             cancelled_quantity = EXCLUDED.cancelled_quantity,
             held_quantity = EXCLUDED.held_quantity,
             unit_price_minor = EXCLUDED.unit_price_minor,
             line_total_minor = EXCLUDED.line_total_minor,
             currency = EXCLUDED.currency,
             state = EXCLUDED.state,
             unknown_state = EXCLUDED.unknown_state,
             tracking_number = EXCLUDED.tracking_number,
             shipping_group = EXCLUDED.shipping_group,
             shipping_fee_minor = EXCLUDED.shipping_fee_minor,
             discount_minor = EXCLUDED.discount_minor,
             merchant_discount_minor = EXCLUDED.merchant_discount_minor,
             expected_settlement_minor = EXCLUDED.expected_settlement_minor,
             read_at = EXCLUDED.read_at,
             fact_times = EXCLUDED.fact_times",
        merchant_id.as_uuid(),
        &columns.order_ids,
        &columns.channel_line_ids,
        &columns.line_ids,
        &columns.positions,
        &columns.parcels as _,
        &columns.listings as _,
        &columns.product_names as _,
        &columns.option_names as _,
        &columns.sku_codes as _,
        &columns.quantities,
        &columns.cancelled,
        &columns.held,
        &columns.unit_prices as _,
        &columns.line_totals as _,
        &columns.currencies as _,
        &columns.states as _,
        &columns.unknown_states,
        &columns.tracking_numbers as _,
        &columns.shipping_groups as _,
        &columns.shipping_fees as _,
        &columns.discounts as _,
        &columns.merchant_discounts as _,
        &columns.expected_settlements as _,
        &columns.read_at,
        &columns.fact_times as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct Columns {
    order_ids: Vec<Uuid>,
    channel_line_ids: Vec<String>,
    line_ids: Vec<Uuid>,
    positions: Vec<i32>,
    parcels: Vec<Option<String>>,
    listings: Vec<Option<String>>,
    product_names: Vec<Option<String>>,
    option_names: Vec<Option<String>>,
    sku_codes: Vec<Option<String>>,
    quantities: Vec<i32>,
    cancelled: Vec<i32>,
    held: Vec<i32>,
    unit_prices: Vec<Option<i64>>,
    line_totals: Vec<Option<i64>>,
    currencies: Vec<Option<String>>,
    states: Vec<Option<&'static str>>,
    unknown_states: Vec<String>,
    tracking_numbers: Vec<Option<String>>,
    shipping_groups: Vec<Option<String>>,
    shipping_fees: Vec<Option<i64>>,
    discounts: Vec<Option<i64>>,
    merchant_discounts: Vec<Option<i64>>,
    expected_settlements: Vec<Option<i64>>,
    read_at: Vec<DateTime<Utc>>,
    fact_times: Vec<Option<serde_json::Value>>,
}

impl Columns {
    fn of(lines: &[PlacedLine<'_>]) -> Self {
        fn column<T>(lines: &[PlacedLine<'_>], pick: impl Fn(&Line) -> T) -> Vec<T> {
            lines.iter().map(|placed| pick(placed.line)).collect()
        }
        let position = |placed: &PlacedLine<'_>| i32::try_from(placed.position).unwrap_or(i32::MAX);
        Self {
            order_ids: lines.iter().map(|placed| placed.order_id).collect(),
            channel_line_ids: column(lines, |l| l.channel_line_id.clone()),
            line_ids: column(lines, |l| l.line_id.as_uuid()),
            positions: lines.iter().map(position).collect(),
            parcels: column(lines, |l| l.facts.channel_parcel_id.value.clone()),
            listings: column(lines, |l| l.facts.channel_listing_id.value.clone()),
            product_names: column(lines, |l| l.facts.product_name.value.clone()),
            option_names: column(lines, |l| l.facts.option_name.value.clone()),
            sku_codes: column(lines, |l| l.facts.sku_code.value.clone()),
            quantities: column(lines, |l| l.facts.quantity.value.unwrap_or_default()),
            cancelled: column(lines, |l| {
                l.facts.cancelled_quantity.value.unwrap_or_default()
            }),
            held: column(lines, |l| l.facts.held_quantity.value.unwrap_or_default()),
            unit_prices: column(lines, |l| l.facts.unit_price.value),
            line_totals: column(lines, |l| l.facts.line_total.value),
            currencies: column(lines, |l| {
                l.facts.currency.value.map(|c| c.code().to_owned())
            }),
            states: column(lines, |l| l.state.map(LineState::as_str)),
            unknown_states: column(lines, |l| {
                l.facts.unknown_state.value.clone().unwrap_or_default()
            }),
            tracking_numbers: column(lines, |l| l.facts.tracking_number.value.clone()),
            shipping_groups: column(lines, |l| l.facts.shipping_group.value.clone()),
            shipping_fees: column(lines, |l| l.facts.shipping_fee.value),
            discounts: column(lines, |l| l.facts.discount.value),
            merchant_discounts: column(lines, |l| l.facts.merchant_discount.value),
            expected_settlements: column(lines, |l| l.facts.expected_settlement.value),
            read_at: column(lines, |l| l.facts.read_at()),
            fact_times: column(lines, |l| times_to_json(&l.facts.older_times())),
        }
    }
}
