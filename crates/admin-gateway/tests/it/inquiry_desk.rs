//! How operators share the work on questions, as the gateway lets them.

use admin_gateway::domain::access::Role;
use http::StatusCode;
use moa_proto::moa::order_sync::v1 as pb;
use moa_proto::moa::order_sync::v1::inquiry_desk_service_server::InquiryDeskService;
use moa_service::refusal;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::pin::Pin;
use std::sync::Arc;
use tonic::{Code, Request, Response, Status};

use crate::players::{Played, not_played};
use crate::stage::{Stage, problem};

const ID: &str = "01920000-0000-7000-8000-000000000021";

/// order-sync's desk, played.
#[derive(Clone, Default)]
pub struct InquiryDesk {
    pub assigned: Arc<Played<pb::AssignInquiryRequest>>,
    pub put: Arc<Played<pb::PutAnswerTemplateRequest>>,
}

#[tonic::async_trait]
impl InquiryDeskService for InquiryDesk {
    async fn assign_inquiry(
        &self,
        request: Request<pb::AssignInquiryRequest>,
    ) -> Result<Response<pb::AssignInquiryResponse>, Status> {
        self.assigned.ask(request.into_inner())?;
        Ok(Response::new(pb::AssignInquiryResponse::default()))
    }

    async fn list_inquiry_assignments(
        &self,
        _: Request<pb::ListInquiryAssignmentsRequest>,
    ) -> Result<Response<pb::ListInquiryAssignmentsResponse>, Status> {
        let asked = self.assigned.asked();
        let assignments = asked.iter().rev().map(|asked| pb::InquiryAssignment {
            operator_id: asked.operator_id.clone(),
            assigned_by: asked.assigned_by.clone(),
            assigned_at: None,
        });
        Ok(Response::new(pb::ListInquiryAssignmentsResponse {
            assignments: assignments.collect(),
        }))
    }

    async fn put_answer_template(
        &self,
        request: Request<pb::PutAnswerTemplateRequest>,
    ) -> Result<Response<pb::PutAnswerTemplateResponse>, Status> {
        let request = request.into_inner();
        let template = pb::AnswerTemplate {
            answer_template_id: ID.to_owned(),
            name: request.name.clone(),
            text: request.text.clone(),
            version: request.expected_version + 1,
            updated_by: request.operator_id.clone(),
            updated_at: None,
        };
        self.put.ask(request)?;
        Ok(Response::new(pb::PutAnswerTemplateResponse {
            template: Some(template),
        }))
    }

    async fn fill_answer_template(
        &self,
        _: Request<pb::FillAnswerTemplateRequest>,
    ) -> Result<Response<pb::FillAnswerTemplateResponse>, Status> {
        Ok(Response::new(pb::FillAnswerTemplateResponse {
            text: "김*아님, {tracking_number}".to_owned(),
            unfilled: vec!["tracking_number".to_owned()],
        }))
    }

