use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, week};

async fn exchanges(hub: &Hub, filter: &str) -> Vec<Value> {
    let (status, body) = hub
        .get(&format!("v4/{{v}}/exchangeRequests?{}{filter}", week()))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(
        (&body["code"], &body["nextToken"]),
        (&json!(200), &json!(""))
    );
    body["data"].as_array().unwrap().clone()
}

/// An order that arrived and whose buyer wants another option: (order id, exchange).
async fn exchanged(hub: &Hub) -> (i64, Value) {
    let (order, _) = hub.delivered("680405450931").await;
    let answer = hub
        .buyer(order, "exchange", json!({"reason": "different_option"}))
        .await;
    assert_eq!(answer["result"], "exchange_requested");
    (order, exchanges(hub, "&status=RECEIPT").await[0].clone())
}

async fn call(
    hub: &Hub,
    method: Method,
    exchange: &Value,
    action: &str,
    body: Value,
) -> (StatusCode, Value) {
    let id = &exchange["exchangeId"];
    hub.coupang(
        method,
        &format!("v4/{{v}}/exchangeRequests/{id}/{action}"),
        body,
    )
    .await
}

fn invoice(hub: &Hub, exchange: &Value, shipment_box: &Value) -> Value {
    json!([{
        "exchangeId": exchange["exchangeId"].to_string(), "vendorId": hub.vendor(), "shipmentBoxId": shipment_box,
        "goodsDeliveryCode": "CJGLS", "invoiceNumber": "680405450953",
    }])
}

