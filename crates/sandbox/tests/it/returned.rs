use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::Hub;

/// An order that arrived and is sent back: (order id, parcel id, receipt).
async fn returned(hub: &Hub, demand: Value) -> (i64, i64, Value) {
    let (order, parcel) = hub.delivered("680405450931").await;
    let answer = hub.buyer(order, "return", demand).await;
    assert_eq!(answer["result"], "return_requested");
    let rows = hub.receipts(&format!("orderId={order}")).await;
    assert_eq!(rows.len(), 1);
    (order, parcel, rows[0].clone())
}

async fn work(
    hub: &Hub,
    version: &str,
    receipt: &Value,
    call: &str,
    count: Value,
) -> (StatusCode, Value) {
    let id = &receipt["receiptId"];
    let mut body = json!({"vendorId": hub.vendor(), "receiptId": id});
    if !count.is_null() {
        body["cancelCount"] = count;
    }
    hub.coupang(
        Method::PUT,
        &format!("{version}/{{v}}/returnRequests/{id}/{call}"),
        body,
    )
    .await
}

#[tokio::test]
async fn goods_that_arrived_come_back_are_received_and_refunded() {
    let hub = Hub::start().await;
    let (order, parcel, receipt) = returned(&hub, json!({"reason": "defect"})).await;
    assert_eq!(receipt["receiptType"], "RETURN");
    assert_eq!(receipt["receiptStatus"], "RETURNS_UNCHECKED");
    assert_eq!(receipt["returnItems"][0]["releaseStatus"], "Y");
    assert_eq!(receipt["releaseStopStatus"], "비대상");
    assert_eq!(
        (&receipt["faultByType"], &receipt["reasonCode"]),
        (&json!("VENDOR"), &json!("DEFECT"))
    );
    assert_eq!(receipt["returnShippingCharge"]["units"], 3000);
    let item = &hub.sheet(parcel).await["orderItems"][0];
    assert_eq!(item["holdCountForCancel"], item["shippingCount"]);

    let count = receipt["cancelCountSum"].clone();
    let (status, body) = work(&hub, "v4", &receipt, "approval", count.clone()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "not received yet");
    assert_eq!(
        body["message"],
        "처리할 수 없는 반품 상태입니다. [RETURNS_UNCHECKED]"
    );
    let (_, body) = work(&hub, "v5", &receipt, "receiveConfirmation", Value::Null).await;
    assert_eq!(body, json!({"code": "200", "message": "OK"}));
    let waiting = hub.receipts("status=UC").await;
    assert_eq!(waiting[0]["receiptStatus"], "VENDOR_WAREHOUSE_CONFIRM");
    let (_, body) = work(&hub, "v4", &receipt, "approval", json!(99)).await;
    assert_eq!(
        body["message"],
        "취소반품접수수량과 cancelCount가 일치하지 않습니다."
    );
    let (_, body) = work(&hub, "v4", &receipt, "approval", count.clone()).await;
    assert_eq!(body, json!({"code": "200", "message": "OK"}));
    let done = hub.receipts("status=CC").await;
    assert_eq!(done[0]["receiptStatus"], "RETURNS_COMPLETED");
    assert_eq!(done[0]["completeConfirmType"], "VENDOR_CONFIRM");
    let (status, body) = hub.get(&format!("v5/{{v}}/{order}/ordersheets")).await;
    assert_eq!(
        (status, &body["message"]),
        (
            StatusCode::BAD_REQUEST,
            &json!("해당 주문이 취소 또는 반품 되었습니다.")
        )
    );
    let (_, again) = work(&hub, "v4", &receipt, "approval", count).await;
    assert_eq!(again["message"], "이미 반품이 완료 되었습니다.");
    let (_, unknown) = work(&hub, "v4", &json!({"receiptId": 5}), "approval", json!(1)).await;
    assert_eq!(unknown["message"], "취소반품접수내역이 존재하지 않습니다.");
}

