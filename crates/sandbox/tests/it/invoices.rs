use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, eventually};

fn code(body: &Value) -> &str {
    body["data"]["responseList"][0]["resultCode"]
        .as_str()
        .unwrap()
}

#[tokio::test]
async fn an_upload_dispatches_and_the_carrier_takes_over() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    let result = hub.look_and_dispatch(order, parcel, "680405450931").await;
    let expected = json!({
        "shipmentBoxId": parcel, "succeed": true, "resultCode": "OK", "retryRequired": false, "resultMessage": null,
    });
    assert_eq!(result, expected);
    let (_, sheet) = hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
    assert_eq!(sheet["data"]["status"], "DEPARTURE");
    assert_eq!(sheet["data"]["deliveryCompanyName"], "CJ대한통운");
    assert_eq!(sheet["data"]["invoiceNumber"], "680405450931");
    hub.control(Method::PUT, "clock", json!({"advance_seconds": 100_000}))
        .await;
    eventually(async || {
        let (_, sheet) = hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
        (sheet["data"]["status"] == "FINAL_DELIVERY").then_some(())
    })
    .await;
}

#[tokio::test]
async fn direct_delivery_is_never_tracked() {
    let hub = Hub::start().await;
    let placed = hub.place(json!({"kind": "digital", "lines": 1})).await;
    let (order, parcel): (i64, i64) = (
        placed[0].0.parse().unwrap(),
        placed[0].1[0].parse().unwrap(),
    );
    hub.acknowledge(&[parcel]).await;
    let (_, body) = hub
        .upload(vec![hub.dto(order, parcel, "DIRECT", "20261120001").await])
        .await;
    assert_eq!(code(&body), "OK");
    let (_, sheet) = hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
    assert_eq!(sheet["data"]["status"], "NONE_TRACKING");
}

#[tokio::test]
async fn a_bad_courier_or_number_refuses_the_whole_call() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    let cases = [
        (
            "LOTTE",
            "123456789012",
            "invalid delivery company code:LOTTE",
        ),
        (
            "CJGLS",
            "12345",
            "CJ대한통운의 송장번호 형식에 맞지않는 운송장 번호 입니다. [12345]",
        ),
        (
            "HANJIN",
            "1234-5678-9012",
            "한진택배의 운송장번호는 숫자로만 구성되어야 합니다. InvoiceNumber must be number. [1234-5678-9012]",
        ),
    ];
    for (carrier, number, message) in cases {
        let (status, body) = hub
            .upload(vec![hub.dto(order, parcel, carrier, number).await])
            .await;
        assert_eq!(
            (status, body["message"].as_str().unwrap()),
            (StatusCode::BAD_REQUEST, message)
        );
    }
    let mut dto = hub.dto(order, parcel, "CJGLS", "680405450931").await;
    dto.as_object_mut().unwrap().remove("estimatedShippingDate");
    assert_eq!(hub.upload(vec![dto]).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(hub.verdict().await["dispatches_accepted"], 0);
}

#[tokio::test]
async fn each_refusal_of_a_parcel_has_its_code() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.place_one().await;
    let dto = hub.dto(order, parcel, "CJGLS", "680405450931").await;
    assert_eq!(
        code(&hub.upload(vec![dto.clone()]).await.1),
        "INVALID_STATUS",
        "not acknowledged yet"
    );
    hub.acknowledge(&[parcel]).await;

    let with = |change: &dyn Fn(&mut Value)| {
        let mut dto = dto.clone();
        change(&mut dto);
        vec![dto]
    };
    let (_, body) = hub
        .upload(with(&|dto| dto["shipmentBoxId"] = json!(1)))
        .await;
    assert_eq!(code(&body), "NOT_FOUND_SHIPMENT_BOX");
    assert_eq!(body["data"]["responseCode"], 99);
    let (_, body) = hub
        .upload(with(&|dto| dto["vendorItemId"] = json!(1)))
        .await;
    assert_eq!(code(&body), "NOT_FOUND_VENDOR_ITEM");
    let (_, body) = hub
        .upload(with(&|dto| dto["invoiceNumber"] = json!("")))
        .await;
    assert_eq!(code(&body), "INVALID_INVOICE_NUMBER");
    let (_, body) = hub
        .upload(with(&|dto| dto["splitShipping"] = json!("True")))
        .await;
    assert_eq!(code(&body), "NOT_ALLOW_SEPARATE_WHEN_ONE_VENDOR_ITEM");

    let (_, body) = hub
        .upload(with(&|dto| {
            dto["invoiceNumber"] = json!(680_405_450_931_u64)
        }))
        .await;
    assert_eq!(code(&body), "OK", "a number may be sent as one");
    let (_, body) = hub.upload(vec![dto]).await;
    assert_eq!(code(&body), "INVALID_STATUS", "the same upload again");
    let message = body["data"]["responseList"][0]["resultMessage"]
        .as_str()
        .unwrap();
    assert_eq!(
        message,
        format!("배송진행상태가 유효하지 않습니다. [합포장번호 : {parcel}] [주문번호 : {order}]")
    );
}

