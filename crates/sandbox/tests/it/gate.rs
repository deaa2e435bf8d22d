use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, cea, now, read};

fn list_path(vendor: &str) -> String {
    let day = "createdAtFrom=2026-03-01%2B09:00&createdAtTo=2026-03-02%2B09:00&status=ACCEPT";
    format!("/v2/providers/openapi/apis/api/v5/vendors/{vendor}/ordersheets?{day}")
}

#[tokio::test]
async fn each_broken_signature_gets_its_own_answer_and_is_counted() {
    let hub = Hub::start().await;
    let account = &hub.accounts["coupang"][0];
    let (key, secret) = (
        account["access_key"].as_str().unwrap(),
        account["secret_key"].as_str().unwrap(),
    );
    let target = list_path(hub.vendor());
    let good = cea(key, secret, now(), &Method::GET, &target);
    let cases: [(Option<String>, StatusCode, &str); 7] = [
        (Some(good.clone()), StatusCode::OK, "OK"),
        (None, StatusCode::UNAUTHORIZED, "Request is not authorized."),
        (
            Some("Bearer x".to_owned()),
            StatusCode::UNAUTHORIZED,
            "HMAC format is invalid.",
        ),
        (
            Some(cea("somebody", secret, now(), &Method::GET, &target)),
            StatusCode::UNAUTHORIZED,
            "Unknown error occurred, please contact api-gateway channel for the details.",
        ),
        (
            Some(cea(
                key,
                secret,
                now() - TimeDelta::seconds(310),
                &Method::GET,
                &target,
            )),
            StatusCode::UNAUTHORIZED,
            "Specified signature is expired.",
        ),
        (
            Some(cea(key, secret, now(), &Method::POST, &target)),
            StatusCode::UNAUTHORIZED,
            "Invalid signature.",
        ),
        (
            Some(cea(
                key,
                secret,
                now(),
                &Method::GET,
                &target.replace("%2B", "+"),
            )),
            StatusCode::UNAUTHORIZED,
            "Invalid signature.",
        ),
    ];
    for (header, expected, message) in cases {
        let mut request = hub
            .client
            .get(format!("{}{target}", hub.running.coupang_url));
        if let Some(header) = &header {
            request = request.header("Authorization", header);
        }
        let response = request.send().await.unwrap();
        assert_eq!(
            response.headers()["content-type"],
            "application/json;charset=UTF-8"
        );
        let (status, body) = read(response).await;
        assert_eq!(
            (status, body["message"].as_str().unwrap()),
            (expected, message)
        );
    }
    assert_eq!(hub.verdict().await["bad_signatures"], 6);
    let entries = hub.ledger().await;
    assert_eq!(
        entries
            .iter()
            .filter(|entry| entry["kind"] == "bad_signature")
            .count(),
        6
    );
}

#[tokio::test]
async fn another_vendor_in_the_path_does_not_exist_and_in_the_body_is_invalid() {
    let hub = Hub::start().await;
    let (status, _) = hub.get("v5/vendors/A99999999/ordersheets/1").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let body = json!({"vendorId": "A99999999", "shipmentBoxIds": [1]});
    let (status, body) = hub
        .coupang(Method::PUT, "v4/{v}/ordersheets/acknowledgement", body)
        .await;
    assert_eq!(
        (status, &body["message"]),
        (StatusCode::BAD_REQUEST, &json!("Invalid vendor ID"))
    );
}

#[tokio::test]
async fn unknown_calls_are_answered_as_the_gateway_does() {
    let hub = Hub::start().await;
    for path in ["v6/{v}/ordersheets/1", "v4/{v}/ordersheets/1/invoices"] {
        let (status, body) = hub.get(path).await;
        assert_eq!(status, StatusCode::PRECONDITION_FAILED, "{path}");
        assert_eq!(body["code"], "PRECONDITION_FAILED");
    }
    let (status, _) = hub
        .coupang(Method::DELETE, "v4/{v}/orders/invoices", Value::Null)
        .await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn the_sixth_call_of_a_second_is_refused_and_counted() {
    let hub = Hub::with(|config| config.coupang_calls_per_second = 5).await;
    let mut answers = Vec::new();
    for _ in 0..6 {
        let path = format!("v5/vendors/{}/ordersheets/1", hub.vendor());
        let response = hub
            .coupang_request(Method::GET, &path)
            .send()
            .await
            .unwrap();
        let warned = response.headers().contains_key("x-cag-warnings");
        answers.push((response.status(), warned));
    }
    assert_eq!(answers[3], (StatusCode::BAD_REQUEST, false));
    assert_eq!(answers[4], (StatusCode::BAD_REQUEST, true));
    assert_eq!(answers[5], (StatusCode::TOO_MANY_REQUESTS, false));
    assert_eq!(hub.verdict().await["quota_violations"], 1);
    hub.control(
        Method::PUT,
        "quotas",
        json!({"coupang": {"calls_per_second": 100}}),
    )
    .await;
    assert_eq!(
        hub.get("v5/{v}/ordersheets/1").await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn strict_headers_are_a_switch_and_a_wrong_label_is_refused_in_any_case() {
    let lenient = Hub::start().await;
    let path = format!("v5/vendors/{}/ordersheets/1", lenient.vendor());
    let wrong = lenient
        .coupang_request(Method::GET, &path)
        .header("X-Requested-By", "my-shop");
    // Two values of one header: the first is the vendor's, as `coupang_request` sets it.
    assert_eq!(
        wrong.send().await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );

    let strict = Hub::with(|config| config.strict_headers = true).await;
    let account = &strict.accounts["coupang"][0];
    let target = list_path(strict.vendor());
    let key = account["access_key"].as_str().unwrap();
    let header = cea(
        key,
        account["secret_key"].as_str().unwrap(),
        now(),
        &Method::GET,
        &target,
    );
    let bare = strict
        .client
        .get(format!("{}{target}", strict.running.coupang_url))
        .header("Authorization", header);
    let (status, body) = read(bare.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["message"], "You MUST add the HTTP header X-MARKET");
}
