//! Reading the board.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use moa_id::MerchantId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::hold::OrderHold;
use crate::error::Error;

/// An order of the board.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the columns of board_orders, explained there")]
pub struct BoardOrder {
    pub order_id: Uuid,
    pub version: i64,
    pub channel: String,
    pub channel_account_id: Uuid,
    pub channel_order_id: String,
    pub state: String,
    pub ordered_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
    pub received_at: DateTime<Utc>,
    pub currency: String,
    pub total_minor: i64,
    pub hold: Option<BoardHold>,
    pub shipment_state: Option<String>,
    pub lines: Vec<BoardLine>,
}

/// A line of the board.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the columns of board_lines, explained there")]
pub struct BoardLine {
    pub line_id: Uuid,
    pub channel_line_id: String,
    pub channel_parcel_id: String,
    pub channel_listing_id: String,
    pub product_name: String,
    pub option_name: String,
    pub sku_code: String,
    pub quantity: i32,
    pub cancelled_quantity: i32,
    pub held_quantity: i32,
    pub unit_price_minor: i64,
    pub line_total_minor: Option<i64>,
    pub discount_minor: Option<i64>,
    pub merchant_discount_minor: Option<i64>,
    pub expected_settlement_minor: Option<i64>,
    pub shipping_group: Option<String>,
    pub shipping_fee_minor: Option<i64>,
    pub state: String,
    /// PHYSICAL or DIGITAL, once the listing's mapping tells, or else an entitlement, or else a shipment. A set of goods
    /// and links is PHYSICAL: it has to be packed.
    pub kind: Option<String>,
    /// The channel's, else our shipment's.
    pub tracking_number: Option<String>,
    /// It stands in a shipment of ours.
    pub is_packed: bool,
}

impl BoardLine {
    /// Nobody said what its listing is, and it is still to go out. As [`summarize`] counts them.
    fn waits_for_mapping(&self) -> bool {
        matches!(self.state.as_str(), "PLACED" | "ACKNOWLEDGED")
            && self.cancelled_quantity < self.quantity
            && self.kind.is_none()
            && !self.is_packed
    }

    /// What of the discount the merchant does not bear, in minor units; none while it is not known who bears what.
    pub fn channel_discount_minor(&self) -> Option<i64> {
        let rest = self
            .discount_minor?
            .checked_sub(self.merchant_discount_minor?)?;
        (rest >= 0).then_some(rest)
    }
}

/// Why an order must not go out.
#[derive(Debug, Clone)]
pub enum BoardHold {
    /// Its shipment is held.
    Shipment {
        /// Stable.
        reason: String,
        /// For people.
        detail: String,
    },
    /// The channel's facts speak against it: a reason of [`crate::domain::hold::OrderHold`].
    Order(String),
}

/// Orders counted.
#[derive(Debug, Clone)]
pub struct Summary {
    /// By state.
    pub by_state: BTreeMap<String, i64>,
    /// That must not go out.
    pub held: i64,
    /// Ordered since a time.
    pub today: i64,
}

