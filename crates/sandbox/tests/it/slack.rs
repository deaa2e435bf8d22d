use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::Hub;

async fn post(hub: &Hub, url: &str, body: &str) -> (StatusCode, String) {
    let request = hub
        .client
        .post(url)
        .header("Content-Type", "application/json")
        .body(body.to_owned());
    let response = request.send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

#[tokio::test]
async fn a_webhook_takes_messages_at_its_secret_address_only() {
    let hub = Hub::start().await;
    let url = hub.accounts["slack"][0]["webhook_url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        post(&hub, &url, r#"{"text":"새 주문 1건"}"#).await,
        (StatusCode::OK, "ok".to_owned())
    );
    assert_eq!(
        post(&hub, &format!("{url}x"), r#"{"text":"a"}"#).await,
        (StatusCode::FORBIDDEN, "invalid_token".to_owned())
    );
    assert_eq!(
        post(&hub, &url, "{}").await,
        (StatusCode::BAD_REQUEST, "no_text".to_owned())
    );
    assert_eq!(
        post(&hub, &url, "text").await,
        (StatusCode::BAD_REQUEST, "invalid_payload".to_owned())
    );
    let nowhere = format!("{}/services/T0/B0/x", hub.running.slack_url);
    assert_eq!(
        post(&hub, &nowhere, r#"{"text":"a"}"#).await,
        (StatusCode::NOT_FOUND, "no_team".to_owned())
    );
    let posted: Vec<Value> = hub
        .ledger()
        .await
        .into_iter()
        .filter(|entry| entry["kind"] == "slack_posted")
        .collect();
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0]["detail"]["text"], "새 주문 1건");
}

#[tokio::test]
async fn a_flood_is_told_when_to_come_back() {
    let hub = Hub::start().await;
    let url = hub.accounts["slack"][0]["webhook_url"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut last = None;
    for _ in 0..8 {
        let response = hub
            .client
            .post(&url)
            .json(&json!({"text": "a"}))
            .send()
            .await
            .unwrap();
        last = Some((
            response.status(),
            response.headers().get("retry-after").cloned(),
        ));
    }
    let (status, retry_after) = last.unwrap();
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(retry_after.unwrap(), "1");
    assert_eq!(
        hub.verdict().await["quota_violations"],
        0,
        "Slack's own answer is enough of a reproach"
    );
}

#[tokio::test]
async fn a_get_is_not_a_post() {
    let hub = Hub::start().await;
    let url = hub.accounts["slack"][0]["webhook_url"].as_str().unwrap();
    let response = hub.client.request(Method::GET, url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}
