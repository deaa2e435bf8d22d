//! Placing orders, and looking at them.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::ControlError;
use super::fields::{Fields, required};
use crate::buying;
use crate::shared::Shared;
use crate::world::{Channel, Fact, Order, Purchase, Wish, WishedReceiver, World};

pub const MOST: u64 = 100_000;
/// Orders placed before others get a turn.
pub const BATCH: usize = 200;

/// `POST /control/orders`.
pub async fn place(
    State(shared): State<Shared>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    let mut fields = Fields::read(&bytes)?;
    let channel = required("channel", fields.text("channel")?)?;
    if channel == "smartstore" {
        return super::smartstore::place(&shared, fields).await;
    }
    check_channel(&channel)?;
    let count = fields.whole("count", 1..=MOST)?.unwrap_or(1);
    let wish = read_wish(&mut fields)?;
    let account = fields.text("account")?;
    let lines = fields
        .whole("lines", 1..=4)?
        .and_then(|lines| usize::try_from(lines).ok());
    let late = fields.whole("late_seconds", 0..=86_400)?.unwrap_or(0);
    let receiver = WishedReceiver {
        name: short_text(&mut fields, "receiver_name")?,
        address_detail: short_text(&mut fields, "address_detail")?,
        note: short_text(&mut fields, "note")?,
    };
    fields.finish()?;
    let accounts = which_accounts(&shared, account.as_deref())?;
    let mut orders = Vec::new();
    let visibility_delay = shared.settings().visibility_delay + Duration::from_secs(late);
    let turns: Vec<u32> = accounts
        .iter()
        .copied()
        .cycle()
        .take(usize::try_from(count).unwrap_or(0))
        .collect();
    for turn in turns.chunks(BATCH) {
        let now = shared.clock.world();
        let purchases: Vec<Purchase> = turn
            .iter()
            .map(|account| Purchase {
                account: *account,
                wish,
                lines,
                now,
                visibility_delay: visibility_delay + shared.faults.late_arrival(Channel::Coupang),
            })
            .collect();
        let placed = {
            let mut store = shared.store();
            let placed = buying::place(&mut store, shared.clock.real(), &purchases)?;
            if !receiver.is_anybody() {
                let facts: Vec<Fact> = placed
                    .iter()
                    .map(|order| store.world.draft_receiver(order, &receiver))
                    .collect();
                store.record(shared.clock.real(), &facts)?;
            }
            placed
        };
        orders.extend(placed.iter().map(|order| json!({
            "channel_order_id": order.id.to_string(),
            "channel_parcel_ids": order.parcel_ids.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })));
        tokio::task::yield_now().await;
    }
    shared.wake.notify_one();
    if orders.is_empty() {
        let reason = "everything that was wished for is sold out or not on sale";
        return Err(ControlError::plain(StatusCode::CONFLICT, reason));
    }
    Ok(Json(json!({"orders": orders})))
}

/// A text as long as an address line may be.
pub fn short_text(fields: &mut Fields, name: &str) -> Result<Option<String>, ControlError> {
    let text = fields.text(name)?;
    if text.as_ref().is_some_and(|text| text.chars().count() > 100) {
        return Err(ControlError::field(
            name,
            "must have at most 100 characters",
        ));
    }
    Ok(text)
}

pub fn read_wish(fields: &mut Fields) -> Result<Wish, ControlError> {
    match fields.text("kind")?.as_deref() {
        None | Some("mixed") => Ok(Wish::Mixed),
        Some("physical") => Ok(Wish::Physical),
        Some("digital") => Ok(Wish::Digital),
        Some(other) => {
            let reason = format!("\"{other}\" is not one of physical, digital, mixed");
            Err(ControlError::field("kind", reason))
        }
    }
}

pub fn check_channel(channel: &str) -> Result<(), ControlError> {
    if channel == "coupang" {
        return Ok(());
    }
    Err(ControlError::field(
        "channel",
        format!("\"{channel}\" is not played; coupang and smartstore are"),
    ))
}

