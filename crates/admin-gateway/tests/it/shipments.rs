use moa_service::{invalid_field, refusal};
use serde_json::{Value, json};
use sqlx::PgPool;
use tonic::{Code, Status};

use crate::players::SHIPMENT;
use crate::stage::{Stage, problem};

const PATH: &str = "/api/v1/shipments";

fn parcel() -> Value {
    json!({
        "order_id": "01920000-0000-7000-8000-00000000000a",
        "lines": [{ "line_id": "01920000-0000-7000-8000-00000000000b", "quantity": 1 }],
        "carrier": "CJ_LOGISTICS",
        "tracking_number": "1234-5678-9012",
    })
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_parcel_is_packed_and_sent_off(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let response = owner.post(PATH, &parcel()).await;
    assert_eq!(response.status(), 201);
    let shipment: Value = response.json().await.unwrap();
    assert_eq!(
        (&shipment["id"], &shipment["state"]),
        (&SHIPMENT.into(), &"READY".into())
    );
    let asked = &stage.fulfillment.creates.asked()[0];
    assert_eq!(asked.merchant_id, owner.merchant.to_string());
    assert_eq!(
        asked.lines[0].order_id,
        "01920000-0000-7000-8000-00000000000a"
    );
    assert_eq!(asked.tracking_number, "1234-5678-9012");
    assert!(!asked.operator_id.is_empty() && !asked.request_id.is_empty());

    let path = format!("{PATH}/{SHIPMENT}/dispatch");
    let response = owner
        .request(reqwest::Method::POST, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 202);
    let shipment: Value = response.json().await.unwrap();
    assert_eq!(shipment["state"], "DISPATCHING");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn refusals_of_fulfillment_become_problems(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let refused = |code: Code, reason: &str| {
        let metadata = [("tracking_number", "999".to_owned())];
        refusal(code, "fulfillment.moa", reason, "it is so", metadata)
    };
    for (status, http, reason) in [
        (
            refused(Code::FailedPrecondition, "LINE_ALREADY_SHIPPED"),
            409,
            "LINE_ALREADY_SHIPPED",
        ),
        (
            refused(Code::NotFound, "ORDER_NOT_FOUND"),
            404,
            "ORDER_NOT_FOUND",
        ),
        (
            refused(Code::AlreadyExists, "SOMETHING_NEW"),
            409,
            "SOMETHING_NEW",
        ),
        (
            refused(Code::ResourceExhausted, "CHANNEL_QUOTA_EXHAUSTED"),
            429,
            "CHANNEL_QUOTA_EXHAUSTED",
        ),
    ] {
        stage.fulfillment.creates.refuse(status);
        let body = problem(owner.post(PATH, &parcel()).await, http, reason).await;
        assert_eq!(body["metadata"]["tracking_number"], "999");
        assert_eq!(body["detail"], "it is so");
    }
    stage.fulfillment.creates.refuse(invalid_field(
        "tracking_number",
        "must have 10 or 12 digits",
    ));
    let body = problem(owner.post(PATH, &parcel()).await, 400, "INVALID_ARGUMENT").await;
    let field = &body["fields"][0];
    assert_eq!(field["field"], "tracking_number");
    assert_eq!(field["description"], "must have 10 or 12 digits");
    for (code, http, reason) in [
        (Code::Unavailable, 503, "SERVICE_UNAVAILABLE"),
        (Code::DeadlineExceeded, 504, "DEADLINE_EXCEEDED"),
        (Code::Internal, 500, "INTERNAL"),
        (Code::PermissionDenied, 500, "INTERNAL"),
    ] {
        stage
            .fulfillment
            .creates
            .refuse(Status::new(code, "10.0.0.7 said no"));
        let body = problem(owner.post(PATH, &parcel()).await, http, reason).await;
        if http != 504 {
            assert!(!body.to_string().contains("10.0.0.7"), "{body}");
        }
    }
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_wrong_body_names_its_field(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let mut no_lines = parcel();
    no_lines["lines"] = json!([]);
    let mut bad_quantity = parcel();
    bad_quantity["lines"][0]["quantity"] = json!("one");
    for (body, field) in [(no_lines, "lines"), (bad_quantity, "lines[0].quantity")] {
        let refused = problem(owner.post(PATH, &body).await, 400, "INVALID_ARGUMENT").await;
        assert_eq!(refused["fields"][0]["field"], field, "{refused}");
    }
    assert!(stage.fulfillment.creates.asked().is_empty());
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn the_same_key_answers_the_first_result(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let first = owner.post_once(PATH, &parcel(), "k1").await;
    assert_eq!(first.status(), 201);
    let first: Value = first.json().await.unwrap();
    let again = owner.post_once(PATH, &parcel(), "k1").await;
    assert_eq!(again.status(), 201);
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(again.headers()["content-type"], "application/json");
    assert_eq!(again.json::<Value>().await.unwrap(), first);
    assert_eq!(stage.fulfillment.creates.asked().len(), 1);

    let mut other = parcel();
    other["tracking_number"] = json!("999999999999");
    let response = owner.post_once(PATH, &other, "k1").await;
    problem(response, 422, "IDEMPOTENCY_KEY_REUSED").await;
    stage.clock.advance(chrono::TimeDelta::hours(25));
    let owner = stage.owner().await;
    assert_eq!(owner.post_once(PATH, &other, "k1").await.status(), 201);
    assert_eq!(stage.fulfillment.creates.asked().len(), 2);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn after_an_unclear_answer_the_key_goes_on_under_one_request_id(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    stage
        .fulfillment
        .creates
        .refuse(Status::deadline_exceeded("no answer"));
    assert_eq!(owner.post_once(PATH, &parcel(), "k1").await.status(), 504);
    stage.fulfillment.creates.relent();
    assert_eq!(owner.post_once(PATH, &parcel(), "k1").await.status(), 201);
    let asked = stage.fulfillment.creates.asked();
    assert_eq!(asked[0].request_id, asked[1].request_id);
    // A refusal did nothing: the key is as good as new.
    stage
        .fulfillment
        .creates
        .refuse(invalid_field("carrier", "is unknown"));
    assert_eq!(owner.post_once(PATH, &parcel(), "k2").await.status(), 400);
    stage.fulfillment.creates.relent();
    let mut mended = parcel();
    mended["carrier"] = json!("HANJIN");
    assert_eq!(owner.post_once(PATH, &mended, "k2").await.status(), 201);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_key_that_is_being_worked_on_asks_for_patience(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    assert_eq!(owner.post_once(PATH, &parcel(), "k1").await.status(), 201);
    // As if the process had died before it wrote the answer down.
    sqlx::query!("UPDATE admin_gateway.idempotency_keys SET status = NULL, body = NULL")
        .execute(&stage.pool)
        .await
        .unwrap();
    let response = owner.post_once(PATH, &parcel(), "k1").await;
    problem(response, 409, "IDEMPOTENCY_KEY_IN_PROGRESS").await;
    stage.clock.advance(chrono::TimeDelta::seconds(61));
    assert_eq!(owner.post_once(PATH, &parcel(), "k1").await.status(), 201);
    let asked = stage.fulfillment.creates.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].request_id, asked[1].request_id);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn every_write_stands_in_the_audit_log(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    owner.post(PATH, &parcel()).await;
    stage
        .fulfillment
        .creates
        .refuse(invalid_field("carrier", "is unknown"));
    owner.post(PATH, &parcel()).await;
    let rows = sqlx::query!(
        "SELECT action, subject, status, operator_id, address FROM admin_gateway.audit_log
         WHERE action <> 'LOG_IN' ORDER BY audit_id"
    )
    .fetch_all(&stage.pool)
    .await
    .unwrap();
    let statuses: Vec<_> = rows.iter().map(|row| row.status).collect();
    assert_eq!(statuses, [Some(201), Some(400)]);
    assert!(
        rows.iter()
            .all(|row| row.action == "POST /api/v1/shipments")
    );
    assert!(
        rows.iter()
            .all(|row| row.operator_id.is_some() && row.address == "127.0.0.1")
    );
}
