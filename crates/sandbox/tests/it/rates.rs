use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, around, lately};

async fn set(hub: &Hub, body: Value) -> Value {
    let (status, answer) = hub.control(Method::PUT, "faults", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

fn list() -> String {
    format!("v5/{{v}}/ordersheets?{}&status=ACCEPT", lately())
}

#[tokio::test]
async fn rates_hit_their_share_of_calls_and_repeat_with_the_seed() {
    let luck = async || {
        let hub = Hub::start().await;
        set(
            &hub,
            json!({"channel": "coupang", "rates": {"error_500": 0.3, "throttle": 0.1}}),
        )
        .await;
        let mut statuses = Vec::new();
        for _ in 0..100 {
            statuses.push(hub.get(&list()).await.0.as_u16());
        }
        statuses
    };
    let first = luck().await;
    assert_eq!(first, luck().await);
    let count = |wanted| first.iter().filter(|status| **status == wanted).count();
    assert!((15..45).contains(&count(500)), "{first:?}");
    assert!((2..20).contains(&count(429)), "{first:?}");
    assert!(count(200) > 40, "{first:?}");
}

#[tokio::test]
async fn rates_of_one_channel_stand_beside_rules_and_other_channels() {
    let hub = Hub::start().await;
    let rule = json!({"channel": "coupang", "kind": "error_500", "path": "returnRequests"});
    set(&hub, json!({"faults": [rule]})).await;
    set(
        &hub,
        json!({"channel": "smartstore", "rates": {"throttle": 1.0}}),
    )
    .await;
    let all = set(
        &hub,
        json!({"channel": "coupang", "rates": {"html_body": 0.5, "torn_body": 0}}),
    )
    .await;
    assert_eq!(all["faults"].as_array().unwrap().len(), 1);
    assert_eq!(
        all["rates"],
        json!({"coupang": {"html_body": 0.5}, "smartstore": {"throttle": 1.0}})
    );
    let off = set(&hub, json!({"channel": "coupang", "rates": {}})).await;
    assert_eq!(off["rates"], json!({"smartstore": {"throttle": 1.0}}));
    let none = set(&hub, json!({"faults": []})).await;
    assert_eq!(
        none,
        json!({"faults": [], "rates": {}}),
        "an empty list ends all trouble"
    );
    for (field, body) in [
        ("faults", json!({})),
        ("rates", json!({"channel": "coupang"})),
        ("channel", json!({"rates": {}})),
        ("channel", json!({"channel": "naver", "rates": {}})),
        (
            "rates.fire",
            json!({"channel": "coupang", "rates": {"fire": 0.1}}),
        ),
        (
            "rates.throttle",
            json!({"channel": "coupang", "rates": {"throttle": 2}}),
        ),
    ] {
        let (status, answer) = hub.control(Method::PUT, "faults", body).await;
        assert_eq!(
            (status, &answer["error"]["field"]),
            (StatusCode::BAD_REQUEST, &json!(field)),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_page_can_hold_its_rows_twice_and_fields_nobody_announced() {
    let hub = Hub::start().await;
    let (_, parcel) = hub.place_one().await;
    set(
        &hub,
        json!({"channel": "coupang", "rates": {"duplicate_page": 1}}),
    )
    .await;
    let (_, body) = hub.get(&list()).await;
    let rows = body["data"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]), (2, &rows[1]));
    assert_eq!(
        rows[0]["shipmentBoxId"],
        json!(parcel),
        "eighteen digits stay"
    );
    set(
        &hub,
        json!({"channel": "coupang", "rates": {"unknown_field": 1}}),
    )
    .await;
    let (_, body) = hub.get(&list()).await;
    assert!(body["unannouncedField"].is_object());
    assert!(body["data"][0]["orderItems"][0]["unannouncedField"].is_object());
    assert_eq!(body["data"][0]["shipmentBoxId"], json!(parcel));
}

#[tokio::test]
async fn an_order_can_arrive_late_in_lists() {
    let hub = Hub::start().await;
    let rule = json!({"channel": "coupang", "kind": "late_arrival", "ms": 60_000, "times": 1});
    set(&hub, json!({"faults": [rule]})).await;
    let (_, late) = hub.place_one().await;
    let (_, prompt) = hub.place_one().await;
    let shown = async || {
        let path = format!("v5/{{v}}/ordersheets?{}&status=ACCEPT", around());
        let (_, body) = hub.get(&path).await;
        let ids = body["data"].as_array().unwrap().iter();
        ids.map(|row| row["shipmentBoxId"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(shown().await, [prompt]);
    hub.control(Method::PUT, "clock", json!({"advance_seconds": 61}))
        .await;
    assert_eq!(shown().await, [late, prompt]);
    set(
        &hub,
        json!({"channel": "coupang", "rates": {"late_arrival": 1}}),
    )
    .await;
    hub.place_one().await;
    assert_eq!(shown().await, [late, prompt]);
    hub.control(Method::PUT, "clock", json!({"advance_seconds": 16}))
        .await;
    assert_eq!(shown().await.len(), 3);
}

#[tokio::test]
async fn the_gateways_own_troubles_have_their_statuses() {
    let hub = Hub::start().await;
    let cases = [
        ("api_retired", 410, "retired"),
        ("not_deployed", 412, "not deployed"),
        ("read_timed_out", 412, "Read timed out"),
        ("api_locked", 423, "locked"),
        ("unreachable", 521, "connection timed out"),
    ];
    for (kind, status, words) in cases {
        set(
            &hub,
            json!({"faults": [{"channel": "coupang", "kind": kind}]}),
        )
        .await;
        let (answered, body) = hub.get(&list()).await;
        assert_eq!(answered.as_u16(), status, "{kind}");
        assert!(
            body["message"].as_str().unwrap().contains(words),
            "{kind}: {body}"
        );
    }
    set(
        &hub,
        json!({"faults": [{"channel": "coupang", "kind": "blocked"}]}),
    )
    .await;
    assert_eq!(hub.get(&list()).await.0, StatusCode::FOUND);
}