#[tokio::test]
async fn a_fast_refund_completes_with_the_reception() {
    let hub = Hub::start().await;
    let (_, _, receipt) = returned(&hub, json!({"fast_refund": true})).await;
    assert_eq!(receipt["preRefund"], true);
    assert_eq!(
        receipt["returnShippingCharge"]["units"], -6000,
        "the buyer changed their mind"
    );
    work(&hub, "v4", &receipt, "receiveConfirmation", Value::Null).await;
    assert_eq!(
        hub.receipts("status=CC").await[0]["receiptStatus"],
        "RETURNS_COMPLETED"
    );
}

#[tokio::test]
async fn the_old_edition_of_a_receipt_has_plain_numbers_and_naive_times() {
    let hub = Hub::start().await;
    let (_, _, receipt) = returned(&hub, json!({})).await;
    let id = &receipt["receiptId"];
    let (_, old) = hub.get(&format!("v4/{{v}}/returnRequests/{id}")).await;
    let row = &old["data"][0];
    assert_eq!(row["enclosePrice"], 0);
    assert_eq!(row["returnShippingCharge"], -6000);
    assert_eq!(
        row["createdAt"].as_str().unwrap().len(),
        "2026-03-01T10:15:30".len()
    );
    assert!(receipt["createdAt"].as_str().unwrap().ends_with("+09:00"));
}

#[tokio::test]
async fn only_what_left_can_be_sent_back_and_only_once() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    let path = format!("orders/coupang/{order}/return");
    let (status, body) = hub.control(Method::POST, &path, json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(
        body["error"]["reason"],
        format!("nothing can be sent back: parcel {parcel} is INSTRUCT")
    );
    let (order, _, _) = returned(&hub, json!({})).await;
    let path = format!("orders/coupang/{order}/return");
    let (status, _) = hub.control(Method::POST, &path, json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "all of it is on its way back");
}

