//! What buyers ask and demand: the gateway joins what order-sync read with what fulfillment does.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use http::StatusCode;
use moa_id::InquiryId;
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::effects::v1::EffectState;
use moa_proto::moa::fulfillment::v1 as fulfillment;
use moa_proto::moa::order_sync::v1 as orders;
use reqwest::Method;
use serde_json::json;
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use admin_gateway::domain::access::Role;

use crate::players::{Played, not_played};
use crate::stage::Stage;

/// order-sync's and fulfillment's desks, played.
#[derive(Clone, Default)]
pub struct Desk {
    pub inquiries: Arc<Mutex<Vec<orders::ListedInquiry>>>,
    pub answers: Arc<Mutex<Vec<fulfillment::InquiryAnswer>>>,
    pub lists: Arc<Played<orders::ListInquiriesRequest>>,
    pub looks: Arc<Played<orders::GetInquiryThreadRequest>>,
    pub replies: Arc<Played<fulfillment::AnswerInquiryRequest>>,
    pub claims: Arc<Mutex<Vec<orders::ShownClaim>>>,
    pub decisions: Arc<Played<fulfillment::DecideClaimRequest>>,
}

#[tonic::async_trait]
impl orders::inquiries_service_server::InquiriesService for Desk {
    async fn list_inquiries(
        &self,
        request: Request<orders::ListInquiriesRequest>,
    ) -> Result<Response<orders::ListInquiriesResponse>, Status> {
        self.lists.ask(request.into_inner())?;
        let inquiries = self.inquiries.lock().unwrap().clone();
        Ok(Response::new(orders::ListInquiriesResponse {
            inquiries,
            next_page_token: String::new(),
        }))
    }

    async fn get_inquiry(
        &self,
        _: Request<orders::GetInquiryRequest>,
    ) -> Result<Response<orders::GetInquiryResponse>, Status> {
        let inquiry = self.inquiries.lock().unwrap().first().cloned();
        Ok(Response::new(orders::GetInquiryResponse { inquiry }))
    }

    async fn get_inquiry_thread(
        &self,
        request: Request<orders::GetInquiryThreadRequest>,
    ) -> Result<Response<orders::GetInquiryThreadResponse>, Status> {
        self.looks.ask(request.into_inner())?;
        Ok(Response::new(orders::GetInquiryThreadResponse {
            thread: Some(orders::InquiryThread {
                text: "언제 와요?".to_owned(),
                ..orders::InquiryThread::default()
            }),
            ..orders::GetInquiryThreadResponse::default()
        }))
    }
}

#[tonic::async_trait]
impl fulfillment::inquiry_answers_service_server::InquiryAnswersService for Desk {
    async fn answer_inquiry(
        &self,
        request: Request<fulfillment::AnswerInquiryRequest>,
    ) -> Result<Response<fulfillment::AnswerInquiryResponse>, Status> {
        let request = request.into_inner();
        let answer = Some(fulfillment::InquiryAnswer {
            inquiry_id: request.inquiry_id.clone(),
            state: EffectState::Pending.into(),
            ..fulfillment::InquiryAnswer::default()
        });
        self.replies.ask(request)?;
        Ok(Response::new(fulfillment::AnswerInquiryResponse { answer }))
    }

    async fn list_inquiry_answers(
        &self,
        _: Request<fulfillment::ListInquiryAnswersRequest>,
    ) -> Result<Response<fulfillment::ListInquiryAnswersResponse>, Status> {
        let answers = self.answers.lock().unwrap().clone();
        Ok(Response::new(fulfillment::ListInquiryAnswersResponse {
            answers,
        }))
    }

    not_played! { fulfillment:
        confirm_inquiry(ConfirmInquiryRequest) -> ConfirmInquiryResponse,
    }
}

#[tonic::async_trait]
impl orders::claims_service_server::ClaimsService for Desk {
    async fn list_claims(
        &self,
        _: Request<orders::ListClaimsRequest>,
    ) -> Result<Response<orders::ListClaimsResponse>, Status> {
        let claims = self.claims.lock().unwrap().clone();
        Ok(Response::new(orders::ListClaimsResponse {
            claims,
            next_page_token: String::new(),
        }))
    }

