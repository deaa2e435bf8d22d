//! The same for what is read beside orders: exchanges, withdrawals, questions, products, offers, revenue.

mod claims;
mod inquiries;
mod offers;

use crate::channel::shape::Shape;

/// The shape of a call's answer, for calls that are compared.
pub fn shape(api: &str) -> Option<&'static Shape> {
    match api {
        "coupang.exchange_requests.list" => Some(&claims::EXCHANGES),
        "coupang.return_withdrawals.list" => Some(&claims::WITHDRAWALS),
        "coupang.inquiries.list" => Some(&inquiries::QUESTIONS),
        "coupang.call_center_inquiries.list" => Some(&inquiries::COUNSELS),
        "coupang.call_center_inquiries.get" => Some(&inquiries::ONE_COUNSEL),
        "coupang.products.list" => Some(&offers::PRODUCTS),
        "coupang.vendor_items.get" => Some(&offers::OFFERS),
        "coupang.revenue.list" => Some(&offers::REVENUE),
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

    /// The samples follow the documents; each has one word that no document names, or none.
    #[test]
    fn pages_as_documented_have_nothing_unknown() {
        let table = [
            (
                "coupang.exchange_requests.list",
                include_str!("../fixtures/exchange_requests_v4.json"),
                &["data[].exchangeStatus=HOVERING"][..],
            ),
            (
                "coupang.return_withdrawals.list",
                include_str!("../fixtures/return_withdraw_requests_v4.json"),
                &[],
            ),
            (
                "coupang.inquiries.list",
                include_str!("../fixtures/online_inquiries_v5.json"),
                &[],
            ),
            (
                "coupang.call_center_inquiries.list",
                include_str!("../fixtures/call_center_inquiries_v5.json"),
                &["data.content[].replies[].answerType=?"],
            ),
            (
                "coupang.products.list",
                include_str!("../fixtures/seller_products_v1.json"),
                &["data[].statusName=?"],
            ),
            (
                "coupang.revenue.list",
                include_str!("../fixtures/revenue_history_v1.json"),
                &["data[].saleType=GIFT"],
            ),
        ];
        for (api, page, expected) in table {
            let page: Value = serde_json::from_str(page).unwrap();
            assert_eq!(unknown(api, &page), expected, "{api}");
        }
        let offer = json!({"code": "SUCCESS", "message": "", "data": {
            "sellerItemId": 1, "amountInStock": 7, "salePrice": 9000, "onSale": true, "reserved": 2,
        }});
        assert_eq!(
            unknown("coupang.vendor_items.get", &offer),
            ["data.reserved"]
        );
        let counsel = json!({"code": "200", "data": {"inquiryId": 1, "mood": "angry"}});
        assert_eq!(
            unknown("coupang.call_center_inquiries.get", &counsel),
            ["data.mood"]
        );
        assert!(shape("coupang.inquiries.reply").is_none());
    }
}