#[tokio::test]
async fn an_exchange_is_received_gets_a_new_box_and_is_shipped() {
    let hub = Hub::start().await;
    let (order, exchange) = exchanged(&hub).await;
    assert_eq!(exchange["orderId"], json!(order));
    assert_eq!(exchange["reasonCode"], "DIFFERENTOPT");
    assert_eq!(exchange["collectStatus"], "BeforeDirection");
    assert_eq!(exchange["deliveryInvoiceGroupDtos"], json!([]));
    let item = &exchange["exchangeItemDtoV1s"][0];
    assert!(item["originalShipmentBoxId"].is_i64());
    let id = &exchange["exchangeId"];
    let body = json!({"exchangeId": id, "vendorId": hub.vendor()});
    let (_, early) = call(
        &hub,
        Method::POST,
        &exchange,
        "invoices",
        invoice(&hub, &exchange, &json!(1)),
    )
    .await;
    assert_eq!(early["data"]["resultCode"], "FAIL", "{early}");
    let (_, received) = call(
        &hub,
        Method::PUT,
        &exchange,
        "receiveConfirmation",
        body.clone(),
    )
    .await;
    assert_eq!(received, json!({"code": "200", "message": "SUCCESS"}));
    let row = exchanges(&hub, "&status=PROGRESS").await[0].clone();
    assert_eq!(
        (&row["collectStatus"], &row["successable"]),
        (&json!("CompleteCollect"), &json!(true))
    );
    let group = &row["deliveryInvoiceGroupDtos"][0];
    let (_, wrong) = call(
        &hub,
        Method::POST,
        &exchange,
        "invoices",
        invoice(&hub, &exchange, &json!(1)),
    )
    .await;
    assert_eq!(wrong["data"]["resultCode"], "FAIL");
    let (_, shipped) = call(
        &hub,
        Method::POST,
        &exchange,
        "invoices",
        invoice(&hub, &exchange, &group["shipmentBoxId"]),
    )
    .await;
    assert_eq!(shipped["data"]["resultCode"], "SUCCESS", "{shipped}");
    let row = exchanges(&hub, &format!("&orderId={order}")).await[0].clone();
    assert_eq!(
        (&row["exchangeStatus"], &row["deliveryStatus"]),
        (&json!("SUCCESS"), &json!("Delivering"))
    );
    let parcel = &row["deliveryInvoiceGroupDtos"][0]["deliveryInvoiceDtos"][0];
    assert_eq!(parcel["invoiceNumber"], "680405450953");
    let (status, _) = call(&hub, Method::PATCH, &exchange, "receiveConfirmation", body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_new_box_shows_a_while_after_the_reception() {
    let hub = Hub::start().await;
    let (_, exchange) = exchanged(&hub).await;
    hub.control(Method::PUT, "visibility", json!({"delay_seconds": 600}))
        .await;
    let body = json!({"exchangeId": exchange["exchangeId"], "vendorId": hub.vendor()});
    call(&hub, Method::PUT, &exchange, "receiveConfirmation", body).await;
    let boxes = async || exchanges(&hub, "").await[0]["deliveryInvoiceGroupDtos"].clone();
    assert_eq!(boxes().await, json!([]));
    hub.control(Method::PUT, "clock", json!({"advance_seconds": 601}))
        .await;
    assert_eq!(boxes().await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_exchange_can_be_rejected_once() {
    let hub = Hub::start().await;
    let (_, exchange) = exchanged(&hub).await;
    let body = |code: &str| json!({"exchangeId": exchange["exchangeId"], "vendorId": hub.vendor(), "exchangeRejectCode": code});
    let (status, _) = call(&hub, Method::PUT, &exchange, "rejection", body("BORED")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (_, done) = call(&hub, Method::PUT, &exchange, "rejection", body("SOLDOUT")).await;
    assert_eq!(done["data"]["resultCode"], "SUCCESS");
    assert_eq!(exchanges(&hub, "&status=REJECT").await.len(), 1);
    let (_, again) = call(&hub, Method::PATCH, &exchange, "rejection", body("SOLDOUT")).await;
    assert_eq!(again["data"]["resultCode"], "FAIL");
}

#[tokio::test]
async fn a_buyer_who_keeps_the_goods_ends_the_exchange() {
    let hub = Hub::start().await;
    let (order, exchange) = exchanged(&hub).await;
    let path = format!("orders/coupang/{order}/exchange");
    let (status, _) = hub.control(Method::POST, &path, json!({})).await;
    assert_eq!(
        status,
        StatusCode::BAD_REQUEST,
        "all of it is being exchanged"
    );
    let path = format!("exchanges/coupang/{}/withdraw", exchange["exchangeId"]);
    assert_eq!(
        hub.control(Method::POST, &path, json!({})).await.0,
        StatusCode::OK
    );
    let row = exchanges(&hub, "&status=CANCEL").await[0].clone();
    assert_eq!(row["collectStatus"], "Withdraw");
    assert_eq!(
        hub.control(Method::POST, &path, json!({})).await.0,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn bad_calls_are_refused_in_coupangs_words() {
    let hub = Hub::start().await;
    let (_, exchange) = exchanged(&hub).await;
    let cases = [
        (
            "createdAtFrom=2026-03-01T00:00:00&createdAtTo=2026-03-08T00:00:01",
            "error-message=createdAtTo - createdAtFrom should less then 7day.",
        ),
        (
            "createdAtFrom=2026-03-01&createdAtTo=2026-03-02T00:00:00",
            "createdAtFrom format should be yyyy-MM-ddTHH:mm:ss.",
        ),
        (
            "createdAtFrom=2026-03-02T00:00:00&createdAtTo=2026-03-01T00:00:00",
            "start time should early or equals to end time",
        ),
    ];
    for (query, message) in cases {
        let (status, body) = hub.get(&format!("v4/{{v}}/exchangeRequests?{query}")).await;
        assert_eq!(
            (status, body["message"].as_str().unwrap()),
            (StatusCode::BAD_REQUEST, message)
        );
    }
    let body = json!({"exchangeId": exchange["exchangeId"], "vendorId": "A1"});
    let (_, other) = call(&hub, Method::PUT, &exchange, "receiveConfirmation", body).await;
    assert_eq!(
        other["message"],
        "The vendorId in path or requestBody doesn't match the one got from api-gateway."
    );
    let (_, null) = call(
        &hub,
        Method::POST,
        &exchange,
        "invoices",
        json!([{"exchangeId": exchange["exchangeId"], "vendorId": hub.vendor()}]),
    )
    .await;
    assert!(
        null["message"]
            .as_str()
            .unwrap()
            .starts_with("params are not allowed null"),
        "{null}"
    );
    for path in [
        format!("v5/{{v}}/exchangeRequests?{}", week()),
        format!("v4/{{v}}/exchangeRequests/{}", exchange["exchangeId"]),
    ] {
        let (status, body) = hub.get(&path).await;
        assert_eq!(status, StatusCode::PRECONDITION_FAILED);
        assert!(
            body["message"]
                .as_str()
                .unwrap()
                .starts_with("No exactly matching API specification")
        );
    }
}
