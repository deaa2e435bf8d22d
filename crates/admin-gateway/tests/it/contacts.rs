use admin_gateway::domain::access::Role;
use admin_gateway::feeds::OrdersFeed;
use moa_proto::moa::order_sync::v1::ContactPurpose;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::events::{order, placed};
use crate::stage::{Stage, problem};

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_reveal_is_recorded_everywhere_and_kept_nowhere(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let order = order(&stage.ids, "28000001", 10);
    let feed = OrdersFeed::new(stage.pending());
    stage
        .apply(&feed, &[placed(&stage.ids, owner.merchant, &order)])
        .await;
    let path = format!("/api/v1/orders/{}/contact/reveal", order.order_id);
    let response = owner.post_once(&path, &json!({}), "k1").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let contact: Value = response.json().await.unwrap();
    assert_eq!(contact["receiver_name"], "김모아");
    assert_eq!(contact["erased"], false);

    let asked = &stage.order_sync.contacts.asked()[0];
    assert_eq!(asked.purpose(), ContactPurpose::OperatorReveal);
    let row = sqlx::query!(
        "SELECT subject, status, operator_id FROM admin_gateway.audit_log
         WHERE action = 'POST /api/v1/orders/{id}/contact/reveal'"
    )
    .fetch_one(&stage.pool)
    .await
    .unwrap();
    assert_eq!((row.subject, row.status), (path, Some(200)));
    assert_eq!(row.operator_id.unwrap().to_string(), asked.operator_id);
    let timeline = owner
        .read(&format!("/api/v1/orders/{}/timeline", order.order_id))
        .await;
    assert_eq!(timeline["entries"][2]["kind"], "CONTACT_REVEALED");
    let keys = sqlx::query_scalar!("SELECT count(*) FROM admin_gateway.idempotency_keys")
        .fetch_one(&stage.pool)
        .await
        .unwrap();
    assert_eq!(keys, Some(0), "personal data must not be kept under a key");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn orders_are_found_by_whom_they_are_of_and_the_name_is_kept_nowhere(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let order = order(&stage.ids, "28000001", 10);
    let feed = OrdersFeed::new(stage.pending());
    stage
        .apply(&feed, &[placed(&stage.ids, owner.merchant, &order)])
        .await;
    // The second is not on the board yet.
    *stage.order_sync.found.lock().unwrap() =
        vec![order.order_id.clone(), stage.ids.uuid().to_string()];
    let path = "/api/v1/orders/find-by-person";
    let asked = json!({"name": "김모아", "phone": "5678", "page_size": 20});
    let response = owner.post_once(path, &asked, "k1").await;
    assert_eq!(response.status(), 200);
    let found: Value = response.json().await.unwrap();
    assert_eq!(found["orders"].as_array().unwrap().len(), 1);
    assert_eq!(found["orders"][0]["channel_order_id"], "28000001");
    assert_eq!(found["next_page_token"], "more");
    {
        let asked = stage.order_sync.people.asked();
        assert_eq!(
            (asked[0].name.as_str(), asked[0].phone.as_str()),
            ("김모아", "5678")
        );
        assert!(!asked[0].operator_id.is_empty());
    }
    let audited: String = sqlx::query_scalar(
        "SELECT string_agg(a::text, ' ') FROM admin_gateway.audit_log a WHERE action LIKE '%find-by-person'",
    )
    .fetch_one(&stage.pool)
    .await
    .unwrap();
    assert!(
        audited.contains("200") && !audited.contains("김모아"),
        "{audited}"
    );
    let keys: i64 = sqlx::query_scalar("SELECT count(*) FROM admin_gateway.idempotency_keys")
        .fetch_one(&stage.pool)
        .await
        .unwrap();
    assert_eq!(keys, 0, "personal data must not be kept under a key");

    let viewer = stage.colleague(Role::Viewer).await;
    problem(viewer.post(path, &asked).await, 403, "ROLE_REQUIRED").await;
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_viewer_sees_no_contact_and_the_try_is_recorded(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let viewer = stage.colleague(Role::Viewer).await;
    let order = order(&stage.ids, "28000001", 10);
    let feed = OrdersFeed::new(stage.pending());
    stage
        .apply(&feed, &[placed(&stage.ids, viewer.merchant, &order)])
        .await;
    let path = format!("/api/v1/orders/{}/contact/reveal", order.order_id);
    problem(viewer.post(&path, &json!({})).await, 403, "ROLE_REQUIRED").await;
    assert!(stage.order_sync.contacts.asked().is_empty());
    let status = sqlx::query_scalar!(
        "SELECT status FROM admin_gateway.audit_log WHERE subject = $1",
        path
    )
    .fetch_one(&stage.pool)
    .await
    .unwrap();
    assert_eq!(status, Some(403));
}
