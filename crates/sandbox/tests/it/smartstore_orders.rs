//! Reading SmartStore's orders: the changed feed, details, a day by condition.

use std::collections::HashSet;

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::now;
use crate::smartstore_hub::{Store, encoded};

const FEED: &str = "/v1/pay-order/seller/product-orders/last-changed-statuses";
const LIST: &str = "/v1/pay-order/seller/product-orders";

#[tokio::test]
async fn an_order_shows_one_row_for_each_product_order() {
    let store = Store::start().await;
    let (order, ids) = store.place(json!({"lines": 3, "kind": "physical"})).await;
    assert_eq!((order.len(), ids.len()), (16, 3));
    let rows = store.feed().await;
    assert_eq!(rows.len(), 3);
    for row in &rows {
        assert_eq!(row["orderId"], json!(order));
        assert_eq!(row["lastChangedType"], json!("PAYED"));
        assert_eq!(row["productOrderStatus"], json!("PAYED"));
        assert_eq!(row["receiverAddressChanged"], json!(false));
        assert_eq!(row["paymentDate"], row["lastChangedDate"]);
        assert!(
            row.get("claimType").is_none(),
            "what does not apply is left out"
        );
        assert!(row["lastChangedDate"].as_str().unwrap().ends_with("+09:00"));
    }
    let data = store
        .orders(
            Method::GET,
            &format!("orders/{order}/product-order-ids"),
            Value::Null,
        )
        .await;
    assert_eq!(data, json!(ids));
    let (status, body) = store
        .get("/v1/pay-order/seller/orders/2022051120592121/product-order-ids")
        .await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::BAD_REQUEST, &json!("100003"))
    );
}

#[tokio::test]
async fn nothing_changed_means_no_data_at_all() {
    let store = Store::start().await;
    let from = encoded(now() - TimeDelta::hours(1));
    let (status, body) = store.get(&format!("{FEED}?lastChangedFrom={from}")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.get("data").is_none(), "{body}");
    assert!(body["timestamp"].is_string() && body["traceId"].is_string());
}

#[tokio::test]
async fn an_event_rewrites_the_row_so_that_it_leaves_its_old_window() {
    let store = Store::start().await;
    let (_, id) = store.confirmed().await;
    let paid = store.row(&id).await;
    assert_eq!(
        paid["lastChangedType"],
        json!("PAYED"),
        "confirming moves no row"
    );
    store.advance(60).await;
    store.detail(&id).await;
    store.dispatch(&id, "123456789012").await;
    let row = store.row(&id).await;
    assert_eq!(row["lastChangedType"], json!("DISPATCHED"));
    assert_eq!(row["productOrderStatus"], json!("DELIVERING"));
    let at = paid["lastChangedDate"]
        .as_str()
        .unwrap()
        .replace('+', "%2B");
    let query = format!("lastChangedFrom={at}&lastChangedTo={at}");
    assert!(store.feed_from(&query).await.is_empty());
    let from = encoded(now() - TimeDelta::hours(1));
    let query = format!("lastChangedFrom={from}&lastChangedType=PAYED");
    assert!(
        store.feed_from(&query).await.is_empty(),
        "the filter looks at the latest type"
    );
}

#[tokio::test]
async fn following_more_reads_every_row_once_even_where_many_changed_at_once() {
    let store = Store::start().await;
    let body = json!({"channel": "smartstore", "kind": "physical", "lines": 2, "count": 330});
    store.control(Method::POST, "orders", body).await;
    let (from, to) = (
        encoded(now() - TimeDelta::hours(1)),
        encoded(now() + TimeDelta::minutes(5)),
    );
    let first = format!("{FEED}?lastChangedFrom={from}&lastChangedTo={to}&limitCount=1000");
    let (mut path, mut seen, mut pages) = (first, HashSet::new(), 0);
    let mut before = (String::new(), String::new());
    loop {
        let (status, body) = store.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        pages += 1;
        let rows = body["data"]["lastChangeStatuses"].as_array().unwrap();
        assert_eq!(body["data"]["count"], json!(rows.len()));
        for row in rows {
            let key = |name: &str| row[name].as_str().unwrap().to_owned();
            let place = (key("lastChangedDate"), key("productOrderId"));
            assert!(before < place, "sorted by date, then id");
            before = place.clone();
            assert!(seen.insert(place.1));
        }
        let more = &body["data"]["more"];
        if more.is_null() {
            break;
        }
        assert_eq!(rows.len(), 300);
        let from = more["moreFrom"].as_str().unwrap().replace('+', "%2B");
        let sequence = more["moreSequence"].as_str().unwrap();
        path = format!("{FEED}?lastChangedFrom={from}&lastChangedTo={to}&moreSequence={sequence}");
    }
    assert_eq!((seen.len(), pages), (660, 3));
}