#[tokio::test]
async fn a_withdrawn_return_is_known_to_the_list_of_withdrawals_only() {
    let hub = Hub::start().await;
    let (order, parcel, receipt) = returned(&hub, json!({})).await;
    let id = &receipt["receiptId"];
    let (status, _) = hub
        .control(
            Method::POST,
            &format!("receipts/coupang/{id}/withdraw"),
            json!({}),
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    let (status, body) = hub.get(&format!("v6/{{v}}/returnRequests/{id}")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        body["message"],
        "ReceiptId doesn't belong to the vendorId, or cannot find the Receipt by the given id"
    );
    for filter in ["status=UC", "status=CC", "status=RU", "status=PR"] {
        assert!(hub.receipts(filter).await.is_empty(), "{filter}");
    }
    assert_eq!(
        hub.sheet(parcel).await["orderItems"][0]["holdCountForCancel"],
        0
    );
    let list = async |query: String| {
        hub.get(&format!("v4/{{v}}/returnWithdrawRequests?{query}"))
            .await
    };
    let (from, to) = week_days();
    let days = format!("dateFrom={from}&dateTo={to}");
    let (_, body) = list(days.clone()).await;
    assert_eq!(body["nextPageIndex"], "");
    let row = &body["data"][0];
    assert_eq!((&row["cancelId"], &row["orderId"]), (id, &json!(order)));
    assert_eq!(row["refundDeliveryDuty"], "CUS");
    assert_eq!(row["vendorItemIds"].as_array().unwrap().len(), 1);
    let (_, body) = hub
        .coupang(
            Method::POST,
            "v4/{v}/returnWithdrawList",
            json!({"cancelIds": [id, 5]}),
        )
        .await;
    assert_eq!(body["data"], json!([row]));
    let (status, body) = hub
        .coupang(
            Method::POST,
            "v4/{v}/returnWithdrawList",
            json!({"cancelIds": []}),
        )
        .await;
    assert_eq!(
        (status, body["message"].as_str().unwrap()),
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            "CReturns getWithdrawnList failed"
        )
    );
    for (query, words) in [
        ("dateFrom=2026-03-01&dateTo=2026-03-08".to_owned(), "7 days"),
        ("dateFrom=2026-03-01".to_owned(), "'dateTo' is not present"),
        (format!("{days}&sizePerPage=101"), "100"),
        (format!("{days}&pageIndex=0"), "positive number"),
        (
            "dateFrom=20260301&dateTo=2026-03-08".to_owned(),
            "yyyy-MM-dd",
        ),
    ] {
        let (status, body) = list(query.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert!(
            body["message"].as_str().unwrap().contains(words),
            "{query}: {body}"
        );
    }
}

fn week_days() -> (String, String) {
    let week = crate::hub::week();
    let day = |name: &str| {
        let at = week.find(name).unwrap() + name.len();
        week[at..at + 10].to_owned()
    };
    (day("createdAtFrom="), day("createdAtTo="))
}

#[tokio::test]
async fn a_refund_by_coupang_comes_before_the_nightly_batch_that_stops_the_goods() {
    let hub = Hub::start().await;
    let (order, _) = hub.instructed().await;
    let answer = hub.buyer(order, "stop", json!({})).await;
    assert_eq!(answer["result"], "stop_requested");
    let id = answer["receipts"][0]["receipt_id"].clone();
    let refund = format!("receipts/coupang/{id}/refund");
    assert_eq!(
        hub.control(Method::POST, &refund, json!({})).await.0,
        StatusCode::OK
    );
    let row = hub.receipts("status=CC").await[0].clone();
    assert_eq!(row["returnItems"][0]["releaseStatus"], "N");
    assert_eq!(row["releaseStopStatus"], "미처리");
    assert_eq!(row["completeConfirmType"], "CS_CONFIRM");
    hub.control(Method::PUT, "clock", json!({"advance_seconds": 90_000}))
        .await;
    let row = hub.receipts("status=CC").await[0].clone();
    assert_eq!(row["returnItems"][0]["releaseStatus"], "S");
    let (status, _) = hub.control(Method::POST, &refund, json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "refunded already");
}

#[tokio::test]
async fn a_return_that_coupang_looks_at_stands_in_its_own_list() {
    let hub = Hub::start().await;
    let (_, _, receipt) = returned(&hub, json!({})).await;
    let path = format!("receipts/coupang/{}/question", receipt["receiptId"]);
    hub.control(Method::POST, &path, json!({})).await;
    let rows = hub.receipts("status=PR").await;
    assert_eq!(rows[0]["receiptStatus"], "REQUEST_COUPANG_CHECK");
    assert!(hub.receipts("status=UC").await.is_empty());
}

#[tokio::test]
async fn a_scan_turns_an_unanswered_stop_request_into_a_return() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    hub.look_and_dispatch(order, parcel, "680405450931").await;
    hub.buyer(order, "stop", json!({})).await;
    hub.control(Method::PUT, "clock", json!({"advance_seconds": 4_000}))
        .await;
    crate::hub::eventually(async || {
        let rows = hub.receipts("status=UC").await;
        (rows[0]["receiptStatus"] == "RETURNS_UNCHECKED").then_some(())
    })
    .await;
    let row = hub.receipts("status=UC").await[0].clone();
    assert_eq!(row["releaseStopStatus"], "자동처리(이미출고)");
    assert_eq!(row["returnItems"][0]["releaseStatus"], "A");
    let (_, body) = work(&hub, "v4", &row, "receiveConfirmation", Value::Null).await;
    assert_eq!(body["code"], "200");
}

#[tokio::test]
async fn a_stop_needs_goods_that_are_being_prepared() {
    let hub = Hub::start().await;
    let (order, _) = hub.place_one().await;
    let path = format!("orders/coupang/{order}/stop");
    let (status, _) = hub.control(Method::POST, &path, json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
}
