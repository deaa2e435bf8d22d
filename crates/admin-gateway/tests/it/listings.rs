//! What channels offer, as people map it.

use admin_gateway::domain::access::Role;
use http::StatusCode;
use moa_proto::moa::catalog::v1 as catalog;
use moa_proto::moa::channel_proxy::v1 as channels;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::stage::{Stage, problem};

const ACCOUNT: &str = "0193a6f0-0000-7000-8000-0000000000a1";

fn with_account(stage: &Stage) {
    *stage.channel_proxy.accounts.lock().unwrap() = vec![channels::ChannelAccount {
        channel_account_id: ACCOUNT.to_owned(),
        channel: "coupang".to_owned(),
        ..channels::ChannelAccount::default()
    }];
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_set_is_mapped_in_the_name_of_who_did_it(pool: PgPool) {
    let stage = Stage::new(pool).await;
    with_account(&stage);
    let owner = stage.owner().await;
    let body = json!({
        "channel_account_id": ACCOUNT,
        "channel_listing_id": "70000000001",
        "components": [{"variant_id": "v1", "quantity": 2}, {"variant_id": "v2", "quantity": 1}],
        "expected_version": 1,
    });
    let response = owner.post("/api/v1/listings/map", &body).await;
    assert_eq!(response.status(), StatusCode::OK);
    let listing: Value = response.json().await.unwrap();
    assert_eq!(listing["components"].as_array().unwrap().len(), 2);
    let session = owner.read("/api/v1/session").await;
    assert_eq!(listing["mapped_by"], session["operator"]["name"]);
    let asked = stage.catalog.mappings.asked().remove(0);
    assert_eq!(
        (asked.channel.as_str(), asked.expected_version),
        ("coupang", Some(1))
    );
    assert_eq!(asked.operator, session["operator"]["id"]);

    let mut elsewhere = body.clone();
    elsewhere["channel_account_id"] = json!("0193a6f0-0000-7000-8000-0000000000a2");
    let refused = owner.post("/api/v1/listings/map", &elsewhere).await;
    problem(refused, 404, "CHANNEL_ACCOUNT_NOT_FOUND").await;
    let many = owner
        .post("/api/v1/listings/map-many", &json!({"mappings": []}))
        .await;
    problem(many, 400, "INVALID_ARGUMENT").await;
    let viewer = stage.colleague(Role::Viewer).await;
    let refused = viewer.post("/api/v1/listings/map", &body).await;
    problem(refused, 403, "ROLE_REQUIRED").await;
    assert_eq!(stage.catalog.mappings.asked().len(), 1);

    // No units of a variant are not what nobody said: that would be one.
    let none = json!({
        "channel_account_id": ACCOUNT,
        "channel_listing_id": "70000000001",
        "variant_id": "v1",
        "quantity_multiplier": 0,
    });
    owner.post("/api/v1/listings/map", &none).await;
    let asked = stage.catalog.mappings.asked().pop().unwrap();
    assert_eq!(asked.quantity_multiplier, -1);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_list_shows_what_changed_and_what_it_may_be(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    *stage.catalog.listings.lock().unwrap() = vec![catalog::Listing {
        listing_id: "l1".to_owned(),
        mapped_by: "demo".to_owned(),
        attention: catalog::ListingAttention::Changed.into(),
        changes: vec![catalog::ListingChange {
            field: catalog::ListingField::OptionName.into(),
            place: catalog::ListingPlace::Order.into(),
            new_value: "검정".to_owned(),
            ..catalog::ListingChange::default()
        }],
        suggestions: vec![catalog::MappingSuggestion {
            sku: "MUG-B".to_owned(),
            reason: catalog::SuggestionReason::Sku.into(),
            score: 100,
            ..catalog::MappingSuggestion::default()
        }],
        ..catalog::Listing::default()
    }];
    let path = "/api/v1/listings?attention=CHANGED&q=%EB%A8%B8%EA%B7%B8&suggestions=true";
    let page = owner.read(path).await;
    let listing = &page["listings"][0];
    assert_eq!(listing["attention"], "CHANGED");
    assert_eq!(listing["changes"][0]["field"], "OPTION_NAME");
    assert_eq!(listing["suggestions"][0]["reason"], "SKU");
    assert_eq!(
        listing["mapped_by"], "demo",
        "a part of Moa stands for itself"
    );
    assert!(listing["price"].is_null());
    let asked = stage.catalog.lists.asked().remove(0);
    assert_eq!(asked.attention(), catalog::ListingAttention::Changed);
    assert_eq!(
        (asked.query.as_str(), asked.with_suggestions),
        ("머그", true)
    );
    let unknown = owner.get("/api/v1/listings?attention=OLD").await;
    problem(unknown, 400, "INVALID_ARGUMENT").await;
}
