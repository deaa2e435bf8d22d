use std::collections::HashSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, lately, today};

#[tokio::test]
async fn a_daily_list_is_paged_by_token_and_shows_each_parcel_once() {
    let hub = Hub::start().await;
    let placed = hub
        .place(json!({"count": 120, "kind": "physical", "lines": 1}))
        .await;
    let mut seen = HashSet::new();
    let mut token = String::new();
    let mut sizes = Vec::new();
    loop {
        let path = format!(
            "v5/{{v}}/ordersheets?{}&status=ACCEPT&maxPerPage=50&nextToken={token}",
            today()
        );
        let (status, body) = hub.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(body["code"], 200);
        let rows = body["data"].as_array().unwrap();
        sizes.push(rows.len());
        for row in rows {
            assert!(seen.insert(row["shipmentBoxId"].as_i64().unwrap()));
        }
        token = body["nextToken"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
        assert!(token.bytes().all(|byte| byte.is_ascii_digit()));
    }
    assert_eq!(sizes, [50, 50, 20]);
    let placed: HashSet<i64> = placed
        .iter()
        .flat_map(|(_, parcels)| parcels)
        .map(|id| id.parse().unwrap())
        .collect();
    assert_eq!(seen, placed);
}

#[tokio::test]
async fn a_minute_window_returns_everything_at_once() {
    let hub = Hub::start().await;
    hub.place(json!({"count": 60, "kind": "digital", "lines": 1}))
        .await;
    let (_, body) = hub
        .get(&format!("v5/{{v}}/ordersheets?{}&status=ACCEPT", lately()))
        .await;
    assert_eq!(body["data"].as_array().unwrap().len(), 60, "{body}");
    assert_eq!(body["nextToken"], "");
    let (_, body) = hub
        .get(&format!(
            "v5/{{v}}/ordersheets?{}&status=INSTRUCT",
            lately()
        ))
        .await;
    assert_eq!(body["data"], json!([]));
}

#[tokio::test]
async fn the_three_reads_show_the_same_sheet() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.place_one().await;
    let (_, list) = hub
        .get(&format!("v5/{{v}}/ordersheets?{}&status=ACCEPT", today()))
        .await;
    let (_, single) = hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
    let (_, by_order) = hub.get(&format!("v5/{{v}}/{order}/ordersheets")).await;
    assert_eq!(single["code"], "200");
    assert_eq!(list["data"][0], single["data"]);
    assert_eq!(by_order["data"], json!([single["data"]]));
    let sheet = &single["data"];
    assert_eq!(sheet["shipmentBoxId"], json!(parcel));
    assert_eq!(sheet["status"], "ACCEPT");
    assert_eq!(sheet["orderer"]["email"], "");
    assert!(
        sheet["receiver"]["safeNumber"]
            .as_str()
            .unwrap()
            .starts_with("+8250")
    );
    assert_eq!(sheet["receiver"]["postCode"].as_str().unwrap().len(), 5);
    assert!(sheet["orderedAt"].as_str().unwrap().ends_with("+09:00"));
    let item = &sheet["orderItems"][0];
    let units =
        item["salesPrice"]["units"].as_i64().unwrap() * item["shippingCount"].as_i64().unwrap();
    assert_eq!(
        item["orderPrice"],
        json!({"currencyCode": "KRW", "units": units, "nanos": 0})
    );
    let skus: Vec<&Value> = hub.accounts["coupang"][0]["listings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["sku"])
        .collect();
    assert!(skus.contains(&&item["externalVendorSkuCode"]));
}

#[tokio::test]
async fn the_old_edition_writes_plain_numbers_and_naive_times() {
    let hub = Hub::start().await;
    let (_, parcel) = hub.place_one().await;
    let (_, body) = hub.get(&format!("v4/{{v}}/ordersheets/{parcel}")).await;
    let sheet = &body["data"];
    assert!(sheet["shippingPrice"].is_i64());
    assert_eq!(
        sheet["orderedAt"].as_str().unwrap().len(),
        "2026-03-01T10:15:30".len()
    );
    assert!(
        sheet["receiver"]["safeNumber"]
            .as_str()
            .unwrap()
            .starts_with("050")
    );
}

#[tokio::test]
async fn a_bad_list_query_is_refused_in_coupangs_words() {
    let hub = Hub::start().await;
    let day = "createdAtFrom=2026-03-01%2B09:00&createdAtTo=2026-03-02%2B09:00";
    let cases = [
        (format!("{day}&x=1"), "Required String parameter 'status' is not present"),
        ("status=ACCEPT".to_owned(), "Required String parameter 'createdAtFrom' is not present"),
        (format!("{day}&status=SHIPPED"), "status (SHIPPED) is not a valid order status"),
        (
            "createdAtFrom=2026-03-01%2B09:00&createdAtTo=2026-04-01%2B09:00&status=ACCEPT".to_owned(),
            "endTime-startTime range should less than31.",
        ),
        (
            "createdAtFrom=2026-03-01T00:00%2B09:00&createdAtTo=2026-03-02T00:00%2B09:00&status=ACCEPT\
             &searchType=timeFrame"
                .to_owned(),
            "endTime-startTime range should less than 0 day",
        ),
        (
            "createdAtFrom=2026-03-01&createdAtTo=2026-03-02&status=ACCEPT".to_owned(),
            "createdAtFrom (2026-03-01) format should be yyyy-MM-dd+09:00.",
        ),
        (
            "createdAtFrom=2026-03-01+09:00&createdAtTo=2026-03-02&status=ACCEPT".to_owned(),
            "createdAtFrom (2026-03-01 09:00) format should be yyyy-MM-dd+09:00.",
        ),
        (format!("{day}&status=ACCEPT&nextToken=abc"), "nextToken is invalid"),
        (format!("{day}&status=ACCEPT&maxPerPage=0"), "maxPerPage (0) should be a positive number"),
    ];
    for (query, message) in cases {
        let (status, body) = hub.get(&format!("v5/{{v}}/ordersheets?{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(body["code"], 400);
        assert_eq!(body["message"], message, "{query}");
    }
    let thirty = "createdAtFrom=2026-03-01%2B09:00&createdAtTo=2026-03-31%2B09:00&status=ACCEPT";
    assert_eq!(
        hub.get(&format!("v5/{{v}}/ordersheets?{thirty}")).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn single_reads_of_what_is_not_there_say_why() {
    let hub = Hub::with(|config| config.accounts = 2).await;
    let (order, parcel) = hub.place_one().await;
    let other = hub.accounts["coupang"][1]["vendor_id"].as_str().unwrap();
    let foreign = hub
        .place(json!({"account": other, "kind": "physical"}))
        .await;
    let message = async |path: String| {
        let (status, body) = hub.get(&path).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        body["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        message("v5/{v}/ordersheets/1".to_owned()).await,
        "유효하지 않은 주문번호 입니다."
    );
    let theirs = format!("v5/{{v}}/ordersheets/{}", foreign[0].1[0]);
    assert_eq!(
        message(theirs).await,
        "다른 판매자의 주문을 조회할 수 없습니다."
    );
    hub.cancel(order).await;
    for path in [
        format!("v5/{{v}}/ordersheets/{parcel}"),
        format!("v5/{{v}}/{order}/ordersheets"),
    ] {
        assert_eq!(
            message(path).await,
            "해당 주문이 취소 또는 반품 되었습니다."
        );
    }
    let (_, list) = hub
        .get(&format!("v5/{{v}}/ordersheets?{}&status=ACCEPT", today()))
        .await;
    assert_eq!(list["data"], json!([]));
}

#[tokio::test]
async fn lists_show_an_order_late_and_single_reads_at_once() {
    let hub =
        Hub::with(|config| config.visibility_delay = std::time::Duration::from_secs(600)).await;
    let (_, parcel) = hub.place_one().await;
    let list = format!("v5/{{v}}/ordersheets?{}&status=ACCEPT", today());
    assert_eq!(hub.get(&list).await.1["data"], json!([]));
    assert_eq!(
        hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await.0,
        StatusCode::OK
    );
    hub.control(Method::PUT, "clock", json!({"advance_seconds": 601}))
        .await;
    assert_eq!(hub.get(&list).await.1["data"].as_array().unwrap().len(), 1);
    let seen = async || {
        hub.ledger()
            .await
            .iter()
            .any(|entry| entry["kind"] == "order_visible")
            .then_some(())
    };
    crate::hub::eventually(seen).await;
}

#[tokio::test]
async fn a_parcels_history_is_told_newest_first() {
    let hub = Hub::start().await;
    let (_, parcel) = hub.instructed().await;
    let (_, body) = hub
        .get(&format!("v5/{{v}}/ordersheets/{parcel}/history"))
        .await;
    let names: Vec<&str> = body["data"]["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["deliveryStatusDesc"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["상품준비중", "결제완료"]);
    let (status, body) = hub.get("v5/{v}/ordersheets/1/history").await;
    assert_eq!(
        (status, &body["message"]),
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!("Internal Exception")
        )
    );
}
