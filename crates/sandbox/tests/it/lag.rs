use reqwest::Method;
use serde_json::{Value, json};

use crate::hub::{Hub, around};

async fn list(hub: &Hub, status: &str) -> Vec<Value> {
    let (_, body) = hub
        .get(&format!(
            "v5/{{v}}/ordersheets?{}&status={status}",
            around()
        ))
        .await;
    body["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn lists_show_for_a_while_what_was_and_single_reads_what_is() {
    let hub = Hub::start().await;
    let mut parcels = Vec::new();
    for _ in 0..3 {
        parcels.push(hub.place_one().await.1);
    }
    hub.control(Method::PUT, "lag", json!({"seconds": 60}))
        .await;
    hub.acknowledge(&[parcels[1]]).await;
    let shown: Vec<i64> = list(&hub, "ACCEPT")
        .await
        .iter()
        .map(|row| row["shipmentBoxId"].as_i64().unwrap())
        .collect();
    assert_eq!(shown, parcels, "all three in their order");
    assert!(list(&hub, "INSTRUCT").await.is_empty());
    assert_eq!(hub.sheet(parcels[1]).await["status"], "INSTRUCT");
    hub.control(Method::PUT, "clock", json!({"advance_seconds": 61}))
        .await;
    assert_eq!(list(&hub, "ACCEPT").await.len(), 2);
    assert_eq!(list(&hub, "INSTRUCT").await.len(), 1);
}

#[tokio::test]
async fn pages_of_a_lagging_list_hold_each_parcel_once() {
    let hub = Hub::start().await;
    let placed = hub
        .place(json!({"count": 25, "kind": "physical", "lines": 1}))
        .await;
    let ids: Vec<i64> = placed
        .iter()
        .map(|(_, parcels)| parcels[0].parse().unwrap())
        .collect();
    hub.control(Method::PUT, "lag", json!({"seconds": 60}))
        .await;
    let taken: Vec<i64> = ids.iter().copied().step_by(3).collect();
    hub.acknowledge(&taken).await;
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let path = format!(
            "v5/{{v}}/ordersheets?{}&status=ACCEPT&maxPerPage=4&nextToken={token}",
            around()
        );
        let (_, body) = hub.get(&path).await;
        for row in body["data"].as_array().unwrap() {
            seen.push(row["shipmentBoxId"].as_i64().unwrap());
        }
        token = body["nextToken"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ids);
}

#[tokio::test]
async fn a_row_that_lags_is_not_held_against_who_trusted_it() {
    let hub = Hub::start().await;
    let (order, parcel) = hub.instructed().await;
    hub.control(Method::PUT, "lag", json!({"seconds": 60}))
        .await;
    list(&hub, "INSTRUCT").await;
    hub.cancel(order).await;
    let rows = list(&hub, "INSTRUCT").await;
    assert_eq!(rows[0]["orderItems"][0]["holdCountForCancel"], 0);
    assert!(
        hub.receipts("status=RU").await.is_empty(),
        "claims lag, too"
    );
    // Rows count as understood a while after they were answered; that while has to pass.
    tokio::time::sleep(std::time::Duration::from_millis(350)).await;
    hub.upload(vec![hub.dto(order, parcel, "CJGLS", "680405450931").await])
        .await;
    assert_eq!(hub.verdict().await["dispatches_after_cancel"], 0);
}

#[tokio::test]
async fn one_order_can_be_shown_later_than_the_others() {
    let hub = Hub::start().await;
    hub.place(json!({"kind": "physical", "lines": 1, "late_seconds": 120}))
        .await;
    let (_, parcel) = hub.place_one().await;
    let rows = list(&hub, "ACCEPT").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["shipmentBoxId"], json!(parcel));
    hub.control(Method::PUT, "clock", json!({"advance_seconds": 121}))
        .await;
    assert_eq!(list(&hub, "ACCEPT").await.len(), 2);
}
