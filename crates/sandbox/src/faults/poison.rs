//! Rows that no honest channel would show: each answer that holds such an order holds it spoilt, and the others as they
//! are.

use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::spoil;
use crate::world::Channel;

/// Bytes of a huge name, about.
const HUGE: usize = 10 * 1024 * 1024;

/// What is wrong with the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Poison {
    /// A quantity that is no number.
    WrongType,
    /// A product's name of ten megabytes.
    HugeName,
    /// Ordered on the last day of the year 9999.
    FarDate,
}

/// An order whose rows are spoilt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoisonedOrder {
    pub channel: Channel,
    pub channel_order_id: String,
    pub poison: Poison,
}

/// Spoils the rows of these orders wherever they stand in the answer.
pub async fn poison(response: Response, orders: &[PoisonedOrder]) -> Response {
    spoil::change(response, |body| walk(body, orders)).await
}

fn walk(value: &mut Value, orders: &[PoisonedOrder]) {
    for order in orders {
        if is_sheet_of(value, &order.channel_order_id) {
            spoil_sheet(value, order.poison);
        } else if is_detail_of(value, &order.channel_order_id) {
            spoil_detail(value, order.poison);
        }
    }
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| walk(value, orders)),
        Value::Object(members) => members.values_mut().for_each(|value| walk(value, orders)),
        _ => {}
    }
}

/// Coupang's order sheet.
fn is_sheet_of(value: &Value, id: &str) -> bool {
    value.get("orderItems").is_some_and(Value::is_array) && is_text(value.get("orderId"), id)
}

/// SmartStore's product order.
fn is_detail_of(value: &Value, id: &str) -> bool {
    value.get("productOrder").is_some_and(Value::is_object)
        && is_text(value.pointer("/order/orderId"), id)
}

fn is_text(value: Option<&Value>, wanted: &str) -> bool {
    match value {
        Some(Value::String(text)) => text == wanted,
        Some(Value::Number(number)) => number.to_string() == wanted,
        _ => false,
    }
}

fn spoil_sheet(sheet: &mut Value, poison: Poison) {
    match poison {
        Poison::WrongType => put(sheet, "/orderItems/0", "shippingCount", json!("many")),
        Poison::HugeName => put(sheet, "/orderItems/0", "sellerProductName", huge()),
        Poison::FarDate => put(
            sheet,
            "",
            "orderedAt",
            far("9999-12-31T23:59:59.000000+09:00"),
        ),
    }
}

fn spoil_detail(detail: &mut Value, poison: Poison) {
    match poison {
        Poison::WrongType => {
            for field in ["quantity", "initialQuantity", "remainQuantity"] {
                put(detail, "/productOrder", field, json!("many"));
            }
        }
        Poison::HugeName => put(detail, "/productOrder", "productName", huge()),
        Poison::FarDate => {
            put(
                detail,
                "/order",
                "orderDate",
                far("9999-12-31T23:59:59.000+09:00"),
            );
        }
    }
}

fn huge() -> Value {
    // Three bytes each.
    json!("긴".repeat(HUGE / 3))
}

fn far(at: &str) -> Value {
    json!(at)
}

fn put(row: &mut Value, place: &str, field: &str, value: Value) {
    if let Some(Value::Object(members)) = row.pointer_mut(place) {
        members.insert(field.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poisoned(channel: Channel, poison: Poison) -> PoisonedOrder {
        PoisonedOrder {
            channel,
            channel_order_id: "31".to_owned(),
            poison,
        }
    }

    #[test]
    fn only_the_rows_of_the_order_are_spoilt() {
        let item = json!({"shippingCount": 2, "sellerProductName": "사과"});
        let sheet = |id: u64| json!({"orderId": id, "orderedAt": "2026-03-01T10:00:00", "orderItems": [item]});
        let honest = json!({"data": [sheet(30), sheet(31)]});
        let mut body = honest.clone();
        walk(&mut body, &[poisoned(Channel::Coupang, Poison::WrongType)]);
        assert_eq!(body["data"][0], honest["data"][0]);
        assert_eq!(body["data"][1]["orderItems"][0]["shippingCount"], "many");
        walk(&mut body, &[poisoned(Channel::Coupang, Poison::HugeName)]);
        let name = body["data"][1]["orderItems"][0]["sellerProductName"].as_str();
        assert!(name.unwrap().len() > 10_000_000);
    }

    #[test]
    fn a_product_order_of_the_other_channel_is_found_by_its_order() {
        let detail = json!({"order": {"orderId": "31", "orderDate": "2026-03-01"}, "productOrder": {"quantity": 1}});
        let mut body = json!({"data": [detail]});
        walk(&mut body, &[poisoned(Channel::SmartStore, Poison::FarDate)]);
        let date = body.pointer("/data/0/order/orderDate").unwrap();
        assert!(date.as_str().unwrap().starts_with("9999"));
    }
}
