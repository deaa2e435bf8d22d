use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::Hub;

fn body(hub: &Hub, order: i64, items: Value, counts: Value) -> Value {
    json!({
        "orderId": order, "vendorItemIds": items, "receiptCounts": counts, "bigCancelCode": "CANERR",
        "middleCancelCode": "CCTTER", "vendorId": hub.vendor(),
        "userId": hub.accounts["coupang"][0]["wing_user_id"],
    })
}

async fn cancel(hub: &Hub, order: i64, body: Value) -> (StatusCode, Value) {
    hub.coupang(
        Method::POST,
        &format!("v5/{{v}}/orders/{order}/cancel"),
        body,
    )
    .await
}

#[tokio::test]
async fn goods_that_wait_are_gone_at_once_and_prepared_goods_are_stopped() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.place_one().await;
    let item = hub.sheet(parcel).await["orderItems"][0].clone();
    let wanted = body(
        &hub,
        order,
        json!([item["vendorItemId"]]),
        json!([item["shippingCount"]]),
    );
    let (status, answer) = cancel(&hub, order, wanted).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::OK, &json!("200")),
        "{answer}"
    );
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .starts_with("[요청번호] ")
    );
    let map = answer["data"]["receiptMap"].as_object().unwrap();
    let (id, receipt) = map.iter().next().unwrap();
    assert_eq!(json!(id), json!(receipt["receiptId"].to_string()));
    assert_eq!(receipt["receiptType"], "CANCEL");
    assert_eq!(receipt["totalCount"], item["shippingCount"]);
    assert_eq!(answer["data"]["failedVendorItemIds"], json!([]));
    let rows = hub.receipts("cancelType=CANCEL").await;
    assert_eq!(rows[0]["receiptId"], receipt["receiptId"]);
    assert_eq!(rows[0]["faultByType"], "VENDOR");

    let (order, parcel) = hub.instructed().await;
    let item = hub.sheet(parcel).await["orderItems"][0].clone();
    let wanted = body(
        &hub,
        order,
        json!([item["vendorItemId"]]),
        json!([item["shippingCount"]]),
    );
    let (_, answer) = hub
        .coupang(
            Method::POST,
            &format!("v6/{{v}}/orders/{order}/cancel"),
            wanted,
        )
        .await;
    let map = answer["data"]["receiptMap"].as_object().unwrap();
    assert_eq!(
        map.values().next().unwrap()["receiptType"],
        "STOP_SHIPMENT",
        "{answer}"
    );
    let rows = hub.receipts("status=CC").await;
    assert_eq!(rows[0]["returnItems"][0]["releaseStatus"], "S");
    assert_eq!(rows[0]["returnItems"][0]["cancelCompleteUser"], "3P_CANCEL");
    assert_eq!(
        hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn what_cannot_be_cancelled_is_told_in_the_odd_envelope() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.place_bundle().await;
    let lines = hub.sheet(parcel).await["orderItems"].clone();
    let (first, second) = (&lines[0], &lines[1]);
    let wanted = body(
        &hub,
        order,
        json!([first["vendorItemId"], second["vendorItemId"], 1]),
        json!([first["shippingCount"], 99, 1]),
    );
    let (status, answer) = cancel(&hub, order, wanted).await;
    assert_eq!((status, &answer["code"]), (StatusCode::OK, &json!("200")));
    assert_eq!(
        answer["data"]["failedVendorItemIds"],
        json!([second["vendorItemId"], 1])
    );
    let words = format!(
        "[{}]<= 취소 가능한 개수보다 요청한 개수가 더 많습니다",
        second["vendorItemId"]
    );
    assert!(
        answer["message"].as_str().unwrap().contains(&words),
        "{answer}"
    );
    assert_eq!(hub.sheet(parcel).await["orderItems"][0]["canceled"], true);

    let wanted = body(&hub, order, json!([1]), json!([1]));
    let (status, answer) = cancel(&hub, order, wanted).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::OK, &json!("400")),
        "nothing was cancelled, and the status says OK"
    );
    assert_eq!(answer["data"]["receiptMap"], json!({}));
}

#[tokio::test]
async fn a_call_that_makes_no_sense_is_refused_whole() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.place_one().await;
    let item = hub.sheet(parcel).await["orderItems"][0]["vendorItemId"].clone();
    let good = body(&hub, order, json!([item]), json!([1]));
    let cases = [
        (
            "userId",
            json!("somebody"),
            "userId가 올바르지 않습니다. [somebody]",
        ),
        ("userId", Value::Null, "userId은(는) 필수값입니다."),
        (
            "bigCancelCode",
            Value::Null,
            "bigCancelCode은(는) 필수값입니다.",
        ),
        (
            "vendorItemIds",
            json!([]),
            "vendorItemIds은(는) 필수값입니다.",
        ),
        (
            "receiptCounts",
            json!([1, 1]),
            "vendorItemIds와 receiptCounts의 개수가 일치하지 않습니다.",
        ),
        (
            "middleCancelCode",
            json!("X"),
            "취소사유 코드가 올바르지 않습니다. [CANERR, X]",
        ),
        ("vendorId", json!("A1"), "Invalid vendor ID"),
        (
            "orderId",
            json!(order + 1),
            "유효하지 않은 주문번호 입니다.",
        ),
    ];
    for (field, value, message) in cases {
        let mut wrong = good.clone();
        wrong[field] = value;
        let (status, answer) = cancel(&hub, order, wrong).await;
        assert_eq!(
            (status, answer["message"].as_str().unwrap()),
            (StatusCode::BAD_REQUEST, message),
            "{field}"
        );
    }
}
