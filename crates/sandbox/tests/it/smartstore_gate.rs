//! SmartStore's gateway: tokens, addresses, routes, limits.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, eventually, now, read};
use crate::smartstore_hub::{Store, sign};

const FEED: &str = "/v1/pay-order/seller/product-orders/last-changed-statuses?lastChangedFrom=2026-01-01T00:00:00.000%2B09:00";

#[tokio::test]
async fn the_test_vector_of_the_reference_is_signed_by_the_tests_own_client() {
    // The salt of the reference ends in `v`, of which bcrypt keeps what `u` means too.
    let text = sign(
        "aaaabbbbcccc",
        "$2a$10$abcdefghijklmnopqrstuu",
        1_643_961_623_299,
    );
    assert_eq!(
        text,
        "JDJhJDEwJGFiY2RlZmdoaWprbG1ub3BxcnN0dXVCVldZSk42T0VPdEx1OFY0cDQxa2IuTnpVaUEzbmsy"
    );
}

#[tokio::test]
async fn asking_again_answers_the_same_token_until_half_an_hour_is_left() {
    let store = Store::start().await;
    let form = store.form(now().timestamp_millis());
    let (_, first) = store.ask_token(&form).await;
    let (_, second) = store.ask_token(&form).await;
    assert_eq!(first["access_token"], second["access_token"]);
    assert_eq!(first["token_type"], json!("Bearer"));
    let left = first["expires_in"].as_i64().unwrap();
    assert!((10_790..=10_800).contains(&left), "{left}");
    store.rules(json!({"token_seconds": 1200})).await;
    store
        .control(Method::POST, "smartstore/revoke-tokens", Value::Null)
        .await;
    let (_, short) = store.ask_token(&form).await;
    let (_, other) = store.ask_token(&form).await;
    assert_ne!(short["access_token"], other["access_token"]);
}

#[tokio::test]
async fn a_token_for_a_seller_is_another_one() {
    let store = Store::start().await;
    let mut form = store.form(now().timestamp_millis());
    let (_, own) = store.ask_token(&form).await;
    form.insert("type", "SELLER".to_owned());
    form.insert("account_id", store.text("account_id").to_owned());
    let (status, sellers) = store.ask_token(&form).await;
    assert_eq!(status, StatusCode::OK, "{sellers}");
    assert_ne!(own["access_token"], sellers["access_token"]);
    form.insert("account_id", store.text("login_id").to_owned());
    assert_eq!(
        store.ask_token(&form).await.1["access_token"],
        sellers["access_token"]
    );
}

#[tokio::test]
async fn unsound_token_calls_are_refused_and_counted() {
    let store = Store::start().await;
    let at = now().timestamp_millis();
    let cases = [
        ("timestamp", (at + 60_000).to_string(), "현재 이전"),
        ("timestamp", (at - 301_000).to_string(), "만료"),
        ("timestamp", (at / 1000).to_string(), "만료"),
        (
            "client_secret_sign",
            "JDJhJDA0".to_owned(),
            "client_secret_sign 항목이 유효하지 않습니다",
        ),
        ("client_id", "nobody".to_owned(), "client_id"),
    ];
    let count = cases.len();
    for (name, value, message) in cases {
        let mut form = store.form(at);
        form.insert(name, value);
        let (status, body) = store.ask_token(&form).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{name}: {body}");
        assert_eq!(body["code"], json!("BAD_REQUEST"));
        assert!(
            body["message"].as_str().unwrap().contains(message),
            "{body}"
        );
        assert_eq!(body["invalidInputs"][0]["name"], json!(name));
    }
    assert_eq!(store.hub.verdict().await["bad_signatures"], json!(count));
}