/// The orders with these ids, in the ids' order; what is not on the board is absent.
pub async fn get_many(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[Uuid],
) -> Result<Vec<BoardOrder>, Error> {
    let merchant = merchant_id.as_uuid();
    let rows = sqlx::query!(
        "SELECT order_id, version, channel, channel_account_id, channel_order_id, state, ordered_at, paid_at,
             received_at, currency, total_minor, hold_reason
         FROM admin_gateway.board_orders
         WHERE merchant_id = $1 AND order_id = ANY ($2)",
        merchant,
        order_ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut orders: HashMap<Uuid, BoardOrder> = rows
        .into_iter()
        .map(|row| {
            let order = BoardOrder {
                order_id: row.order_id,
                version: row.version,
                channel: row.channel,
                channel_account_id: row.channel_account_id,
                channel_order_id: row.channel_order_id,
                state: row.state,
                ordered_at: row.ordered_at,
                paid_at: row.paid_at,
                received_at: row.received_at,
                currency: row.currency,
                total_minor: row.total_minor,
                hold: row.hold_reason.map(BoardHold::Order),
                shipment_state: None,
                lines: Vec::new(),
            };
            (row.order_id, order)
        })
        .collect();
    add_lines(conn, merchant, order_ids, &mut orders).await?;
    add_entitlements(conn, merchant, order_ids, &mut orders).await?;
    add_shipments(conn, merchant, order_ids, &mut orders).await?;
    for order in orders.values_mut() {
        if order.hold.is_none() && order.lines.iter().any(BoardLine::waits_for_mapping) {
            let reason = OrderHold::UnmappedListing.as_str().to_owned();
            order.hold = Some(BoardHold::Order(reason));
        }
    }
    Ok(order_ids
        .iter()
        .filter_map(|id| orders.remove(id))
        .collect())
}

async fn add_lines(
    conn: &mut PgConnection,
    merchant: Uuid,
    order_ids: &[Uuid],
    orders: &mut HashMap<Uuid, BoardOrder>,
) -> Result<(), Error> {
    let rows = sqlx::query!(
        r#"SELECT l.order_id, l.line_id, l.channel_line_id, l.channel_parcel_id, l.channel_listing_id, l.product_name,
             l.option_name, l.sku_code, l.quantity, l.cancelled_quantity, l.held_quantity, l.unit_price_minor,
             l.line_total_minor, l.discount_minor, l.merchant_discount_minor, l.expected_settlement_minor,
             l.shipping_group, l.shipping_fee_minor, l.state, l.tracking_number, k.kind AS "kind?"
         FROM admin_gateway.board_lines l
         JOIN admin_gateway.board_orders o ON o.merchant_id = l.merchant_id AND o.order_id = l.order_id
         LEFT JOIN admin_gateway.board_listings k ON k.merchant_id = l.merchant_id
             AND k.channel_account_id = o.channel_account_id AND k.channel_listing_id = l.channel_listing_id
         WHERE l.merchant_id = $1 AND l.order_id = ANY ($2)
         ORDER BY l.order_id, l.position"#,
        merchant,
        order_ids
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        let Some(order) = orders.get_mut(&row.order_id) else {
            continue;
        };
        order.lines.push(BoardLine {
            line_id: row.line_id,
            channel_line_id: row.channel_line_id,
            channel_parcel_id: row.channel_parcel_id,
            channel_listing_id: row.channel_listing_id,
            product_name: row.product_name,
            option_name: row.option_name,
            sku_code: row.sku_code,
            quantity: row.quantity,
            cancelled_quantity: row.cancelled_quantity,
            held_quantity: row.held_quantity,
            unit_price_minor: row.unit_price_minor,
            line_total_minor: row.line_total_minor,
            discount_minor: row.discount_minor,
            merchant_discount_minor: row.merchant_discount_minor,
            expected_settlement_minor: row.expected_settlement_minor,
            shipping_group: row.shipping_group,
            shipping_fee_minor: row.shipping_fee_minor,
            state: row.state,
            kind: row.kind,
            tracking_number: row.tracking_number,
            is_packed: false,
        });
    }
    Ok(())
}

async fn add_entitlements(
    conn: &mut PgConnection,
    merchant: Uuid,
    order_ids: &[Uuid],
    orders: &mut HashMap<Uuid, BoardOrder>,
) -> Result<(), Error> {
    let rows = sqlx::query!(
        "SELECT order_id, line_id FROM admin_gateway.board_entitlements
         WHERE merchant_id = $1 AND order_id = ANY ($2)",
        merchant,
        order_ids
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        let line = orders.get_mut(&row.order_id).and_then(|order| {
            order
                .lines
                .iter_mut()
                .find(|line| line.line_id == row.line_id)
        });
        if let Some(line) = line {
            line.kind.get_or_insert_with(|| "DIGITAL".to_owned());
        }
    }
    Ok(())
}

/// The order shows the shipment that needs most attention; each line what its shipment knows of it.
async fn add_shipments(
    conn: &mut PgConnection,
    merchant: Uuid,
    order_ids: &[Uuid],
    orders: &mut HashMap<Uuid, BoardOrder>,
) -> Result<(), Error> {
    let rows = sqlx::query!(
        "SELECT l.order_id, l.line_id, s.state, s.carrier, s.tracking_number, s.hold_reason, s.hold_detail
         FROM admin_gateway.board_shipment_lines l
         JOIN admin_gateway.board_shipments s ON s.merchant_id = l.merchant_id AND s.shipment_id = l.shipment_id
         WHERE l.merchant_id = $1 AND l.order_id = ANY ($2) AND s.state <> 'CANCELLED'
         ORDER BY array_position(ARRAY['HELD', 'DISPATCHING', 'READY', 'DISPATCHED'], s.state) NULLS LAST,
             s.shipment_id",
        merchant,
        order_ids
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        let Some(order) = orders.get_mut(&row.order_id) else {
            continue;
        };
        if row.state == "HELD" && !matches!(order.hold, Some(BoardHold::Shipment { .. })) {
            order.hold = Some(BoardHold::Shipment {
                reason: row.hold_reason,
                detail: row.hold_detail,
            });
        }
        order.shipment_state.get_or_insert(row.state);
        let line = order
            .lines
            .iter_mut()
            .find(|line| line.line_id == row.line_id);
        if let Some(line) = line {
            line.is_packed = true;
            // DIRECT is said of digital goods, but of own delivery too: it tells nothing.
            if row.carrier != "DIRECT" {
                line.kind.get_or_insert_with(|| "PHYSICAL".to_owned());
            }
            if !row.tracking_number.is_empty() {
                line.tracking_number.get_or_insert(row.tracking_number);
            }
        }
    }
    Ok(())
}

/// Whether the order is on the board.
pub async fn exists(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_id: Uuid,
) -> Result<bool, Error> {
    let exists = sqlx::query_scalar!(
        r#"SELECT EXISTS (
             SELECT FROM admin_gateway.board_orders WHERE merchant_id = $1 AND order_id = $2) AS "exists!""#,
        merchant_id.as_uuid(),
        order_id
    )
    .fetch_one(conn)
    .await?;
    Ok(exists)
}

