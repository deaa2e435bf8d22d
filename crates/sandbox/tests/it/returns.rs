use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, lately, today};

async fn receipts(hub: &Hub, filter: &str) -> Vec<Value> {
    let (status, body) = hub
        .get(&format!("v6/{{v}}/returnRequests?{}&{filter}", today()))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_cancel_before_acknowledgement_stands_only_in_the_cancel_list() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.place_one().await;
    assert_eq!(hub.cancel(order).await["result"], "cancelled");
    for status in ["RU", "UC", "CC", "PR"] {
        assert!(
            receipts(&hub, &format!("status={status}")).await.is_empty(),
            "{status}"
        );
    }
    let rows = receipts(&hub, "cancelType=CANCEL").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["receiptType"], &rows[0]["receiptStatus"]),
        (&json!("CANCEL"), &json!("RETURNS_COMPLETED"))
    );
    assert_eq!(rows[0]["returnItems"][0]["shipmentBoxId"], json!(parcel));
    assert_eq!(rows[0]["orderId"], json!(order));
    let (status, _) = hub
        .get(&format!("v6/{{v}}/returnRequests/{}", rows[0]["receiptId"]))
        .await;
    assert_eq!(
        status,
        StatusCode::BAD_REQUEST,
        "single reads know returns only"
    );
}

#[tokio::test]
async fn a_cancel_after_acknowledgement_is_a_stop_request_and_holds_the_quantity() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    assert_eq!(hub.cancel(order).await["result"], "stop_requested");
    for filter in [
        "status=RU".to_owned(),
        "status=UC".to_owned(),
        format!("orderId={order}"),
    ] {
        let rows = receipts(&hub, &filter).await;
        assert_eq!(rows.len(), 1, "{filter}");
        assert_eq!(rows[0]["receiptType"], "RETURN");
        assert_eq!(rows[0]["receiptStatus"], "RELEASE_STOP_UNCHECKED");
        assert_eq!(rows[0]["returnItems"][0]["releaseStatus"], "N");
        assert_eq!(rows[0]["releaseStopStatus"], "미처리");
    }
    let (_, single) = hub
        .get(&format!(
            "v6/{{v}}/returnRequests/{}",
            receipts(&hub, "status=RU").await[0]["receiptId"]
        ))
        .await;
    assert_eq!(single["data"].as_array().unwrap().len(), 1);
    let (_, sheet) = hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
    let item = &sheet["data"]["orderItems"][0];
    assert_eq!(
        (&sheet["data"]["status"], &item["holdCountForCancel"]),
        (&json!("INSTRUCT"), &item["shippingCount"])
    );
    let (_, body) = hub
        .upload(vec![hub.dto(order, parcel, "CJGLS", "680405450931").await])
        .await;
    assert_eq!(
        body["data"]["responseList"][0]["resultCode"],
        "ORDER_DELIVERY_CANCELED_HOLDING_FOR_CANCEL"
    );
}

#[tokio::test]
async fn a_stopped_shipment_completes_the_receipt_and_the_parcel_is_gone() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    hub.cancel(order).await;
    let receipt = receipts(&hub, "status=RU").await[0].clone();
    let path = format!(
        "v4/{{v}}/returnRequests/{}/stoppedShipment",
        receipt["receiptId"]
    );
    let body = |count: i64| json!({"vendorId": hub.vendor(), "receiptId": receipt["receiptId"], "cancelCount": count});
    let count = receipt["cancelCountSum"].as_i64().unwrap();
    let (status, wrong) = hub.coupang(Method::PUT, &path, body(count + 1)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        wrong["message"],
        "취소반품접수수량과 cancelCount가 일치하지 않습니다."
    );
    let (_, done) = hub.coupang(Method::PUT, &path, body(count)).await;
    assert_eq!(done["data"]["resultCode"], "SUCCESS");
    let (_, again) = hub.coupang(Method::PATCH, &path, body(count)).await;
    assert_eq!(again["message"], "이미 반품이 완료 되었습니다.");
    let completed = receipts(&hub, "status=CC").await;
    assert_eq!(completed[0]["returnItems"][0]["releaseStatus"], "S");
    assert_eq!(completed[0]["releaseStopStatus"], "처리(출고중지)");
    let (status, _) = hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (_, late) = hub
        .upload(vec![hub.dto(order, parcel, "CJGLS", "680405450931").await])
        .await;
    assert_eq!(
        late["data"]["responseList"][0]["resultCode"],
        "ORDER_DELIVERY_CANCELED"
    );
}

