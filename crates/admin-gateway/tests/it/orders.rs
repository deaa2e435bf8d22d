use admin_gateway::feeds::{EntitlementsFeed, ListingsFeed, OrdersFeed, ShipmentsFeed};
use moa_id::{Ids, MerchantId, ShipmentId};
use moa_outbox::FeedEvent;
use moa_proto::moa::catalog::v1::{
    ListingMapped, ListingMapping, ListingUnmapped, MappingComponent, VariantKind,
};
use moa_proto::moa::fulfillment::v1::{Entitlement, EntitlementGranted, ShipmentState};
use moa_proto::moa::order_sync::v1::{Claim, ClaimKind, ClaimState, Order, OrderState};
use serde_json::Value;
use sqlx::PgPool;

use crate::events::{changed, event, id_of, order, placed, shipped};
use crate::stage::{Stage, problem};

fn numbers(page: &Value) -> Vec<&str> {
    let orders = page["orders"].as_array().unwrap().iter();
    orders
        .map(|order| order["channel_order_id"].as_str().unwrap())
        .collect()
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn an_order_shows_what_the_channel_told(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let order = order(&stage.ids, "28000001", 10);
    let feed = OrdersFeed::new(stage.pending());
    stage
        .apply(&feed, &[placed(&stage.ids, owner.merchant, &order)])
        .await;
    let shown = owner
        .read(&format!("/api/v1/orders/{}", order.order_id))
        .await;
    assert_eq!(shown["id"], order.order_id);
    assert_eq!(shown["channel"], "coupang");
    assert_eq!(shown["state"], "PLACED");
    assert_eq!(shown["ordered_at"], "2026-11-20T00:50:00Z");
    assert_eq!(shown["received_at"], "2026-11-20T00:50:20Z");
    assert_eq!(shown["total"]["amount_minor"], 22_000);
    assert_eq!(shown["hold"]["reason"], "UNMAPPED_LISTING");
    assert!(shown["shipment_state"].is_null());
    let line = &shown["lines"][0];
    assert_eq!(line["product_name"], "백자 머그컵");
    assert_eq!(line["unit_price"]["amount_minor"], 9_500);
    assert_eq!(line["quantity"], 2);
    assert!(line["kind"].is_null() && line["tracking_number"].is_null());
    let amounts = &line["amounts"];
    assert_eq!(amounts["paid"]["amount_minor"], 19_000);
    assert_eq!(amounts["discount"]["amount_minor"], 1_900);
    assert_eq!(amounts["discount_by_merchant"]["amount_minor"], 1_500);
    assert_eq!(amounts["discount_by_channel"]["amount_minor"], 400);
    assert_eq!(amounts["shipping_fee"]["amount_minor"], 3_000);
    assert_eq!(amounts["shipping_group"], "9001");
    assert!(
        amounts["expected_settlement"].is_null(),
        "its channel does not say"
    );
    let listed = owner.read("/api/v1/orders").await;
    assert_eq!(listed["orders"][0], shown);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_price_that_the_channel_does_not_tell_is_not_nothing(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let mut order = order(&stage.ids, "O1", 10);
    order.lines[0].line_total = None;
    let feed = OrdersFeed::new(stage.pending());
    stage
        .apply(&feed, &[placed(&stage.ids, owner.merchant, &order)])
        .await;
    let shown = owner
        .read(&format!("/api/v1/orders/{}", order.order_id))
        .await;
    assert!(shown["lines"][0]["amounts"]["paid"].is_null());
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn pages_follow_one_another_newest_first(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    // Two of the same moment, so that a page can end between them.
    let minutes = [50, 40, 30, 30, 20, 10, 10];
    let orders = minutes.iter().enumerate();
    let orders: Vec<_> = orders
        .map(|(i, m)| order(&stage.ids, &format!("O{i}"), *m))
        .collect();
    let events: Vec<_> = orders
        .iter()
        .map(|o| placed(&stage.ids, owner.merchant, o))
        .collect();
    stage
        .apply(&OrdersFeed::new(stage.pending()), &events)
        .await;
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let page = owner
            .read(&format!("/api/v1/orders?page_size=2&page_token={token}"))
            .await;
        assert!(numbers(&page).len() <= 2);
        seen.extend(numbers(&page).into_iter().map(str::to_owned));
        token = page["next_page_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["O6", "O5", "O4", "O3", "O2", "O1", "O0"]);
    let whole = owner.read("/api/v1/orders?page_size=7").await;
    assert_eq!(whole["next_page_token"], "");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn filters_and_search_find_what_they_say(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let ids = &stage.ids;
    let mug = order(ids, "28000001", 30);
    let mut book = order(ids, "28000002", 20);
    book.channel = "smartstore".to_owned();
    book.lines[0].product_name = "전자책 100%_완성".to_owned();
    book.lines[0].sku_code = "EBOOK-1".to_owned();
    let cup = order(ids, "39000003", 10);
    let feed = OrdersFeed::new(stage.pending());
    let events = [&mug, &book, &cup].map(|order| placed(ids, owner.merchant, order));
    stage.apply(&feed, &events).await;
    let acknowledged = changed(ids, owner.merchant, &cup, 2, OrderState::Acknowledged);
    stage.apply(&feed, &[acknowledged]).await;
    let dispatched = shipped(
        ids,
        owner.merchant,
        &mug,
        ids.next(),
        1,
        ShipmentState::Ready,
    );
    stage
        .apply(&ShipmentsFeed::new(stage.pending()), &[dispatched])
        .await;
    let stranger: MerchantId = ids.next();
    stage
        .apply(&feed, &[placed(ids, stranger, &order(ids, "28000009", 5))])
        .await;
    for (query, found) in [
        (
            "channel=&state=&q=&page_size=&page_token=",
            vec!["39000003", "28000002", "28000001"],
        ),
        ("state=PLACED", vec!["28000002", "28000001"]),
        ("state=ACKNOWLEDGED", vec!["39000003"]),
        ("channel=smartstore", vec!["28000002"]),
        ("channel=smartstore&state=ACKNOWLEDGED", vec![]),
        ("q=2800", vec!["28000002", "28000001"]),
        ("q=2800&channel=coupang", vec!["28000001"]),
        ("q=000001", vec![]),
        ("q=%EC%A0%84%EC%9E%90%EC%B1%85", vec!["28000002"]),
        ("q=100%25_", vec!["28000002"]),
        ("q=_", vec!["28000002"]),
        ("q=ebook", vec!["28000002"]),
        ("q=mug-l", vec!["39000003", "28000001"]),
        ("q=12345678", vec!["28000001"]),
        ("q=nothing", vec![]),
    ] {
        let page = owner.read(&format!("/api/v1/orders?{query}")).await;
        assert_eq!(numbers(&page), found, "{query}");
    }
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_wrong_query_names_its_field(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    for (query, field) in [
        ("state=LOST", "state"),
        ("state=UNRECOGNIZED", "state"),
        ("page_size=201", "page_size"),
        ("page_size=-1", "page_size"),
        ("page_size=ten", "page_size"),
        ("page_token=garbage", "page_token"),
    ] {
        let response = owner.get(&format!("/api/v1/orders?{query}")).await;
        let body = problem(response, 400, "INVALID_ARGUMENT").await;
        assert_eq!(body["fields"][0]["field"], field, "{query}: {body}");
    }
    let response = owner.get("/api/v1/orders/7").await;
    let body = problem(response, 400, "INVALID_ARGUMENT").await;
    assert_eq!(body["fields"][0]["field"], "id");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_merchant_sees_nobody_elses_orders(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let theirs = order(&stage.ids, "28000001", 10);
    let stranger: MerchantId = stage.ids.next();
    let feed = OrdersFeed::new(stage.pending());
    stage
        .apply(&feed, &[placed(&stage.ids, stranger, &theirs)])
        .await;
    let id = &theirs.order_id;
    for path in ["", "/timeline"] {
        let response = owner.get(&format!("/api/v1/orders/{id}{path}")).await;
        problem(response, 404, "ORDER_NOT_FOUND").await;
    }
    let reveal = format!("/api/v1/orders/{id}/contact/reveal");
    let response = owner.post(&reveal, &serde_json::json!({})).await;
    problem(response, 404, "ORDER_NOT_FOUND").await;
    assert!(stage.order_sync.contacts.asked().is_empty());
}

/// The order's listing is known as goods.
fn mapped(ids: &Ids, merchant: MerchantId, order: &Order, version: i64) -> FeedEvent {
    let mapping = ListingMapped {
        mapping: Some(ListingMapping {
            channel_account_id: order.channel_account_id.clone(),
            channel_listing_id: order.lines[0].channel_listing_id.clone(),
            kind: VariantKind::Physical.into(),
            ..Default::default()
        }),
    };
    event(ids, merchant, ids.uuid(), version, &mapping)
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn an_order_says_that_its_listing_waits_to_be_mapped_until_it_is(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let (ids, merchant) = (&stage.ids, owner.merchant);
    let (waiting, packed) = (order(ids, "1", 10), order(ids, "2", 20));
    let mut cancelled = order(ids, "3", 30);
    cancelled.lines[0].cancelled_quantity = cancelled.lines[0].quantity;
    let events = [&waiting, &packed, &cancelled].map(|order| placed(ids, merchant, order));
    stage
        .apply(&OrdersFeed::new(stage.pending()), &events)
        .await;
    let shipment = shipped(ids, merchant, &packed, ids.next(), 1, ShipmentState::Ready);
    stage
        .apply(&ShipmentsFeed::new(stage.pending()), &[shipment])
        .await;
    let holds = async || {
        let page = owner.read("/api/v1/orders").await;
        let orders = page["orders"].as_array().unwrap().iter();
        let holds: Vec<Value> = orders
            .map(|order| order["hold"]["reason"].clone())
            .collect();
        let summary = owner.read("/api/v1/orders/summary").await;
        (holds, summary["held"].as_i64().unwrap())
    };
    let unmapped = serde_json::json!("UNMAPPED_LISTING");
    let waits = (vec![unmapped, Value::Null, Value::Null], 1);
    assert_eq!(holds().await, waits);

    stage
        .apply(&ListingsFeed, &[mapped(ids, merchant, &waiting, 1)])
        .await;
    assert_eq!(holds().await, (vec![Value::Null; 3], 0));
    let lost = ListingUnmapped {
        channel_account_id: waiting.channel_account_id.clone(),
        channel_listing_id: waiting.lines[0].channel_listing_id.clone(),
    };
    let lost = event(ids, merchant, ids.uuid(), 2, &lost);
    stage.apply(&ListingsFeed, &[lost]).await;
    assert_eq!(holds().await, waits);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_held_shipment_or_an_open_claim_holds_the_order(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let (ids, merchant) = (&stage.ids, owner.merchant);
    let mut claimed = order(ids, "1", 10);
    claimed.claims = vec![Claim {
        claim_id: ids.uuid().to_string(),
        kind: ClaimKind::Cancel.into(),
        state: ClaimState::Requested.into(),
        ..Default::default()
    }];
    let held = order(ids, "2", 20);
    let fine = order(ids, "3", 2_000);
    let events = [&claimed, &held, &fine].map(|order| placed(ids, merchant, order));
    stage
        .apply(&OrdersFeed::new(stage.pending()), &events)
        .await;
    let shipment: ShipmentId = ids.next();
    let shipments = ShipmentsFeed::new(stage.pending());
    stage
        .apply(
            &shipments,
            &[shipped(
                ids,
                merchant,
                &held,
                shipment,
                1,
                ShipmentState::Held,
            )],
        )
        .await;
    stage
        .apply(&ListingsFeed, &[mapped(ids, merchant, &fine, 1)])
        .await;
    let page = owner.read("/api/v1/orders").await;
    assert_eq!(page["orders"][0]["hold"]["reason"], "CANCEL_REQUESTED");
    assert_eq!(
        page["orders"][0]["hold"]["detail"],
        "고객이 취소를 요청했습니다."
    );
    assert_eq!(page["orders"][1]["hold"]["reason"], "ORDER_CANCELLED");
    assert_eq!(page["orders"][1]["shipment_state"], "HELD");
    assert!(page["orders"][2]["hold"].is_null());
    let summary = owner.read("/api/v1/orders/summary").await;
    assert_eq!(summary["held"], 2);
    assert_eq!(summary["today"], 2);
    assert_eq!(summary["by_state"], serde_json::json!({ "PLACED": 3 }));

    stage
        .apply(
            &shipments,
            &[shipped(
                ids,
                merchant,
                &held,
                shipment,
                2,
                ShipmentState::Cancelled,
            )],
        )
        .await;
    let shown = owner
        .read(&format!("/api/v1/orders/{}", held.order_id))
        .await;
    assert!(
        shown["hold"].is_null() && shown["shipment_state"].is_null(),
        "{shown}"
    );
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_line_shows_its_kind_and_tracking_number_once_known(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let (ids, merchant) = (&stage.ids, owner.merchant);
    let (parcel, book) = (order(ids, "1", 10), order(ids, "2", 20));
    let mut mapped = order(ids, "3", 30);
    mapped.lines[0].channel_listing_id = "88".to_owned();
    let events = [&parcel, &book, &mapped].map(|order| placed(ids, merchant, order));
    stage
        .apply(&OrdersFeed::new(stage.pending()), &events)
        .await;
    let shipment = shipped(ids, merchant, &parcel, ids.next(), 1, ShipmentState::Ready);
    stage
        .apply(&ShipmentsFeed::new(stage.pending()), &[shipment])
        .await;
    let id = ids.uuid();
    let granted = EntitlementGranted {
        entitlement: Some(Entitlement {
            entitlement_id: id.to_string(),
            order_id: book.order_id.clone(),
            line_id: book.lines[0].line_id.clone(),
            state: 1,
            ..Default::default()
        }),
        product_name: "전자책".to_owned(),
    };
    let granted = event(ids, merchant, id, 1, &granted);
    stage
        .apply(&EntitlementsFeed::new(stage.pending()), &[granted])
        .await;
    let mapping = ListingMapped {
        mapping: Some(ListingMapping {
            channel_account_id: mapped.channel_account_id.clone(),
            channel_listing_id: "88".to_owned(),
            kind: VariantKind::Digital.into(),
            ..Default::default()
        }),
    };
    let mapping = event(ids, merchant, ids.uuid(), 1, &mapping);
    stage.apply(&ListingsFeed, &[mapping]).await;

    let page = owner.read("/api/v1/orders").await;
    let line = |order: usize| &page["orders"][order]["lines"][0];
    assert_eq!(line(0)["kind"], "PHYSICAL");
    assert_eq!(line(0)["tracking_number"], "123456789012");
    assert_eq!(line(1)["kind"], "DIGITAL");
    assert!(line(1)["tracking_number"].is_null());
    assert_eq!(line(2)["kind"], "DIGITAL");
    assert_eq!(id_of(&parcel).to_string(), page["orders"][0]["id"]);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_set_of_goods_and_a_link_has_to_be_packed_though_its_link_was_granted(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let (ids, merchant) = (&stage.ids, owner.merchant);
    let mut set = order(ids, "1", 10);
    stage
        .apply(
            &OrdersFeed::new(stage.pending()),
            &[placed(ids, merchant, &set)],
        )
        .await;
    let component = |kind: VariantKind| MappingComponent {
        kind: kind.into(),
        ..Default::default()
    };
    let mapping = ListingMapped {
        mapping: Some(ListingMapping {
            channel_account_id: set.channel_account_id.clone(),
            channel_listing_id: "88".to_owned(),
            components: [VariantKind::Physical, VariantKind::Digital]
                .map(component)
                .to_vec(),
            ..Default::default()
        }),
    };
    let mapping = event(ids, merchant, ids.uuid(), 1, &mapping);
    stage.apply(&ListingsFeed, &[mapping]).await;
    let id = ids.uuid();
    let granted = EntitlementGranted {
        entitlement: Some(Entitlement {
            entitlement_id: id.to_string(),
            order_id: set.order_id.clone(),
            line_id: set.lines[0].line_id.clone(),
            state: 1,
            ..Default::default()
        }),
        product_name: "전자책".to_owned(),
    };
    let granted = event(ids, merchant, id, 1, &granted);
    stage
        .apply(&EntitlementsFeed::new(stage.pending()), &[granted])
        .await;
    // The channel shows its listing only now; the board knows that one already.
    set.lines[0].channel_listing_id = "88".to_owned();
    let changed = changed(ids, merchant, &set, 2, OrderState::Placed);
    stage
        .apply(&OrdersFeed::new(stage.pending()), &[changed])
        .await;
    let page = owner.read("/api/v1/orders").await;
    assert_eq!(page["orders"][0]["lines"][0]["kind"], "PHYSICAL");
}
