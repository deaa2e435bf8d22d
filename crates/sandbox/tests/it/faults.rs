use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, today};

async fn trouble(hub: &Hub, fault: Value) {
    let mut fault = fault;
    fault["channel"] = json!("coupang");
    let (status, body) = hub
        .control(Method::PUT, "faults", json!({"faults": [fault]}))
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

/// An acknowledgement under a fault: how it was answered, and whether it was done.
async fn acknowledge(
    hub: &Hub,
    fault: Value,
) -> (Result<(StatusCode, String), reqwest::Error>, bool) {
    let (_, parcel) = hub.place_one().await;
    trouble(hub, fault).await;
    let path = format!("v4/vendors/{}/ordersheets/acknowledgement", hub.vendor());
    let body = json!({"vendorId": hub.vendor(), "shipmentBoxIds": [parcel]});
    let answer = async {
        let response = hub
            .coupang_request(Method::PUT, &path)
            .json(&body)
            .send()
            .await?;
        let status = response.status();
        Ok((status, response.text().await?))
    };
    let answer = answer.await;
    hub.control(Method::PUT, "faults", json!({"faults": []}))
        .await;
    let (_, sheet) = hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
    (answer, sheet["data"]["status"] == "INSTRUCT")
}

#[tokio::test]
async fn connections_reset_before_or_after_the_work_is_done() {
    let hub = Hub::start().await;
    let (answer, done) = acknowledge(&hub, json!({"kind": "reset_before"})).await;
    assert!(answer.is_err(), "{answer:?}");
    assert!(!done);
    let (answer, done) = acknowledge(&hub, json!({"kind": "reset_after"})).await;
    assert!(answer.is_err(), "{answer:?}");
    assert!(done);
}

#[tokio::test]
async fn an_answer_can_break_off_in_the_middle_of_done_work() {
    let hub = Hub::start().await;
    let (answer, done) = acknowledge(&hub, json!({"kind": "torn_body"})).await;
    assert!(answer.is_err(), "{answer:?}");
    assert!(done);
}

#[tokio::test]
async fn refusals_of_the_front_door_come_before_the_work() {
    let hub = Hub::start().await;
    let cases = [
        ("error_500", 500, "Internal Exception"),
        ("html_body", 403, "Access Denied"),
        ("throttle", 429, "Try after 3 seconds"),
        ("forbidden_address", 403, "is not allowed for this request"),
        ("garbage_body", 200, "unexpected"),
    ];
    for (kind, status, words) in cases {
        let (answer, done) = acknowledge(&hub, json!({"kind": kind})).await;
        let (answered, text) = answer.unwrap();
        assert_eq!(answered.as_u16(), status, "{kind}");
        assert!(text.contains(words), "{kind}: {text}");
        assert!(!done, "{kind}");
    }
    assert_eq!(
        hub.verdict().await["quota_violations"],
        0,
        "a throttle on request is nobody's violation"
    );
}

#[tokio::test]
async fn a_time_out_after_the_write_hides_that_it_was_done() {
    let hub = Hub::start().await;
    let (answer, done) = acknowledge(&hub, json!({"kind": "timeout_after_write", "ms": 10})).await;
    let (status, text) = answer.unwrap();
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    assert!(text.contains("Request timed out"));
    assert!(done);
}

#[tokio::test]
async fn a_rule_can_be_narrow_delayed_and_run_out() {
    let hub = Hub::start().await;
    let rules = json!({"faults": [
        {"channel": "coupang", "kind": "latency_ms", "ms": 150},
        {"channel": "coupang", "kind": "error_500", "path": "returnRequests", "times": 1},
        {"channel": "solapi", "kind": "throttle"},
    ]});
    hub.control(Method::PUT, "faults", rules).await;
    let started = Instant::now();
    let list = format!("v5/{{v}}/ordersheets?{}&status=ACCEPT", today());
    assert_eq!(hub.get(&list).await.0, StatusCode::OK);
    assert!(started.elapsed() >= Duration::from_millis(150));
    let claims = format!("v6/{{v}}/returnRequests?{}&status=RU", today());
    assert_eq!(hub.get(&claims).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(hub.get(&claims).await.0, StatusCode::OK);
    let (status, body) = hub
        .solapi(Method::GET, "cash/v1/balance", Value::Null)
        .await;
    assert_eq!(
        (status, &body["errorCode"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("TooManyRequests"))
    );
}
