//! The order board.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use moa_id::OrderId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::SignedIn;
use super::convert::Money;
use super::extract::{Page, Params, PathId, blank_as_default, blank_as_none};
use super::locale::Locale;
use super::problem::{Problem, ProblemDocument};
use super::words::{OrderState, ShipmentState, VariantKind};
use crate::app::list_orders::OrderQuery;
use crate::domain::hold::OrderHold;
use crate::store::board;

/// A customer's purchase on one channel. Whom it goes to is shown by `/contact/reveal` only.
#[derive(Debug, Serialize, ToSchema)]
pub struct Order {
    id: String,
    /// Channel code, e.g. "coupang".
    channel: String,
    channel_account_id: String,
    channel_order_id: String,
    state: OrderState,
    ordered_at: DateTime<Utc>,
    #[schema(required = true)]
    paid_at: Option<DateTime<Utc>>,
    /// When Moa first had it.
    received_at: DateTime<Utc>,
    /// Raised by every change.
    version: i64,
    total: Money,
    /// Why it must not go out now; null when nothing speaks against it.
    #[schema(required = true)]
    hold: Option<Hold>,
    /// Of its shipments, the one that needs most attention; null without any.
    #[schema(required = true)]
    shipment_state: Option<ShipmentState>,
    lines: Vec<OrderLine>,
}

/// Why something must not go out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hold {
    /// Stable, e.g. `ORDER_CANCELLED`.
    pub reason: String,
    /// For people.
    pub detail: String,
}

/// One product and quantity in an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderLine {
    id: String,
    channel_line_id: String,
    /// The channel's parcel; it may change.
    channel_parcel_id: String,
    channel_listing_id: String,
    product_name: String,
    option_name: String,
    sku_code: String,
    quantity: i32,
    cancelled_quantity: i32,
    held_quantity: i32,
    unit_price: Money,
    /// 0 also when the channel does not say; `amounts.paid` tells these apart.
    line_total: Money,
    amounts: LineAmounts,
    state: OrderState,
    /// null until it is known.
    #[schema(required = true)]
    kind: Option<VariantKind>,
    /// null until it has one.
    #[schema(required = true)]
    tracking_number: Option<String>,
}

/// What a line's price is made of, as its channel says it: nothing here is computed from rates or shared out.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineAmounts {
    /// What the buyer pays for the line, all its pieces, after discounts and without shipping; null when the channel does
    /// not say.
    #[schema(required = true)]
    paid: Option<Money>,
    /// All discounts on the line; null when the channel does not say.
    #[schema(required = true)]
    discount: Option<Money>,
    /// What of the discount the merchant bears; null when the channel does not say who bears what.
    #[schema(required = true)]
    discount_by_merchant: Option<Money>,
    /// What of the discount the channel and its partners bear; null when the channel does not say.
    #[schema(required = true)]
    discount_by_channel: Option<Money>,
    /// What the buyer pays for the way of all lines of the order with this line's `shipping_group`, once for all of them;
    /// null when the channel does not say.
    #[schema(required = true)]
    shipping_fee: Option<Money>,
    /// Lines of the order with the same word travel for one fee; null when the channel does not say.
    #[schema(required = true)]
    shipping_group: Option<String>,
    /// What the channel expects to pay out for the line, less its commissions; null when it does not say before it settles.
    #[schema(required = true)]
    expected_settlement: Option<Money>,
}

/// A page of orders.
#[derive(Debug, Serialize, ToSchema)]
pub struct Orders {
    pub(super) orders: Vec<Order>,
    /// "" at the end.
    pub(super) next_page_token: String,
}

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrderFilter {
    /// Channel code.
    #[serde(default, deserialize_with = "blank_as_none")]
    #[param(required = false, max_length = 40)]
    channel: Option<String>,
    #[serde(default, deserialize_with = "blank_as_none")]
    #[param(inline, required = false)]
    state: Option<OrderState>,
    /// The beginning of a channel's order number or of a tracking number; or a part of a product name or SKU, which is
    /// looked for in the newest 50,000 orders of the page's place.
    #[serde(default, deserialize_with = "blank_as_none")]
    #[param(required = false, max_length = 100)]
    q: Option<String>,
    /// 1 to 200; 50 when absent.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(minimum = 1, maximum = 200, required = false)]
    page_size: i32,
    #[serde(default)]
    #[param(required = false)]
    page_token: String,
}

/// Orders counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderSummary {
    /// Number of orders by state; a state without orders is absent.
    by_state: BTreeMap<String, i64>,
    /// Orders that must not go out now.
    held: i64,
    /// Ordered since midnight in Korea.
    today: i64,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(list_orders))
        .routes(routes!(summarize_orders))
        .routes(routes!(get_order))
}

