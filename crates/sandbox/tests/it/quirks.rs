use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, today};

async fn with(hub: &Hub, switch: &str) {
    let (status, _) = hub
        .control(Method::PUT, "coupang", json!({switch: true}))
        .await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn names_can_come_masked_and_safe_numbers_null() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    with(&hub, "mask_names").await;
    with(&hub, "null_safe_numbers").await;
    let sheet = hub.sheet(parcel).await;
    assert!(sheet["receiver"]["name"].as_str().unwrap().contains('*'));
    assert_eq!(sheet["receiver"]["safeNumber"], Value::Null);
    assert_eq!(sheet["orderer"]["safeNumber"], Value::Null);
    hub.cancel(order).await;
    let receipt = hub.receipts("status=RU").await[0].clone();
    assert!(receipt["requesterName"].as_str().unwrap().contains('*'));
    assert_eq!(receipt["requesterPhoneNumber"], Value::Null);
}

#[tokio::test]
async fn refusals_can_be_english() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.place_one().await;
    hub.cancel(order).await;
    with(&hub, "english_refusals").await;
    let (_, body) = hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
    assert_eq!(body["message"], "The order has been cancelled or returned");
    let wide = "createdAtFrom=2026-03-01%2B09:00&createdAtTo=2026-04-01%2B09:00&status=ACCEPT";
    let (_, body) = hub.get(&format!("v5/{{v}}/ordersheets?{wide}")).await;
    assert_eq!(
        body["message"],
        "endTime-startTime range should less than 32 day."
    );
}

#[tokio::test]
async fn the_last_day_of_a_list_can_be_left_out() {
    let hub = Hub::start().await;
    hub.place_one().await;
    let list = format!("v5/{{v}}/ordersheets?{}&status=ACCEPT", today());
    assert_eq!(hub.get(&list).await.1["data"].as_array().unwrap().len(), 1);
    with(&hub, "exclusive_end").await;
    assert_eq!(hub.get(&list).await.1["data"], json!([]));
}

#[tokio::test]
async fn older_and_newer_forms_of_reads_can_be_had() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.place_one().await;
    with(&hub, "old_order_is_object").await;
    let (_, old) = hub.get(&format!("v4/{{v}}/{order}/ordersheets")).await;
    assert_eq!(old["data"]["shipmentBoxId"], json!(parcel));
    let (_, new) = hub.get(&format!("v5/{{v}}/{order}/ordersheets")).await;
    assert!(new["data"].is_array());
    with(&hub, "new_history_nests_data").await;
    let (_, history) = hub
        .get(&format!("v5/{{v}}/ordersheets/{parcel}/history"))
        .await;
    assert_eq!(history["data"]["data"][0]["deliveryStatus"], "ACCEPT");
}

#[tokio::test]
async fn already_shipped_can_end_the_receipt() {
    let hub = Hub::start().await;
    with(&hub, "already_shipped_completes").await;
    let (order, _) = hub.instructed().await;
    hub.cancel(order).await;
    let receipt = hub.receipts("status=RU").await[0]["receiptId"].clone();
    let body = json!({
        "vendorId": hub.vendor(), "receiptId": receipt, "deliveryCompanyCode": "CJGLS",
        "invoiceNumber": "680405450931",
    });
    let path = format!("v4/{{v}}/returnRequests/{receipt}/completedShipment");
    hub.coupang(Method::PUT, &path, body).await;
    let row = hub.receipts("status=CC").await[0].clone();
    assert_eq!(row["returnItems"][0]["releaseStatus"], "A");
}

#[tokio::test]
async fn the_list_of_products_can_insist_on_its_token() {
    let hub = Hub::start().await;
    with(&hub, "products_need_token").await;
    let list = format!("seller-products?vendorId={}", hub.vendor());
    let (_, without) = hub.goods(Method::GET, &list).await;
    assert_eq!(without["data"], json!([]));
    let (_, empty) = hub.goods(Method::GET, &format!("{list}&nextToken=")).await;
    assert_eq!(empty["data"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn refusals_can_say_why_under_other_names() {
    let hub = Hub::start().await;
    let wrong = json!({"refusal_words_in": "error"});
    let (status, _) = hub.control(Method::PUT, "coupang", wrong).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let wanted = json!({"refusal_words_in": "errorMessage"});
    hub.control(Method::PUT, "coupang", wanted).await;
    let (status, body) = hub.get("v5/{v}/ordersheets/1").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["errorMessage"], "유효하지 않은 주문번호 입니다.");
    assert_eq!(body["message"], Value::Null);
}

#[tokio::test]
async fn long_lists_of_completed_returns_can_take_too_long() {
    let hub = Hub::start().await;
    with(&hub, "slow_completed_returns").await;
    let list = async |from: &str, status: &str| {
        let query = format!("createdAtFrom={from}&createdAtTo=2026-03-30&status={status}");
        hub.get(&format!("v6/{{v}}/returnRequests?{query}")).await.0
    };
    assert_eq!(list("2026-03-01", "CC").await, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(list("2026-03-01", "UC").await, StatusCode::OK);
    assert_eq!(list("2026-03-17", "CC").await, StatusCode::OK);
}

#[tokio::test]
async fn a_refused_acknowledgement_can_have_another_code() {
    let hub = Hub::start().await;
    let code = json!({"refused_acknowledge_code": "FAIL"});
    hub.control(Method::PUT, "coupang", code).await;
    let (_, parcel) = hub.instructed().await;
    let again = hub.acknowledge(&[parcel]).await;
    assert_eq!(again["data"]["responseList"][0]["resultCode"], "FAIL");
}

#[tokio::test]
async fn refusals_of_the_product_api_can_come_with_status_200() {
    let hub = Hub::start().await;
    with(&hub, "product_errors_are_ok").await;
    let (status, body) = hub.goods(Method::GET, "seller-products/5").await;
    assert_eq!((status, &body["code"]), (StatusCode::OK, &json!("ERROR")));
}
