//! SmartStore's claims: cancels, returns, exchanges, by buyers and by the seller.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hub::{eventually, now};
use crate::smartstore_hub::{Store, wire};

impl Store {
    /// A seller's call about the claim of a product order.
    async fn claim(&self, id: &str, call: &str, body: Value) -> Value {
        let path = format!("product-orders/{id}/claim/{call}");
        self.orders(Method::POST, &path, body).await
    }

    /// The same, when it has to work.
    async fn claim_done(&self, id: &str, call: &str, body: Value) {
        let data = self.claim(id, call, body).await;
        assert_eq!(
            data["successProductOrderIds"],
            json!([id]),
            "{call}: {data}"
        );
    }

    /// The same, when it has to fail; answers the code.
    async fn claim_failed(&self, id: &str, call: &str, body: Value) -> String {
        let data = self.claim(id, call, body).await;
        assert_eq!(data["successProductOrderIds"], json!([]), "{call}: {data}");
        data["failProductOrderInfos"][0]["code"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// An order that left the seller.
    async fn sent(&self) -> (String, String) {
        let (order, id) = self.confirmed().await;
        self.detail(&id).await;
        let number = format!("{:012}", id.parse::<u64>().unwrap() % 1_000_000_000_000);
        let data = self.dispatch(&id, &number).await;
        assert_eq!(data["successProductOrderIds"], json!([id]), "{data}");
        (order, id)
    }

    async fn status(&self, id: &str) -> (String, String) {
        let row = self.detail(id).await["productOrder"].clone();
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        (text("productOrderStatus"), text("claimStatus"))
    }

    async fn is(&self, id: &str, status: &str, claim: &str) {
        assert_eq!(self.status(id).await, (status.to_owned(), claim.to_owned()));
    }
}

#[tokio::test]
async fn the_seller_agrees_to_a_cancel_that_waits() {
    let store = Store::start().await;
    let (order, id) = store.confirmed().await;
    assert_eq!(
        store.claim_failed(&id, "cancel/approve", Value::Null).await,
        "104442"
    );
    store.buyer(&order, "stop").await;
    store.is(&id, "PAYED", "CANCEL_REQUEST").await;
    store.claim_done(&id, "cancel/approve", Value::Null).await;
    store.is(&id, "CANCELED", "CANCEL_DONE").await;
    assert_eq!(
        store.row(&id).await["lastChangedType"],
        json!("CLAIM_COMPLETED")
    );
    store.claim_done(&id, "cancel/approve", Value::Null).await;
    let claim = store.detail(&id).await["currentClaim"]["cancel"].clone();
    assert_eq!(claim["cancelReason"], json!("INTENT_CHANGED"));
    assert!(claim["cancelCompletedDate"].is_string());
    assert_eq!(
        store
            .claim_failed("2022051122441251", "cancel/approve", Value::Null)
            .await,
        "100001"
    );
}

#[tokio::test]
async fn only_what_the_seller_confirmed_can_be_stopped_and_a_buyer_may_think_again() {
    let store = Store::start().await;
    let (order, id) = store.place_one().await;
    let path = format!("orders/smartstore/{order}/stop");
    let (status, _) = store.hub.control(Method::POST, &path, Value::Null).await;
    assert_eq!(status, StatusCode::CONFLICT);
    store.confirm(&[&id]).await;
    store.buyer(&order, "stop").await;
    store.buyer(&order, "withdraw").await;
    store.is(&id, "PAYED", "").await;
    assert_eq!(
        store.detail(&id).await["completedClaims"][0]["claimType"],
        json!("CANCEL")
    );
    store.detail(&id).await;
    store.dispatch(&id, "123456789012").await;
    assert_eq!(
        store.hub.verdict().await["dispatches_after_cancel"],
        json!(0)
    );
}

#[tokio::test]
async fn a_seller_cancels_at_once_or_in_two_steps() {
    let store = Store::start().await;
    let (_, id) = store.confirmed().await;
    let body = json!({"cancelReason": "SOLD_OUT", "cancelDetailedReason": "재고가 없습니다"});
    store.claim_done(&id, "cancel/request", body.clone()).await;
    store.is(&id, "CANCELED", "CANCEL_DONE").await;
    assert_eq!(
        store.detail(&id).await["currentClaim"]["cancel"]["requestChannel"],
        json!("판매자")
    );
    assert_eq!(
        store
            .claim_failed(&id, "cancel/request", body.clone())
            .await,
        "104203"
    );
    store
        .rules(json!({"seller_cancel_hides_claim": true}))
        .await;
    store.is(&id, "CANCELED", "").await;
    store
        .rules(json!({"seller_cancel_waits": true, "seller_cancel_hides_claim": false}))
        .await;
    let (_, other) = store.confirmed().await;
    store.claim_done(&other, "cancel/request", body).await;
    store.is(&other, "PAYED", "CANCEL_REQUEST").await;
    store
        .claim_done(&other, "cancel/approve", Value::Null)
        .await;
    store.is(&other, "CANCELED", "CANCEL_DONE").await;
    for (body, code) in [
        (json!({}), "4000"),
        (json!({"cancelReason": "MOOD"}), "000400"),
        (json!({"cancelReason": ""}), "000400"),
        (
            json!({"cancelReason": "SOLD_OUT", "cancelDetailedReason": "가".repeat(501)}),
            "4000",
        ),
    ] {
        let path = format!("/v1/pay-order/seller/product-orders/{id}/claim/cancel/request");
        let (status, answer) = store.call(Method::POST, &path, body).await;
        assert_eq!(
            (status, &answer["code"]),
            (StatusCode::BAD_REQUEST, &json!(code)),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn part_of_the_quantity_can_be_cancelled_and_the_rest_ships() {
    let store = Store::start().await;
    let (order, id) = loop {
        let (order, id) = store.confirmed().await;
        if store.detail(&id).await["productOrder"]["quantity"].as_i64() > Some(1) {
            break (order, id);
        }
    };
    let before = store.detail(&id).await["productOrder"].clone();
    let path = format!("orders/smartstore/{order}/cancel");
    let items = json!({"items": [{"product_order_id": id, "count": 1}]});
    store.control(Method::POST, &path, items).await;
    store.claim_done(&id, "cancel/approve", Value::Null).await;
    let after = store.detail(&id).await["productOrder"].clone();
    let (had, left) = (
        before["quantity"].as_i64().unwrap(),
        after["remainQuantity"].as_i64().unwrap(),
    );
    assert_eq!(left, had - 1);
    assert_eq!(after["quantity"], before["quantity"]);
    assert_eq!(after["initialQuantity"], before["quantity"]);
    assert_eq!(after["productOrderStatus"], json!("PAYED"));
    let data = store.dispatch(&id, "123456789012").await;
    assert_eq!(data["successProductOrderIds"], json!([id]));
    assert_eq!(
        store.hub.verdict().await["dispatches_after_cancel"],
        json!(0)
    );
}

#[tokio::test]
async fn a_return_goes_from_the_demand_over_collection_to_the_refund() {
    let store = Store::start().await;
    let (order, id) = store.sent().await;
    let body = json!({"reason": "defect"});
    store
        .control(
            Method::POST,
            &format!("orders/smartstore/{order}/return"),
            body,
        )
        .await;
    store.is(&id, "DELIVERING", "RETURN_REQUEST").await;
    let row = store.row(&id).await;
    assert_eq!(
        (&row["lastChangedType"], &row["claimType"]),
        (&json!("CLAIM_REQUESTED"), &json!("RETURN"))
    );
    assert_eq!(
        store.claim_failed(&id, "return/approve", Value::Null).await,
        "104442"
    );
    store.buyer(&order, "collect").await;
    store.is(&id, "DELIVERING", "COLLECTING").await;
    assert_eq!(
        store.row(&id).await["lastChangedType"],
        json!("CLAIM_REQUESTED"),
        "no event of the feed"
    );
    store.buyer(&order, "collect").await;
    assert_eq!(
        store.row(&id).await["lastChangedType"],
        json!("COLLECT_DONE")
    );
    let told = store.detail(&id).await["currentClaim"]["return"].clone();
    assert!(told["refundExpectedDate"].is_string(), "{told}");
    assert_eq!(
        told["claimDeliveryFeeDemandAmount"],
        json!(0),
        "broken goods come back at the seller's cost"
    );
    let hold = json!({"holdbackClassType": "EXTRAFEEE", "holdbackReturnDetailReason": "추가 비용", "extraReturnFeeAmount": 3000});
    store.claim_done(&id, "return/holdback", hold).await;
    let claim = store.detail(&id).await["currentClaim"]["return"].clone();
    assert_eq!(claim["holdbackStatus"], json!("HOLDBACK"));
    assert_eq!(claim["returnReason"], json!("BROKEN"));
    assert_eq!(claim["collectStatus"], json!("DELIVERED"));
    assert_eq!(claim["etcFeeDemandAmount"], json!(3000));
    assert!(claim.get("refundExpectedDate").is_none(), "it waits");
    assert_eq!(
        store.claim_failed(&id, "return/approve", Value::Null).await,
        "104442"
    );
    store
        .claim_done(&id, "return/holdback/release", Value::Null)
        .await;
    store.claim_done(&id, "return/approve", Value::Null).await;
    store.is(&id, "RETURNED", "RETURN_DONE").await;
    store.claim_done(&id, "return/approve", Value::Null).await;
    assert_eq!(
        store.row(&id).await["lastChangedType"],
        json!("CLAIM_COMPLETED")
    );
}

#[tokio::test]
async fn a_return_is_collected_by_time_alone() {
    let store = Store::start().await;
    let (order, id) = store.sent().await;
    store.buyer(&order, "return").await;
    store.advance(3_700).await;
    eventually(async || (store.status(&id).await.1 == "COLLECTING").then_some(())).await;
    store.advance(90_000).await;
    eventually(async || (store.status(&id).await.1 == "COLLECT_DONE").then_some(())).await;
}

#[tokio::test]
async fn a_refused_return_leaves_the_order_as_it_was() {
    let store = Store::start().await;
    let (order, id) = store.sent().await;
    store.buyer(&order, "return").await;
    let path = format!("/v1/pay-order/seller/product-orders/{id}/claim/return/reject");
    let (status, body) = store.call(Method::POST, &path, json!({})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .contains("rejectReturnReason")
    );
    let why = json!({"rejectReturnReason": "사용 흔적이 있습니다"});
    store.claim_done(&id, "return/reject", why).await;
    store.is(&id, "DELIVERING", "RETURN_REJECT").await;
    assert_eq!(
        store.row(&id).await["lastChangedType"],
        json!("CLAIM_REJECTED")
    );
    store.buyer(&order, "return").await;
    store.is(&id, "DELIVERING", "RETURN_REQUEST").await;
    assert_eq!(
        store.detail(&id).await["completedClaims"][0]["claimStatus"],
        json!("RETURN_REJECT")
    );
}

#[tokio::test]
async fn a_seller_raises_a_return() {
    let store = Store::start().await;
    let (_, waiting) = store.confirmed().await;
    let body = json!({"returnReason": "BROKEN", "collectDeliveryMethod": "RETURN_INDIVIDUAL"});
    assert_eq!(
        store
            .claim_failed(&waiting, "return/request", body.clone())
            .await,
        "104442"
    );
    let (_, id) = store.sent().await;
    store.claim_done(&id, "return/request", body).await;
    store.is(&id, "DELIVERING", "RETURN_REQUEST").await;
    let claim = store.detail(&id).await["currentClaim"]["return"].clone();
    assert_eq!(claim["collectDeliveryMethod"], json!("RETURN_INDIVIDUAL"));
    let path = format!("/v1/pay-order/seller/product-orders/{id}/claim/return/request");
    for body in [
        json!({"returnReason": "BROKEN"}),
        json!({"returnReason": "ETC", "collectDeliveryMethod": "RETURN_INDIVIDUAL"}),
        json!({"returnReason": "BROKEN", "collectDeliveryMethod": "RETURN_DELIVERY", "collectDeliveryCompany": ""}),
    ] {
        let (status, _) = store.call(Method::POST, &path, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn an_exchange_sends_others_and_a_return_may_follow_meanwhile() {
    let store = Store::start().await;
    let (order, id) = store.sent().await;
    store.buyer(&order, "exchange").await;
    store.is(&id, "DELIVERING", "EXCHANGE_REQUEST").await;
    let again = json!({"reDeliveryMethod": "DELIVERY", "reDeliveryCompany": "HANJIN", "reDeliveryTrackingNumber": "4444444444"});
    assert_eq!(
        store
            .claim_failed(&id, "exchange/dispatch", again.clone())
            .await,
        "104417"
    );
    assert_eq!(
        store
            .claim_failed(&id, "exchange/collect/approve", Value::Null)
            .await,
        "104442"
    );
    store.buyer(&order, "collect").await;
    store
        .claim_done(&id, "exchange/collect/approve", Value::Null)
        .await;
    store.is(&id, "DELIVERING", "COLLECT_DONE").await;
    let hold = json!({"holdbackClassType": "EXCHANGE_PRODUCT_READY", "holdbackExchangeDetailReason": "입고 대기"});
    store.claim_done(&id, "exchange/holdback", hold).await;
    assert_eq!(
        store
            .claim_failed(&id, "exchange/dispatch", again.clone())
            .await,
        "104442"
    );
    store
        .claim_done(&id, "exchange/holdback/release", Value::Null)
        .await;
    let mut bad = again.clone();
    bad["reDeliveryTrackingNumber"] = json!("1");
    assert_eq!(
        store.claim_failed(&id, "exchange/dispatch", bad).await,
        "104122"
    );
    store.claim_done(&id, "exchange/dispatch", again).await;
    store.is(&id, "DELIVERING", "EXCHANGE_REDELIVERING").await;
    assert_eq!(
        store.row(&id).await["lastChangedType"],
        json!("CLAIM_REDELIVERING")
    );
    let claim = store.detail(&id).await["currentClaim"]["exchange"].clone();
    assert_eq!(claim["reDeliveryTrackingNumber"], json!("4444444444"));
    store.buyer(&order, "return").await;
    let detail = store.detail(&id).await;
    assert_eq!(
        detail["currentClaim"]["return"]["claimStatus"],
        json!("RETURN_REQUEST")
    );
    assert_eq!(
        detail["beforeClaim"]["exchange"]["claimStatus"],
        json!("EXCHANGE_REDELIVERING")
    );
}

#[tokio::test]
async fn an_exchange_ends_when_the_others_arrive_or_the_seller_refuses() {
    let store = Store::start().await;
    let (order, id) = store.sent().await;
    store.buyer(&order, "exchange").await;
    store.buyer(&order, "collect").await;
    store.buyer(&order, "collect").await;
    let again = json!({"reDeliveryMethod": "DIRECT_DELIVERY"});
    store.claim_done(&id, "exchange/dispatch", again).await;
    store.advance(90_000).await;
    eventually(async || (store.status(&id).await.0 == "EXCHANGED").then_some(())).await;
    store.is(&id, "EXCHANGED", "EXCHANGE_DONE").await;
    assert_eq!(
        store.row(&id).await["lastChangedType"],
        json!("CLAIM_COMPLETED")
    );
    let (order, id) = store.sent().await;
    store.buyer(&order, "exchange").await;
    let why = json!({"rejectExchangeReason": "교환 기간이 지났습니다"});
    store.claim_done(&id, "exchange/reject", why).await;
    store.is(&id, "DELIVERING", "EXCHANGE_REJECT").await;
}

#[tokio::test]
async fn the_claim_stands_at_the_top_level_too_when_the_past_is_asked_for() {
    let store = Store::start().await;
    let (order, id) = store.confirmed().await;
    store.buyer(&order, "stop").await;
    assert!(store.detail(&id).await.get("cancel").is_none());
    store.rules(json!({"legacy_claims": true})).await;
    let detail = store.detail(&id).await;
    assert_eq!(detail["cancel"], detail["currentClaim"]["cancel"]);
}

#[tokio::test]
async fn shipping_later_is_told_and_can_be_told_again() {
    let store = Store::start().await;
    let (_, id) = store.place_one().await;
    let due = |days| wire(now() + chrono::TimeDelta::days(days));
    let body = |days| {
        json!({
            "dispatchDueDate": due(days), "delayedDispatchReason": "PRODUCT_PREPARE",
            "dispatchDelayedDetailedReason": "입고 지연",
        })
    };
    let path = format!("product-orders/{id}/delay");
    let data = store.orders(Method::POST, &path, body(5)).await;
    assert_eq!(data["failProductOrderInfos"][0]["code"], json!("104443"));
    store.confirm(&[&id]).await;
    let data = store.orders(Method::POST, &path, body(-1)).await;
    assert_eq!(data["failProductOrderInfos"][0]["code"], json!("104105"));
    for days in [5, 7] {
        let data = store.orders(Method::POST, &path, body(days)).await;
        assert_eq!(data["successProductOrderIds"], json!([id]));
    }
    let row = store.detail(&id).await["productOrder"].clone();
    assert_eq!(row["delayedDispatchReason"], json!("PRODUCT_PREPARE"));
    assert_eq!(row["delayedDispatchDetailedReason"], json!("입고 지연"));
    assert_eq!(row["shippingDueDate"].as_str().unwrap()[..10], due(7)[..10]);
    assert_eq!(
        store.row(&id).await["lastChangedType"],
        json!("PAYED"),
        "no event of the feed"
    );
}

#[tokio::test]
async fn the_day_a_buyer_hoped_for_can_be_moved() {
    let store = Store::start().await;
    let (_, plain) = store.confirmed().await;
    let day = |days| {
        (now() + chrono::TimeDelta::days(days))
            .format("%Y%m%d")
            .to_string()
    };
    let body = |days| json!({"hopeDeliveryYmd": day(days), "changeReason": "물류 사정"});
    let path = |id: &str| format!("product-orders/{id}/hope-delivery/change");
    let data = store.orders(Method::POST, &path(&plain), body(6)).await;
    assert_eq!(data["failProductOrderInfos"][0]["code"], json!("104441"));
    let (_, ids) = store
        .place(json!({"kind": "physical", "lines": 1, "hope": true}))
        .await;
    let id = &ids[0];
    assert_eq!(
        store.detail(id).await["productOrder"]["deliveryAttributeType"],
        json!("HOPE")
    );
    store.confirm(&[id]).await;
    for (days, code) in [(-3, "104444"), (60, "104445")] {
        let data = store.orders(Method::POST, &path(id), body(days)).await;
        assert_eq!(data["failProductOrderInfos"][0]["code"], json!(code));
    }
    let data = store.orders(Method::POST, &path(id), body(6)).await;
    assert_eq!(data["successProductOrderIds"], json!([id]));
    let hope = store.detail(id).await["productOrder"]["hopeDelivery"].clone();
    assert_eq!(
        (&hope["hopeDeliveryYmd"], &hope["changeReason"]),
        (&json!(day(6)), &json!("물류 사정"))
    );
    assert_eq!(
        store.row(id).await["lastChangedType"],
        json!("HOPE_DELIVERY_INFO_CHANGED")
    );
    let data = store.orders(Method::POST, &path(id), body(6)).await;
    assert_eq!(data["failProductOrderInfos"][0]["code"], json!("104446"));
}

#[tokio::test]
async fn a_refund_that_gets_stuck_is_finished_by_the_sellers_approval() {
    let store = Store::start().await;
    store.rules(json!({"refunds_stick": true})).await;
    let (order, id) = store.place_one().await;
    store.buyer(&order, "cancel").await;
    store.is(&id, "PAYED", "CANCELING").await;
    store.detail(&id).await;
    let data = store.dispatch(&id, "123456789012").await;
    assert_eq!(data["failProductOrderInfos"][0]["code"], json!("104135"));
    store.claim_done(&id, "cancel/approve", Value::Null).await;
    store.is(&id, "CANCELED", "CANCEL_DONE").await;
}

#[tokio::test]
async fn a_return_that_is_back_is_refunded_by_time_only_where_a_switch_says_so_and_nobody_holds_it()
{
    const THREE_DAYS: i64 = 3 * 86_400 + 1;
    let store = Store::start().await;
    let back = async || {
        let (order, id) = store.sent().await;
        store.buyer(&order, "return").await;
        store.buyer(&order, "collect").await;
        store.buyer(&order, "collect").await;
        id
    };
    let (waits, held) = (back().await, back().await);
    let hold = json!({"holdbackClassType": "ETC", "holdbackReturnDetailReason": "확인 중"});
    store.claim_done(&held, "return/holdback", hold).await;
    store.advance(THREE_DAYS).await;
    // What else time brings shows that it has passed.
    eventually(|| async {
        let (status, claim) = store.status(&waits).await;
        assert_eq!(claim, "COLLECT_DONE");
        (status == "DELIVERED").then_some(())
    })
    .await;

    store.rules(json!({"refunds_when_expected": true})).await;
    eventually(|| async {
        let status = store.status(&waits).await;
        (status == ("RETURNED".to_owned(), "RETURN_DONE".to_owned())).then_some(())
    })
    .await;
    assert_eq!(
        store.row(&waits).await["lastChangedType"],
        json!("CLAIM_COMPLETED")
    );
    assert_eq!(store.status(&held).await.1, "COLLECT_DONE");
}