    not_played! { pb:
        list_answer_templates(ListAnswerTemplatesRequest) -> ListAnswerTemplatesResponse,
        delete_answer_template(DeleteAnswerTemplateRequest) -> DeleteAnswerTemplateResponse,
        summarize_inquiries(SummarizeInquiriesRequest) -> SummarizeInquiriesResponse,
    }
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_question_is_given_to_somebody_who_may_answer_and_mine_are_found(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let viewer = stage.colleague(Role::Viewer).await;
    let people = owner.read("/api/v1/operators").await;
    let people = people["operators"].as_array().unwrap();
    let of = |role: &str| {
        let one = people.iter().find(|one| one["role"] == role).unwrap();
        one["id"].as_str().unwrap().to_owned()
    };
    let path = format!("/api/v1/inquiries/{ID}/assign");
    let given = owner
        .post(&path, &json!({ "operator_id": of("OWNER") }))
        .await;
    assert_eq!(given.status(), StatusCode::OK);
    let given: Value = given.json().await.unwrap();
    assert_eq!(given["assignments"][0]["operator_id"], of("OWNER"));
    let back = owner.post(&path, &json!({ "operator_id": null })).await;
    let back: Value = back.json().await.unwrap();
    assert_eq!(back["assignments"][0]["operator_id"], Value::Null);

    let refused = owner
        .post(&path, &json!({ "operator_id": of("VIEWER") }))
        .await;
    let refused = problem(refused, 400, "INVALID_ARGUMENT").await;
    assert_eq!(refused["fields"][0]["field"], "operator_id");
    let refused = viewer.post(&path, &json!({})).await;
    problem(refused, 403, "ROLE_REQUIRED").await;
    let asked = stage.inquiry_desk.assigned.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].assigned_by, of("OWNER"));

    owner.read("/api/v1/inquiries?assigned_to=me").await;
    assert_eq!(stage.desk.lists.asked()[0].assigned_to, of("OWNER"));
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_template_is_made_once_for_its_key_and_filled_for_a_question(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let body = json!({ "name": "배송", "text": "{buyer}님" });
    for _ in 0..2 {
        let made = owner
            .post_once("/api/v1/answer-templates", &body, "k1")
            .await;
        assert_eq!(made.status(), StatusCode::CREATED);
        let made: Value = made.json().await.unwrap();
        assert_eq!((&made["id"], &made["name"]), (&json!(ID), &json!("배송")));
    }
    let replaced = owner
        .request(Method::PUT, &format!("/api/v1/answer-templates/{ID}"))
        .json(&body);
    assert_eq!(replaced.send().await.unwrap().status(), StatusCode::OK);
    let put = stage.inquiry_desk.put.asked();
    let ids: Vec<&str> = put
        .iter()
        .map(|put| put.answer_template_id.as_str())
        .collect();
    assert_eq!(ids, ["", ID]);

    let path = format!("/api/v1/inquiries/{ID}/filled-template");
    let filled = owner.read(&format!("{path}?template_id={ID}")).await;
    assert_eq!(filled["unfilled"], json!(["tracking_number"]));
    let unnamed = owner.get(&path).await;
    let unnamed = problem(unnamed, 400, "INVALID_ARGUMENT").await;
    assert_eq!(unnamed["fields"][0]["field"], "template_id");
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn whoever_changed_a_template_first_is_named_to_the_second(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let people = owner.read("/api/v1/operators").await;
    let first = &people["operators"][0];
    let path = format!("/api/v1/answer-templates/{ID}");
    let change = async |version: Value| {
        let body = json!({ "name": "배송", "text": "네", "version": version });
        let request = owner.request(Method::PUT, &path).json(&body);
        request.send().await.unwrap()
    };
    let changed: Value = change(json!(1)).await.json().await.unwrap();
    assert_eq!(
        (&changed["version"], &changed["updated_by"]),
        (&json!(2), &first["id"])
    );
    let refused = problem(change(json!(0)).await, 400, "INVALID_ARGUMENT").await;
    assert_eq!(refused["fields"][0]["field"], "version");

    let by = first["id"].as_str().unwrap().to_owned();
    let metadata = [
        ("version", "2".to_owned()),
        ("updated_by", by),
        ("updated_at", "2026-11-28T01:02:03+00:00".to_owned()),
    ];
    stage.inquiry_desk.put.refuse(refusal(
        Code::Aborted,
        "order-sync.moa",
        "ANSWER_TEMPLATE_CHANGED",
        "it was changed",
        metadata,
    ));
    let refused = problem(change(json!(1)).await, 409, "ANSWER_TEMPLATE_CHANGED").await;
    assert_eq!(refused["metadata"]["operator"], first["name"]);
    assert_eq!(refused["metadata"]["version"], "2");

    // A colleague that this version cannot read spoils the list of names: why it is refused is told all the same.
    stage.colleague(Role::Viewer).await;
    sqlx::raw_sql(
        "ALTER TABLE admin_gateway.operators DROP CONSTRAINT operators_role_check;
         UPDATE admin_gateway.operators SET role = 'AUDITOR' WHERE role = 'VIEWER'",
    )
    .execute(&stage.pool)
    .await
    .unwrap();
    let refused = problem(change(json!(1)).await, 409, "ANSWER_TEMPLATE_CHANGED").await;
    assert_eq!(refused["metadata"]["version"], "2");
    assert_eq!(refused["metadata"]["operator"], Value::Null);
}
