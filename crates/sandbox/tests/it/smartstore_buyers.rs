//! What buyers of SmartStore do besides claims: transfers, gifts, moving house, being content; and what time does.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{Hub, eventually, now};
use crate::smartstore_hub::{Store, encoded};

#[tokio::test]
async fn a_transfer_is_waited_for() {
    let store = Store::start().await;
    let (order, ids) = store
        .place(json!({"unpaid": true, "lines": 1, "kind": "physical"}))
        .await;
    let id = &ids[0];
    let row = store.row(id).await;
    assert_eq!(row["lastChangedType"], json!("PAY_WAITING"));
    assert!(row.get("paymentDate").is_none());
    let detail = store.detail(id).await;
    assert_eq!(
        detail["productOrder"]["productOrderStatus"],
        json!("PAYMENT_WAITING")
    );
    assert_eq!(detail["order"]["paymentMeans"], json!("무통장입금"));
    assert!(detail["order"]["paymentDueDate"].is_string());
    let data = store.confirm(&[id]).await;
    assert_eq!(data["failProductOrderInfos"][0]["code"], json!("104442"));
    store.buyer(&order, "pay").await;
    let row = store.row(id).await;
    assert_eq!(
        (&row["lastChangedType"], &row["productOrderStatus"]),
        (&json!("PAYED"), &json!("PAYED"))
    );
    let path = format!("orders/smartstore/{order}/pay");
    let (status, _) = store.hub.control(Method::POST, &path, Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_transfer_that_never_comes_ends_the_order_without_a_row() {
    let store = Store::start().await;
    let (_, ids) = store.place(json!({"unpaid": true, "lines": 1})).await;
    store.advance(3 * 86_400).await;
    eventually(async || {
        let status = store.detail(&ids[0]).await["productOrder"]["productOrderStatus"].clone();
        (status == json!("CANCELED_BY_NOPAYMENT")).then_some(())
    })
    .await;
    assert_eq!(
        store.row(&ids[0]).await["lastChangedType"],
        json!("PAY_WAITING")
    );
}

#[tokio::test]
async fn a_gift_has_no_address_until_it_is_accepted() {
    let store = Store::start().await;
    let (order, ids) = store
        .place(json!({"gift": true, "lines": 1, "kind": "physical"}))
        .await;
    let id = &ids[0];
    let row = store.row(id).await;
    assert_eq!(row["giftReceivingStatus"], json!("WAIT_FOR_RECEIVING"));
    let detail = store.detail(id).await;
    assert!(detail["productOrder"].get("shippingAddress").is_none());
    assert!(
        detail["order"]["ordererName"]
            .as_str()
            .unwrap()
            .contains('*')
    );
    assert!(
        detail["order"]["ordererTel"]
            .as_str()
            .unwrap()
            .contains('*')
    );
    assert_eq!(
        store.confirm(&[id]).await["failProductOrderInfos"][0]["code"],
        json!("104442")
    );
    store.buyer(&order, "accept").await;
    let row = store.row(id).await;
    assert_eq!(
        (&row["lastChangedType"], &row["giftReceivingStatus"]),
        (&json!("GIFT_RECEIVED"), &json!("RECEIVED"))
    );
    assert!(store.detail(id).await["productOrder"]["shippingAddress"]["name"].is_string());
    assert!(
        store.confirm(&[id]).await["failProductOrderInfos"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_gift_nobody_accepts_is_cancelled_after_a_week() {
    let store = Store::start().await;
    let (_, ids) = store.place(json!({"gift": true, "lines": 1})).await;
    store.advance(8 * 86_400).await;
    let claim = eventually(async || {
        let claim = store.detail(&ids[0]).await["currentClaim"]["cancel"].clone();
        claim.is_object().then_some(claim)
    })
    .await;
    assert_eq!(claim["cancelReason"], json!("RECEIVING_DUE_DATE_OVER"));
}

#[tokio::test]
async fn a_new_address_shows_in_the_feed_and_in_the_confirm() {
    let store = Store::start().await;
    let (order, id) = store.place_one().await;
    let before = store.detail(&id).await["productOrder"]["shippingAddress"].clone();
    store.buyer(&order, "address").await;
    let row = store.row(&id).await;
    assert_eq!(row["lastChangedType"], json!("DELIVERY_ADDRESS_CHANGED"));
    assert_eq!(row["receiverAddressChanged"], json!(true));
    let from = encoded(now() - TimeDelta::hours(1));
    let filtered = store
        .feed_from(&format!("lastChangedFrom={from}&lastChangedType=PAYED"))
        .await;
    assert!(
        filtered.is_empty(),
        "it is missing from a filter by its first event"
    );
    let data = store.confirm(&[&id]).await;
    assert_eq!(
        data["successProductOrderInfos"][0]["isReceiverAddressChanged"],
        json!(true)
    );
    let after = store.detail(&id).await["productOrder"]["shippingAddress"].clone();
    assert_ne!(before["baseAddress"], after["baseAddress"]);
    assert_eq!(before["name"], after["name"]);
}

#[tokio::test]
async fn arrival_shows_in_the_detail_and_not_in_the_feed() {
    let store = Store::start().await;
    let (order, id) = store.confirmed().await;
    store.detail(&id).await;
    store.dispatch(&id, "123456789012").await;
    store.advance(90_000).await;
    eventually(async || {
        let detail = store.detail(&id).await;
        (detail["productOrder"]["productOrderStatus"] == json!("DELIVERED")).then_some(())
    })
    .await;
    assert_eq!(
        store.detail(&id).await["delivery"]["deliveryStatus"],
        json!("DELIVERY_COMPLETION")
    );
    let row = store.row(&id).await;
    assert_eq!(
        (&row["lastChangedType"], &row["productOrderStatus"]),
        (&json!("DISPATCHED"), &json!("DELIVERING")),
        "the row lags"
    );
    store.buyer(&order, "confirm").await;
    let row = store.row(&id).await;
    assert_eq!(row["lastChangedType"], json!("PURCHASE_DECIDED"));
    assert!(store.detail(&id).await["productOrder"]["decisionDate"].is_string());
}

#[tokio::test]
async fn a_buyer_who_says_nothing_is_content_after_eight_days() {
    let store = Store::start().await;
    let (_, id) = store.confirmed().await;
    store.detail(&id).await;
    store.dispatch(&id, "123456789012").await;
    store.advance(90_000).await;
    eventually(async || {
        let row = store.detail(&id).await["productOrder"].clone();
        (row["productOrderStatus"] == json!("DELIVERED")).then_some(())
    })
    .await;
    store.advance(9 * 86_400).await;
    eventually(async || {
        let row = store.detail(&id).await["productOrder"].clone();
        (row["productOrderStatus"] == json!("PURCHASE_DECIDED")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_desk_names_what_it_cannot_do() {
    let store = Store::start().await;
    let (order, id) = store.place_one().await;
    for (path, body, status) in [
        (
            "orders/smartstore/1/cancel".to_owned(),
            Value::Null,
            StatusCode::NOT_FOUND,
        ),
        (
            format!("orders/smartstore/{order}/dance"),
            Value::Null,
            StatusCode::NOT_FOUND,
        ),
        (
            format!("orders/smartstore/{order}/return"),
            Value::Null,
            StatusCode::CONFLICT,
        ),
        (
            format!("orders/smartstore/{order}/cancel"),
            json!({"reason": "mood"}),
            StatusCode::BAD_REQUEST,
        ),
        (
            format!("orders/smartstore/{order}/cancel"),
            json!({"items": []}),
            StatusCode::BAD_REQUEST,
        ),
        (
            format!("orders/smartstore/{order}/cancel"),
            json!({"items": [{"product_order_id": id, "count": 99}]}),
            StatusCode::BAD_REQUEST,
        ),
        (
            "orders".to_owned(),
            json!({"channel": "smartstore", "wish": 1}),
            StatusCode::BAD_REQUEST,
        ),
        (
            "orders".to_owned(),
            json!({"channel": "smartstore", "account": "x"}),
            StatusCode::BAD_REQUEST,
        ),
    ] {
        let (answer, body) = store.hub.control(Method::POST, &path, body).await;
        assert_eq!(answer, status, "{path}: {body}");
    }
    let (status, body) = store
        .hub
        .control(Method::PUT, "smartstore", json!({"token_seconds": 1}))
        .await;
    assert_eq!(
        (status, &body["error"]["field"]),
        (StatusCode::BAD_REQUEST, &json!("token_seconds"))
    );
    let (status, _) = store
        .hub
        .control(Method::PUT, "smartstore", json!({"strict": true}))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_restart_forgets_nothing_of_smartstore() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::with(|config| config.home = Some(home.path().to_owned())).await;
    let (order, id) = store.confirmed().await;
    let (claimed, other) = store.confirmed().await;
    store.detail(&id).await;
    store.dispatch(&id, "123456789012").await;
    store.buyer(&claimed, "stop").await;
    store.buyer(&order, "return").await;
    let listing = store.account()["listings"][0].clone();
    let number = listing["origin_product_no"].as_str().unwrap().to_owned();
    let path = format!("/v1/products/origin-products/{number}/change-status");
    let body = json!({"statusType": "SUSPENSION"});
    assert_eq!(store.call(Method::PUT, &path, body).await.0, StatusCode::OK);
    let asking = json!({"kind": "order", "text": "언제 오나요?"});
    let path = format!("orders/smartstore/{order}/ask");
    store.control(Method::POST, &path, asking).await;
    let product = store
        .get(&format!("/v2/products/origin-products/{number}"))
        .await;
    let day = |days| {
        (now() + TimeDelta::days(days))
            .format("%Y-%m-%d")
            .to_string()
    };
    let inquiries = format!(
        "/v1/pay-user/inquiries?startSearchDate={}&endSearchDate={}",
        day(-2),
        day(2)
    );
    let asked = store.get(&inquiries).await;
    assert_eq!(asked.1["totalElements"], json!(1));
    let (detail, wanted) = (store.detail(&id).await, store.detail(&other).await);
    let (feed, verdict) = (store.feed().await, store.hub.verdict().await);
    let token = store.log_in().await;
    let desk = store
        .control(
            Method::GET,
            &format!("orders/smartstore/{order}"),
            Value::Null,
        )
        .await;
    store.hub.running.stop().await;

    let again = Store::with(|config| config.home = Some(home.path().to_owned())).await;
    assert_eq!(again.log_in().await, token, "a token lives on");
    assert_eq!(again.detail(&id).await, detail);
    assert_eq!(again.detail(&other).await, wanted);
    assert_eq!(again.feed().await, feed);
    assert_eq!(again.hub.verdict().await, verdict);
    assert_eq!(
        again
            .get(&format!("/v2/products/origin-products/{number}"))
            .await,
        product
    );
    assert_eq!(again.get(&inquiries).await, asked);
    assert_eq!(
        again
            .control(
                Method::GET,
                &format!("orders/smartstore/{order}"),
                Value::Null
            )
            .await,
        desk
    );
    let (_, next) = again.place_one().await;
    assert!(next > other, "numbers go on");
    again.claim_after_restart(&id).await;
}

impl Store {
    /// What was collected before a restart can be refunded after it.
    async fn claim_after_restart(&self, id: &str) {
        let order = self.detail(id).await["order"]["orderId"]
            .as_str()
            .unwrap()
            .to_owned();
        self.buyer(&order, "collect").await;
        self.buyer(&order, "collect").await;
        let path = format!("product-orders/{id}/claim/return/approve");
        let data = self.orders(Method::POST, &path, Value::Null).await;
        assert_eq!(data["successProductOrderIds"], json!([id]));
    }
}

#[tokio::test]
async fn the_desk_lists_the_orders_of_all_channels() {
    let hub = Hub::start().await;
    for channel in ["coupang", "smartstore"] {
        let body = json!({"channel": channel, "count": 2});
        let (status, _) = hub.control(Method::POST, "orders", body).await;
        assert_eq!(status, StatusCode::OK);
    }
    let (_, body) = hub
        .control(Method::GET, "orders?limit=10", Value::Null)
        .await;
    let orders = body["orders"].as_array().unwrap();
    for channel in ["coupang", "smartstore"] {
        let count = orders
            .iter()
            .filter(|order| order["channel"] == json!(channel))
            .count();
        assert_eq!(count, 2, "{channel}");
    }
}

#[tokio::test]
async fn the_page_offers_what_a_buyer_can_do_next() {
    let store = Store::start().await;
    let (gift, _) = store.place(json!({"gift": true, "lines": 1})).await;
    let (sent, id) = store.confirmed().await;
    store.detail(&id).await;
    store.dispatch(&id, "123456789012").await;
    store.buyer(&sent, "return").await;
    let page = store.hub.client.get(&store.hub.running.control_url);
    let page = page.send().await.unwrap().text().await.unwrap();
    for action in [
        format!("{gift}/accept"),
        format!("{gift}/cancel"),
        format!("{sent}/collect"),
        format!("{sent}/withdraw"),
    ] {
        assert!(
            page.contains(&format!("orders/smartstore/{action}")),
            "{action}"
        );
    }
    for missing in [
        format!("{gift}/address"),
        format!("{sent}/exchange"),
        format!("{sent}/pay"),
    ] {
        assert!(
            !page.contains(&format!("orders/smartstore/{missing}")),
            "{missing}"
        );
    }
}