/// Counts the board.
pub async fn summarize(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    today: DateTime<Utc>,
) -> Result<Summary, Error> {
    let merchant = merchant_id.as_uuid();
    let states = sqlx::query!(
        r#"SELECT state, count(*) AS "count!" FROM admin_gateway.board_orders
         WHERE merchant_id = $1
         GROUP BY state"#,
        merchant
    )
    .fetch_all(&mut *conn)
    .await?;
    let counts = sqlx::query!(
        r#"SELECT
             (SELECT count(*) FROM admin_gateway.board_orders WHERE merchant_id = $1 AND ordered_at >= $2) AS "today!",
             (SELECT count(*) FROM (
                 SELECT order_id FROM admin_gateway.board_orders
                 WHERE merchant_id = $1 AND hold_reason IS NOT NULL
                 UNION
                 SELECT l.order_id FROM admin_gateway.board_shipments s
                 JOIN admin_gateway.board_shipment_lines l
                     ON l.merchant_id = s.merchant_id AND l.shipment_id = s.shipment_id
                 WHERE s.merchant_id = $1 AND s.state = 'HELD'
                 UNION
                 SELECT o.order_id FROM admin_gateway.board_orders o
                 JOIN admin_gateway.board_lines l ON l.merchant_id = o.merchant_id AND l.order_id = o.order_id
                 LEFT JOIN admin_gateway.board_listings k ON k.merchant_id = l.merchant_id
                     AND k.channel_account_id = o.channel_account_id AND k.channel_listing_id = l.channel_listing_id
                 WHERE o.merchant_id = $1 AND o.state IN ('PLACED', 'ACKNOWLEDGED', 'PARTIALLY_DISPATCHED')
                   AND l.state IN ('PLACED', 'ACKNOWLEDGED') AND l.cancelled_quantity < l.quantity
                   AND k.kind IS NULL
                   AND NOT EXISTS (
                       SELECT FROM admin_gateway.board_entitlements e
                       WHERE e.merchant_id = l.merchant_id AND e.order_id = l.order_id AND e.line_id = l.line_id)
                   AND NOT EXISTS (
                       SELECT FROM admin_gateway.board_shipment_lines p
                       JOIN admin_gateway.board_shipments s
                           ON s.merchant_id = p.merchant_id AND s.shipment_id = p.shipment_id
                       WHERE p.merchant_id = l.merchant_id AND p.order_id = l.order_id AND p.line_id = l.line_id
                         AND s.state <> 'CANCELLED')
             ) held) AS "held!""#,
        merchant,
        today
    )
    .fetch_one(conn)
    .await?;
    Ok(Summary {
        by_state: states
            .into_iter()
            .map(|row| (row.state, row.count))
            .collect(),
        held: counts.held,
        today: counts.today,
    })
}