fn which_accounts(shared: &Shared, vendor_id: Option<&str>) -> Result<Vec<u32>, ControlError> {
    let store = shared.store();
    let all = (0_u32..).zip(store.world.accounts());
    let Some(vendor_id) = vendor_id else {
        return Ok(all.map(|(index, _)| index).collect());
    };
    let found = all
        .into_iter()
        .find(|(_, account)| account.vendor_id == vendor_id);
    let reason = || format!("\"{vendor_id}\" is no vendor id of GET /control/accounts");
    found
        .map(|(index, _)| vec![index])
        .ok_or_else(|| ControlError::field("account", reason()))
}

pub fn unknown(order: &str) -> ControlError {
    ControlError::plain(
        StatusCode::NOT_FOUND,
        format!("coupang has no order {order}"),
    )
}

/// `GET /control/orders/{channel}/{channel_order_id}`: the order as the channel knows it.
pub async fn get(
    State(shared): State<Shared>,
    Path((channel, order)): Path<(String, String)>,
) -> Result<Json<Value>, ControlError> {
    check_channel(&channel)?;
    let store = shared.store();
    let found = order.parse().ok().and_then(|id| store.world.order(id));
    Ok(Json(describe(
        &store.world,
        found.ok_or_else(|| unknown(&order))?,
    )))
}

#[derive(Deserialize)]
pub struct ListQuery {
    limit: Option<usize>,
}

/// `GET /control/orders?limit=`: the latest orders, newest first.
pub async fn list(
    State(shared): State<Shared>,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, ControlError> {
    let Query(query) = query.map_err(|error| ControlError::field("limit", error.body_text()))?;
    let limit = query.limit.unwrap_or(50);
    if !(1..=1_000).contains(&limit) {
        return Err(ControlError::field(
            "limit",
            format!("{limit} is outside 1 to 1000"),
        ));
    }
    let store = shared.store();
    let mut orders: Vec<(DateTime<Utc>, Value)> = store
        .world
        .latest_orders(limit)
        .into_iter()
        .map(|order| (order.ordered_at, describe(&store.world, order)))
        .chain(super::smartstore::latest(&store.world, limit))
        .collect();
    orders.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let orders: Vec<Value> = orders
        .into_iter()
        .take(limit)
        .map(|(_, order)| order)
        .collect();
    Ok(Json(json!({"orders": orders})))
}

pub fn describe(world: &World, order: &Order) -> Value {
    let parcels: Vec<Value> = order
        .parcel_ids
        .iter()
        .filter_map(|id| world.parcel(*id))
        .map(|parcel| {
            let lines: Vec<Value> = parcel
                .lines
                .iter()
                .map(|line| {
                    let listing = world.account(parcel.account).and_then(|account| account.listings.get(line.listing));
                    json!({
                        "vendor_item_id": line.vendor_item_id,
                        "sku": listing.map(|listing| listing.sku),
                        "name": listing.map(|listing| format!("{}, {}", listing.product_name, listing.item_name)),
                        "quantity": line.quantity, "cancelled": line.cancelled, "held": line.held,
                    })
                })
                .collect();
            json!({
                "channel_parcel_id": parcel.id.to_string(),
                "status": parcel.status.as_str(),
                "carrier": parcel.tracking.as_ref().map(|tracking| &tracking.carrier),
                "tracking_number": parcel.tracking.as_ref().map(|tracking| &tracking.number),
                "lines": lines,
            })
        })
        .collect();
    json!({
        "channel": "coupang",
        "channel_order_id": order.id.to_string(),
        "account": world.account(order.account).map(|account| &account.vendor_id),
        "ordered_at": order.ordered_at,
        "visible_at": order.visible_at,
        "receiver": {"name": order.receiver.name, "phone": order.receiver.safe_number},
        "parcels": parcels,
        "receipts": world.receipts_of_order(order.id).map(|receipt| json!({
            "receipt_id": receipt.id, "kind": receipt.kind, "status": receipt.status.as_str(), "count": receipt.count(),
        })).collect::<Vec<_>>(),
        "exchanges": world.exchanges_of_order(order.id).map(|exchange| json!({
            "exchange_id": exchange.id, "status": exchange.status.as_str(), "count": exchange.count(),
        })).collect::<Vec<_>>(),
    })
}
