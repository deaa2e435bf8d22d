use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, read};

async fn rules(hub: &Hub, body: Value) {
    let (status, answer) = hub.control(Method::PUT, "coupang", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

#[tokio::test]
async fn many_errors_bring_a_page_of_the_front_door_until_the_ban_ends() {
    let hub = Hub::start().await;
    rules(&hub, json!({"ban_after_errors": 3})).await;
    for _ in 0..3 {
        let (status, _) = hub.get("v5/{v}/ordersheets/1").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
    let good = format!("v5/vendors/{}/ordersheets/1", hub.vendor());
    let banned = hub
        .coupang_request(Method::GET, &good)
        .send()
        .await
        .unwrap();
    assert_eq!(banned.status(), StatusCode::FORBIDDEN);
    assert_eq!(banned.headers()["content-type"], "text/html");
    assert!(banned.text().await.unwrap().contains("Access Denied"));
    assert_eq!(hub.verdict().await["shut_outs"], 1);
    hub.control(Method::POST, "coupang/open-door", json!({}))
        .await;
    assert_eq!(
        hub.get("v5/{v}/ordersheets/1").await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn asking_for_other_vendors_again_and_again_ends_in_a_block() {
    let hub = Hub::start().await;
    rules(&hub, json!({"block_after_wrong_vendors": 2})).await;
    for _ in 0..2 {
        let (status, _) = hub.get("v5/vendors/A99999999/ordersheets/1").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    let (status, body) = hub.get("v5/{v}/ordersheets/1").await;
    assert_eq!((status, body), (StatusCode::FOUND, json!("")));
    let reason = hub
        .ledger()
        .await
        .into_iter()
        .find(|entry| entry["kind"] == "shut_out")
        .unwrap();
    assert_eq!(reason["detail"]["reason"], "blocked");
}

#[tokio::test]
async fn only_registered_addresses_may_call() {
    let allowed = std::net::IpAddr::from([127, 0, 0, 1]);
    let hub = Hub::with(|config| config.coupang_addresses = vec![allowed]).await;
    assert_eq!(
        hub.get("v5/{v}/ordersheets/1").await.0,
        StatusCode::BAD_REQUEST,
        "loopback is registered"
    );
    rules(&hub, json!({"seen_address": "203.0.113.7"})).await;
    let (status, body) = hub.get("v5/{v}/ordersheets/1").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let message = body["message"].as_str().unwrap();
    assert!(
        message.contains("Your ip address 203.0.113.7 is not allowed for this request"),
        "{message}"
    );
    assert!(message.contains("FORBIDDEN"));
    rules(&hub, json!({"seen_address": null})).await;
    assert_eq!(
        hub.get("v5/{v}/ordersheets/1").await.0,
        StatusCode::BAD_REQUEST
    );
    let many: Vec<String> = (1..=11).map(|last| format!("203.0.113.{last}")).collect();
    for (field, body) in [
        ("allowed_addresses", json!({"allowed_addresses": many})),
        ("allowed_addresses", json!({"allowed_addresses": ["home"]})),
        ("ban_seconds", json!({"ban_seconds": 0})),
        ("maskNames", json!({"maskNames": true})),
    ] {
        let (status, answer) = hub.control(Method::PUT, "coupang", body).await;
        assert_eq!(
            (status, &answer["error"]["field"]),
            (StatusCode::BAD_REQUEST, &json!(field))
        );
    }
}

#[tokio::test]
async fn an_expired_key_is_refused_and_a_new_one_ends_the_old() {
    let home = tempfile::tempdir().unwrap();
    let hub = Hub::with(|config| config.home = Some(home.path().to_owned())).await;
    let key = async |action: &str| {
        let path = format!("keys/coupang/{}/{action}", hub.vendor());
        hub.control(Method::POST, &path, json!({})).await.1
    };
    key("expire").await;
    let (status, _) = hub.get("v5/{v}/ordersheets/1").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        hub.verdict().await["bad_signatures"],
        0,
        "the signature was right"
    );
    key("renew").await;
    assert_eq!(
        hub.get("v5/{v}/ordersheets/1").await.0,
        StatusCode::BAD_REQUEST
    );
    let issued = key("reissue").await;
    let (status, body) = hub.get("v5/{v}/ordersheets/1").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "the old key");
    assert_eq!(
        body["message"],
        "Unknown error occurred, please contact api-gateway channel for the details."
    );
    hub.running.stop().await;
    let again = Hub::with(|config| config.home = Some(home.path().to_owned())).await;
    assert_eq!(
        again.accounts["coupang"][0]["access_key"],
        issued["access_key"]
    );
    assert_eq!(
        again.get("v5/{v}/ordersheets/1").await.0,
        StatusCode::BAD_REQUEST,
        "the new key"
    );
}

#[tokio::test]
async fn the_gateway_gives_up_after_its_patience_unless_asked_to_wait() {
    let hub = Hub::start().await;
    rules(&hub, json!({"gateway_patience_ms": 100})).await;
    let (_, parcel) = hub.place_one().await;
    let slow = json!({"faults": [{"channel": "coupang", "kind": "late_answer", "ms": 400}]});
    hub.control(Method::PUT, "faults", slow).await;
    let path = format!("v4/vendors/{}/ordersheets/acknowledgement", hub.vendor());
    let body = json!({"vendorId": hub.vendor(), "shipmentBoxIds": [parcel]});
    let request = hub.coupang_request(Method::PUT, &path).json(&body);
    let (status, answer) = read(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .starts_with("Request timed out")
    );
    let single = format!("v5/vendors/{}/ordersheets/{parcel}", hub.vendor());
    let patient = hub
        .coupang_request(Method::GET, &single)
        .header("X-EXTENDED-TIMEOUT", "5000");
    let (status, answer) = read(patient.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["data"]["status"], "INSTRUCT", "the write was done");
}

#[tokio::test]
async fn a_provider_that_does_not_exist_is_named_as_such() {
    let hub = Hub::start().await;
    let request = hub.provider_request("openapis", Method::GET, "v5/nothing");
    let (status, body) = read(request.send().await.unwrap()).await;
    assert_eq!(
        (status, &body["message"]),
        (
            StatusCode::BAD_REQUEST,
            &json!("Provider id is not specified correctly.")
        )
    );
}
