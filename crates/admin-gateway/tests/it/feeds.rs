//! What the board makes of events.

use admin_gateway::feeds::{
    EntitlementsFeed, MessagesFeed, OrdersFeed, ParcelsFeed, ShipmentsFeed,
};
use moa_id::ShipmentId;
use moa_proto::moa::fulfillment::v1::{
    Entitlement, EntitlementChanged, EntitlementGranted, EntitlementState, ParcelAcknowledged,
    ParcelDispatched, ShipmentState,
};
use moa_proto::moa::notification::v1::{MessageAccepted, MessageDelivered, MessageFailed};
use moa_proto::moa::order_sync::v1::OrderState;
use serde_json::Value;
use sqlx::PgPool;

use crate::events::{changed, event, order, placed, shipped};
use crate::stage::{Session, Stage};

async fn kinds(session: &Session<'_>, order_id: &str) -> Vec<String> {
    let timeline = session
        .read(&format!("/api/v1/orders/{order_id}/timeline"))
        .await;
    let entries = timeline["entries"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn an_older_version_changes_nothing_but_still_tells_its_story(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let (ids, merchant) = (&stage.ids, owner.merchant);
    let order = order(ids, "28000001", 10);
    let feed = OrdersFeed::new(stage.pending());
    let states = [OrderState::Dispatched, OrderState::Acknowledged];
    for (version, state) in [3, 2].into_iter().zip(states) {
        stage
            .apply(&feed, &[changed(ids, merchant, &order, version, state)])
            .await;
    }
    stage.apply(&feed, &[placed(ids, merchant, &order)]).await;
    let shown = owner
        .read(&format!("/api/v1/orders/{}", order.order_id))
        .await;
    assert_eq!(
        (&shown["version"], &shown["state"]),
        (&3.into(), &"DISPATCHED".into())
    );
    assert_eq!(
        kinds(&owner, &order.order_id).await,
        [
            "ORDER_PLACED",
            "ORDER_COLLECTED",
            "ORDER_ACKNOWLEDGED",
            "ORDER_DISPATCHED"
        ]
    );
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn versions_of_one_order_in_one_batch_leave_the_highest(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let (ids, merchant) = (&stage.ids, owner.merchant);
    let order = order(ids, "28000001", 10);
    let batch = [
        placed(ids, merchant, &order),
        changed(ids, merchant, &order, 3, OrderState::Cancelled),
        changed(ids, merchant, &order, 2, OrderState::Acknowledged),
    ];
    let feed = OrdersFeed::new(stage.pending());
    stage.apply(&feed, &batch).await;
    stage.apply(&feed, &batch).await;
    let shown = owner
        .read(&format!("/api/v1/orders/{}", order.order_id))
        .await;
    assert_eq!(
        (&shown["version"], &shown["state"]),
        (&3.into(), &"CANCELLED".into())
    );
    assert_eq!(kinds(&owner, &order.order_id).await.len(), 4);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_line_that_left_its_order_leaves_the_board(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let (ids, merchant) = (&stage.ids, owner.merchant);
    let mut order = order(ids, "28000001", 10);
    let other = crate::events::order(ids, "28000002", 20);
    let feed = OrdersFeed::new(stage.pending());
    let both = [placed(ids, merchant, &order), placed(ids, merchant, &other)];
    stage.apply(&feed, &both).await;
    order.lines[0].line_id = ids.uuid().to_string();
    stage
        .apply(
            &feed,
            &[changed(ids, merchant, &order, 2, OrderState::Placed)],
        )
        .await;
    let page = owner.read("/api/v1/orders").await;
    assert_eq!(page["orders"][0]["lines"].as_array().unwrap().len(), 1);
    assert_eq!(page["orders"][0]["lines"][0]["id"], order.lines[0].line_id);
    assert_eq!(page["orders"][1]["lines"][0]["id"], other.lines[0].line_id);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_line_that_is_in_another_shipment_now_is_in_that_one_only(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let (ids, merchant) = (&stage.ids, owner.merchant);
    let (order, other) = (order(ids, "28000001", 10), order(ids, "28000002", 20));
    let both = [placed(ids, merchant, &order), placed(ids, merchant, &other)];
    stage.apply(&OrdersFeed::new(stage.pending()), &both).await;
    let feed = ShipmentsFeed::new(stage.pending());
    let (first, second): (ShipmentId, ShipmentId) = (ids.next(), ids.next());
    let (ready, held) = (ShipmentState::Ready, ShipmentState::Held);
    let packed = shipped(ids, merchant, &order, first, 1, ready);
    stage.apply(&feed, &[packed]).await;
    // In one batch: the first holds another order's line now, which is held, and the line is in the second.
    let moved = [
        shipped(ids, merchant, &other, first, 2, held),
        shipped(ids, merchant, &order, second, 1, ready),
    ];
    stage.apply(&feed, &moved).await;
    let shown = owner
        .read(&format!("/api/v1/orders/{}", order.order_id))
        .await;
    assert_eq!(shown["shipment_state"], "READY", "{shown}");
    assert!(shown["hold"].is_null(), "{shown}");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_full_batch_is_applied_at_once(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let events: Vec<_> = (0..500)
        .map(|i| {
            placed(
                &stage.ids,
                owner.merchant,
                &order(&stage.ids, &format!("O{i}"), i),
            )
        })
        .collect();
    stage
        .apply(&OrdersFeed::new(stage.pending()), &events)
        .await;
    let summary = owner.read("/api/v1/orders/summary").await;
    assert_eq!(summary["by_state"]["PLACED"], 500);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn the_timeline_tells_the_whole_story_in_both_languages(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let (ids, merchant) = (&stage.ids, owner.merchant);
    let order = order(ids, "28000001", 10);
    stage
        .apply(
            &OrdersFeed::new(stage.pending()),
            &[placed(ids, merchant, &order)],
        )
        .await;
    let shipment: ShipmentId = ids.next();
    let states = [
        ShipmentState::Ready,
        ShipmentState::Held,
        ShipmentState::Dispatching,
        ShipmentState::Dispatched,
    ];
    let events: Vec<_> = (2..)
        .zip(states)
        .map(|(version, state)| shipped(ids, merchant, &order, shipment, version, state))
        .collect();
    stage
        .apply(&ShipmentsFeed::new(stage.pending()), &events)
        .await;
    let path = format!("/api/v1/orders/{}/timeline", order.order_id);
    let korean = owner.read(&path).await;
    let english = owner
        .request(reqwest::Method::GET, &path)
        .header("accept-language", "en");
    let english: Value = english.send().await.unwrap().json().await.unwrap();
    let texts = |timeline: &Value| -> Vec<String> {
        let entries = timeline["entries"].as_array().unwrap();
        entries
            .iter()
            .map(|entry| entry["text"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        texts(&korean),
        [
            "쿠팡에서 주문되었습니다.",
            "주문을 수집했습니다.",
            "운송장이 등록되었습니다: CJ대한통운 123456789012",
            "발송이 보류되었습니다.",
            "발송 처리를 시작했습니다: 123456789012",
            "발송되었습니다: CJ대한통운 123456789012",
        ]
    );
    let held = &korean["entries"][3];
    assert_eq!(held["reason"], "ORDER_CANCELLED");
    assert_eq!(held["detail"], "채널에서 취소된 주문입니다");
    assert_eq!(korean["entries"][4]["reason"], Value::Null);
    assert_eq!(texts(&english)[0], "Ordered on Coupang.");
    assert_eq!(texts(&english)[5], "Dispatched: CJ Logistics 123456789012");
}

/// `ParcelAcknowledged`, `ParcelDispatched`: the channel took what fulfillment sent. Consumer: the timeline.
#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn what_the_channel_took_stands_in_the_timeline(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let (ids, merchant) = (&stage.ids, owner.merchant);
    let order = order(ids, "28000001", 10);
    stage
        .apply(
            &OrdersFeed::new(stage.pending()),
            &[placed(ids, merchant, &order)],
        )
        .await;
    let acknowledged = ParcelAcknowledged {
        channel_parcel_id: "9001".to_owned(),
        order_id: order.order_id.clone(),
        ..Default::default()
    };
    let dispatched = ParcelDispatched {
        channel_parcel_id: "9001".to_owned(),
        order_id: order.order_id.clone(),
        carrier: "HANJIN".to_owned(),
        tracking_number: "123".to_owned(),
        ..Default::default()
    };
    let events = [
        event(ids, merchant, ids.uuid(), 1, &acknowledged),
        event(ids, merchant, ids.uuid(), 2, &dispatched),
    ];
    stage
        .apply(&ParcelsFeed::new(stage.pending()), &events)
        .await;
    let kinds = kinds(&owner, &order.order_id).await;
    assert_eq!(kinds[2..], ["PARCEL_ACKNOWLEDGED", "PARCEL_DISPATCHED"]);
}

/// `EntitlementGranted`, `EntitlementChanged`, `Message…`: a digital line on its way. Consumer: the timeline.
#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_digital_line_and_its_messages_stand_in_the_timeline(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let (ids, merchant) = (&stage.ids, owner.merchant);
    let order = order(ids, "28000001", 10);
    stage
        .apply(
            &OrdersFeed::new(stage.pending()),
            &[placed(ids, merchant, &order)],
        )
        .await;
    let id = ids.uuid();
    let entitlement = |state: EntitlementState| {
        Some(Entitlement {
            entitlement_id: id.to_string(),
            order_id: order.order_id.clone(),
            line_id: order.lines[0].line_id.clone(),
            state: state.into(),
            ..Default::default()
        })
    };
    let granted = EntitlementGranted {
        entitlement: entitlement(EntitlementState::Granted),
        product_name: "전자책".to_owned(),
    };
    let activated = EntitlementChanged {
        entitlement: entitlement(EntitlementState::Activated),
    };
    let events = [
        event(ids, merchant, id, 1, &granted),
        event(ids, merchant, id, 9, &activated),
    ];
    stage
        .apply(&EntitlementsFeed::new(stage.pending()), &events)
        .await;
    let (message_id, order_id, template) = (
        ids.uuid().to_string(),
        order.order_id.clone(),
        "activation_link".to_owned(),
    );
    let subject_id = id.to_string();
    let accepted = MessageAccepted {
        message_id: message_id.clone(),
        subject_id: subject_id.clone(),
        order_id: order_id.clone(),
        template: template.clone(),
    };
    let delivered = MessageDelivered {
        message_id: message_id.clone(),
        subject_id: subject_id.clone(),
        order_id: order_id.clone(),
        template: template.clone(),
    };
    let failed = MessageFailed {
        message_id,
        subject_id,
        order_id,
        template,
        reason: "NUMBER_UNKNOWN".to_owned(),
    };
    let digest = MessageAccepted {
        message_id: ids.uuid().to_string(),
        template: "new_orders".to_owned(),
        ..Default::default()
    };
    let events = [
        event(ids, merchant, id, 2, &accepted),
        event(ids, merchant, id, 3, &delivered),
        event(ids, merchant, id, 4, &failed),
        event(ids, merchant, id, 5, &digest),
    ];
    stage
        .apply(&MessagesFeed::new(stage.pending()), &events)
        .await;
    assert_eq!(
        kinds(&owner, &order.order_id).await[2..],
        [
            "ENTITLEMENT_GRANTED",
            "MESSAGE_ACCEPTED",
            "MESSAGE_DELIVERED",
            "MESSAGE_FAILED",
            "ENTITLEMENT_ACTIVATED"
        ]
    );
}
