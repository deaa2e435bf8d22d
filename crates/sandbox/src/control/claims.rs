//! What buyers do after they bought: cancel, stop, send back, exchange, change their minds again, be content.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::ControlError;
use super::fields::Fields;
use super::orders::{check_channel, unknown};
use crate::shared::Shared;
use crate::world::{
    CancelItem, CancelRefusal, CompletedBy, ExchangeEvent, Fact, ParcelStatus, Reach, Reason,
    Receipt, ReceiptKind, ReceiptStatus, ReturnEvent,
};

/// The body of every demand: what of the order, and why.
struct Demand {
    order: i64,
    items: Option<Vec<CancelItem>>,
    reason: Reason,
    fast_refund: bool,
}

fn read(channel: &str, order: &str, bytes: &[u8]) -> Result<Demand, ControlError> {
    check_channel(channel)?;
    let mut fields = Fields::read(bytes)?;
    let demand = Demand {
        order: order.parse().map_err(|_| unknown(order))?,
        items: match fields.take("items") {
            None => None,
            Some(value) => Some(read_items(&value)?),
        },
        reason: match fields.text("reason")? {
            None => Reason::default(),
            Some(text) => Reason::of_buyer(&text).ok_or_else(|| {
                let reason = format!(
                    "\"{text}\" is not one of changed_mind, defect, different_option, missing_parts"
                );
                ControlError::field("reason", reason)
            })?,
        },
        fast_refund: fields.truth("fast_refund")?.unwrap_or(false),
    };
    fields.finish()?;
    Ok(demand)
}

fn refused(order: &str) -> impl Fn(CancelRefusal) -> ControlError + '_ {
    move |refusal| match refusal {
        CancelRefusal::UnknownOrder => unknown(order),
        CancelRefusal::NotEnough(_) => ControlError::field("items", refusal.to_string()),
        CancelRefusal::TooLate(..) | CancelRefusal::NotShipped(..) => {
            ControlError::plain(StatusCode::CONFLICT, refusal.to_string())
        }
    }
}

