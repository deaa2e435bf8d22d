//! Every field that SmartStore's documents name in what we read, so that a new one is noticed.

mod claims;
mod orders;
mod topics;
mod words;

use crate::channel::shape::Shape;

/// The shape of a call's answer, for calls that are compared.
pub fn shape(api: &str) -> Option<&'static Shape> {
    match api {
        "smartstore.product_orders.changes" => Some(&orders::CHANGES),
        "smartstore.product_orders.query" => Some(&orders::DETAILS),
        "smartstore.product_orders.list" => Some(&orders::LIST),
        "smartstore.product_orders.confirm" | "smartstore.product_orders.dispatch" => {
            Some(&orders::WRITTEN)
        }
        "smartstore.questions.list" => Some(&topics::QUESTIONS),
        "smartstore.inquiries.list" => Some(&topics::INQUIRIES),
        "smartstore.products.search" => Some(&topics::PRODUCTS),
        "smartstore.products.get" => Some(&topics::PRODUCT),
        "smartstore.settlements.cases" => Some(&topics::SETTLEMENTS),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn unknown(api: &str, page: &Value) -> Vec<String> {
        let found = shape(api).unwrap().unknown_in(page);
        found.into_iter().map(|one| one.path).collect()
    }

    fn sample(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    /// The samples follow the documents; some have one word that no document names.
    #[test]
    fn pages_as_documented_have_nothing_unknown() {
        let table = [
            (
                "smartstore.product_orders.changes",
                include_str!("../fixtures/changes.json"),
                &[][..],
            ),
            (
                "smartstore.product_orders.query",
                include_str!("../fixtures/details.json"),
                &[],
            ),
            (
                "smartstore.product_orders.list",
                include_str!("../fixtures/list.json"),
                &[],
            ),
            (
                "smartstore.questions.list",
                include_str!("../fixtures/questions.json"),
                &[],
            ),
            (
                "smartstore.inquiries.list",
                include_str!("../fixtures/inquiries.json"),
                &[],
            ),
            (
                "smartstore.products.search",
                include_str!("../fixtures/products.json"),
                &["contents[].channelProducts[].statusType=SOMETHING_NEW"],
            ),
            (
                "smartstore.products.get",
                include_str!("../fixtures/product.json"),
                &[],
            ),
            (
                "smartstore.settlements.cases",
                include_str!("../fixtures/settlements.json"),
                &[],
            ),
        ];
        for (api, page, expected) in table {
            assert_eq!(unknown(api, &sample(page)), expected, "{api}");
        }
        assert!(shape("smartstore.token").is_none());
    }

    #[test]
    fn what_is_new_is_found_where_it_stands() {
        let mut page = sample(include_str!("../fixtures/details.json"));
        page["data"][0]["productOrder"]["productOrderStatus"] = json!("HOVERING");
        page["data"][0]["order"]["mood"] = json!("angry");
        page["data"][3]["currentClaim"]["cancel"]["droneId"] = json!(7);
        let mut found = unknown("smartstore.product_orders.query", &page);
        found.sort();
        assert_eq!(
            found,
            [
                "data[].currentClaim.cancel.droneId",
                "data[].order.mood",
                "data[].productOrder.productOrderStatus=HOVERING",
            ]
        );
        let written = json!({"data": {
            "successProductOrderInfos": [{"productOrderId": "1", "isReceiverAddressChanged": false}],
            "failProductOrderInfos": [{"productOrderId": "2", "code": "1", "hint": "x"}],
        }});
        assert_eq!(
            unknown("smartstore.product_orders.confirm", &written),
            ["data.failProductOrderInfos[].hint"]
        );
    }
}