    not_played! { orders:
        get_claim(GetClaimRequest) -> GetClaimResponse,
    }
}

#[tonic::async_trait]
impl fulfillment::claim_decisions_service_server::ClaimDecisionsService for Desk {
    async fn decide_claim(
        &self,
        request: Request<fulfillment::DecideClaimRequest>,
    ) -> Result<Response<fulfillment::DecideClaimResponse>, Status> {
        let request = request.into_inner();
        let decision = Some(fulfillment::ClaimDecision {
            claim_id: request.claim_id.clone(),
            action: request.action,
            state: EffectState::Pending.into(),
            ..fulfillment::ClaimDecision::default()
        });
        self.decisions.ask(request)?;
        Ok(Response::new(fulfillment::DecideClaimResponse { decision }))
    }

    async fn list_claim_decisions(
        &self,
        _: Request<fulfillment::ListClaimDecisionsRequest>,
    ) -> Result<Response<fulfillment::ListClaimDecisionsResponse>, Status> {
        Ok(Response::new(
            fulfillment::ListClaimDecisionsResponse::default(),
        ))
    }
}

const ID: &str = "01920000-0000-7000-8000-0000000000aa";

fn asked() -> orders::ListedInquiry {
    orders::ListedInquiry {
        inquiry: Some(orders::Inquiry {
            inquiry_id: ID.to_owned(),
            channel: "coupang".to_owned(),
            kind: orders::InquiryKind::Product.into(),
            state: orders::InquiryState::Waiting.into(),
            ..orders::Inquiry::default()
        }),
        urgency: orders::InquiryUrgency::Urgent.into(),
        urgent_because: "WORDS".to_owned(),
        masked_excerpt: "전화 ***".to_owned(),
        ..orders::ListedInquiry::default()
    }
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn questions_are_listed_with_what_became_of_our_answers(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    *stage.desk.inquiries.lock().unwrap() = vec![asked()];
    *stage.desk.answers.lock().unwrap() = vec![fulfillment::InquiryAnswer {
        inquiry_id: ID.to_owned(),
        state: EffectState::Rejected.into(),
        reason: "ANSWERER_UNKNOWN".to_owned(),
        ..fulfillment::InquiryAnswer::default()
    }];
    let listed = owner
        .read("/api/v1/inquiries?open=true&urgent=&channel=coupang")
        .await;
    let inquiry = &listed["inquiries"][0];
    assert_eq!(inquiry["kind"], "PRODUCT");
    assert_eq!(
        (&inquiry["open"], &inquiry["urgent"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(inquiry["masked_excerpt"], "전화 ***");
    assert_eq!(inquiry["answers"][0]["reason"], "ANSWERER_UNKNOWN");
    let request = &stage.desk.lists.asked()[0];
    assert!(request.open_only && !request.urgent_only);
    assert_eq!(request.channel, "coupang");
    let one = owner.read(&format!("/api/v1/inquiries/{ID}")).await;
    assert_eq!(one["id"], ID);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn what_was_said_is_shown_to_operators_by_name_and_kept_nowhere(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let path = format!("/api/v1/inquiries/{ID}/reveal");
    let owner = stage.owner().await;
    let response = owner.post_once(&path, &json!({}), "k1").await;
    assert_eq!(response.status(), StatusCode::OK);
    let thread: serde_json::Value = response.json().await.unwrap();
    assert_eq!(thread["text"], "언제 와요?");
    assert!(!stage.desk.looks.asked()[0].operator_id.is_empty());
    let keys = sqlx::query_scalar!("SELECT count(*) FROM admin_gateway.idempotency_keys")
        .fetch_one(&stage.pool)
        .await
        .unwrap();
    assert_eq!(keys, Some(0));

    let viewer = stage.colleague(Role::Viewer).await;
    let refused = viewer.post(&path, &json!({})).await;
    crate::stage::problem(refused, 403, "ROLE_REQUIRED").await;
    assert_eq!(stage.desk.looks.asked().len(), 1);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn an_answer_repeated_under_its_key_reaches_fulfillment_once(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let path = format!("/api/v1/inquiries/{ID}/answer");
    let body = json!({"text": "내일 출발합니다", "answered_by": "seller1"});
    for _ in 0..2 {
        let response = owner.post_once(&path, &body, "k1").await;
        assert_eq!(response.status(), StatusCode::ACCEPTED);
    }
    let replies = stage.desk.replies.asked();
    assert_eq!(replies.len(), 1);
    assert_eq!(replies[0].text, "내일 출발합니다");
    assert_eq!(replies[0].answered_by, "seller1");
    let id: InquiryId = replies[0].inquiry_id.parse().unwrap();
    assert_eq!(id.to_string(), ID);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_claim_shows_what_it_costs_and_what_may_be_done(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    *stage.desk.claims.lock().unwrap() = vec![orders::ShownClaim {
        claim: Some(orders::Claim {
            claim_id: ID.to_owned(),
            kind: orders::ClaimKind::Return.into(),
            state: orders::ClaimState::Requested.into(),
            ..orders::Claim::default()
        }),
        channel: "smartstore".to_owned(),
        stage: channel::ClaimStage::Collected.into(),
        actions: vec![
            channel::ClaimAction::Approve.into(),
            channel::ClaimAction::Hold.into(),
        ],
        shipping_charge: Some(moa_proto::moa::money::v1::Money {
            amount_minor: -3000,
            currency: "KRW".to_owned(),
        }),
        charge_method: "환불금에서 차감".to_owned(),
        deadline: Some(channel::ClaimDeadline {
            at: Some(moa_service::timestamp(moa_testkit::a_friday())),
            outcome: channel::ClaimDeadlineOutcome::Refunded.into(),
            source: channel::ClaimDeadlineSource::Rule.into(),
        }),
        ..orders::ShownClaim::default()
    }];
    let listed = owner.read("/api/v1/claims?open=true").await;
    let claim = &listed["claims"][0];
    assert_eq!(claim["actions"], json!(["APPROVE", "HOLD"]));
    assert_eq!(claim["shipping_charge"]["amount_minor"], -3000);
    assert_eq!(claim["charge_method"], "환불금에서 차감");
    assert!(claim["enclosed_charge"].is_null(), "nothing was enclosed");
    let due = json!({"at": "2026-11-20T01:00:00Z", "outcome": "REFUNDED", "source": "RULE"});
    assert_eq!(claim["deadline"], due);
    assert_eq!(
        (&claim["open"], &claim["fault"]),
        (&json!(true), &json!(null))
    );

    let path = format!("/api/v1/claims/{ID}/decide");
    let body = json!({"action": "HOLD", "hold_reason": "SHIPPING_FEE", "note": "배송비", "extra_fee_won": 3000});
    let response = owner.post(&path, &body).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let asked = &stage.desk.decisions.asked()[0];
    assert_eq!(asked.action(), channel::ClaimAction::Hold);
    assert_eq!(asked.hold_reason(), channel::ClaimHoldReason::ShippingFee);
    assert_eq!(asked.extra_fee.as_ref().unwrap().amount_minor, 3000);

    // The other contract calls the fee otherwise.
    stage.desk.decisions.refuse(moa_service::invalid_field(
        "extra_fee",
        "must not be negative",
    ));
    let refused = owner.post(&path, &body).await;
    let refused = crate::stage::problem(refused, 400, "INVALID_ARGUMENT").await;
    assert_eq!(refused["fields"][0]["field"], "extra_fee_won");
    assert_eq!(refused["detail"], "extra_fee_won must not be negative");
    stage.desk.decisions.relent();

    let unknown = owner.post(&path, &json!({"action": "BURN"})).await;
    crate::stage::problem(unknown, 400, "INVALID_ARGUMENT").await;
    let viewer = stage.colleague(Role::Viewer).await;
    let refused = viewer
        .request(Method::POST, &path)
        .json(&body)
        .send()
        .await
        .unwrap();
    crate::stage::problem(refused, 403, "ROLE_REQUIRED").await;
}
