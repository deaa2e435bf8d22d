use reqwest::Method;
use sandbox::Config;
use serde_json::{Value, json};

use crate::hub::{Hub, today};

#[tokio::test]
async fn a_restarted_sandbox_remembers_world_ledger_and_verdict() {
    let home = tempfile::tempdir().unwrap();
    let hub = Hub::with(|config| config.home = Some(home.path().to_owned())).await;
    let (dispatched_order, dispatched) = hub.instructed().await;
    hub.look_and_dispatch(dispatched_order, dispatched, "680405450931")
        .await;
    let (stopped_order, _) = hub.instructed().await;
    hub.cancel(stopped_order).await;
    let (cancelled_order, _) = hub.place_one().await;
    hub.cancel(cancelled_order).await;
    let (_, waiting) = hub.place_one().await;
    let message = json!({"to": "01012345678", "from": hub.sender(), "text": "안녕하세요"});
    hub.solapi(
        Method::POST,
        "messages/v4/send",
        json!({"message": message}),
    )
    .await;
    hub.control(Method::PUT, "clock", json!({"advance_seconds": 60}))
        .await;
    let (ledger, verdict) = (hub.ledger().await, hub.verdict().await);
    // What is on disk at this moment is what a killed process would leave.
    let left = tempfile::tempdir().unwrap();
    std::fs::copy(
        home.path().join("journal.jsonl"),
        left.path().join("journal.jsonl"),
    )
    .unwrap();

    let again = Hub::with(|config| config.home = Some(left.path().to_owned())).await;
    assert_eq!(again.ledger().await, ledger);
    assert_eq!(again.verdict().await, verdict);
    let (_, rules) = again.control(Method::GET, "clock", Value::Null).await;
    assert_eq!(rules["world_ahead_seconds"], 60);
    let (_, list) = again
        .get(&format!("v5/{{v}}/ordersheets?{}&status=ACCEPT", today()))
        .await;
    assert_eq!(list["data"][0]["shipmentBoxId"], json!(waiting));
    let (_, receipts) = again
        .get(&format!("v6/{{v}}/returnRequests?{}&status=RU", today()))
        .await;
    assert_eq!(receipts["data"][0]["orderId"], json!(stopped_order));
    let (next, _) = again.place_one().await;
    assert!(
        ![dispatched_order, stopped_order, cancelled_order].contains(&next),
        "numbers go on"
    );
}

#[tokio::test]
async fn a_stopped_sandbox_frees_its_ports_and_its_journal() {
    let home = tempfile::tempdir().unwrap();
    let config = Config {
        home: Some(home.path().to_owned()),
        ..Config::on_free_ports()
    };
    let running = sandbox::start(config.clone()).await.unwrap();
    let port: u16 = running
        .coupang_url
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    running.stop().await;
    let again = sandbox::start(Config {
        coupang_port: port,
        ..config
    })
    .await
    .unwrap();
    again.stop().await;
}

#[tokio::test]
async fn a_restarted_sandbox_remembers_claims_and_splits() {
    let home = tempfile::tempdir().unwrap();
    let hub = Hub::with(|config| config.home = Some(home.path().to_owned())).await;
    let (order, _) = hub.delivered("680405450931").await;
    let receipt = hub.buyer(order, "return", json!({})).await["receipts"][0]["receipt_id"].clone();
    let (exchanged, _) = hub.delivered("680405450942").await;
    let exchange =
        hub.buyer(exchanged, "exchange", json!({})).await["exchanges"][0]["exchange_id"].clone();
    let body = json!({"exchangeId": exchange, "vendorId": hub.vendor()});
    let path = format!("v4/{{v}}/exchangeRequests/{exchange}/receiveConfirmation");
    hub.coupang(Method::PUT, &path, body).await;
    let (split, parcel) = hub.place_bundle().await;
    hub.acknowledge(&[parcel]).await;
    let mut dtos = Vec::new();
    for (place, line) in hub.sheet(parcel).await["orderItems"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        dtos.push(json!({
            "shipmentBoxId": parcel, "orderId": split, "vendorItemId": line["vendorItemId"],
            "deliveryCompanyCode": "CJGLS", "invoiceNumber": if place == 0 { "680405450953" } else { "" },
            "splitShipping": true, "preSplitShipped": false,
            "estimatedShippingDate": if place == 0 { "" } else { "2026-12-24" },
        }));
    }
    assert_eq!(hub.upload(dtos).await.1["data"]["responseCode"], 0);
    let seen = async |hub: &Hub| {
        let by_order = format!("v5/{{v}}/{split}/ordersheets");
        let list = format!("v4/{{v}}/exchangeRequests?{}", crate::hub::week());
        (
            hub.ledger().await,
            hub.verdict().await,
            hub.receipts("status=UC").await,
            hub.get(&by_order).await.1["data"].clone(),
            hub.get(&list).await.1["data"].clone(),
        )
    };
    let before = seen(&hub).await;
    assert_eq!(before.2[0]["receiptId"], receipt);
    assert_eq!(before.3.as_array().unwrap().len(), 2);
    hub.running.stop().await;
    let again = Hub::with(|config| config.home = Some(home.path().to_owned())).await;
    assert_eq!(seen(&again).await, before);
}

#[tokio::test]
async fn a_restarted_sandbox_remembers_questions_goods_and_earnings() {
    let home = tempfile::tempdir().unwrap();
    let hub = Hub::with(|config| config.home = Some(home.path().to_owned())).await;
    let (order, parcel) = hub.delivered("680405450931").await;
    let text = json!({"kind": "call_center", "text": "언제 와요?"});
    let inquiry = hub.buyer(order, "ask", text).await["inquiry_id"].clone();
    hub.buyer(order, "ask", json!({"kind": "product", "text": "색은요?"}))
        .await;
    hub.buyer(order, "confirm", json!({})).await;
    let (moved, moved_parcel) = hub.place_one().await;
    hub.buyer(moved, "address", json!({})).await;
    let item = hub.sheet(parcel).await["orderItems"][0]["vendorItemId"].clone();
    hub.goods(Method::PUT, &format!("vendor-items/{item}/quantities/7"))
        .await;
    hub.goods(Method::PUT, &format!("vendor-items/{item}/sales/stop"))
        .await;
    let seen = async |hub: &Hub| {
        (
            hub.ledger().await,
            hub.verdict().await,
            hub.get(&format!("v5/vendors/callCenterInquiries/{inquiry}"))
                .await
                .1,
            hub.sheet(parcel).await,
            hub.sheet(moved_parcel).await,
            hub.goods(Method::GET, &format!("vendor-items/{item}/inventories"))
                .await
                .1,
        )
    };
    let before = seen(&hub).await;
    assert_eq!(before.5["data"]["amountInStock"], 7);
    hub.running.stop().await;
    let again = Hub::with(|config| config.home = Some(home.path().to_owned())).await;
    assert_eq!(seen(&again).await, before);
}
