//! 변경 상품 주문 내역 조회: one row per product order, rewritten by each event that the feed knows.

use axum::Extension;
use axum::extract::State;
use axum::http::Uri;
use serde_json::{Value, json};

use super::Caller;
use super::answer::{Answer, Family, instant, without_nulls};
use super::params::{self, Params, wrong};
use super::world::{Change, Order, ProductOrder, Row, Word};
use crate::shared::Shared;

/// Rows of a page, also when more are asked for.
const MOST: usize = 300;

/// `GET /v1/pay-order/seller/product-orders/last-changed-statuses`.
pub async fn changed(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Answer, Answer> {
    let params = Params::parse(uri.query());
    let (from, to) = params.window("lastChangedFrom", "lastChangedTo")?;
    let only = params.word("lastChangedType", Change::parse)?;
    let after = params.word("moreSequence", params::id)?.unwrap_or(0);
    let limit = params
        .number("limitCount", 1..=usize::MAX)?
        .unwrap_or(MOST)
        .min(MOST);
    let (now, real) = (shared.clock.world(), shared.clock.real());
    if to > now && params.has("lastChangedTo") && !shared.smartstore.rules().future_windows {
        return Err(wrong("lastChangedTo"));
    }
    let mut store = shared.store();
    let known = &store.world.smartstore;
    let page = known.feed(account, (from, after), to, only, now, limit);
    if page.rows.is_empty() {
        return Ok(Answer::nothing(Family::PayOrder));
    }
    let rows: Vec<Value> = page
        .rows
        .iter()
        .filter_map(|(product_order, row)| {
            let order = known.order(product_order.order_id)?;
            Some(describe(order, product_order, row))
        })
        .collect();
    let mut data = json!({"count": rows.len(), "lastChangeStatuses": rows});
    if let (Some((at, id)), Value::Object(members)) = (page.more, &mut data) {
        let more = json!({"moreFrom": instant(at), "moreSequence": id.to_string()});
        members.insert("more".to_owned(), more);
    }
    // A row that has been overtaken by a newer one shows nothing of today, and is no look.
    let shown: Vec<i64> = page
        .rows
        .iter()
        .filter(|(product_order, row)| product_order.rows.last() == Some(row))
        .map(|(product_order, _)| product_order.id)
        .collect();
    store.world.smartstore.look_in_list(&shown, real);
    Ok(Answer::ok(Family::PayOrder, data))
}

fn describe(order: &Order, product_order: &ProductOrder, row: &Row) -> Value {
    without_nulls(json!({
        "orderId": order.id.to_string(),
        "productOrderId": product_order.id.to_string(),
        "lastChangedType": row.change,
        "paymentDate": order.paid_at.map(instant),
        "lastChangedDate": instant(row.at),
        "productOrderStatus": row.status,
        "claimType": row.claim.map(|(kind, _)| kind),
        "claimStatus": row.claim.map(|(_, status)| status),
        "receiverAddressChanged": row.address_changed,
        "giftReceivingStatus": row.gift,
    }))
}
