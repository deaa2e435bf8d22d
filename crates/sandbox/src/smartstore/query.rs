//! Reading product orders: by ids, by condition, and the ids of an order.

use std::collections::HashSet;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::Uri;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, Family};
use super::params::{self, BAD_PARAMETER, Loose, Params, wrong};
use super::world::{ClaimStatus, Order, PlaceStatus, ProductOrder, RangeType, Status, Word};
use super::{Caller, wire};
use crate::shared::Shared;

const MOST: usize = 300;
const NO_ORDER: (&str, &str) = ("100003", "주문번호가 존재하지 않습니다.");
const NOT_YOURS: (&str, &str) = ("101009", "처리권한이 없는 상품주문번호를 요청했습니다");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ByIds {
    product_order_ids: Vec<Loose>,
    /// Whether the caller understands claims for part of the quantity.
    #[serde(default)]
    quantity_claim_compatibility: Option<bool>,
}

/// `POST /v1/pay-order/seller/product-orders/query`.
pub async fn by_ids(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let request: ByIds = params::body(&bytes)?;
    if request.product_order_ids.is_empty() || request.product_order_ids.len() > MOST {
        let message = format!("productOrderIds 항목은 1개 이상 {MOST}개 이하여야 합니다.");
        return Err(Answer::bad_order_call(BAD_PARAMETER, &message));
    }
    let rules = shared.smartstore.rules();
    let real = shared.clock.real();
    let mut store = shared.store();
    let mut seen = HashSet::new();
    let (mut rows, mut shown) = (Vec::new(), Vec::new());
    for Loose(text) in &request.product_order_ids {
        let found = params::id(text).and_then(|id| find(&store.world.smartstore, account, id));
        let found = found.filter(|_| !rules.foreign_product_orders.contains(text));
        let Some((order, product_order)) = found else {
            if rules.refuse_unknown_ids {
                return Err(Answer::bad_order_call(NOT_YOURS.0, NOT_YOURS.1));
            }
            continue;
        };
        if seen.insert(product_order.id) {
            let view = wire::View {
                world: &store.world,
                rules: &rules,
                by_quantity: request.quantity_claim_compatibility.unwrap_or(false),
            };
            rows.push(view.detail(order, product_order));
            shown.push(product_order.id);
        }
    }
    // The order of the answer is not promised, so nobody should rely on it.
    rows.reverse();
    store.world.smartstore.look_directly(&shown, real);
    Ok(Answer::ok(Family::PayOrder, Value::Array(rows)))
}

/// A product order of this account: those of others do not exist for it.
pub fn find(
    known: &super::world::SmartStore,
    account: u32,
    id: i64,
) -> Option<(&Order, &ProductOrder)> {
    let product_order = known
        .product_order(id)
        .filter(|product_order| product_order.account == account)?;
    Some((known.order(product_order.order_id)?, product_order))
}

/// `GET /v1/pay-order/seller/product-orders`: a day of product orders as they stand.
pub async fn by_condition(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Answer, Answer> {
    let params = Params::parse(uri.query());
    let (from, to) = params.window("from", "to")?;
    let wanted = Wanted::read(&params)?;
    let range = params
        .word("rangeType", RangeType::parse)?
        .unwrap_or(RangeType::Payed);
    let size = params.number("pageSize", 1..=MOST)?.unwrap_or(MOST);
    let page = params.number("page", 1..=1_000_000)?.unwrap_or(1);
    let by_quantity = params.truth("quantityClaimCompatibility")?.unwrap_or(false);
    let rules = shared.smartstore.rules();
    let (now, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let known = &store.world.smartstore;
    let mut found: Vec<(&Order, &ProductOrder)> = known
        .by_time(account, range, from, to)
        .filter(|(_, product_order)| product_order.visible_at <= now)
        .filter(|(_, product_order)| wanted.fits(product_order))
        .skip((page - 1).saturating_mul(size))
        .take(size + 1)
        .collect();
    let has_next = found.len() > size;
    found.truncate(size);
    let view = wire::View {
        world: &store.world,
        rules: &rules,
        by_quantity,
    };
    let contents: Vec<Value> = found
        .iter()
        .map(|(order, product_order)| {
            json!({
                "productOrderId": product_order.id.to_string(),
                "content": view.detail(order, product_order),
            })
        })
        .collect();
    let data = json!({
        "contents": contents,
        "pagination": {"page": page, "size": size, "hasNext": has_next},
    });
    let shown: Vec<i64> = found.iter().map(|(_, row)| row.id).collect();
    store.world.smartstore.look_in_list(&shown, real);
    Ok(Answer::ok(Family::PayOrder, data))
}

/// What a list is narrowed to; nothing named means everything.
struct Wanted {
    statuses: Vec<Status>,
    claims: Vec<ClaimStatus>,
    place: Option<PlaceStatus>,
    fulfillment: Option<bool>,
}

impl Wanted {
    fn read(params: &Params) -> Result<Self, Answer> {
        let statuses: Option<Vec<Status>> = params
            .all("productOrderStatuses")
            .map(Status::parse)
            .collect();
        let claims: Option<Vec<ClaimStatus>> = params
            .all("claimStatuses")
            .map(ClaimStatus::parse)
            .collect();
        Ok(Self {
            statuses: statuses.ok_or_else(|| wrong("productOrderStatuses"))?,
            claims: claims.ok_or_else(|| wrong("claimStatuses"))?,
            place: params.word("placeOrderStatusType", PlaceStatus::parse)?,
            fulfillment: params.truth("fulfillment")?,
        })
    }

    fn fits(&self, product_order: &ProductOrder) -> bool {
        let claim = product_order.claim.as_ref().map(|claim| claim.status);
        (self.statuses.is_empty() || self.statuses.contains(&product_order.status))
            && (self.claims.is_empty()
                || claim.is_some_and(|status| self.claims.contains(&status)))
            && self
                .place
                .is_none_or(|place| product_order.place_status == place)
            // Nothing here is shipped by a logistics company of Naver's.
            && self.fulfillment != Some(true)
    }
}

/// `GET /v1/pay-order/seller/orders/{orderId}/product-order-ids`.
pub async fn ids_of_order(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(order): Path<String>,
) -> Result<Answer, Answer> {
    let store = shared.store();
    let found = params::id(&order).and_then(|id| store.world.smartstore.order(id));
    let order = found
        .filter(|order| order.account == account)
        .ok_or_else(|| Answer::bad_order_call(NO_ORDER.0, NO_ORDER.1))?;
    let ids: Vec<String> = order
        .product_orders
        .iter()
        .map(ToString::to_string)
        .collect();
    Ok(Answer::ok(Family::PayOrder, json!(ids)))
}
