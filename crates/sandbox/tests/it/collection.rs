use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, week};

async fn register(
    hub: &Hub,
    kind: &str,
    id: &Value,
    carrier: &str,
    number: &str,
) -> (StatusCode, Value) {
    let body = json!({
        "returnExchangeDeliveryType": kind, "receiptId": id, "deliveryCompanyCode": carrier,
        "invoiceNumber": number, "regNumber": "20261127-1",
    });
    hub.coupang(Method::POST, "v4/{v}/return-exchange-invoices/manual", body)
        .await
}

#[tokio::test]
async fn the_number_goods_come_back_under_shows_in_the_return() {
    let hub = Hub::start().await;
    let (order, _) = hub.delivered("680405450931").await;
    hub.buyer(order, "return", json!({})).await;
    let receipt = hub.receipts("status=UC").await[0].clone();
    let id = &receipt["receiptId"];
    let (_, done) = register(&hub, "RETURN", id, "HANJIN", "401234567890").await;
    assert_eq!(
        (&done["data"]["receiptId"], &done["data"]["regNumber"]),
        (id, &json!("20261127-1"))
    );
    let row = hub.receipts("status=UC").await[0].clone();
    assert_eq!(row["returnDeliveryType"], "수기관리");
    assert_eq!(
        row["returnDeliveryDtos"],
        json!([{"deliveryCompanyCode": "HANJIN", "deliveryInvoiceNo": "401234567890"}])
    );
    let cases = [
        (
            ("CJGLS", "680405450931"),
            400,
            "출고 송장번호와 동일한 송장번호는 등록할 수 없습니다. [680405450931]",
        ),
        (
            ("LOTTE", "1"),
            500,
            "Invalid value for DeliveryCompanyCodeEnum: LOTTE",
        ),
        (
            ("HANJIN", "12"),
            400,
            "한진택배의 송장번호 형식에 맞지않는 운송장 번호 입니다. [12]",
        ),
    ];
    for ((carrier, number), status, message) in cases {
        let (answered, body) = register(&hub, "RETURN", id, carrier, number).await;
        assert_eq!(
            (answered.as_u16(), body["message"].as_str().unwrap()),
            (status, message)
        );
    }
    let (status, body) = register(&hub, "RETURN", &json!(5), "HANJIN", "401234567890").await;
    assert_eq!(
        (status.as_u16(), &body["message"]),
        (500, &json!("null")),
        "a wrong state"
    );
    let (status, body) = register(&hub, "RETURN", &Value::Null, "HANJIN", "1").await;
    assert_eq!(
        (status.as_u16(), &body["message"]),
        (400, &json!("Object is null"))
    );
}

#[tokio::test]
async fn an_exchange_is_in_progress_once_its_collection_is_registered() {
    let hub = Hub::start().await;
    let (order, _) = hub.delivered("680405450931").await;
    let answer = hub.buyer(order, "exchange", json!({})).await;
    let id = &answer["exchanges"][0]["exchange_id"];
    let (status, _) = register(&hub, "EXCHANGE", id, "HANJIN", "401234567890").await;
    assert_eq!(status, StatusCode::OK);
    let (_, body) = hub
        .get(&format!(
            "v4/{{v}}/exchangeRequests?{}&status=PROGRESS",
            week()
        ))
        .await;
    assert_eq!(body["data"][0]["collectStatus"], "CompleteDirection");
    let (status, _) = register(&hub, "EXCHANGE", id, "HANJIN", "401234567890").await;
    assert_eq!(
        status,
        StatusCode::INTERNAL_SERVER_ERROR,
        "directed already"
    );
}
