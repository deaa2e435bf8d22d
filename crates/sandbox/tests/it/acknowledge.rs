use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::hub::Hub;

#[tokio::test]
async fn each_parcel_of_a_call_has_its_own_result() {
    let hub = Hub::start().await;
    let (_, first) = hub.place_one().await;
    let (cancelled_order, second) = hub.place_one().await;
    hub.cancel(cancelled_order).await;
    let data = hub.acknowledge(&[first, second, 7]).await["data"].clone();
    assert_eq!(data["responseCode"], 1);
    assert!(data["responseKey"].is_i64());
    let list = data["responseList"].as_array().unwrap();
    let results: Vec<_> = list
        .iter()
        .map(|row| {
            (
                row["shipmentBoxId"].as_i64().unwrap(),
                row["resultCode"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        results,
        [
            (first, "OK"),
            (second, "INVALID_STATUS"),
            (7, "NOT_FOUND_SHIPMENT_BOX")
        ]
    );
    assert_eq!(list[2]["retryRequired"], true);
    assert!(
        list[1]["resultMessage"]
            .as_str()
            .unwrap()
            .starts_with("배송상태를 변경할 수 없습니다.")
    );

    let again = hub.acknowledge(&[first]).await["data"].clone();
    assert_eq!(again["responseCode"], 99);
    let verdict = hub.verdict().await;
    assert_eq!(
        (&verdict["orders_placed"], &verdict["orders_acknowledged"]),
        (&json!(2), &json!(1))
    );
}

#[tokio::test]
async fn ids_may_be_text_and_the_call_a_patch() {
    let hub = Hub::start().await;
    let (_, parcel) = hub.place_one().await;
    let body = json!({"vendorId": hub.vendor(), "shipmentBoxIds": [parcel.to_string()]});
    let (status, body) = hub
        .coupang(Method::PATCH, "v4/{v}/ordersheets/acknowledgement", body)
        .await;
    assert_eq!(
        (status, &body["data"]["responseCode"]),
        (StatusCode::OK, &json!(0))
    );
    let (_, sheet) = hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
    assert_eq!(sheet["data"]["status"], "INSTRUCT");
}

#[tokio::test]
async fn an_order_of_several_parcels_counts_once_all_are_acknowledged() {
    let hub = Hub::start().await;
    let parcels: Vec<i64> = loop {
        let placed = hub
            .place(json!({"count": 20, "kind": "mixed", "lines": 3}))
            .await;
        if let Some((_, parcels)) = placed.iter().find(|(_, parcels)| parcels.len() > 1) {
            break parcels.iter().map(|id| id.parse().unwrap()).collect();
        }
    };
    hub.acknowledge(&parcels[..1]).await;
    assert_eq!(hub.verdict().await["orders_acknowledged"], 0);
    hub.acknowledge(&parcels[1..]).await;
    assert_eq!(hub.verdict().await["orders_acknowledged"], 1);
}

#[tokio::test]
async fn a_call_of_more_than_fifty_times_out_undone() {
    let hub = Hub::start().await;
    let placed = hub
        .place(json!({"count": 51, "kind": "physical", "lines": 1}))
        .await;
    let ids: Vec<i64> = placed
        .iter()
        .map(|(_, parcels)| parcels[0].parse().unwrap())
        .collect();
    let body = json!({"vendorId": hub.vendor(), "shipmentBoxIds": ids});
    let (status, body) = hub
        .coupang(Method::PUT, "v4/{v}/ordersheets/acknowledgement", body)
        .await;
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT, "{body}");
    assert_eq!(hub.verdict().await["orders_acknowledged"], 0);
}

#[tokio::test]
async fn a_body_that_is_no_request_is_refused() {
    let hub = Hub::start().await;
    for body in [
        json!({}),
        json!({"vendorId": hub.vendor(), "shipmentBoxIds": []}),
        json!([1]),
    ] {
        let (status, _) = hub
            .coupang(Method::PUT, "v4/{v}/ordersheets/acknowledgement", body)
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}