#[tokio::test]
async fn a_non_standard_token_call_costs_the_application_its_quota() {
    let store = Store::start().await;
    assert_eq!(store.get(FEED).await.0, StatusCode::OK);
    let form = store.form(now().timestamp_millis());
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&form)
        .finish();
    let url = format!(
        "{}/external/v1/oauth2/token?{query}",
        store.hub.running.smartstore_url
    );
    let (status, _) = read(store.hub.client.post(url).send().await.unwrap()).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(
        store.get(FEED).await.0,
        StatusCode::OK,
        "one call an hour is left"
    );
    let response = store.send(Method::GET, FEED, Value::Null).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["gncp-gw-quota-period"], "HOURS");
    assert_eq!(response.headers()["gncp-gw-quota-limit"], "1");
    let (_, body) = read(response).await;
    assert_eq!(body["code"], json!("GW.QUOTA_LIMIT"));
    store
        .control(Method::POST, "smartstore/lift-penalties", Value::Null)
        .await;
    assert_eq!(store.get(FEED).await.0, StatusCode::OK);
}

#[tokio::test]
async fn leaving_out_grant_type_and_a_stray_account_id_are_non_standard_too() {
    for change in ["grant_type", "account_id"] {
        let store = Store::start().await;
        let mut form = store.form(now().timestamp_millis());
        if change == "grant_type" {
            form.remove("grant_type");
        } else {
            form.insert("account_id", store.text("account_id").to_owned());
        }
        let (status, _) = store.ask_token(&form).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let kinds: Vec<Value> = store.hub.ledger().await;
        assert!(
            kinds
                .iter()
                .any(|entry| entry["kind"] == json!("non_standard_token_call")),
            "{change}"
        );
    }
}

#[tokio::test]
async fn a_token_that_ends_is_answered_with_401_and_a_new_one_works() {
    let store = Store::start().await;
    assert_eq!(store.get(FEED).await.0, StatusCode::OK);
    store
        .control(Method::POST, "smartstore/revoke-tokens", Value::Null)
        .await;
    let (status, body) = store.get(FEED).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(body["code"], json!("GW.AUTHN"));
    assert_eq!(body["message"], json!("요청을 보낼 권한이 없습니다."));
    assert!(body["traceId"].as_str().unwrap().matches('^').count() == 2);
    store.log_in().await;
    assert_eq!(store.get(FEED).await.0, StatusCode::OK);
    assert_eq!(
        store.hub.verdict().await["bad_signatures"],
        json!(0),
        "a token may end without anybody's fault"
    );
}

#[tokio::test]
async fn callers_from_elsewhere_are_turned_away_from_every_call() {
    let store = Store::start().await;
    store
        .rules(json!({"allowed_addresses": ["203.0.113.7"]}))
        .await;
    let (status, body) = store.get(FEED).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::FORBIDDEN, &json!("GW.IP_NOT_ALLOWED"))
    );
    let (status, body) = store.ask_token(&store.form(now().timestamp_millis())).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::FORBIDDEN, &json!("GW.IP_NOT_ALLOWED"))
    );
    store
        .rules(json!({"allowed_addresses": ["127.0.0.1"]}))
        .await;
    assert_eq!(store.get(FEED).await.0, StatusCode::OK);
}

#[tokio::test]
async fn unknown_routes_are_not_found_and_agencies_enter_by_their_own_door() {
    let store = Store::start().await;
    for path in [
        "/v1/pay-order/seller/nothing",
        "/v1/pay-order/seller/product-orders/1/claim/cancel/reject",
    ] {
        let (status, body) = store.call(Method::POST, path, Value::Null).await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::NOT_FOUND, &json!("GW.NOT_FOUND"))
        );
    }
    let (status, body) = store.call(Method::DELETE, FEED, Value::Null).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::NOT_FOUND, &json!("GW.NOT_FOUND"))
    );
    let base = &store.hub.running.smartstore_url;
    let token = store.log_in().await;
    for (door, expected) in [("/partner", StatusCode::OK), ("", StatusCode::NOT_FOUND)] {
        let request = store.hub.client.get(format!("{base}{door}{FEED}"));
        let (status, _) = read(request.bearer_auth(&token).send().await.unwrap()).await;
        assert_eq!(status, expected, "{door}");
    }
}

