//! Exchanges: the list, and the seller's three answers. There is no single read and no approval.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::exchange_wire::exchange_sheet;
use super::params::{self, Params, Refusal};
use super::wire::{self, ListAnswer};
use super::{Caller, answer, couriers, loose};
use crate::shared::Shared;
use crate::store::Store;
use crate::world::{Exchange, ExchangeEvent, ExchangeStatus, Fact, Tracking};

/// `GET …/exchangeRequests`.
pub async fn list(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let params = Params::parse(uri.query());
    let (from, to) = (
        second(&params, "createdAtFrom")?,
        second(&params, "createdAtTo")?,
    );
    if from > to {
        return Err(Refusal::bad_request(
            "start time should early or equals to end time",
        ));
    }
    if to - from > TimeDelta::days(7) {
        return Err(Refusal::bad_request(
            "error-message=createdAtTo - createdAtFrom should less then 7day.",
        ));
    }
    let status = match params.get("status") {
        None => None,
        Some(text) => Some(ExchangeStatus::parse(text).ok_or_else(|| {
            Refusal::bad_request(format!("status ({text}) is not a valid exchange status"))
        })?),
    };
    let order = params.id("orderId")?;
    let limit = params.page_size_of(10, 50)?;
    let after = match params.get("nextToken") {
        None => None,
        Some(token) => Some(
            wire::place_of(token).ok_or_else(|| Refusal::bad_request("nextToken is invalid"))?,
        ),
    };
    let (now, settings) = (shared.clock.world(), shared.settings());
    let store = shared.store();
    let wanted = |exchange: &Exchange| {
        status.is_none_or(|status| exchange.status == status)
            && order.is_none_or(|order| exchange.order_id == order)
    };
    let page = store
        .world
        .exchange_page(account, params::moments(from, to), wanted, after, limit)
        .ok_or_else(|| Refusal::bad_request("nextToken is invalid"))?;
    let data: Vec<Value> = page
        .rows
        .iter()
        .filter_map(|exchange| exchange_sheet(&store.world, exchange, now, settings))
        .collect();
    Ok(answer::ok(&ListAnswer {
        code: 200,
        message: "OK",
        data,
        next_token: wire::token(page.next),
    }))
}

