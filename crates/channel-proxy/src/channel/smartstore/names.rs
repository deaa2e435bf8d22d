//! What a call of SmartStore's API is, in our words.

use reqwest::{Method, Request};
use serde_json::Value;

use crate::domain::call::CallName;

/// Method, path below `/external`, and our name. `{}` is an id that the call is about.
const NAMES: &[(Method, &str, &str)] = &[
    (Method::POST, "v1/oauth2/token", "smartstore.token"),
    (
        Method::GET,
        "v1/pay-order/seller/product-orders/last-changed-statuses",
        "smartstore.product_orders.changes",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/query",
        "smartstore.product_orders.query",
    ),
    (
        Method::GET,
        "v1/pay-order/seller/product-orders",
        "smartstore.product_orders.list",
    ),
    (
        Method::GET,
        "v1/pay-order/seller/orders/{}/product-order-ids",
        "smartstore.orders.ids",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/confirm",
        "smartstore.product_orders.confirm",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/dispatch",
        "smartstore.product_orders.dispatch",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/{}/delay",
        "smartstore.product_orders.delay",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/{}/claim/cancel/request",
        "smartstore.claims.request_cancel",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/{}/claim/cancel/approve",
        "smartstore.claims.approve_cancel",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/{}/claim/return/approve",
        "smartstore.claims.approve_return",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/{}/claim/return/reject",
        "smartstore.claims.reject_return",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/{}/claim/return/holdback",
        "smartstore.claims.hold_return",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/{}/claim/return/holdback/release",
        "smartstore.claims.release_return",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/{}/claim/exchange/collect/approve",
        "smartstore.claims.confirm_exchange_collected",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/{}/claim/exchange/dispatch",
        "smartstore.claims.dispatch_exchange",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/{}/claim/exchange/reject",
        "smartstore.claims.reject_exchange",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/{}/claim/exchange/holdback",
        "smartstore.claims.hold_exchange",
    ),
    (
        Method::POST,
        "v1/pay-order/seller/product-orders/{}/claim/exchange/holdback/release",
        "smartstore.claims.release_exchange",
    ),
    (Method::GET, "v1/contents/qnas", "smartstore.questions.list"),
    (
        Method::PUT,
        "v1/contents/qnas/{}",
        "smartstore.questions.answer",
    ),
    (
        Method::GET,
        "v1/pay-user/inquiries",
        "smartstore.inquiries.list",
    ),
    (
        Method::POST,
        "v1/pay-merchant/inquiries/{}/answer",
        "smartstore.inquiries.answer",
    ),
    (
        Method::PUT,
        "v1/pay-merchant/inquiries/{}/answer/{}",
        "smartstore.inquiries.change_answer",
    ),
    (
        Method::POST,
        "v1/products/search",
        "smartstore.products.search",
    ),
    (
        Method::GET,
        "v2/products/channel-products/{}",
        "smartstore.products.get",
    ),
    (
        Method::PUT,
        "v1/products/origin-products/{}/option-stock",
        "smartstore.products.option_stock",
    ),
    (
        Method::PUT,
        "v1/products/origin-products/{}/change-status",
        "smartstore.products.change_status",
    ),
    (
        Method::PATCH,
        "v1/products/origin-products/multi-update",
        "smartstore.products.multi_update",
    ),
    (
        Method::GET,
        "v1/pay-settle/settle/case",
        "smartstore.settlements.cases",
    ),
];

/// Names a call, and the ids in its path and body. The token call is about nobody.
pub fn name_call(request: &Request) -> CallName {
    let path = request.url().path();
    let path = path.strip_prefix("/external/").unwrap_or(path);
    let named = NAMES.iter().find_map(|(method, pattern, api)| {
        let ids = matched(pattern, path)?;
        (method == request.method()).then_some((*api, ids))
    });
    let Some((api, mut ids)) = named else {
        return CallName::unnamed();
    };
    let body = request.body().and_then(reqwest::Body::as_bytes);
    if let Some(Ok(body)) = body.map(serde_json::from_slice::<Value>) {
        ids.extend(ids_of(&body));
    }
    CallName::new(api, ids)
}

fn matched(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (mut parts, mut ids) = (path.split('/'), Vec::new());
    for expected in pattern.split('/') {
        let part = parts.next()?;
        if expected == "{}" {
            ids.push(part.to_owned());
        } else if expected != part {
            return None;
        }
    }
    parts.next().is_none().then_some(ids)
}

/// The product orders that a body names.
fn ids_of(body: &Value) -> Vec<String> {
    let list = |name| {
        body.get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let plain = list("productOrderIds").filter_map(Value::as_str);
    let inside =
        list("dispatchProductOrders").filter_map(|item| item.get("productOrderId")?.as_str());
    plain.chain(inside).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn name(method: Method, path: &str, body: &Value) -> CallName {
        let url = format!("http://127.0.0.1/external{path}");
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.request(method, url).body(body.to_string()).build();
        name_call(&request.unwrap())
    }

    #[test]
    fn a_call_has_a_name_and_the_ids_it_is_about_and_nothing_of_a_person() {
        let orders = "/v1/pay-order/seller/product-orders";
        let feed = format!("{orders}/last-changed-statuses?lastChangedFrom=2026");
        let feed = name(Method::GET, &feed, &json!({}));
        assert_eq!(feed.api, "smartstore.product_orders.changes");
        let query = json!({"productOrderIds": ["2026112711000001", "2026112711000002"]});
        let query = name(Method::POST, &format!("{orders}/query"), &query);
        assert_eq!(query.api, "smartstore.product_orders.query");
        assert_eq!(query.about, ["2026112711000001", "2026112711000002"]);
        let sent = json!({"dispatchProductOrders": [{"productOrderId": "7", "trackingNumber": "680405450931"}]});
        let sent = name(Method::POST, &format!("{orders}/dispatch"), &sent);
        assert_eq!(sent.about, ["7"]);
        let path = format!("{orders}/2026112711000001/claim/return/reject");
        let refused = name(
            Method::POST,
            &path,
            &json!({"rejectReturnReason": "홍길동 1"}),
        );
        assert_eq!(refused.api, "smartstore.claims.reject_return");
        assert_eq!(refused.about, ["2026112711000001"]);
        let token = name(Method::POST, "/v1/oauth2/token", &json!({}));
        assert_eq!((token.api, token.about.len()), ("smartstore.token", 0));
        assert_eq!(
            name(Method::GET, "/v1/new", &json!({})),
            CallName::unnamed()
        );
    }
}
