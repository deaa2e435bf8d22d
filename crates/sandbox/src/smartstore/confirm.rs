//! 발주확인: the seller takes product orders on. It moves no feed row.

use std::collections::HashSet;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, Family};
use super::params::{self, BAD_PARAMETER, Loose};
use super::query::find;
use super::world::{GiftStatus, Order, PlaceStatus, ProductOrder, SmartFact, Status, What};
use super::{Caller, MOST_WRITES};
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    product_order_ids: Vec<Loose>,
}

/// Why one product order of a call is refused: the code and what is said.
pub type ItemRefusal = (&'static str, &'static str);

pub const UNKNOWN: ItemRefusal = ("100001", "상품주문번호가 존재하지 않습니다.");
pub const CHECK_STATUS: ItemRefusal = ("104442", "상품주문상태를 확인해주세요.");
pub const CHECK_ORDER: ItemRefusal = ("104135", "주문 상태를 확인해주세요.");
pub const REPEATED: ItemRefusal = ("104131", "중복된 상품주문번호가 존재합니다.");
const CONFIRMED: ItemRefusal = ("104443", "이미 발주확인 된 주문입니다.");

/// `POST /v1/pay-order/seller/product-orders/confirm`.
pub async fn confirm(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let request: Request = params::body(&bytes)?;
    check_count(request.product_order_ids.len(), "productOrderIds")?;
    let rules = shared.smartstore.rules();
    let now = shared.clock.world();
    let mut store = shared.store();
    let (mut done, mut failed, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for Loose(text) in request.product_order_ids {
        let found = params::id(&text).and_then(|id| find(&store.world.smartstore, account, id));
        let judged = match found {
            None => Err(UNKNOWN),
            Some(_) if !seen.insert(text.clone()) => Err(REPEATED),
            Some((order, product_order)) => judge(order, product_order).map(|()| product_order),
        };
        let judged = match judged {
            Err(CONFIRMED) if rules.ignore_second_confirm => {
                found.map(|(_, row)| (row, false)).ok_or(UNKNOWN)
            }
            other => other.map(|row| (row, true)),
        };
        match judged {
            Ok((product_order, is_new)) => {
                done.push(json!({
                    "productOrderId": text,
                    "isReceiverAddressChanged": product_order.address_changed,
                }));
                if is_new {
                    let product_order = product_order.id;
                    facts.push(SmartFact::of(now, What::Confirmed { product_order }));
                }
            }
            Err(refusal) => failed.push(failure(&text, refusal)),
        }
    }
    store.record(shared.clock.real(), &facts)?;
    Ok(Answer::ok(
        Family::PayOrder,
        json!({"successProductOrderInfos": done, "failProductOrderInfos": failed}),
    ))
}

fn judge(order: &Order, product_order: &ProductOrder) -> Result<(), ItemRefusal> {
    if product_order.status != Status::Payed
        || product_order.running_claim().is_some()
        || order.gift == Some(GiftStatus::WaitForReceiving)
    {
        return Err(CHECK_STATUS);
    }
    if product_order.place_status == PlaceStatus::Ok {
        return Err(CONFIRMED);
    }
    Ok(())
}

/// Refuses calls with nothing in them, or too much.
pub fn check_count(count: usize, name: &str) -> Result<(), Answer> {
    if (1..=MOST_WRITES).contains(&count) {
        return Ok(());
    }
    let message = format!("{name} 항목은 1개 이상 {MOST_WRITES}개 이하여야 합니다.");
    Err(Answer::bad_order_call(BAD_PARAMETER, &message))
}

/// A row of `failProductOrderInfos`.
pub fn failure(product_order: &str, (code, message): ItemRefusal) -> Value {
    json!({"productOrderId": product_order, "code": code, "message": message})
}

/// The answer of every write but confirm.
pub fn results(done: &[String], failed: &[Value]) -> Answer {
    let data = json!({"successProductOrderIds": done, "failProductOrderInfos": failed});
    Answer::ok(Family::PayOrder, data)
}