/// `POST /control/orders/{channel}/{channel_order_id}/cancel`: all that is left, or the `items` named.
pub async fn cancel(
    State(shared): State<Shared>,
    Path((channel, order)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    call_off(&shared, &channel, &order, &bytes, Reach::Everything)
}

/// `POST …/stop`: the same, only for goods that the seller prepares or has handed over but nobody scanned.
pub async fn stop(
    State(shared): State<Shared>,
    Path((channel, order)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    call_off(&shared, &channel, &order, &bytes, Reach::Prepared)
}

fn call_off(
    shared: &Shared,
    channel: &str,
    order: &str,
    bytes: &[u8],
    reach: Reach,
) -> Result<Json<Value>, ControlError> {
    let demand = read(channel, order, bytes)?;
    let now = shared.clock.world();
    let mut store = shared.store();
    let mut facts = store
        .world
        .cancel(demand.order, demand.items.as_deref(), reach, now)
        .map_err(refused(order))?;
    let mut receipts = Vec::new();
    let mut result = "cancelled";
    for fact in &mut facts {
        if matches!(fact, Fact::StopRequested { .. }) {
            result = "stop_requested";
        }
        if let Fact::Cancelled { receipt } | Fact::StopRequested { receipt } = fact {
            receipt.reason = demand.reason;
            receipts.push(describe(receipt));
        }
    }
    store.record(shared.clock.real(), &facts)?;
    Ok(Json(json!({"result": result, "receipts": receipts})))
}

/// `POST …/return`: all that arrived, or the `items` named, goes back.
pub async fn send_back(
    State(shared): State<Shared>,
    Path((channel, order)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let demand = read(&channel, &order, &bytes)?;
    let now = shared.clock.world();
    let mut store = shared.store();
    let fact = store
        .world
        .send_back(
            demand.order,
            demand.items.as_deref(),
            demand.reason,
            demand.fast_refund,
            now,
        )
        .map_err(refused(&order))?;
    let mut receipts = Vec::new();
    if let Fact::Return {
        event: ReturnEvent::Requested { receipt },
    } = &fact
    {
        receipts.push(describe(receipt));
    }
    store.record(shared.clock.real(), &[fact])?;
    Ok(Json(
        json!({"result": "return_requested", "receipts": receipts}),
    ))
}

/// `POST …/exchange`: the buyer wants others in place of all that arrived, or of the `items` named.
pub async fn exchange(
    State(shared): State<Shared>,
    Path((channel, order)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let demand = read(&channel, &order, &bytes)?;
    let now = shared.clock.world();
    let mut store = shared.store();
    let fact = store
        .world
        .ask_exchange(demand.order, demand.items.as_deref(), demand.reason, now)
        .map_err(refused(&order))?;
    let mut exchanges = Vec::new();
    if let Fact::Exchange {
        event: ExchangeEvent::Requested { exchange },
    } = &fact
    {
        exchanges.push(json!({
            "exchange_id": exchange.id, "status": exchange.status.as_str(), "count": exchange.count(),
        }));
    }
    store.record(shared.clock.real(), &[fact])?;
    Ok(Json(
        json!({"result": "exchange_requested", "exchanges": exchanges}),
    ))
}

/// `POST …/confirm`: the buyer confirms the purchase of everything that arrived.
pub async fn confirm(
    State(shared): State<Shared>,
    Path((channel, order)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let demand = read(&channel, &order, &bytes)?;
    let at = shared.clock.world();
    let mut store = shared.store();
    let found = store
        .world
        .order(demand.order)
        .ok_or_else(|| unknown(&order))?;
    let facts: Vec<Fact> = found
        .parcel_ids
        .iter()
        .filter_map(|id| store.world.parcel(*id))
        .filter(|parcel| parcel.confirmed_at.is_none())
        .filter(|parcel| {
            matches!(
                parcel.status,
                ParcelStatus::FinalDelivery | ParcelStatus::NoneTracking
            )
        })
        .map(|parcel| Fact::PurchaseConfirmed {
            parcel: parcel.id,
            at,
        })
        .collect();
    if facts.is_empty() {
        let reason = "nothing arrived that is not confirmed already";
        return Err(ControlError::plain(StatusCode::CONFLICT, reason));
    }
    store.record(shared.clock.real(), &facts)?;
    Ok(Json(
        json!({"result": "purchase_confirmed", "parcels": facts.len()}),
    ))
}

/// `POST …/address`: the buyer wants it elsewhere, which Coupang allows until somebody acknowledges.
pub async fn change_address(
    State(shared): State<Shared>,
    Path((channel, order)): Path<(String, String)>,
) -> Result<Json<Value>, ControlError> {
    check_channel(&channel)?;
    let mut store = shared.store();
    let found = order
        .parse()
        .ok()
        .and_then(|id| store.world.order(id))
        .ok_or_else(|| unknown(&order))?;
    let fact = store.world.draft_move(found).ok_or_else(|| {
        ControlError::plain(
            StatusCode::CONFLICT,
            "the address stays once a parcel is acknowledged",
        )
    })?;
    store.record(shared.clock.real(), &[fact])?;
    Ok(Json(json!({"result": "address_changed"})))
}

/// `POST /control/receipts/{channel}/{receipt}/{action}`: what happens to a return without the seller.
pub async fn receipt(
    State(shared): State<Shared>,
    Path((channel, id, action)): Path<(String, String, String)>,
) -> Result<Json<Value>, ControlError> {
    check_channel(&channel)?;
    let at = shared.clock.world();
    let mut store = shared.store();
    let receipt = id
        .parse()
        .ok()
        .and_then(|id| store.world.receipt(id))
        .filter(|receipt| receipt.kind == ReceiptKind::Return)
        .ok_or_else(|| {
            ControlError::plain(StatusCode::NOT_FOUND, format!("coupang has no return {id}"))
        })?;
    if matches!(
        receipt.status,
        ReceiptStatus::ReturnsCompleted | ReceiptStatus::Withdrawn
    ) {
        let reason = format!("return {id} is {}", receipt.status.as_str());
        return Err(ControlError::plain(StatusCode::CONFLICT, reason));
    }
    let receipt = receipt.id;
    let event = match action.as_str() {
        "withdraw" => ReturnEvent::Withdrawn { receipt, at },
        "question" => ReturnEvent::Questioned { receipt, at },
        "refund" => ReturnEvent::Completed {
            receipt,
            at,
            by: CompletedBy::Coupang,
        },
        other => {
            let reason = format!("\"{other}\" is not one of withdraw, question, refund");
            return Err(ControlError::field("action", reason));
        }
    };
    store.record(shared.clock.real(), &[Fact::Return { event }])?;
    let receipts: Vec<Value> = store
        .world
        .receipt(receipt)
        .map(describe)
        .into_iter()
        .collect();
    Ok(Json(json!({"result": action, "receipts": receipts})))
}

/// `POST /control/exchanges/{channel}/{exchange}/withdraw`: the buyer keeps what they have.
pub async fn withdraw_exchange(
    State(shared): State<Shared>,
    Path((channel, id)): Path<(String, String)>,
) -> Result<Json<Value>, ControlError> {
    check_channel(&channel)?;
    let at = shared.clock.world();
    let mut store = shared.store();
    let exchange = id
        .parse()
        .ok()
        .and_then(|id| store.world.exchange(id))
        .ok_or_else(|| {
            ControlError::plain(
                StatusCode::NOT_FOUND,
                format!("coupang has no exchange {id}"),
            )
        })?;
    if !exchange.is_open() || exchange.collected_at.is_some() {
        let reason = format!("exchange {id} is {}", exchange.status.as_str());
        return Err(ControlError::plain(StatusCode::CONFLICT, reason));
    }
    let exchange = exchange.id;
    let event = ExchangeEvent::Cancelled { exchange, at };
    store.record(shared.clock.real(), &[Fact::Exchange { event }])?;
    Ok(Json(json!({"result": "withdraw"})))
}

fn describe(receipt: &Receipt) -> Value {
    json!({"receipt_id": receipt.id, "status": receipt.status.as_str(), "count": receipt.count()})
}

fn read_items(value: &Value) -> Result<Vec<CancelItem>, ControlError> {
    let wrong =
        || ControlError::field("items", "must be a list of {\"vendor_item_id\", \"count\"}");
    let mut items = Vec::new();
    for item in value
        .as_array()
        .filter(|items| !items.is_empty())
        .ok_or_else(wrong)?
    {
        let vendor_item_id = item
            .get("vendor_item_id")
            .and_then(Value::as_i64)
            .ok_or_else(wrong)?;
        let count = item
            .get("count")
            .and_then(Value::as_i64)
            .filter(|count| *count > 0)
            .ok_or_else(wrong)?;
        items.push(CancelItem {
            vendor_item_id,
            count,
        });
    }
    Ok(items)
}
