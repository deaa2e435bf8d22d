//! Personal data: how long it is kept, its erasure, and a receiver who moved.

use admin_gateway::domain::access::Role;
use admin_gateway::feeds::OrdersFeed;
use moa_proto::moa::order_sync::v1 as pb;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use crate::events::{order, placed};
use crate::players::{Played, SHIPMENT};
use crate::stage::{Stage, problem};

/// order-sync's keeping of personal data.
#[derive(Clone, Default)]
pub struct Keeping {
    pub sets: std::sync::Arc<Played<pb::SetRetentionRequest>>,
    pub erasures: std::sync::Arc<Played<pb::EraseContactRequest>>,
}

fn ninety() -> Option<pb::Retention> {
    Some(pb::Retention {
        days: 90,
        kept_contacts: 12,
        ..pb::Retention::default()
    })
}

#[tonic::async_trait]
impl pb::retention_service_server::RetentionService for Keeping {
    async fn get_retention(
        &self,
        _: Request<pb::GetRetentionRequest>,
    ) -> Result<Response<pb::GetRetentionResponse>, Status> {
        let retention = ninety();
        Ok(Response::new(pb::GetRetentionResponse { retention }))
    }

    async fn set_retention(
        &self,
        request: Request<pb::SetRetentionRequest>,
    ) -> Result<Response<pb::SetRetentionResponse>, Status> {
        self.sets.ask(request.into_inner())?;
        let retention = ninety();
        Ok(Response::new(pb::SetRetentionResponse { retention }))
    }

    async fn erase_contact(
        &self,
        request: Request<pb::EraseContactRequest>,
    ) -> Result<Response<pb::EraseContactResponse>, Status> {
        self.erasures.ask(request.into_inner())?;
        Ok(Response::new(pb::EraseContactResponse {
            inquiries: 2,
            ..pb::EraseContactResponse::default()
        }))
    }
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn owners_alone_say_how_long_data_is_kept_and_erase_it(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let operator = stage.colleague(Role::Operator).await;
    let order = "01920000-0000-7000-8000-00000000000a";
    let erase = format!("/api/v1/orders/{order}/contact/erase");
    let body = json!({"reason": "BUYER_REQUEST"});
    problem(operator.post(&erase, &body).await, 403, "ROLE_REQUIRED").await;
    let days = json!({"channel": "coupang", "days": 30});
    let put = operator
        .request(Method::PUT, "/api/v1/retention")
        .json(&days)
        .send();
    problem(put.await.unwrap(), 403, "ROLE_REQUIRED").await;
    let seen = operator.read("/api/v1/retention").await;
    assert_eq!(
        (&seen["days"], &seen["kept_contacts"]),
        (&json!(90), &json!(12))
    );

    let owner = stage.owner().await;
    let put = owner
        .request(Method::PUT, "/api/v1/retention")
        .json(&days)
        .send();
    assert_eq!(put.await.unwrap().status(), 200);
    let set = &stage.keeping.sets.asked()[0];
    assert_eq!((set.channel.as_str(), set.days), ("coupang", 30));
    assert!(!set.operator_id.is_empty());

    let unknown = owner.post(&erase, &json!({"reason": "BORED"})).await;
    assert_eq!(unknown.status(), 400);
    let erased: Value = owner.post(&erase, &body).await.json().await.unwrap();
    assert_eq!(erased["inquiries"], 2);
    let asked = &stage.keeping.erasures.asked()[0];
    assert_eq!(asked.reason(), pb::ErasureReason::BuyerRequest);
    assert!(!asked.even_if_open && asked.order_id == order);
    let audited: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM admin_gateway.audit_log
         WHERE action = 'POST /api/v1/orders/{id}/contact/erase'",
    )
    .fetch_one(&stage.pool)
    .await
    .unwrap();
    assert_eq!(audited, 3, "the refused tries, too");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn both_addresses_are_shown_with_a_record_and_the_new_one_is_confirmed(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let order = order(&stage.ids, "28000001", 10);
    let feed = OrdersFeed::new(stage.pending());
    stage
        .apply(&feed, &[placed(&stage.ids, owner.merchant, &order)])
        .await;
    *stage.fulfillment.packed_for.lock().unwrap() = order.order_id.clone();
    let path = format!("/api/v1/shipments/{SHIPMENT}/receiver");
    let shown = owner
        .post_once(&format!("{path}/reveal"), &json!({}), "k1")
        .await;
    let shown: Value = shown.json().await.unwrap();
    let change = &shown["changes"][0];
    assert_eq!(change["before"]["address1"], "서울");
    assert_eq!(change["now"]["address1"], "부산");
    assert_eq!(change["contact_version"], 3);
    let timeline = owner
        .read(&format!("/api/v1/orders/{}/timeline", order.order_id))
        .await;
    assert_eq!(timeline["entries"][2]["kind"], "CONTACT_REVEALED");

    let seen = json!({"seen": [{"order_id": order.order_id, "contact_version": 3}]});
    let confirmed = owner.post(&format!("{path}/confirm"), &seen).await;
    assert_eq!(confirmed.status(), 200);
    let asked = &stage.fulfillment.confirms.asked()[0];
    assert_eq!(asked.seen[0].contact_version, 3);
    let viewer = stage.colleague(Role::Viewer).await;
    let refused = viewer.post(&format!("{path}/reveal"), &json!({})).await;
    problem(refused, 403, "ROLE_REQUIRED").await;
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn an_erasure_stands_in_the_timeline(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let mut order = order(&stage.ids, "28000001", 10);
    order.contact_erased = true;
    let feed = OrdersFeed::new(stage.pending());
    let event = placed(&stage.ids, owner.merchant, &order);
    stage.apply(&feed, &[event]).await;
    let timeline = owner
        .read(&format!("/api/v1/orders/{}/timeline", order.order_id))
        .await;
    let entries = timeline["entries"].as_array().unwrap();
    assert!(
        entries
            .iter()
            .any(|entry| entry["kind"] == "CONTACT_ERASED")
    );
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_mistyped_time_of_keeping_changes_nothing_and_is_named(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    for (body, field) in [
        (json!({"channel": "coupang"}), "days"),
        (json!({"channel": "coupang", "days": 0}), "days"),
        (json!({"channel": "coupang", "days": 3651}), "days"),
        (json!({"days": null}), "days"),
        (json!({"channel": "coupnag", "days": 7}), "channel"),
    ] {
        let put = owner.request(Method::PUT, "/api/v1/retention").json(&body);
        let refused = put.send().await.unwrap();
        let refused = problem(refused, 400, "INVALID_ARGUMENT").await;
        assert!(
            refused["detail"].as_str().unwrap().contains(field),
            "{refused}"
        );
    }
    let back = json!({"channel": "smartstore", "days": null});
    let put = owner.request(Method::PUT, "/api/v1/retention").json(&back);
    assert_eq!(put.send().await.unwrap().status(), 200);
}
