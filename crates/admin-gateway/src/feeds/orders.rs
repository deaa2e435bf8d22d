//! order-sync's `orders`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::money::v1::Money;
use moa_proto::moa::order_sync::v1::{
    Claim, ClaimKind, ClaimState, Order, OrderChanged, OrderLine, OrderPlaced, OrderState,
};
use moa_service::{BoxError, parse_timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Entries, newest, payload, word};
use crate::app::board_changes::PendingChanges;
use crate::domain::hold::OrderHold;
use crate::domain::timeline::TimelineKind;
use crate::store::board_orders::{self, LineRow, OrderRow};
use crate::store::timeline;

/// Puts orders on the board.
pub struct OrdersFeed {
    changes: PendingChanges,
}

impl OrdersFeed {
    /// Tells of what it changed.
    pub fn new(changes: PendingChanges) -> Self {
        Self { changes }
    }
}

#[async_trait]
impl FeedHandler for OrdersFeed {
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        let mut rows = Vec::with_capacity(events.len());
        let mut entries = Vec::new();
        for event in events {
            let Some(order) = order_of(event)? else {
                continue;
            };
            let row = row(event, &order)?;
            entries.extend(entries_of(event, &order, &row)?);
            rows.push(row);
        }
        let rows = newest(
            rows,
            |row| (row.merchant_id, row.order_id),
            |row| row.version,
        );
        let changed = board_orders::upsert(conn, &rows).await?;
        timeline::add(conn, &entries).await?;
        let told = rows.iter().filter(|row| changed.contains(&row.order_id));
        self.changes
            .set(told.map(|row| (row.merchant_id, row.order_id)).collect());
        Ok(())
    }

    fn after_commit(&self) {
        self.changes.tell();
    }
}

fn order_of(event: &FeedEvent) -> Result<Option<Order>, BoxError> {
    if let Some(placed) = payload::<OrderPlaced>(event)? {
        return Ok(placed.order);
    }
    Ok(payload::<OrderChanged>(event)?.and_then(|changed| changed.order))
}

fn row(event: &FeedEvent, order: &Order) -> Result<OrderRow, BoxError> {
    let lines = order
        .lines
        .iter()
        .map(line)
        .collect::<Result<Vec<_>, _>>()?;
    let amounts = lines.iter().filter_map(|line| line.line_total_minor);
    let total = amounts
        .chain([minor(order.shipping_fee.as_ref())])
        .fold(0, i64::saturating_add);
    let money = order.lines.iter().find_map(|line| line.line_total.as_ref());
    Ok(OrderRow {
        merchant_id: event.merchant_id.as_uuid(),
        order_id: order.order_id.parse()?,
        version: event.version,
        channel: order.channel.clone(),
        channel_account_id: order.channel_account_id.parse()?,
        channel_order_id: order.channel_order_id.clone(),
        state: word(order.state().as_str_name(), "ORDER_STATE_"),
        ordered_at: parse_timestamp("ordered_at", order.ordered_at)?,
        paid_at: optional_time("paid_at", order.paid_at)?,
        received_at: optional_time("created_at", order.created_at)?.unwrap_or(event.occurred_at),
        currency: money.map_or_else(|| "KRW".to_owned(), |money| money.currency.clone()),
        total_minor: total,
        hold_reason: hold(order).map(|hold| hold.as_str().to_owned()),
        search_text: search_text(&lines),
        lines,
    })
}

fn line(line: &OrderLine) -> Result<LineRow, BoxError> {
    Ok(LineRow {
        line_id: line.line_id.parse()?,
        channel_line_id: line.channel_line_id.clone(),
        channel_parcel_id: line.channel_parcel_id.clone(),
        channel_listing_id: line.channel_listing_id.clone(),
        product_name: line.product_name.clone(),
        option_name: line.option_name.clone(),
        sku_code: line.sku_code.clone(),
        quantity: line.quantity,
        cancelled_quantity: line.cancelled_quantity,
        held_quantity: line.held_quantity,
        unit_price_minor: minor(line.unit_price.as_ref()),
        line_total_minor: told(line.line_total.as_ref()),
        discount_minor: told(line.discount.as_ref()),
        merchant_discount_minor: told(line.merchant_discount.as_ref()),
        expected_settlement_minor: told(line.expected_settlement.as_ref()),
        shipping_group: Some(line.shipping_group.clone()).filter(|text| !text.is_empty()),
        shipping_fee_minor: told(line.shipping_fee.as_ref()),
        state: word(line.state().as_str_name(), "ORDER_STATE_"),
        tracking_number: Some(line.tracking_number.clone()).filter(|text| !text.is_empty()),
    })
}

