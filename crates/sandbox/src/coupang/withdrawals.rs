//! Demands that buyers took back: by date, and by id.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;
use serde_json::{Value, json};

use super::loose::Number;
use super::params::{self, Params, Refusal};
use super::{Caller, answer};
use crate::shared::Shared;
use crate::world::{Reason, Receipt, World};

const MOST_IDS: usize = 50;

/// `GET …/returnWithdrawRequests`: by the day of the withdrawal, pages counted from 1.
pub async fn list(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let params = Params::parse(uri.query());
    let (from, to) = (day(&params, "dateFrom")?, day(&params, "dateTo")?);
    if to < from {
        return Err(Refusal::bad_request(
            "dateFrom should be earlier than or equal to dateTo",
        ));
    }
    // Both ends are included, so seven days are a difference of six.
    if to - from >= TimeDelta::days(7) {
        return Err(Refusal::bad_request(
            "The period between dateFrom and dateTo should be within 7 days",
        ));
    }
    let index = params.positive("pageIndex", 1)?;
    let size = params.positive("sizePerPage", 10)?;
    if size > 100 {
        return Err(Refusal::bad_request(
            "sizePerPage should be less than or equal to 100",
        ));
    }
    let store = shared.store();
    let rows = store.world.withdrawals(account, params::days(from, to));
    let start = (index - 1).saturating_mul(size);
    let data: Vec<Value> = rows
        .iter()
        .skip(start)
        .take(size)
        .map(|receipt| describe(&store.world, receipt))
        .collect();
    let next = if rows.len() > start.saturating_add(size) {
        (index + 1).to_string()
    } else {
        String::new()
    };
    Ok(answer::ok(
        &json!({"code": 200, "message": "OK", "data": data, "nextPageIndex": next}),
    ))
}

fn day(params: &Params, name: &str) -> Result<NaiveDate, Refusal> {
    let text = params.required(name)?;
    params::plain_day(text)
        .ok_or_else(|| Refusal::bad_request(format!("{name} ({text}) format should be yyyy-MM-dd")))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    cancel_ids: Vec<Number>,
}

/// `POST …/returnWithdrawList`: of some ids, those that were withdrawn.
pub async fn by_ids(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let Ok(request) = serde_json::from_slice::<Request>(&bytes) else {
        return Err(Refusal::internal("CReturns getWithdrawnList failed"));
    };
    if request.cancel_ids.is_empty() {
        return Err(Refusal::internal("CReturns getWithdrawnList failed"));
    }
    if request.cancel_ids.len() > MOST_IDS {
        return Err(Refusal::bad_request(format!(
            "cancelIds should hold up to {MOST_IDS} ids"
        )));
    }
    let store = shared.store();
    let data: Vec<Value> = request
        .cancel_ids
        .iter()
        .filter_map(|Number(id)| store.world.receipt(*id))
        .filter(|receipt| receipt.account == account && receipt.withdrawn_at.is_some())
        .map(|receipt| describe(&store.world, receipt))
        .collect();
    Ok(answer::ok(
        &json!({"code": 200, "message": "OK", "data": data}),
    ))
}

fn describe(world: &World, receipt: &Receipt) -> Value {
    let mut items: Vec<i64> = receipt
        .items
        .iter()
        .map(|item| item.vendor_item_id)
        .collect();
    items.dedup();
    json!({
        "cancelId": receipt.id,
        "orderId": receipt.order_id,
        "vendorId": world.account(receipt.account).map(|account| &account.vendor_id),
        "refundDeliveryDuty": if receipt.reason == Reason::ChangedMind { "CUS" } else { "COM" },
        "createdAt": receipt.withdrawn_at.map(params::naive),
        "vendorItemIds": items,
    })
}
