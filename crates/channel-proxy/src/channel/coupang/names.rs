//! What a call of Coupang's API is, in our words.

use reqwest::{Method, Request};
use serde_json::Value;
use url::Url;

use crate::domain::call::CallName;

/// Method, path below version, vendor and marketplace, and our name. `{}` is an id that the call is about, `*` a value
/// that is none.
const NAMES: &[(Method, &str, &str)] = &[
    (Method::GET, "ordersheets", "coupang.ordersheets.list"),
    (
        Method::PUT,
        "ordersheets/acknowledgement",
        "coupang.ordersheets.acknowledge",
    ),
    (Method::GET, "ordersheets/{}", "coupang.ordersheets.get"),
    (
        Method::GET,
        "ordersheets/{}/history",
        "coupang.ordersheets.history",
    ),
    (
        Method::GET,
        "{}/ordersheets",
        "coupang.ordersheets.by_order",
    ),
    (Method::POST, "orders/invoices", "coupang.invoices.upload"),
    (
        Method::POST,
        "orders/updateInvoices",
        "coupang.invoices.update",
    ),
    (Method::POST, "orders/{}/cancel", "coupang.orders.cancel"),
    (
        Method::POST,
        "completeLongTermUndelivery",
        "coupang.orders.complete_long_undelivered",
    ),
    (
        Method::GET,
        "returnRequests",
        "coupang.return_requests.list",
    ),
    (
        Method::GET,
        "returnRequests/{}",
        "coupang.return_requests.get",
    ),
    (
        Method::PUT,
        "returnRequests/{}/stoppedShipment",
        "coupang.return_requests.stopped",
    ),
    (
        Method::PATCH,
        "returnRequests/{}/stoppedShipment",
        "coupang.return_requests.stopped",
    ),
    (
        Method::PUT,
        "returnRequests/{}/completedShipment",
        "coupang.return_requests.already_shipped",
    ),
    (
        Method::PATCH,
        "returnRequests/{}/completedShipment",
        "coupang.return_requests.already_shipped",
    ),
    (
        Method::PUT,
        "returnRequests/{}/receiveConfirmation",
        "coupang.return_requests.confirm_receipt",
    ),
    (
        Method::PATCH,
        "returnRequests/{}/receiveConfirmation",
        "coupang.return_requests.confirm_receipt",
    ),
    (
        Method::PUT,
        "returnRequests/{}/approval",
        "coupang.return_requests.approve",
    ),
    (
        Method::PATCH,
        "returnRequests/{}/approval",
        "coupang.return_requests.approve",
    ),
    (
        Method::POST,
        "return-exchange-invoices/manual",
        "coupang.return_requests.collection_invoice",
    ),
    (
        Method::GET,
        "returnWithdrawRequests",
        "coupang.return_withdrawals.list",
    ),
    (
        Method::POST,
        "returnWithdrawList",
        "coupang.return_withdrawals.get",
    ),
    (
        Method::GET,
        "exchangeRequests",
        "coupang.exchange_requests.list",
    ),
    (
        Method::PUT,
        "exchangeRequests/{}/receiveConfirmation",
        "coupang.exchange_requests.confirm_receipt",
    ),
    (
        Method::PATCH,
        "exchangeRequests/{}/receiveConfirmation",
        "coupang.exchange_requests.confirm_receipt",
    ),
    (
        Method::PUT,
        "exchangeRequests/{}/rejection",
        "coupang.exchange_requests.reject",
    ),
    (
        Method::PATCH,
        "exchangeRequests/{}/rejection",
        "coupang.exchange_requests.reject",
    ),
    (
        Method::POST,
        "exchangeRequests/{}/invoices",
        "coupang.exchange_requests.upload_invoice",
    ),
    (Method::GET, "onlineInquiries", "coupang.inquiries.list"),
    (
        Method::POST,
        "onlineInquiries/{}/replies",
        "coupang.inquiries.reply",
    ),
    (
        Method::GET,
        "callCenterInquiries",
        "coupang.call_center_inquiries.list",
    ),
    (
        Method::GET,
        "callCenterInquiries/{}",
        "coupang.call_center_inquiries.get",
    ),
    (
        Method::POST,
        "callCenterInquiries/{}/replies",
        "coupang.call_center_inquiries.reply",
    ),
    (
        Method::POST,
        "callCenterInquiries/{}/confirms",
        "coupang.call_center_inquiries.confirm",
    ),
    (Method::GET, "seller-products", "coupang.products.list"),
    (
        Method::GET,
        "seller-products/time-frame",
        "coupang.products.list",
    ),
    (
        Method::GET,
        "seller-products/inflow-status",
        "coupang.products.quota",
    ),
    (
        Method::GET,
        "seller-products/external-vendor-sku-codes/*",
        "coupang.products.by_sku",
    ),
    (Method::GET, "seller-products/{}", "coupang.products.get"),
    (
        Method::GET,
        "seller-products/{}/partial",
        "coupang.products.get_partial",
    ),
    (
        Method::GET,
        "seller-products/{}/histories",
        "coupang.products.history",
    ),
    (
        Method::GET,
        "vendor-items/{}/inventories",
        "coupang.vendor_items.get",
    ),
    (
        Method::PUT,
        "vendor-items/{}/quantities/*",
        "coupang.vendor_items.set_stock",
    ),
    (
        Method::PUT,
        "vendor-items/{}/prices/*",
        "coupang.vendor_items.set_price",
    ),
    (
        Method::PUT,
        "vendor-items/{}/original-prices/*",
        "coupang.vendor_items.set_list_price",
    ),
    (
        Method::PUT,
        "vendor-items/{}/sales/stop",
        "coupang.vendor_items.stop",
    ),
    (
        Method::PUT,
        "vendor-items/{}/sales/resume",
        "coupang.vendor_items.resume",
    ),
    (Method::GET, "revenue-history", "coupang.revenue.list"),
    (
        Method::GET,
        "settlement-histories",
        "coupang.settlements.list",
    ),
];
const OTHER: &str = "coupang.other";