fn minor(money: Option<&Money>) -> i64 {
    told(money).unwrap_or(0)
}

fn told(money: Option<&Money>) -> Option<i64> {
    money.map(|money| money.amount_minor)
}

fn optional_time(
    field: &str,
    at: Option<prost_types::Timestamp>,
) -> Result<Option<DateTime<Utc>>, BoxError> {
    match at {
        None => Ok(None),
        at => Ok(Some(parse_timestamp(field, at)?)),
    }
}

fn search_text(lines: &[LineRow]) -> String {
    let words = lines
        .iter()
        .flat_map(|line| [&line.product_name, &line.option_name, &line.sku_code])
        .filter(|text| !text.is_empty());
    let text = words.map(String::as_str).collect::<Vec<_>>().join("\n");
    // A channel could show a line with a name as long as it likes.
    text.to_lowercase().chars().take(4000).collect()
}

/// What speaks against sending the order off; nothing can once it has left or ended.
fn hold(order: &Order) -> Option<OrderHold> {
    let is_open = matches!(
        order.state(),
        OrderState::Placed | OrderState::Acknowledged | OrderState::PartiallyDispatched
    );
    if !is_open {
        return None;
    }
    let claims = order
        .claims
        .iter()
        .filter(|claim| claim.state() == ClaimState::Requested)
        .map(|claim| match claim.kind() {
            ClaimKind::StopShipment => OrderHold::StopRequested,
            ClaimKind::Return => OrderHold::ReturnRequested,
            ClaimKind::Exchange => OrderHold::ExchangeRequested,
            // A kind that is not known here is treated as the gravest.
            ClaimKind::Cancel | ClaimKind::Unspecified => OrderHold::CancelRequested,
        });
    let lines = order
        .lines
        .iter()
        .filter(|line| line.held_quantity > 0)
        .map(|_| OrderHold::ChannelHeld);
    claims.chain(lines).min()
}

fn entries_of(
    event: &FeedEvent,
    order: &Order,
    row: &OrderRow,
) -> Result<Vec<timeline::NewEntry>, BoxError> {
    let mut entries = Entries::of(event);
    let id = row.order_id;
    let channel = [("channel", order.channel.as_str())];
    entries.add_at(
        row.ordered_at,
        id,
        "placed".to_owned(),
        TimelineKind::OrderPlaced,
        &channel,
    );
    entries.add_at(
        row.received_at,
        id,
        "collected".to_owned(),
        TimelineKind::OrderCollected,
        &[],
    );
    if let Some(kind) = kind_of_state(order.state()) {
        entries.add(id, format!("order:{}", row.state), kind, &[]);
    }
    if order.contact_erased {
        entries.add(
            id,
            "contact:erased".to_owned(),
            TimelineKind::ContactErased,
            &[],
        );
    }
    for claim in &order.claims {
        add_claim(&mut entries, id, claim)?;
    }
    Ok(entries.made)
}

fn kind_of_state(state: OrderState) -> Option<TimelineKind> {
    Some(match state {
        OrderState::Acknowledged => TimelineKind::OrderAcknowledged,
        OrderState::PartiallyDispatched => TimelineKind::OrderPartiallyDispatched,
        OrderState::Dispatched => TimelineKind::OrderDispatched,
        OrderState::Delivered => TimelineKind::OrderDelivered,
        OrderState::Confirmed => TimelineKind::OrderConfirmed,
        OrderState::Cancelled => TimelineKind::OrderCancelled,
        OrderState::Returned => TimelineKind::OrderReturned,
        OrderState::Placed | OrderState::Unspecified => return None,
    })
}

fn add_claim(entries: &mut Entries<'_>, order_id: Uuid, claim: &Claim) -> Result<(), BoxError> {
    let what = word(claim.kind().as_str_name(), "CLAIM_KIND_");
    let params = [("claim", what.as_str())];
    let requested_at = optional_time("requested_at", claim.requested_at)?;
    let key = |what: &str| format!("claim:{}:{what}", claim.claim_id);
    let at = requested_at.unwrap_or(entries.event.occurred_at);
    entries.add_at(
        at,
        order_id,
        key("requested"),
        TimelineKind::ClaimRequested,
        &params,
    );
    match claim.state() {
        ClaimState::Completed => {
            entries.add(
                order_id,
                key("completed"),
                TimelineKind::ClaimCompleted,
                &params,
            );
        }
        ClaimState::Withdrawn => {
            entries.add(
                order_id,
                key("withdrawn"),
                TimelineKind::ClaimWithdrawn,
                &params,
            );
        }
        ClaimState::Requested | ClaimState::Unspecified => {}
    }
    Ok(())
}