#[tokio::test]
async fn already_shipped_turns_a_stop_request_into_a_return() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    hub.look_and_dispatch(order, parcel, "680405450931").await;
    assert_eq!(hub.cancel(order).await["result"], "stop_requested");
    let receipt = receipts(&hub, "status=RU").await[0]["receiptId"].clone();
    let path = format!("v4/{{v}}/returnRequests/{receipt}/completedShipment");
    let body = json!({
        "vendorId": hub.vendor(), "receiptId": receipt, "deliveryCompanyCode": "CJGLS",
        "invoiceNumber": "680405450931",
    });
    let (_, done) = hub.coupang(Method::PUT, &path, body).await;
    assert_eq!(done["data"]["resultCode"], "SUCCESS");
    let rows = receipts(&hub, "status=UC").await;
    assert_eq!(rows[0]["receiptStatus"], "RETURNS_UNCHECKED");
    assert_eq!(rows[0]["returnItems"][0]["releaseStatus"], "A");
    assert!(receipts(&hub, "status=RU").await.is_empty());
}

#[tokio::test]
async fn part_of_an_order_can_be_cancelled_and_the_rest_be_dispatched() {
    let hub = Hub::start().await;
    let (order, parcel, item) = loop {
        let (order, parcel) = hub.place_one().await;
        let (_, sheet) = hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
        let item = sheet["data"]["orderItems"][0].clone();
        if item["shippingCount"].as_i64().unwrap() > 1 {
            break (order, parcel, item);
        }
    };
    let items = json!({"items": [{"vendor_item_id": item["vendorItemId"], "count": 1}]});
    let (_, body) = hub
        .control(
            Method::POST,
            &format!("orders/coupang/{order}/cancel"),
            items,
        )
        .await;
    assert_eq!(body["result"], "cancelled");
    hub.acknowledge(&[parcel]).await;
    assert_eq!(
        hub.look_and_dispatch(order, parcel, "680405450931").await["resultCode"],
        "OK"
    );
    assert_eq!(hub.verdict().await["dispatches_after_cancel"], 0);
}

#[tokio::test]
async fn bad_queries_are_refused_in_coupangs_words() {
    let hub = Hub::start().await;
    let cases = [
        (
            today(),
            "OrderId can't be null , if doesn't pass the parameter status",
        ),
        (
            "createdAtFrom=2026-03-01&createdAtTo=2026-04-02&status=RU".to_owned(),
            "검색기간은 최대 31일입니다.",
        ),
        (
            "createdAtFrom=2026-03-03&createdAtTo=2026-03-01&status=RU".to_owned(),
            "createdAtTo should be later than createdAtFrom. SearchPeriod=-2",
        ),
        (
            format!("{}&status=XX", today()),
            "status (XX) is not supported",
        ),
        (
            format!("{}&orderId=1", lately()),
            "orderId is not supported with searchType timeFrame",
        ),
    ];
    for (query, message) in cases {
        let (status, body) = hub.get(&format!("v6/{{v}}/returnRequests?{query}")).await;
        assert_eq!(
            (status, body["message"].as_str().unwrap()),
            (StatusCode::BAD_REQUEST, message)
        );
    }
    let naive = "createdAtFrom=2026-03-01T00:00&createdAtTo=2026-03-01T10:00&searchType=timeFrame&status=RU";
    assert_eq!(
        hub.get(&format!("v6/{{v}}/returnRequests?{naive}")).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn receipts_are_paged_like_orders() {
    let hub = Hub::start().await;
    for (order, _) in hub.place(json!({"count": 7, "kind": "physical"})).await {
        hub.cancel(order.parse().unwrap()).await;
    }
    let mut seen = std::collections::HashSet::new();
    let mut token = String::new();
    loop {
        let filter = format!("cancelType=CANCEL&maxPerPage=3&nextToken={token}");
        let (_, body) = hub
            .get(&format!("v6/{{v}}/returnRequests?{}&{filter}", today()))
            .await;
        for row in body["data"].as_array().unwrap() {
            assert!(seen.insert(row["receiptId"].as_i64().unwrap()));
        }
        token = body["nextToken"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 7);
}
