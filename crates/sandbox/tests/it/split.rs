use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::Hub;

type Change<'a> = &'a dyn Fn(&mut Value);

/// The entries of a first upload: the first line leaves under a number, the others on a day.
fn first_upload(order: i64, parcel: i64, lines: &Value) -> Vec<Value> {
    let lines = lines.as_array().unwrap();
    lines
        .iter()
        .enumerate()
        .map(|(place, line)| {
            json!({
                "shipmentBoxId": parcel, "orderId": order, "vendorItemId": line["vendorItemId"],
                "deliveryCompanyCode": "CJGLS", "invoiceNumber": if place == 0 { "680405450931" } else { "" },
                "splitShipping": true, "preSplitShipped": false,
                "estimatedShippingDate": if place == 0 { "" } else { "2026-12-24" },
            })
        })
        .collect()
}

fn code(answer: &(StatusCode, Value)) -> &str {
    answer.1["data"]["responseList"][0]["resultCode"]
        .as_str()
        .unwrap()
}

#[tokio::test]
async fn goods_that_leave_first_get_a_parcel_of_their_own() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.place_bundle().await;
    hub.acknowledge(&[parcel]).await;
    let before = hub.sheet(parcel).await;
    assert_eq!(before["ableSplitShipping"], true);
    let dtos = first_upload(order, parcel, &before["orderItems"]);
    assert_eq!(code(&hub.upload(dtos.clone()).await), "OK");
    let (_, sheets) = hub.get(&format!("v5/{{v}}/{order}/ordersheets")).await;
    let sheets = sheets["data"].as_array().unwrap();
    assert_eq!(sheets.len(), 2);
    let (old, new) = (&sheets[0], &sheets[1]);
    assert_eq!(old["shipmentBoxId"], json!(parcel));
    assert_eq!(
        (&old["status"], &new["status"]),
        (&json!("INSTRUCT"), &json!("DEPARTURE"))
    );
    assert_eq!(
        new["orderItems"][0]["vendorItemId"],
        before["orderItems"][0]["vendorItemId"]
    );
    assert_eq!(old["orderItems"].as_array().unwrap().len(), 1);
    assert_eq!(old["orderItems"][0]["plannedShippingDate"], "2026-12-24");
    assert_eq!(
        (&old["splitShipping"], &old["ableSplitShipping"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(hub.verdict().await["dispatches_accepted"], 1);

    // The waiting goods: each way of getting it wrong has its code.
    let waiting = |change: &dyn Fn(&mut Value)| {
        let mut dto = dtos[1].clone();
        dto["preSplitShipped"] = json!(true);
        dto["invoiceNumber"] = json!("680405450942");
        dto["estimatedShippingDate"] = json!("");
        change(&mut dto);
        vec![dto]
    };
    let cases: [(Change<'_>, &str); 3] = [
        (
            &|dto| dto["splitShipping"] = json!(false),
            "IS_SEPARATE_MUST_BE_TRUE_WHEN_SEPARATE_DELIVERY",
        ),
        (
            &|dto| dto["estimatedShippingDate"] = json!("2026-12-25"),
            "PSD_NOT_ALLOW_TO_CHANGE",
        ),
        (
            &|dto| dto["invoiceNumber"] = json!(""),
            "NOT_FOUND_INVOICE_NUMBER",
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(code(&hub.upload(waiting(change)).await), expected);
    }
    assert_eq!(code(&hub.upload(waiting(&|_| {})).await), "OK");
    assert_eq!(hub.sheet(parcel).await["status"], "DEPARTURE");
}

#[tokio::test]
async fn a_split_that_is_not_allowed_has_its_code() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.place_bundle().await;
    hub.acknowledge(&[parcel]).await;
    let lines = hub.sheet(parcel).await["orderItems"].clone();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut dtos = first_upload(order, parcel, &lines);
        dtos.iter_mut().for_each(change);
        dtos
    };
    let cases: [(Change<'_>, &str); 4] = [
        (
            &|dto| dto["deliveryCompanyCode"] = json!("DIRECT"),
            "NOT_ALLOW_VENDOR_DIRECT",
        ),
        (
            &|dto| dto["invoiceNumber"] = json!("680405450931"),
            "INVALID_INVOICE_NUMBER",
        ),
        (
            &|dto| dto["estimatedShippingDate"] = json!("24.12.2026"),
            "INVALID_INVOICE_NUMBER",
        ),
        (
            &|dto| {
                dto["invoiceNumber"] = json!("");
                dto["estimatedShippingDate"] = json!("2026-12-24");
            },
            "UNDEFINED_ERROR_OCCUR",
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(code(&hub.upload(with(change)).await), expected);
    }
    let whole = with(&|dto| {
        dto["splitShipping"] = json!(false);
        dto["invoiceNumber"] = json!("680405450931");
        dto["estimatedShippingDate"] = json!("");
    });
    assert_eq!(code(&hub.upload(whole).await), "OK");
    let body = json!({"vendorId": hub.vendor(), "orderSheetInvoiceApplyDtos": with(&|_| {})});
    let answer = hub
        .coupang(Method::POST, "v4/{v}/orders/updateInvoices", body)
        .await;
    assert_eq!(code(&answer), "NOT_ALLOW_SEPARATE_AFTER_NORMAL_DELIVERY");
}

#[tokio::test]
async fn a_parcel_that_tracking_lost_can_be_completed_after_a_month() {
    let hub = Hub::with(|config| {
        config.scan_after = std::time::Duration::from_secs(9_000_000);
        config.deliver_after = std::time::Duration::from_secs(9_000_000);
    })
    .await;
    let (order, parcel) = hub.instructed().await;
    let complete = async |number: &str| {
        let body = json!({"shipmentBoxId": parcel, "invoiceNumber": number});
        hub.coupang(Method::POST, "v4/{v}/completeLongTermUndelivery", body)
            .await
    };
    let (status, body) = complete("680405450931").await;
    assert_eq!(
        (status, &body["message"]),
        (
            StatusCode::BAD_REQUEST,
            &json!("배송완료 처리 실패. 배송상태: INSTRUCT")
        )
    );
    hub.look_and_dispatch(order, parcel, "680405450931").await;
    assert_eq!(
        complete("680405450931").await.1["message"],
        "배송완료 처리 실패. 배송상태: DEPARTURE"
    );
    let month = json!({"advance_seconds": 31 * 86_400});
    hub.control(Method::PUT, "clock", month).await;
    assert_eq!(
        complete("1").await.0,
        StatusCode::BAD_REQUEST,
        "another number"
    );
    assert_eq!(
        complete("680405450931").await.1,
        json!({"code": "200", "message": "SUCCESS", "data": true})
    );
    assert_eq!(hub.sheet(parcel).await["status"], "FINAL_DELIVERY");
}
