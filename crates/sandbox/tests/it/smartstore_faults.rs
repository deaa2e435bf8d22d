//! Trouble at SmartStore: what its gateway says, and whether the work was done.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{now, read};
use crate::smartstore_hub::{Store, wire};

const CONFIRM: &str = "/v1/pay-order/seller/product-orders/confirm";

impl Store {
    async fn trouble(&self, mut fault: Value) {
        fault["channel"] = json!("smartstore");
        self.control(Method::PUT, "faults", json!({"faults": [fault]}))
            .await;
    }

    /// Confirms an order under a fault: how it was answered, and whether it was done.
    async fn confirm_under(&self, fault: Value) -> (Option<(StatusCode, Value)>, bool) {
        let (_, id) = self.place_one().await;
        self.trouble(fault).await;
        let url = format!("{}/external{CONFIRM}", self.hub.running.smartstore_url);
        let token = self.token();
        let request = self.hub.client.post(url).bearer_auth(token);
        let sent = request.json(&json!({"productOrderIds": [id]})).send().await;
        let answer = match sent {
            Err(_) => None,
            Ok(response) => {
                let status = response.status();
                let text = response.text().await;
                text.ok().map(|text| {
                    (
                        status,
                        serde_json::from_str(&text).unwrap_or(Value::String(text)),
                    )
                })
            }
        };
        self.control(Method::PUT, "faults", json!({"faults": []}))
            .await;
        let detail = self.detail(&id).await;
        (
            answer,
            detail["productOrder"]["placeOrderStatus"] == json!("OK"),
        )
    }
}

#[tokio::test]
async fn every_trouble_says_what_the_gateway_says_and_does_the_work_or_not() {
    let store = Store::start().await;
    for (kind, status, code, done) in [
        ("error_500", 500, "GW.INTERNAL_SERVER_ERROR", false),
        ("error_after_write", 500, "GW.INTERNAL_SERVER_ERROR", true),
        ("timeout_after_write", 504, "GW.TIMEOUT.01", true),
        ("maintenance", 503, "GW.BLOCK.02", false),
        ("throttle", 429, "GW.RATE_LIMIT", false),
        ("forbidden_address", 403, "GW.IP_NOT_ALLOWED", false),
    ] {
        let (answer, was_done) = store.confirm_under(json!({"kind": kind, "ms": 5})).await;
        let (answered, body) = answer.unwrap();
        assert_eq!(
            (answered.as_u16(), &body["code"]),
            (status, &json!(code)),
            "{kind}"
        );
        assert!(body["traceId"].is_string() && body["timestamp"].is_string());
        assert_eq!(was_done, done, "{kind}");
    }
    for (kind, done) in [
        ("reset_before", false),
        ("reset_after", true),
        ("torn_body", true),
    ] {
        let (answer, was_done) = store.confirm_under(json!({"kind": kind})).await;
        assert!(answer.is_none(), "{kind}: {answer:?}");
        assert_eq!(was_done, done, "{kind}");
    }
    let (answer, done) = store.confirm_under(json!({"kind": "html_body"})).await;
    assert!(matches!(answer, Some((StatusCode::FORBIDDEN, Value::String(_)))) && !done);
    let (answer, done) = store.confirm_under(json!({"kind": "garbage_body"})).await;
    assert!(answer.unwrap().1["data"]["successProductOrderInfos"].is_null() && !done);
}

#[tokio::test]
async fn a_dispatch_that_was_done_behind_an_error_is_found_by_looking_again() {
    let store = Store::start().await;
    let (_, id) = store.confirmed().await;
    store.detail(&id).await;
    store
        .trouble(json!({"kind": "timeout_after_write", "ms": 5, "path": "/dispatch", "times": 1}))
        .await;
    let item = json!({
        "productOrderId": id, "deliveryMethod": "DELIVERY", "deliveryCompanyCode": "HANJIN",
        "trackingNumber": "4444444444", "dispatchDate": wire(now()),
    });
    let body = json!({"dispatchProductOrders": [item]});
    let path = "/v1/pay-order/seller/product-orders/dispatch";
    let (status, _) = store.call(Method::POST, path, body.clone()).await;
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(
        store.detail(&id).await["delivery"]["trackingNumber"],
        json!("4444444444")
    );
    let (status, again) = store.call(Method::POST, path, body).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(again["data"]["successProductOrderIds"], json!([id]));
    let verdict = store.hub.verdict().await;
    assert_eq!(
        (
            &verdict["dispatches_accepted"],
            &verdict["dispatches_doubled"]
        ),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn pages_can_repeat_rows_and_answers_hold_what_nobody_documented() {
    let store = Store::start().await;
    store.place_one().await;
    store
        .trouble(json!({"kind": "duplicate_page", "path": "last-changed"}))
        .await;
    let rows = store.feed().await;
    assert_eq!(
        rows.len(),
        1,
        "the helper of these tests leaves out what it has seen"
    );
    let from = crate::smartstore_hub::encoded(now() - chrono::TimeDelta::hours(1));
    let rows = store.feed_from(&format!("lastChangedFrom={from}")).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0], rows[1]);
    store.trouble(json!({"kind": "unknown_field"})).await;
    let rows = store.feed_from(&format!("lastChangedFrom={from}")).await;
    assert!(rows[0]["unannouncedField"].is_object());
    let id = rows[0]["productOrderId"].as_str().unwrap().to_owned();
    assert!(store.detail(&id).await["order"]["unannouncedField"].is_object());
}

#[tokio::test]
async fn an_order_can_show_late_in_lists() {
    let store = Store::start().await;
    store
        .trouble(json!({"kind": "late_arrival", "ms": 60_000, "times": 1}))
        .await;
    let (_, late) = store.place_one().await;
    let (_, timely) = store.place_one().await;
    let ids: Vec<Value> = store
        .feed()
        .await
        .iter()
        .map(|row| row["productOrderId"].clone())
        .collect();
    assert_eq!(ids, [json!(timely)]);
    store.advance(61).await;
    assert_eq!(store.row(&late).await["lastChangedType"], json!("PAYED"));
}

#[tokio::test]
async fn a_late_answer_is_late_and_right() {
    let store = Store::start().await;
    let (_, id) = store.place_one().await;
    store
        .trouble(json!({"kind": "late_answer", "ms": 300, "path": "/query"}))
        .await;
    let began = Instant::now();
    assert_eq!(
        store.detail(&id).await["productOrder"]["productOrderId"],
        json!(id)
    );
    assert!(began.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn the_token_call_knows_trouble_too() {
    let store = Store::start().await;
    store
        .trouble(json!({"kind": "error_500", "path": "oauth2/token", "times": 1}))
        .await;
    let form = store.form(now().timestamp_millis());
    assert_eq!(
        store.ask_token(&form).await.0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert_eq!(store.ask_token(&form).await.0, StatusCode::OK);
    let rates = json!({"channel": "smartstore", "rates": {"throttle": 1.0}});
    store.control(Method::PUT, "faults", rates).await;
    let response = store
        .send(Method::GET, "/v1/seller/account", Value::Null)
        .await;
    let (status, body) = read(response).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("GW.RATE_LIMIT"))
    );
    assert_eq!(
        store.hub.verdict().await["quota_violations"],
        json!(0),
        "trouble on request is nobody's violation"
    );
}