/// Orders, newest first.
#[utoipa::path(get, path = "/orders", tag = "orders", params(OrderFilter),
    responses((status = 200, body = Orders), (status = "4XX", body = ProblemDocument)))]
async fn list_orders(
    State(app): State<Gate>,
    who: SignedIn,
    locale: Locale,
    Params(filter): Params<OrderFilter>,
) -> Result<Json<Orders>, Problem> {
    let page = Page {
        page_size: filter.page_size,
        page_token: filter.page_token,
    };
    for (field, text, most) in [("channel", &filter.channel, 40), ("q", &filter.q, 100)] {
        if text
            .as_ref()
            .is_some_and(|text| text.chars().count() > most)
        {
            let description = format!("must have at most {most} characters");
            return Err(Problem::field(field, description));
        }
    }
    let query = OrderQuery {
        channel: filter.channel,
        state: filter.state.map(stored_word).transpose()?,
        text: filter.q,
        limit: i64::from(page.size()?),
        page_token: page.page_token,
    };
    let (orders, next_page_token) = app.list_orders(who.merchant(), query).await?;
    let orders = orders
        .into_iter()
        .map(|order| Order::from_board(order, locale));
    Ok(Json(Orders {
        orders: orders.collect(),
        next_page_token,
    }))
}

/// Orders counted by state.
#[utoipa::path(get, path = "/orders/summary", tag = "orders",
    responses((status = 200, body = OrderSummary), (status = "4XX", body = ProblemDocument)))]
async fn summarize_orders(
    State(app): State<Gate>,
    who: SignedIn,
) -> Result<Json<OrderSummary>, Problem> {
    let summary = app.summarize_orders(who.merchant()).await?;
    Ok(Json(OrderSummary {
        by_state: summary.by_state,
        held: summary.held,
        today: summary.today,
    }))
}

/// One order.
#[utoipa::path(get, path = "/orders/{id}", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = Order), (status = "4XX", body = ProblemDocument)))]
async fn get_order(
    State(app): State<Gate>,
    who: SignedIn,
    locale: Locale,
    PathId(id): PathId<OrderId>,
) -> Result<Json<Order>, Problem> {
    let order = app.get_order(who.merchant(), id).await?;
    Ok(Json(Order::from_board(order, locale)))
}

/// The word as the board stores it.
fn stored_word(state: OrderState) -> Result<String, Problem> {
    match serde_json::to_value(state) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(Problem::field("state", "is no order state")),
    }
}

impl Order {
    pub(super) fn from_board(order: board::BoardOrder, locale: Locale) -> Self {
        let money = |amount_minor| Money {
            amount_minor,
            currency: order.currency.clone(),
        };
        let lines = order.lines.iter().map(|line| OrderLine {
            id: line.line_id.to_string(),
            channel_line_id: line.channel_line_id.clone(),
            channel_parcel_id: line.channel_parcel_id.clone(),
            channel_listing_id: line.channel_listing_id.clone(),
            product_name: line.product_name.clone(),
            option_name: line.option_name.clone(),
            sku_code: line.sku_code.clone(),
            quantity: line.quantity,
            cancelled_quantity: line.cancelled_quantity,
            held_quantity: line.held_quantity,
            unit_price: money(line.unit_price_minor),
            line_total: money(line.line_total_minor.unwrap_or(0)),
            amounts: LineAmounts {
                paid: line.line_total_minor.map(money),
                discount: line.discount_minor.map(money),
                discount_by_merchant: line.merchant_discount_minor.map(money),
                discount_by_channel: line.channel_discount_minor().map(money),
                shipping_fee: line.shipping_fee_minor.map(money),
                shipping_group: line.shipping_group.clone(),
                expected_settlement: line.expected_settlement_minor.map(money),
            },
            state: OrderState::parse(&line.state),
            kind: line.kind.as_deref().map(VariantKind::parse),
            tracking_number: line.tracking_number.clone(),
        });
        let lines = lines.collect();
        let total = money(order.total_minor);
        Self {
            id: order.order_id.to_string(),
            channel: order.channel,
            channel_account_id: order.channel_account_id.to_string(),
            channel_order_id: order.channel_order_id,
            state: OrderState::parse(&order.state),
            ordered_at: order.ordered_at,
            paid_at: order.paid_at,
            received_at: order.received_at,
            version: order.version,
            total,
            hold: order.hold.map(|hold| Hold::from_board(hold, locale)),
            shipment_state: order.shipment_state.as_deref().map(ShipmentState::parse),
            lines,
        }
    }
}

impl Hold {
    fn from_board(hold: board::BoardHold, locale: Locale) -> Self {
        match hold {
            board::BoardHold::Shipment { reason, detail } => Self { reason, detail },
            board::BoardHold::Order(reason) => Self {
                detail: OrderHold::parse(&reason)
                    .map_or("", |hold| hold.text(locale))
                    .to_owned(),
                reason,
            },
        }
    }
}
