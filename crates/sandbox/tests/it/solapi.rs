use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, eventually, hmac_hex, now, read};

fn message(hub: &Hub, to: &str, text: &str) -> Value {
    json!({"to": to, "from": hub.sender(), "text": text, "customFields": {"effectId": uuid::Uuid::new_v4()}})
}

async fn send(hub: &Hub, message: Value) -> (StatusCode, Value) {
    hub.solapi(
        Method::POST,
        "messages/v4/send",
        json!({"message": message}),
    )
    .await
}

#[tokio::test]
async fn a_message_is_accepted_and_can_be_asked_for_until_it_is_delivered() {
    let hub = Hub::start().await;
    let sent = message(&hub, "050212345678", "주문하신 전자책 링크입니다");
    let (status, receipt) = send(&hub, sent.clone()).await;
    assert_eq!(status, StatusCode::OK, "{receipt}");
    assert_eq!(
        (&receipt["statusCode"], &receipt["type"]),
        (&json!("2000"), &json!("SMS"))
    );
    let id = receipt["messageId"].as_str().unwrap();
    assert_eq!((id.len(), &id[..3]), (32, "M4V"));
    let entry = eventually(async || {
        let (_, body) = hub
            .solapi(
                Method::GET,
                &format!("messages/v4/list?messageId={id}"),
                Value::Null,
            )
            .await;
        let entry = body["messageList"][id].clone();
        assert!(["2000", "3000", "4000"].contains(&entry["statusCode"].as_str().unwrap()));
        (entry["statusCode"] == "4000").then_some(entry)
    })
    .await;
    assert_eq!(entry["status"], "COMPLETE");
    assert_eq!(entry["customFields"], sent["customFields"]);
    assert_eq!(hub.verdict().await["messages_accepted"], 1);
    let entries = hub.ledger().await;
    assert_eq!(entries[0]["kind"], "message_accepted");
    assert_eq!(entries[0]["detail"]["text"], sent["text"]);
    assert_eq!(entries[0]["detail"]["custom_fields"], sent["customFields"]);
}

#[tokio::test]
async fn a_long_text_becomes_lms_and_costs_more() {
    let hub = Hub::start().await;
    let before = hub
        .solapi(Method::GET, "cash/v1/balance", Value::Null)
        .await
        .1["balance"]
        .as_i64()
        .unwrap();
    let text = "모아 서점입니다. 구매하신 전자책은 아래 주소에서 받으실 수 있습니다.\nhttps://store.example/activate#abcdefghijkl";
    let (_, receipt) = send(&hub, message(&hub, "01012345678", text)).await;
    assert_eq!(receipt["type"], "LMS");
    let after = hub
        .solapi(Method::GET, "cash/v1/balance", Value::Null)
        .await
        .1["balance"]
        .as_i64()
        .unwrap();
    assert_eq!(before - after, 45);
}