/// Fields of queries and bodies that hold an id and nothing else.
const ID_FIELDS: [&str; 8] = [
    "orderId",
    "shipmentBoxId",
    "shipmentBoxIds",
    "receiptId",
    "exchangeId",
    "inquiryId",
    "vendorItemId",
    "cancelIds",
];

/// A request's name and the ids in its path, query and body.
pub fn name_call(request: &Request) -> CallName {
    let below = below_vendor(request.url());
    let found = NAMES.iter().find_map(|(method, pattern, api)| {
        let ids = (request.method() == method).then(|| ids_of(pattern, &below))??;
        Some((*api, ids))
    });
    let (api, mut ids) = found.unwrap_or((OTHER, Vec::new()));
    for (field, value) in request.url().query_pairs() {
        if ID_FIELDS.contains(&field.as_ref()) {
            ids.push(value.into_owned());
        }
    }
    let body = request.body().and_then(reqwest::Body::as_bytes);
    if let Some(Ok(body)) = body.map(serde_json::from_slice::<Value>) {
        ids_in(&body, &mut ids);
    }
    CallName::new(api, ids)
}

/// The path's parts below the version, the vendor and the marketplace.
fn below_vendor(url: &Url) -> Vec<&str> {
    let mut parts = url.path_segments().into_iter().flatten().peekable();
    // "v2", "providers", the provider, "apis", "api", the version.
    let mut parts = parts.by_ref().skip(6).peekable();
    if parts.next_if_eq(&"vendors").is_some() {
        parts.next_if(|part| is_vendor(part));
    }
    parts.next_if_eq(&"marketplace");
    parts.collect()
}

fn is_vendor(part: &str) -> bool {
    let digits = part.strip_prefix('A').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The ids at the places of `{}`, when the path fits the pattern.
fn ids_of(pattern: &str, parts: &[&str]) -> Option<Vec<String>> {
    let wanted: Vec<&str> = pattern.split('/').collect();
    if wanted.len() != parts.len() {
        return None;
    }
    let mut ids = Vec::new();
    for (wanted, part) in wanted.iter().zip(parts) {
        match *wanted {
            "{}" if part.bytes().all(|byte| byte.is_ascii_digit()) => ids.push((*part).to_owned()),
            "*" => {}
            word if word == *part => {}
            _ => return None,
        }
    }
    Some(ids)
}

fn ids_in(value: &Value, ids: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| ids_in(item, ids)),
        Value::Object(fields) => {
            for (field, value) in fields {
                if ID_FIELDS.contains(&field.as_str()) {
                    take(value, ids);
                } else {
                    ids_in(value, ids);
                }
            }
        }
        _ => {}
    }
}

