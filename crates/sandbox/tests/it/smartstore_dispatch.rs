//! Confirming and dispatching at SmartStore, and how it is judged.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::now;
use crate::smartstore_hub::{Store, wire};

fn code(data: &Value) -> &Value {
    &data["failProductOrderInfos"][0]["code"]
}

#[tokio::test]
async fn confirming_answers_item_by_item_with_keys_of_its_own() {
    let store = Store::start().await;
    let (_, id) = store.place_one().await;
    let data = store.confirm(&[&id, "2022051122441251"]).await;
    assert_eq!(
        data["successProductOrderInfos"],
        json!([{"productOrderId": id, "isReceiverAddressChanged": false}])
    );
    assert_eq!(code(&data), &json!("100001"));
    let row = store.detail(&id).await["productOrder"].clone();
    assert_eq!(row["placeOrderStatus"], json!("OK"));
    assert!(row["placeOrderDate"].is_string());
    let again = store.confirm(&[&id]).await;
    assert_eq!(code(&again), &json!("104443"));
    assert_eq!(
        again["failProductOrderInfos"][0]["message"],
        json!("이미 발주확인 된 주문입니다.")
    );
    store.rules(json!({"ignore_second_confirm": true})).await;
    let again = store.confirm(&[&id]).await;
    assert_eq!(
        again["successProductOrderInfos"][0]["productOrderId"],
        json!(id)
    );
    let verdict = store.hub.verdict().await;
    assert_eq!(
        (&verdict["orders_placed"], &verdict["orders_acknowledged"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn a_dispatch_leaves_the_seller_and_counts_once() {
    let store = Store::start().await;
    let (_, id) = store.confirmed().await;
    store.detail(&id).await;
    let data = store.dispatch(&id, "123456789012").await;
    assert_eq!(data["successProductOrderIds"], json!([id]));
    let detail = store.detail(&id).await;
    assert_eq!(
        detail["productOrder"]["productOrderStatus"],
        json!("DELIVERING")
    );
    assert_eq!(detail["delivery"]["deliveryCompany"], json!("CJGLS"));
    assert_eq!(detail["delivery"]["trackingNumber"], json!("123456789012"));
    let again = store.dispatch(&id, "123456789012").await;
    assert_eq!(
        again["successProductOrderIds"],
        json!([id]),
        "the same again is ignored"
    );
    let verdict = store.hub.verdict().await;
    assert_eq!(verdict["dispatches_accepted"], json!(1));
    assert_eq!(verdict["dispatches_doubled"], json!(0));
    let other = store.dispatch(&id, "999999999999").await;
    assert!(
        other["failProductOrderInfos"][0]["message"]
            .as_str()
            .unwrap()
            .contains("이미 발송")
    );
    assert_eq!(store.hub.verdict().await["dispatches_doubled"], json!(1));
    assert_eq!(
        store.hub.verdict().await["dispatches_after_cancel"],
        json!(0)
    );
}

#[tokio::test]
async fn what_is_wrong_with_an_item_has_its_code() {
    let store = Store::start().await;
    let (_, id) = store.confirmed().await;
    let (_, other) = store.confirmed().await;
    store.detail(&other).await;
    store.dispatch(&other, "555555555555").await;
    let sound = json!({
        "productOrderId": id, "deliveryMethod": "DELIVERY", "deliveryCompanyCode": "CJGLS",
        "trackingNumber": "123456789012", "dispatchDate": wire(now()),
    });
    for (name, value, expected) in [
        ("deliveryMethod", Value::Null, "104133"),
        ("deliveryMethod", json!("RETURN_INDIVIDUAL"), "104116"),
        ("deliveryCompanyCode", Value::Null, "104118"),
        ("deliveryCompanyCode", json!("LOTTE"), "104119"),
        ("trackingNumber", Value::Null, "104120"),
        ("trackingNumber", json!("12"), "104122"),
        ("trackingNumber", json!("555555555555"), "104121"),
        ("dispatchDate", Value::Null, "104133"),
        ("productOrderId", json!("2022051122441251"), "100001"),
    ] {
        let mut item = sound.clone();
        item[name] = value;
        if item[name].is_null() {
            item.as_object_mut().unwrap().remove(name);
        }
        let data = store.dispatch_as(item).await;
        assert_eq!(code(&data), &json!(expected), "{name}");
    }
    for (name, value) in [
        ("deliveryCompanyCode", json!("")),
        ("deliveryMethod", json!("PIGEON")),
        ("dispatchDate", json!("2026-01-01")),
    ] {
        let mut item = sound.clone();
        item[name] = value;
        let (status, body) = store
            .call(
                Method::POST,
                "/v1/pay-order/seller/product-orders/dispatch",
                json!({"dispatchProductOrders": [item]}),
            )
            .await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::BAD_REQUEST, &json!("000400")),
            "{name}"
        );
        assert!(
            body["message"]
                .as_str()
                .unwrap()
                .contains("HttpMessageNotReadableException")
        );
    }
    let twice = json!({"dispatchProductOrders": [sound, sound]});
    store.detail(&id).await;
    let data = store
        .orders(Method::POST, "product-orders/dispatch", twice)
        .await;
    assert_eq!(data["successProductOrderIds"], json!([id]));
    assert_eq!(code(&data), &json!("104131"));
    let many = json!({"productOrderIds": vec!["2022051122441251"; 31]});
    let (status, _) = store
        .call(
            Method::POST,
            "/v1/pay-order/seller/product-orders/confirm",
            many,
        )
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_unconfirmed_order_cannot_leave_unless_the_desk_says_so() {
    let store = Store::start().await;
    let (_, id) = store.place_one().await;
    store.detail(&id).await;
    assert_eq!(
        code(&store.dispatch(&id, "123456789012").await),
        &json!("104443")
    );
    store.rules(json!({"dispatch_confirms": true})).await;
    let data = store.dispatch(&id, "123456789012").await;
    assert_eq!(data["successProductOrderIds"], json!([id]));
    assert_eq!(
        store.detail(&id).await["productOrder"]["placeOrderStatus"],
        json!("OK")
    );
}

#[tokio::test]
async fn a_package_may_share_a_number_and_digital_goods_need_none() {
    let store = Store::start().await;
    let (_, ids) = loop {
        let placed = store.place(json!({"kind": "physical", "lines": 2})).await;
        let mut packages = Vec::new();
        for id in &placed.1 {
            packages.push(store.detail(id).await["productOrder"]["packageNumber"].clone());
        }
        if packages[0] == packages[1] {
            break placed;
        }
    };
    store.confirm(&[&ids[0], &ids[1]]).await;
    for id in &ids {
        store.detail(id).await;
        let data = store.dispatch(id, "777777777777").await;
        assert_eq!(data["successProductOrderIds"], json!([id]));
    }
    let (_, digital) = store.place(json!({"kind": "digital", "lines": 1})).await;
    store.confirm(&[&digital[0]]).await;
    store.detail(&digital[0]).await;
    let data = store
        .dispatch_as(json!({"productOrderId": digital[0], "deliveryMethod": "NOTHING", "dispatchDate": wire(now())}))
        .await;
    assert_eq!(data["successProductOrderIds"], json!([digital[0]]));
    let delivery = store.detail(&digital[0]).await["delivery"].clone();
    assert_eq!(delivery["deliveryStatus"], json!("NOT_TRACKING"));
    assert!(delivery.get("trackingNumber").is_none());
}

#[tokio::test]
async fn before_confirming_a_cancel_is_done_at_once() {
    let store = Store::start().await;
    let (order, id) = store.place_one().await;
    store.buyer(&order, "cancel").await;
    let row = store.row(&id).await;
    assert_eq!(row["lastChangedType"], json!("CLAIM_COMPLETED"));
    assert_eq!(
        (&row["claimType"], &row["claimStatus"]),
        (&json!("CANCEL"), &json!("CANCEL_DONE"))
    );
    let detail = store.detail(&id).await;
    assert_eq!(
        detail["productOrder"]["productOrderStatus"],
        json!("CANCELED")
    );
    assert_eq!(
        detail["currentClaim"]["cancel"]["claimStatus"],
        json!("CANCEL_DONE")
    );
    assert_eq!(code(&store.confirm(&[&id]).await), &json!("104442"));
    let (status, _) = store
        .hub
        .control(
            Method::POST,
            &format!("orders/smartstore/{order}/cancel"),
            Value::Null,
        )
        .await;
    assert_eq!(status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn dispatching_over_a_cancel_request_ships_and_is_held_against_the_sender() {
    let store = Store::start().await;
    let (order, id) = store.confirmed().await;
    store.buyer(&order, "cancel").await;
    let row = store.row(&id).await;
    assert_eq!(row["claimStatus"], json!("CANCEL_REQUEST"));
    assert_eq!(row["productOrderStatus"], json!("PAYED"));
    assert_eq!(
        store.detail(&id).await["currentClaim"]["cancel"]["claimStatus"],
        json!("CANCEL_REQUEST")
    );
    let data = store.dispatch(&id, "123456789012").await;
    assert_eq!(data["successProductOrderIds"], json!([id]));
    let detail = store.detail(&id).await;
    assert_eq!(
        detail["productOrder"]["productOrderStatus"],
        json!("DELIVERING")
    );
    assert_eq!(
        detail["productOrder"]["claimStatus"],
        json!("CANCEL_REJECT")
    );
    let verdict = store.hub.verdict().await;
    assert_eq!(verdict["dispatches_after_cancel"], json!(1));
    assert_eq!(verdict["dispatches_accepted"], json!(1));
}

#[tokio::test]
async fn a_cancel_between_the_look_and_the_dispatch_is_nobodys_fault() {
    let store = Store::start().await;
    let (order, id) = store.confirmed().await;
    store.detail(&id).await;
    store.buyer(&order, "cancel").await;
    store.dispatch(&id, "123456789012").await;
    assert_eq!(
        store.hub.verdict().await["dispatches_after_cancel"],
        json!(0)
    );
}

#[tokio::test]
async fn stock_goes_with_the_payment_and_comes_back_with_a_cancel() {
    let store = Store::start().await;
    let (order, _) = store.place_one().await;
    let stock = async || {
        let accounts = store.control(Method::GET, "accounts", Value::Null).await;
        let listings = accounts["smartstore"][0]["listings"]
            .as_array()
            .unwrap()
            .clone();
        listings
            .iter()
            .map(|row| row["stock"].as_i64().unwrap())
            .sum::<i64>()
    };
    let sold = stock().await;
    store.buyer(&order, "cancel").await;
    assert!(stock().await > sold);
    assert_eq!(stock().await % 99_999, 0);
}

#[tokio::test]
async fn ids_and_numbers_may_come_as_numbers_and_answers_in_any_order() {
    let store = Store::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(store.place_one().await.1.parse::<u64>().unwrap());
    }
    let data = store
        .orders(
            Method::POST,
            "product-orders/confirm",
            json!({"productOrderIds": ids}),
        )
        .await;
    assert_eq!(
        data["successProductOrderInfos"].as_array().unwrap().len(),
        3
    );
    let data = store
        .orders(
            Method::POST,
            "product-orders/query",
            json!({"productOrderIds": ids}),
        )
        .await;
    let answered: Vec<u64> = data
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            row["productOrder"]["productOrderId"]
                .as_str()
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect();
    assert_ne!(answered, ids, "nobody promised the order of the answer");
    let data = store
        .dispatch_as(json!({
            "productOrderId": ids[0], "deliveryMethod": "DELIVERY", "deliveryCompanyCode": "CJGLS",
            "trackingNumber": 123_456_789_012_u64, "dispatchDate": wire(now()),
        }))
        .await;
    assert_eq!(data["successProductOrderIds"], json!([ids[0].to_string()]));
}