#[tokio::test]
async fn many_messages_are_accepted_and_refused_one_by_one() {
    let hub = Hub::start().await;
    let mut foreign = message(&hub, "01011112222", "안녕하세요");
    foreign["from"] = json!("0299999999");
    let body = json!({
        "messages": [
            message(&hub, "01011113333", "안녕하세요"),
            foreign,
            message(&hub, "01011113333", "다시 안녕하세요"),
        ],
        "showMessageList": true,
    });
    let (status, body) = hub
        .solapi(Method::POST, "messages/v4/send-many/detail", body)
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let failed: Vec<&Value> = body["failedMessageList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["statusCode"])
        .collect();
    assert_eq!(failed, ["1062", "1026"]);
    let count = &body["groupInfo"]["count"];
    assert_eq!(
        (
            &count["total"],
            &count["registeredSuccess"],
            &count["registeredFailed"]
        ),
        (&json!(3), &json!(1), &json!(2))
    );
    assert_eq!(body["messageList"].as_array().unwrap().len(), 3);
    let group = body["groupInfo"]["groupId"].as_str().unwrap();
    let (_, list) = hub
        .solapi(
            Method::GET,
            &format!("messages/v4/list?groupId={group}"),
            Value::Null,
        )
        .await;
    assert_eq!(list["messageList"].as_object().unwrap().len(), 1);
    let verdict = hub.verdict().await;
    assert_eq!(
        (&verdict["messages_accepted"], &verdict["messages_doubled"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn the_same_effect_twice_is_doubled_unless_the_first_failed() {
    let hub = Hub::start().await;
    let once = message(&hub, "01012345678", "안녕하세요");
    send(&hub, once.clone()).await;
    send(&hub, once).await;
    assert_eq!(hub.verdict().await["messages_doubled"], 1);
    let failing = message(&hub, "01000003010", "안녕하세요");
    let (_, receipt) = send(&hub, failing.clone()).await;
    assert_eq!(receipt["statusCode"], "2000");
    let id = receipt["messageId"].as_str().unwrap();
    eventually(async || {
        let (_, body) = hub
            .solapi(
                Method::GET,
                &format!("messages/v4/list?messageIds[]={id}"),
                Value::Null,
            )
            .await;
        (body["messageList"][id]["statusCode"] == "3010").then_some(())
    })
    .await;
    send(&hub, failing).await;
    assert_eq!(hub.verdict().await["messages_doubled"], 1);
}

#[tokio::test]
async fn a_list_is_paged_newest_first() {
    let hub = Hub::start().await;
    for number in 0..5 {
        send(
            &hub,
            message(&hub, &format!("0101234000{number}"), "안녕하세요"),
        )
        .await;
    }
    let (_, first) = hub
        .solapi(Method::GET, "messages/v4/list?limit=3", Value::Null)
        .await;
    assert_eq!(first["messageList"].as_object().unwrap().len(), 3);
    let key = first["nextKey"].as_str().unwrap();
    let (_, second) = hub
        .solapi(
            Method::GET,
            &format!("messages/v4/list?limit=3&startKey={key}"),
            Value::Null,
        )
        .await;
    assert_eq!(second["messageList"].as_object().unwrap().len(), 2);
    assert_eq!(second["nextKey"], Value::Null);
    let (_, one) = hub
        .solapi(Method::GET, "messages/v4/list?to=01012340002", Value::Null)
        .await;
    assert_eq!(one["messageList"].as_object().unwrap().len(), 1);
    let (status, _) = hub
        .solapi(
            Method::GET,
            "messages/v4/list?startDate=yesterday",
            Value::Null,
        )
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn each_broken_signature_has_its_code() {
    let hub = Hub::start().await;
    let account = &hub.accounts["solapi"][0];
    let (key, secret) = (
        account["api_key"].as_str().unwrap(),
        account["api_secret"].as_str().unwrap(),
    );
    let header = |key: &str, secret: &str, minutes: i64, salt: &str| {
        let date = (now() + TimeDelta::minutes(minutes)).to_rfc3339();
        let signature = hmac_hex(secret, &format!("{date}{salt}"));
        format!("HMAC-SHA256 apiKey={key}, date={date}, salt={salt}, signature={signature}")
    };
    let good = header(key, secret, 0, "abcdefghijklmnop");
    let cases = [
        (good.clone(), "OK"),
        (good, "DuplicatedSignature"),
        (
            header("NOBODY", secret, 0, "abcdefghijklmnop"),
            "InvalidAPIKey",
        ),
        (
            header(key, "wrong", 0, "abcdefghijklmnop"),
            "SignatureDoesNotMatch",
        ),
        (
            header(key, secret, -16, "abcdefghijklmnop"),
            "RequestTimeTooSkewed",
        ),
        ("Bearer x".to_owned(), "Forbidden"),
    ];
    for (header, code) in cases {
        let url = format!("{}/cash/v1/balance", hub.running.solapi_url);
        let (status, body) = read(
            hub.client
                .get(url)
                .header("Authorization", header)
                .send()
                .await
                .unwrap(),
        )
        .await;
        if code == "OK" {
            assert_eq!(status, StatusCode::OK);
        } else {
            assert_eq!(
                (status, body["errorCode"].as_str().unwrap()),
                (StatusCode::FORBIDDEN, code)
            );
        }
    }
    assert_eq!(hub.verdict().await["bad_signatures"], 5);
}

#[tokio::test]
async fn a_body_that_is_no_message_is_a_validation_error() {
    let hub = Hub::start().await;
    let long_field = json!({"to": "01012345678", "from": hub.sender(), "text": "a", "customFields": {"k": "v".repeat(101)}});
    for body in [
        json!({}),
        json!({"message": {"text": "a"}}),
        json!({"message": long_field}),
    ] {
        let (status, body) = hub.solapi(Method::POST, "messages/v4/send", body).await;
        assert_eq!(
            (status, &body["errorCode"]),
            (StatusCode::BAD_REQUEST, &json!("ValidationError"))
        );
    }
}