fn take(value: &Value, ids: &mut Vec<String>) {
    match value {
        Value::String(id) => ids.push(id.clone()),
        Value::Number(id) => ids.push(id.to_string()),
        Value::Array(many) => many.iter().for_each(|id| take(id, ids)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const VENDOR: &str = "http://x/v2/providers/openapi/apis/api/v5/vendors/A00012345";

    fn named(method: Method, url: &str, body: Option<Value>) -> (&'static str, Vec<String>) {
        let mut request = Request::new(method, url.parse().unwrap());
        *request.body_mut() = body.map(|body| body.to_string().into());
        let name = name_call(&request);
        (name.api, name.about)
    }

    #[test]
    fn reads_are_named_with_the_ids_of_their_path_and_query() {
        let table = [
            (
                "ordersheets?createdAtFrom=2026-01-01&status=ACCEPT&nextToken=77",
                "coupang.ordersheets.list",
                vec![],
            ),
            (
                "ordersheets/642538970006401429",
                "coupang.ordersheets.get",
                vec!["642538970006401429"],
            ),
            ("9/ordersheets", "coupang.ordersheets.by_order", vec!["9"]),
            (
                "returnRequests?orderId=9&status=RU&name=1",
                "coupang.return_requests.list",
                vec!["9"],
            ),
            ("nobody/knows", "coupang.other", vec![]),
        ];
        for (path, api, about) in table {
            let (name, ids) = named(Method::GET, &format!("{VENDOR}/{path}"), None);
            assert_eq!(
                (name, ids),
                (api, about.into_iter().map(str::to_owned).collect()),
                "{path}"
            );
        }
    }

    #[test]
    fn paths_without_a_vendor_are_named_too() {
        let base = "http://x/v2/providers/seller_api/apis/api/v1/marketplace";
        let (api, about) = named(
            Method::PUT,
            &format!("{base}/vendor-items/7/prices/12900"),
            None,
        );
        assert_eq!(
            (api, about),
            ("coupang.vendor_items.set_price", vec!["7".to_owned()])
        );
        let base = "http://x/v2/providers/openapi/apis/api/v5/vendors/callCenterInquiries/5";
        assert_eq!(
            named(Method::GET, base, None).0,
            "coupang.call_center_inquiries.get"
        );
        for odd in [
            "http://x",
            "http://x/v2",
            "http://x/v2/providers/a/apis/api/v5/vendors",
        ] {
            assert_eq!(named(Method::GET, odd, None).0, "coupang.other");
        }
    }

    #[test]
    fn a_writes_ids_are_taken_from_its_body_and_nothing_else_is() {
        let body = json!({"vendorId": "A00012345", "shipmentBoxIds": [1, 2]});
        let (api, about) = named(
            Method::PUT,
            &format!("{VENDOR}/ordersheets/acknowledgement"),
            Some(body),
        );
        assert_eq!(
            (api, about),
            (
                "coupang.ordersheets.acknowledge",
                vec!["1".to_owned(), "2".to_owned()]
            )
        );
        let body = json!({"orderSheetInvoiceApplyDtos": [
            {"shipmentBoxId": 10, "orderId": 20, "vendorItemId": 30, "invoiceNumber": "123456789012", "receiver": "010-1"}
        ]});
        let (api, about) = named(
            Method::POST,
            &format!("{VENDOR}/orders/invoices"),
            Some(body),
        );
        assert_eq!(api, "coupang.invoices.upload");
        let mut about = about;
        about.sort();
        assert_eq!(about, ["10", "20", "30"]);
    }

    #[test]
    fn every_name_is_reached_by_a_path_of_its_own() {
        for (method, pattern, api) in NAMES {
            let path = pattern.replace("{}", "1").replace('*', "1");
            assert_eq!(
                named(method.clone(), &format!("{VENDOR}/{path}"), None).0,
                *api,
                "{pattern}"
            );
        }
    }
}