#[tokio::test]
async fn four_calls_of_an_api_at_once_are_let_through_and_the_fifth_is_not() {
    let store = Store::with(|config| config.smartstore_calls_per_second = 2).await;
    let mut remaining = Vec::new();
    for _ in 0..4 {
        let response = store.send(Method::GET, FEED, Value::Null).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["gncp-gw-ratelimit-replenish-rate"], "2");
        assert_eq!(response.headers()["gncp-gw-ratelimit-burst-capacity"], "4");
        assert!(response.headers().contains_key("gncp-gw-trace-id"));
        remaining.push(
            response.headers()["gncp-gw-ratelimit-remaining"]
                .to_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(remaining[0], "3");
    // Half a second refills one; calls over loopback take a few milliseconds.
    let mut refused = None;
    for _ in 0..4 {
        let response = store.send(Method::GET, FEED, Value::Null).await;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(response);
            break;
        }
    }
    let refused = refused.expect("a bucket of four is empty by now");
    assert!(!refused.headers().contains_key("retry-after"));
    assert_eq!(read(refused).await.1["code"], json!("GW.RATE_LIMIT"));
    let (status, _) = store
        .call(
            Method::POST,
            "/v1/pay-order/seller/product-orders/query",
            json!({"productOrderIds": ["2026010100000000"]}),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "another API has its own bucket");
    assert_eq!(store.hub.verdict().await["quota_violations"], json!(1));
}

#[tokio::test]
async fn the_desk_hands_out_what_the_gateway_accepts() {
    let hub = Hub::with(|config| config.accounts = 2).await;
    let accounts = hub.accounts["smartstore"].as_array().unwrap();
    assert_eq!(accounts.len(), 2);
    for account in accounts {
        assert_eq!(account["client_id"].as_str().unwrap().len(), 22);
        assert_eq!(account["client_secret"].as_str().unwrap().len(), 29);
        assert_eq!(account["base_url"], json!(hub.running.smartstore_url));
        let options = account["listings"].as_array().unwrap();
        assert!(options.iter().any(|row| row["option_id"].is_null()));
        assert!(options.iter().any(|row| row["option_id"].is_string()));
    }
    assert_ne!(accounts[0]["client_id"], accounts[1]["client_id"]);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_not_read() {
    let store = Store::start().await;
    let url = format!(
        "{}/external/v1/pay-order/seller/product-orders/query",
        store.hub.running.smartstore_url
    );
    let token = store.log_in().await;
    let request = store.hub.client.post(url).bearer_auth(token);
    let request = request
        .header("Content-Type", "text/plain")
        .body(r#"{"productOrderIds":["2022051122441251"]}"#);
    let (status, body) = read(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{body}");
}

#[tokio::test]
async fn people_buy_by_themselves_when_told_to_and_the_quota_can_be_changed() {
    let store = Store::start().await;
    let rate = json!({"smartstore_orders_per_second": 50});
    store.control(Method::PUT, "rate", rate).await;
    eventually(async || (store.feed().await.len() > 3).then_some(())).await;
    let rules = store
        .control(
            Method::PUT,
            "rate",
            json!({"smartstore_orders_per_second": 0}),
        )
        .await;
    assert_eq!(rules["orders_per_second"], json!(0.0));
    let body = json!({"smartstore": {"calls_per_second": 7}});
    store.control(Method::PUT, "quotas", body).await;
    let response = store.send(Method::GET, FEED, Value::Null).await;
    assert_eq!(response.headers()["gncp-gw-ratelimit-replenish-rate"], "7");
    let (status, _) = store.hub.control(Method::PUT, "quotas", json!({})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let page = store
        .hub
        .client
        .get(&store.hub.running.control_url)
        .send()
        .await
        .unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("<h2>스마트스토어 ") && page.contains("/control/orders/smartstore/2"));
}

#[tokio::test]
async fn an_api_group_that_was_not_granted_is_refused_and_others_are_not() {
    let store = Store::start().await;
    store.rules(json!({"missing_groups": ["orders"]})).await;
    let (status, body) = store.get(FEED).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::FORBIDDEN, &json!("GW.AUTHZ"))
    );
    assert_eq!(store.get("/v1/seller/account").await.0, StatusCode::OK);
    let (status, _) = store
        .hub
        .control(
            Method::PUT,
            "smartstore",
            json!({"missing_groups": ["money"]}),
        )
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}