#[tokio::test]
async fn windows_and_parameters_that_cannot_be_are_refused() {
    let store = Store::start().await;
    let day = "lastChangedFrom=2026-01-01T00:00:00.000%2B09:00";
    for (query, code) in [
        ("", "4000"),
        ("lastChangedFrom=2026-01-01T00:00:00.000+09:00", "4000"),
        ("lastChangedFrom=2026-01-01T00:00:00%2B09:00", "4000"),
        ("lastChangedFrom=2026-01-01", "4000"),
        (
            &format!("{day}&lastChangedTo=2026-01-02T00:00:00.001%2B09:00"),
            "104139",
        ),
        (
            &format!("{day}&lastChangedTo=2025-12-31T00:00:00.000%2B09:00"),
            "4000",
        ),
        (&format!("{day}&lastChangedType=DELIVERED"), "4000"),
        (&format!("{day}&limitCount=0"), "4000"),
        (&format!("{day}&moreSequence=abc"), "4000"),
    ] {
        let (status, body) = store.get(&format!("{FEED}?{query}")).await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::BAD_REQUEST, &json!(code)),
            "{query}: {body}"
        );
    }
    let (_, body) = store.get(FEED).await;
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .contains("lastChangedFrom")
    );
    let ends = format!("{day}&lastChangedTo=2026-01-02T00:00:00.000%2B09:00");
    assert_eq!(store.get(&format!("{FEED}?{ends}")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_detail_tells_everything_a_parcel_needs() {
    let store = Store::start().await;
    let (order, id) = store.place_one().await;
    let detail = store.detail(&id).await;
    let (head, row) = (&detail["order"], &detail["productOrder"]);
    assert_eq!(head["orderId"], json!(order));
    assert_eq!(head["isDeliveryMemoParticularInput"], json!("false"));
    assert!(head["ordererId"].as_str().unwrap().ends_with('*'));
    assert_eq!(row["productOrderId"], json!(id));
    assert_eq!(row["placeOrderStatus"], json!("NOT_YET"));
    assert_eq!(row["expectedDeliveryMethod"], json!("DELIVERY"));
    let (unit, option) = (
        row["unitPrice"].as_i64().unwrap(),
        row["optionPrice"].as_i64().unwrap(),
    );
    let quantity = row["quantity"].as_i64().unwrap();
    let won = |field: &str| row[field].as_i64().unwrap();
    let goods = (unit + option) * quantity;
    assert_eq!(
        won("totalPaymentAmount"),
        goods - won("productDiscountAmount")
    );
    assert!(won("sellerBurdenDiscountAmount") <= won("productDiscountAmount"));
    let (payment, sale) = (won("paymentCommission"), won("saleCommission"));
    let fee = won("deliveryFeeAmount") + won("sectionDeliveryFee");
    let sold = goods - won("sellerBurdenDiscountAmount") + fee;
    assert_eq!(won("expectedSettlementAmount"), sold - payment - sale);
    let address = &row["shippingAddress"];
    assert_eq!(address["zipCode"].as_str().unwrap().len(), 5);
    assert!(address["tel1"].as_str().unwrap().matches('-').count() == 2);
    assert!(row["productId"].is_string() && row["originalProductId"].is_string());
    assert!(detail.get("delivery").is_none() && detail.get("currentClaim").is_none());
    let sku = if row.get("optionCode").is_some() {
        "optionManageCode"
    } else {
        "sellerProductCode"
    };
    let known = store.account()["listings"].as_array().unwrap();
    assert!(
        known.iter().any(|listing| listing["sku"] == row[sku]),
        "{row}"
    );
}

#[tokio::test]
async fn product_orders_that_ship_together_share_a_package_and_digital_ones_need_no_parcel() {
    let store = Store::start().await;
    for _ in 0..8 {
        let (_, ids) = store.place(json!({"kind": "mixed", "lines": 4})).await;
        let mut packages = HashSet::new();
        for id in &ids {
            let row = store.detail(id).await["productOrder"].clone();
            let method = row["expectedDeliveryMethod"].as_str().unwrap().to_owned();
            packages.insert((row["packageNumber"].as_str().unwrap().to_owned(), method));
        }
        let numbers: HashSet<&String> = packages.iter().map(|(number, _)| number).collect();
        assert_eq!(numbers.len(), packages.len(), "one method in each package");
        assert!(packages.len() < 4);
    }
}

#[tokio::test]
async fn ids_of_others_are_left_out_or_refused_as_the_desk_says() {
    let store = Store::with(|config| config.accounts = 2).await;
    let other = store.account()["account_id"] == store.hub.accounts["smartstore"][0]["account_id"];
    assert!(other);
    let foreign = store.hub.accounts["smartstore"][1]["account_id"].clone();
    let (_, theirs) = store.place(json!({"account": foreign, "lines": 1})).await;
    let own = store.account()["account_id"].clone();
    let (_, ours) = store.place(json!({"account": own, "lines": 1})).await;
    let body = json!({"productOrderIds": [ours[0], theirs[0], "2022051122441251", "rubbish"]});
    let data = store
        .orders(Method::POST, "product-orders/query", body.clone())
        .await;
    assert_eq!(data.as_array().unwrap().len(), 1);
    store.rules(json!({"refuse_unknown_ids": true})).await;
    let (status, answer) = store
        .call(Method::POST, &format!("{LIST}/query"), body)
        .await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::BAD_REQUEST, &json!("101009"))
    );
    for (body, code) in [
        (json!({"productOrderIds": []}), "4000"),
        (
            json!({"productOrderIds": vec!["2022051122441251"; 301]}),
            "4000",
        ),
        (json!({"productOrderIds": "2022051122441251"}), "000400"),
        (json!({}), "000400"),
    ] {
        let (status, answer) = store
            .call(Method::POST, &format!("{LIST}/query"), body)
            .await;
        assert_eq!(
            (status, &answer["code"]),
            (StatusCode::BAD_REQUEST, &json!(code)),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_day_is_listed_by_state_and_in_pages() {
    let store = Store::start().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(store.place_one().await.1);
    }
    store.confirm(&[&ids[0], &ids[1]]).await;
    let from = encoded(now() - TimeDelta::hours(1));
    let list = |more: &str| format!("product-orders?from={from}{more}");
    let ids_of = |data: &Value| -> Vec<String> {
        data["contents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                assert_eq!(
                    row["productOrderId"],
                    row["content"]["productOrder"]["productOrderId"]
                );
                row["productOrderId"].as_str().unwrap().to_owned()
            })
            .collect()
    };
    let all = store.orders(Method::GET, &list(""), Value::Null).await;
    assert_eq!(ids_of(&all), ids);
    assert_eq!(
        all["pagination"],
        json!({"page": 1, "size": 300, "hasNext": false})
    );
    let waiting = store
        .orders(
            Method::GET,
            &list("&placeOrderStatusType=NOT_YET"),
            Value::Null,
        )
        .await;
    assert_eq!(ids_of(&waiting), ids[2..]);
    let path =
        list("&productOrderStatuses=PAYED&productOrderStatuses=DELIVERING&pageSize=2&page=2");
    let page = store.orders(Method::GET, &path, Value::Null).await;
    assert_eq!(ids_of(&page), ids[2..4]);
    assert_eq!(page["pagination"]["hasNext"], json!(true));
    let none = store
        .orders(
            Method::GET,
            &list("&productOrderStatuses=CANCELED"),
            Value::Null,
        )
        .await;
    assert!(ids_of(&none).is_empty());
    for query in [
        "",
        "from=2026-01-01T00:00:00.000%2B09:00&rangeType=YESTERDAY",
        "from=2026-01-01T00:00:00.000%2B09:00&pageSize=301",
    ] {
        let (status, _) = store.get(&format!("{LIST}?{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn orders_show_late_in_lists_when_asked_to_and_at_once_in_details() {
    let store = Store::start().await;
    store
        .control(Method::PUT, "visibility", json!({"delay_seconds": 600}))
        .await;
    let (_, id) = store.place_one().await;
    assert!(store.feed().await.is_empty());
    assert_eq!(
        store.detail(&id).await["productOrder"]["productOrderId"],
        json!(id)
    );
    store.advance(601).await;
    assert_eq!(store.row(&id).await["lastChangedType"], json!("PAYED"));
}

#[tokio::test]
async fn a_late_row_hides_behind_the_one_before() {
    let store = Store::start().await;
    let (_, id) = store.confirmed().await;
    store.rules(json!({"feed_delay_seconds": 300})).await;
    store.detail(&id).await;
    store.dispatch(&id, "123456789012").await;
    assert_eq!(store.row(&id).await["lastChangedType"], json!("PAYED"));
    assert_eq!(
        store.detail(&id).await["productOrder"]["productOrderStatus"],
        json!("DELIVERING")
    );
    store.advance(301).await;
    assert_eq!(store.row(&id).await["lastChangedType"], json!("DISPATCHED"));
}