#[tokio::test]
async fn a_number_goes_to_one_recipient_only() {
    let hub = Hub::start().await;
    let (first_order, first) = hub.instructed().await;
    let (second_order, second) = hub.instructed().await;
    let dtos = vec![
        hub.dto(first_order, first, "CJGLS", "680405450931").await,
        hub.dto(second_order, second, "CJGLS", "680405450931").await,
    ];
    let (_, body) = hub.upload(dtos.clone()).await;
    assert_eq!(body["data"]["responseCode"], 1);
    assert_eq!(body["data"]["responseList"][0]["resultCode"], "OK");
    assert_eq!(
        body["data"]["responseList"][1]["resultCode"],
        "DUPLICATE_INVOICE_NUMBER"
    );
    let (_, body) = hub.upload(vec![dtos[1].clone()]).await;
    assert_eq!(code(&body), "NOT_ALLOW_INVOICE_NUMBER_RE_UPLOAD");
    hub.control(
        Method::PUT,
        "clock",
        json!({"advance_seconds": 184 * 86_400}),
    )
    .await;
    let (_, body) = hub.upload(vec![dtos[1].clone()]).await;
    assert_eq!(code(&body), "OK", "half a year later");
}

#[tokio::test]
async fn every_item_of_a_parcel_must_be_in_the_call() {
    let hub = Hub::start().await;
    let (order, parcel, items) = 'found: loop {
        for (order, parcels) in hub
            .place(json!({"count": 10, "kind": "physical", "lines": 2}))
            .await
        {
            if let [parcel] = parcels.as_slice() {
                let (_, sheet) = hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
                let items = sheet["data"]["orderItems"].as_array().unwrap().clone();
                break 'found (
                    order.parse::<i64>().unwrap(),
                    parcel.parse::<i64>().unwrap(),
                    items,
                );
            }
        }
    };
    hub.acknowledge(&[parcel]).await;
    let mut first = hub.dto(order, parcel, "EPOST", "1234567890123").await;
    assert_eq!(
        code(&hub.upload(vec![first.clone()]).await.1),
        "NOT_FOUND_VENDOR_ITEM"
    );
    let mut second = first.clone();
    first["vendorItemId"] = items[0]["vendorItemId"].clone();
    second["vendorItemId"] = items[1]["vendorItemId"].clone();
    let (_, body) = hub.upload(vec![first, second]).await;
    assert_eq!(
        body["data"]["responseList"].as_array().unwrap().len(),
        1,
        "one result per parcel"
    );
    assert_eq!(code(&body), "OK");
}

#[tokio::test]
async fn a_dispatched_parcel_can_be_given_another_number_by_the_call_for_it() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    let body = async |number: &str| {
        json!({
            "vendorId": hub.vendor(),
            "orderSheetInvoiceApplyDtos": [hub.dto(order, parcel, "CJGLS", number).await],
        })
    };
    let update = "v4/{v}/orders/updateInvoices";
    let (_, early) = hub
        .coupang(Method::POST, update, body("680405450931").await)
        .await;
    assert_eq!(code(&early), "INVALID_STATUS");
    hub.look_and_dispatch(order, parcel, "680405450931").await;
    let (_, same) = hub
        .coupang(Method::POST, update, body("680405450931").await)
        .await;
    assert_eq!(code(&same), "DUPLICATE_INVOICE_NUMBER");
    let (_, other) = hub
        .coupang(Method::POST, update, body("680405450942").await)
        .await;
    assert_eq!(code(&other), "OK");
    let (_, sheet) = hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
    assert_eq!(sheet["data"]["invoiceNumber"], "680405450942");
    let verdict = hub.verdict().await;
    assert_eq!(
        (
            &verdict["dispatches_accepted"],
            &verdict["dispatches_doubled"]
        ),
        (&json!(1), &json!(0))
    );
}
