use reqwest::{Method, StatusCode};
use sandbox::{Config, StartError};
use serde_json::{Value, json};

use crate::hub::Hub;

#[tokio::test]
async fn what_the_desk_cannot_follow_is_named() {
    let hub = Hub::start().await;
    let (order, _) = hub.place_one().await;
    hub.cancel(order).await;
    let cancel = format!("orders/coupang/{order}/cancel");
    let cases = [
        (
            Method::POST,
            "orders",
            json!({"count": 1}),
            400,
            json!("channel"),
        ),
        (
            Method::POST,
            "orders",
            json!({"channel": "naver"}),
            400,
            json!("channel"),
        ),
        (
            Method::POST,
            "orders",
            json!({"channel": "coupang", "count": 0}),
            400,
            json!("count"),
        ),
        (
            Method::POST,
            "orders",
            json!({"channel": "coupang", "kind": "liquid"}),
            400,
            json!("kind"),
        ),
        (
            Method::POST,
            "orders",
            json!({"channel": "coupang", "account": "A1"}),
            400,
            json!("account"),
        ),
        (
            Method::POST,
            "orders",
            json!({"channel": "coupang", "cuont": 5}),
            400,
            json!("cuont"),
        ),
        (
            Method::POST,
            "orders/coupang/1/cancel",
            Value::Null,
            404,
            Value::Null,
        ),
        (Method::POST, &cancel, Value::Null, 409, Value::Null),
        (
            Method::PUT,
            "rate",
            json!({"orders_per_second": -1}),
            400,
            json!("orders_per_second"),
        ),
        (
            Method::PUT,
            "quotas",
            json!({"coupang": {}}),
            400,
            json!("coupang.calls_per_second"),
        ),
        (
            Method::PUT,
            "clock",
            json!({"advance_seconds": "1"}),
            400,
            json!("advance_seconds"),
        ),
        (
            Method::PUT,
            "faults",
            json!({"faults": [{"channel": "coupang", "kind": "fire"}]}),
            400,
            json!("faults[0]"),
        ),
        (
            Method::GET,
            "ledger?limit=0",
            Value::Null,
            400,
            json!("limit"),
        ),
        (Method::GET, "nothing", Value::Null, 404, Value::Null),
    ];
    for (method, path, body, status, field) in cases {
        let (answered, answer) = hub.control(method, path, body.clone()).await;
        assert_eq!(
            (answered.as_u16(), &answer["error"]["field"]),
            (status, &field),
            "{path} {body}: {answer}"
        );
        assert!(!answer["error"]["reason"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn accounts_have_credentials_addresses_and_goods_of_both_kinds() {
    let hub = Hub::with(|config| config.accounts = 3).await;
    let accounts = hub.accounts["coupang"].as_array().unwrap();
    assert_eq!(accounts.len(), 3);
    assert_eq!(hub.accounts["solapi"].as_array().unwrap().len(), 3);
    for account in accounts {
        assert_eq!(account["base_url"], json!(hub.running.coupang_url));
        let listings = account["listings"].as_array().unwrap();
        for kind in ["physical", "digital"] {
            assert!(listings.iter().any(|row| row["kind"] == kind));
        }
    }
    let again = Hub::with(|config| config.accounts = 1).await;
    assert_eq!(
        again.accounts["coupang"][0]["secret_key"], accounts[0]["secret_key"],
        "the seed decides"
    );
}

#[tokio::test]
async fn orders_go_to_the_account_that_was_named_or_to_each_in_turn() {
    let hub = Hub::with(|config| config.accounts = 2).await;
    let second = hub.accounts["coupang"][1]["vendor_id"].clone();
    hub.place(json!({"count": 2, "account": second})).await;
    hub.place(json!({"count": 2})).await;
    let placed: Vec<Value> = hub
        .ledger()
        .await
        .into_iter()
        .filter(|entry| entry["kind"] == "order_placed")
        .map(|entry| entry["account"].clone())
        .collect();
    assert_eq!(
        placed,
        [second.clone(), second.clone(), json!(hub.vendor()), second]
    );
}

#[tokio::test]
async fn a_taken_port_is_named_with_the_variable_that_changes_it() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = sandbox::start(Config {
        coupang_port: port,
        ..Config::on_free_ports()
    })
    .await
    .unwrap_err();
    assert!(
        matches!(
            error,
            StartError::Port {
                variable: "MOA_SANDBOX_COUPANG_PORT",
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains(&format!("127.0.0.1:{port}")));
}

#[tokio::test]
async fn a_verbose_sandbox_writes_down_every_call() {
    let hub = Hub::start().await;
    hub.control(Method::PUT, "verbose", json!({"enabled": true}))
        .await;
    hub.get("v5/{v}/ordersheets/1").await;
    let entries = hub.ledger().await;
    assert_eq!(entries[0]["kind"], "call");
    assert_eq!(entries[0]["detail"]["status"], 400);
    assert!(
        entries[0]["detail"]["path"]
            .as_str()
            .unwrap()
            .ends_with("/ordersheets/1")
    );
}

#[tokio::test]
async fn moving_the_clock_leaves_signatures_alone() {
    let hub = Hub::start().await;
    let (status, rules) = hub
        .control(Method::PUT, "clock", json!({"advance_seconds": 86_400}))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(rules["world_ahead_seconds"], 86_400);
    let (_, parcel) = hub.place_one().await;
    assert_eq!(
        hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await.0,
        StatusCode::OK
    );
    assert_eq!(hub.verdict().await["bad_signatures"], 0);
}