fn second(params: &Params, name: &str) -> Result<DateTime<Utc>, Refusal> {
    params::second(params.required(name)?).ok_or_else(|| {
        Refusal::bad_request(format!("{name} format should be yyyy-MM-ddTHH:mm:ss."))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reception {
    vendor_id: String,
    #[serde(deserialize_with = "loose::number")]
    exchange_id: i64,
}

/// `PUT|PATCH …/exchangeRequests/{exchangeId}/receiveConfirmation`: the old goods are back.
pub async fn receive(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((_, id)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let request: Reception = params::body(&bytes)?;
    let (at, real) = (shared.clock.world(), shared.clock.real());
    let delay = TimeDelta::from_std(shared.settings().visibility_delay).unwrap_or_default();
    let mut store = shared.store();
    let exchange = own(
        &store,
        account,
        &request.vendor_id,
        &id,
        request.exchange_id,
    )?;
    if !exchange.is_open() || exchange.collected_at.is_some() {
        return Err(wrong_state(exchange));
    }
    let exchange = exchange.id;
    let shipment = store.world.draft_exchange_box(exchange, at + delay);
    let event = ExchangeEvent::Received {
        exchange,
        shipment,
        at,
    };
    store.record(real, &[Fact::Exchange { event }])?;
    Ok(answer::ok(&json!({"code": "200", "message": "SUCCESS"})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rejection {
    vendor_id: String,
    #[serde(deserialize_with = "loose::number")]
    exchange_id: i64,
    exchange_reject_code: String,
}

/// `PUT|PATCH …/exchangeRequests/{exchangeId}/rejection`.
pub async fn reject(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((_, id)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let request: Rejection = params::body(&bytes)?;
    let code = request.exchange_reject_code;
    if !matches!(code.as_str(), "SOLDOUT" | "WITHDRAW") {
        return Err(Refusal::bad_request(format!(
            "exchangeRejectCode ({code}) should be SOLDOUT or WITHDRAW"
        )));
    }
    let (at, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let exchange = own(
        &store,
        account,
        &request.vendor_id,
        &id,
        request.exchange_id,
    )?;
    if !exchange.is_open() {
        return Ok(failed("교환 거부할 수 없는 상태입니다.", exchange));
    }
    let exchange = exchange.id;
    let event = ExchangeEvent::Rejected { exchange, code, at };
    store.record(real, &[Fact::Exchange { event }])?;
    Ok(succeeded("교환 거부 처리가 완료되었습니다."))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invoice {
    exchange_id: Option<loose::Number>,
    vendor_id: Option<String>,
    shipment_box_id: Option<loose::Number>,
    goods_delivery_code: Option<String>,
    invoice_number: Option<String>,
}

/// `POST …/exchangeRequests/{exchangeId}/invoices`: an array, for the box that came into being with the reception.
pub async fn upload(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((_, id)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let rows: Vec<Invoice> = params::body(&bytes)?;
    let null = || {
        let message = "params are not allowed null. exchangeId, vendorId, shipmentBoxId, goodsDeliveryCode, \
                       invoiceNumber";
        Refusal::bad_request(message)
    };
    let (uploaded_at, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let mut facts = Vec::new();
    if rows.is_empty() {
        return Err(null());
    }
    for row in rows {
        let loose::Number(exchange_id) = row.exchange_id.ok_or_else(null)?;
        let vendor_id = row.vendor_id.ok_or_else(null)?;
        let loose::Number(box_id) = row.shipment_box_id.ok_or_else(null)?;
        let carrier = row.goods_delivery_code.ok_or_else(null)?;
        let number = row
            .invoice_number
            .filter(|number| !number.is_empty())
            .ok_or_else(null)?;
        let exchange = own(&store, account, &vendor_id, &id, exchange_id)?;
        let courier = couriers::find(&carrier).ok_or_else(|| {
            Refusal::bad_request(format!("invalid delivery company code:{carrier}"))
        })?;
        courier.check(&number).map_err(Refusal::bad_request)?;
        if !exchange.is_open() || exchange.collected_at.is_none() {
            return Ok(failed("송장을 등록할 수 없는 교환 상태입니다.", exchange));
        }
        let known = exchange
            .shipment
            .as_ref()
            .is_some_and(|shipment| shipment.id == box_id && shipment.visible_at <= uploaded_at);
        if !known {
            return Ok(failed("shipmentBoxId가 올바르지 않습니다.", exchange));
        }
        let tracking = Tracking {
            carrier,
            number,
            uploaded_at,
            in_transit_at: None,
            delivered_at: None,
        };
        let event = ExchangeEvent::Shipped {
            exchange: exchange_id,
            tracking,
        };
        facts.push(Fact::Exchange { event });
    }
    store.record(real, &facts)?;
    Ok(succeeded("송장 등록이 완료되었습니다."))
}

/// The exchange of a call, if it is this vendor's.
fn own<'a>(
    store: &'a Store,
    account: u32,
    vendor_id: &str,
    id_in_path: &str,
    id_in_body: i64,
) -> Result<&'a Exchange, Refusal> {
    if store
        .world
        .account(account)
        .is_none_or(|known| known.vendor_id != vendor_id)
    {
        return Err(Refusal::bad_request(super::OTHER_VENDOR));
    }
    id_in_path
        .parse()
        .ok()
        .filter(|id| *id == id_in_body)
        .and_then(|id| store.world.exchange(id))
        .filter(|exchange| exchange.account == account)
        .ok_or_else(|| {
            Refusal::bad_request(format!("교환접수내역이 존재하지 않습니다. [{id_in_path}]"))
        })
}

fn wrong_state(exchange: &Exchange) -> Refusal {
    Refusal::bad_request(format!(
        "처리할 수 없는 교환 상태입니다. [{}]",
        exchange.status.as_str()
    ))
}

fn succeeded(message: &str) -> Response {
    answer::written(json!({"resultCode": "SUCCESS", "resultMessage": message}))
}

fn failed(message: &str, exchange: &Exchange) -> Response {
    let message = format!("{message} [{}]", exchange.status.as_str());
    answer::written(json!({"resultCode": "FAIL", "resultMessage": message}))
}
