use chrono::{Datelike, Days, NaiveDate};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::Hub;

/// Today in the world's Korea.
async fn today(hub: &Hub) -> NaiveDate {
    let (_, rules) = hub.control(Method::GET, "clock", Value::Null).await;
    let at = chrono::DateTime::parse_from_rfc3339(rules["world_time"].as_str().unwrap()).unwrap();
    (at.to_utc() + chrono::TimeDelta::hours(9)).date_naive()
}

async fn revenue(hub: &Hub, from: NaiveDate, to: NaiveDate, rest: &str) -> (StatusCode, Value) {
    let query = format!(
        "vendorId={}&recognitionDateFrom={from}&recognitionDateTo={to}{rest}",
        hub.vendor()
    );
    hub.get(&format!("v1/revenue-history?{query}")).await
}

#[tokio::test]
async fn a_sale_counts_a_week_after_delivery_and_a_later_return_counts_back() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.delivered("680405450931").await;
    let item = hub.sheet(parcel).await["orderItems"][0].clone();
    let ten_days = json!({"advance_seconds": 10 * 86_400});
    hub.control(Method::PUT, "clock", ten_days.clone()).await;
    let yesterday = today(&hub).await - Days::new(1);
    let from = yesterday - Days::new(25);
    let (status, body) = revenue(&hub, from, yesterday, "&token=").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(
        (&body["hasNext"], &body["nextToken"]),
        (&json!(false), &json!(""))
    );
    let row = &body["data"][0];
    assert_eq!(
        (&row["orderId"], &row["saleType"]),
        (&json!(order), &json!("SALE"))
    );
    let sold = &row["items"][0];
    assert_eq!(sold["quantity"], item["shippingCount"]);
    assert_eq!(sold["saleAmount"], item["orderPrice"]["units"]);
    let amount = sold["saleAmount"].as_i64().unwrap();
    let fee = amount * 108 / 1000;
    let coupons = ["sellerDiscountCoupon", "downloadableCoupon"].map(|field| sold[field].as_i64());
    let coupons: i64 = coupons.into_iter().flatten().sum();
    assert_eq!(
        sold["settlementAmount"],
        amount - coupons - fee - fee / 10,
        "the seller bears its coupons"
    );
    assert_eq!(
        sold["coupangDiscountCoupon"],
        item["coupangDiscount"]["units"]
    );

    hub.buyer(order, "return", json!({"fast_refund": true}))
        .await;
    let receipt = hub.receipts("status=UC").await[0]["receiptId"].clone();
    let body = json!({"vendorId": hub.vendor(), "receiptId": receipt});
    let path = format!("v4/{{v}}/returnRequests/{receipt}/receiveConfirmation");
    hub.coupang(Method::PUT, &path, body).await;
    hub.control(Method::PUT, "clock", ten_days).await;
    let yesterday = today(&hub).await - Days::new(1);
    let from = yesterday - Days::new(25);
    let (_, first) = revenue(&hub, from, yesterday, "&token=&maxPerPage=1").await;
    assert_eq!(
        (&first["data"][0]["saleType"], &first["hasNext"]),
        (&json!("SALE"), &json!(true))
    );
    let token = first["nextToken"].as_str().unwrap();
    let (_, second) = revenue(
        &hub,
        from,
        yesterday,
        &format!("&token={token}&maxPerPage=1"),
    )
    .await;
    assert_eq!(second["data"][0]["saleType"], "REFUND");
    assert_eq!(second["data"][0]["items"][0]["saleAmount"], amount);
}

#[tokio::test]
async fn a_confirmed_purchase_counts_at_once_and_is_paid_by_the_week() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.delivered("680405450931").await;
    let done = hub.buyer(order, "confirm", json!({})).await;
    assert_eq!(done["result"], "purchase_confirmed");
    assert!(
        !hub.sheet(parcel).await["orderItems"][0]["confirmDate"]
            .as_str()
            .unwrap()
            .is_empty()
    );
    let day = today(&hub).await;
    let month = format!("{}-{:02}", day.year(), day.month());
    let settle = async |month: &str| {
        let path = format!("v1/settlement-histories?revenueRecognitionYearMonth={month}");
        let request = hub.provider_request("marketplace_openapi", Method::GET, &path);
        crate::hub::read(request.send().await.unwrap()).await
    };
    let (_, rows) = settle(&month).await;
    let rows = rows.as_array().unwrap();
    let types: Vec<&str> = rows
        .iter()
        .map(|row| row["settlementType"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["WEEKLY", "RESERVE"]);
    let target = rows[0]["settlementTargetAmount"].as_i64().unwrap();
    assert_eq!(rows[0]["settlementAmount"], target * 70 / 100);
    assert_eq!(rows[0]["status"], "SUBJECT");
    assert_eq!(
        settle("202611").await.1["message"],
        "Invalid revenueRecognitionYearMonth format (yyyy-MM)"
    );
    assert_eq!(
        settle("2999-01").await.1["message"],
        "해당월까지만 조회할 수 있습니다."
    );
}

#[tokio::test]
async fn bad_questions_about_earnings_are_refused() {
    let hub = Hub::start().await;
    let day = today(&hub).await;
    let yesterday = day - Days::new(1);
    let cases = [
        (
            yesterday,
            yesterday,
            "",
            "Required String parameter 'token' is not present",
        ),
        (
            yesterday,
            day,
            "&token=",
            "The request is invalid: recognitionDateTo should be earlier than or equal to yesterday",
        ),
        (
            yesterday - Days::new(32),
            yesterday,
            "&token=",
            "The request is invalid: Date range period must be less than 1 months",
        ),
        (
            yesterday,
            yesterday,
            "&token=x",
            "The request is invalid: token (x)",
        ),
    ];
    for (from, to, rest, message) in cases {
        let (status, body) = revenue(&hub, from, to, rest).await;
        assert_eq!(
            (status, body["message"].as_str().unwrap()),
            (StatusCode::BAD_REQUEST, message)
        );
    }
}
