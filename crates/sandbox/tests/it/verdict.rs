use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::hub::{Hub, eventually, today};

async fn after_cancel(hub: &Hub) -> u64 {
    hub.verdict().await["dispatches_after_cancel"]
        .as_u64()
        .unwrap()
}

#[tokio::test]
async fn a_hub_that_looks_first_has_a_clean_verdict() {
    let hub = Hub::start().await;
    for step in 0..5 {
        let (order, parcel) = hub.instructed().await;
        let result = hub
            .look_and_dispatch(order, parcel, &format!("68040545093{step}"))
            .await;
        assert_eq!(result["resultCode"], "OK");
    }
    let expected = json!({
        "orders_placed": 5, "orders_acknowledged": 5, "dispatches_accepted": 5, "dispatches_after_cancel": 0,
        "dispatches_doubled": 0, "messages_accepted": 0, "messages_doubled": 0, "quota_violations": 0,
        "bad_signatures": 0, "shut_outs": 0,
    });
    assert_eq!(hub.verdict().await, expected);
}

#[tokio::test]
async fn an_upload_in_spite_of_a_shown_cancel_counts_even_though_it_is_refused() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    hub.cancel(order).await;
    let result = hub.look_and_dispatch(order, parcel, "680405450931").await;
    assert_eq!(result["succeed"], false);
    assert_eq!(after_cancel(&hub).await, 1);
}

#[tokio::test]
async fn a_cancel_between_look_and_upload_is_nobodys_fault() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
    hub.cancel(order).await;
    hub.upload(vec![hub.dto(order, parcel, "CJGLS", "680405450931").await])
        .await;
    assert_eq!(after_cancel(&hub).await, 0);
}

#[tokio::test]
async fn a_claim_read_by_order_shows_the_cancel_too() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    hub.get(&format!("v5/{{v}}/ordersheets/{parcel}")).await;
    hub.cancel(order).await;
    hub.get(&format!(
        "v6/{{v}}/returnRequests?{}&orderId={order}",
        today()
    ))
    .await;
    hub.upload(vec![hub.dto(order, parcel, "CJGLS", "680405450931").await])
        .await;
    assert_eq!(after_cancel(&hub).await, 1);
}

#[tokio::test]
async fn an_upload_without_a_look_counts_once_the_sandbox_is_up_for_a_while() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    let dto = hub.dto(order, parcel, "CJGLS", "680405450931").await;
    // Early uploads are forgiven, since a sandbox that just started has seen no looks; so ask until they are not.
    let deadline = tokio::time::Instant::now() + Duration::from_secs(15);
    while after_cancel(&hub).await == 0 {
        assert!(
            tokio::time::Instant::now() < deadline,
            "an upload without a look was never counted"
        );
        hub.upload(vec![dto.clone()]).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let entries = hub.ledger().await;
    let last = entries
        .iter()
        .rfind(|entry| entry["kind"] == "dispatch_refused")
        .unwrap();
    assert_eq!(last["detail"]["looked_directly_at"], Value::Null);
}

#[tokio::test]
async fn a_second_number_is_doubled_and_a_repeat_of_the_first_is_not() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    hub.look_and_dispatch(order, parcel, "680405450931").await;
    hub.look_and_dispatch(order, parcel, "680405450931").await;
    assert_eq!(hub.verdict().await["dispatches_doubled"], 0);
    hub.look_and_dispatch(order, parcel, "680405450942").await;
    assert_eq!(hub.verdict().await["dispatches_doubled"], 1);
}

#[tokio::test]
async fn the_ledger_tells_the_story_of_an_order_in_order() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    hub.look_and_dispatch(order, parcel, "680405450931").await;
    let story: Vec<Value> = hub.ledger().await;
    let kinds: Vec<&str> = story
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "order_placed",
            "order_visible",
            "acknowledged",
            "dispatched"
        ]
    );
    for (entry, seq) in story.iter().zip(1..) {
        assert_eq!(entry["seq"], seq);
        assert_eq!(entry["channel"], "coupang");
        assert_eq!(entry["account"], hub.vendor());
        assert_eq!(entry["channel_order_id"], json!(order.to_string()));
    }
    assert_eq!(story[3]["channel_parcel_id"], json!(parcel.to_string()));
    assert_eq!(story[3]["detail"]["tracking_number"], "680405450931");
    let (_, page) = hub
        .control(Method::GET, "ledger?after=2&limit=1", Value::Null)
        .await;
    assert_eq!(page["entries"][0]["kind"], "acknowledged");
    assert_eq!(page["next_after"], 3);
}

#[tokio::test]
async fn orders_come_by_themselves_at_the_rate_that_was_set() {
    let hub = Hub::start().await;
    hub.control(Method::PUT, "rate", json!({"orders_per_second": 200}))
        .await;
    eventually(async || (hub.verdict().await["orders_placed"].as_u64() >= Some(50)).then_some(()))
        .await;
    hub.control(Method::PUT, "rate", json!({"orders_per_second": 0}))
        .await;
    let placed = hub.verdict().await["orders_placed"].clone();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(hub.verdict().await["orders_placed"], placed);
}
