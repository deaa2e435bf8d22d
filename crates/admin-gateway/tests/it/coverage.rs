//! How completely the channels were read, and why an order is not here.

use std::sync::{Arc, Mutex};

use moa_proto::moa::channel_proxy::v1 as channels;
use moa_proto::moa::order_sync::v1 as pb;
use moa_service::timestamp;
use serde_json::{Value, json};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use crate::players::{Played, SHIPMENT as ACCOUNT};
use crate::stage::{Stage, problem};
use admin_gateway::domain::access::Role;

/// order-sync as it tells of coverage.
#[derive(Clone, Default)]
pub struct Collecting {
    pub lists: Arc<Played<pb::ListCoverageRequest>>,
    pub coverage: Arc<Mutex<pb::ListCoverageResponse>>,
    pub questions: Arc<Played<pb::LocateOrderRequest>>,
    pub located: Arc<Mutex<pb::LocateOrderResponse>>,
    pub parked: Arc<Mutex<Vec<pb::ParkedRow>>>,
    pub backfills: Arc<Played<pb::StartBackfillRequest>>,
}

#[tonic::async_trait]
impl pb::coverage_service_server::CoverageService for Collecting {
    async fn list_coverage(
        &self,
        request: Request<pb::ListCoverageRequest>,
    ) -> Result<Response<pb::ListCoverageResponse>, Status> {
        self.lists.ask(request.into_inner())?;
        Ok(Response::new(self.coverage.lock().unwrap().clone()))
    }

    async fn locate_order(
        &self,
        request: Request<pb::LocateOrderRequest>,
    ) -> Result<Response<pb::LocateOrderResponse>, Status> {
        self.questions.ask(request.into_inner())?;
        Ok(Response::new(self.located.lock().unwrap().clone()))
    }

    async fn list_parked_rows(
        &self,
        _: Request<pb::ListParkedRowsRequest>,
    ) -> Result<Response<pb::ListParkedRowsResponse>, Status> {
        Ok(Response::new(pb::ListParkedRowsResponse {
            parked_rows: self.parked.lock().unwrap().clone(),
            next_page_token: String::new(),
        }))
    }

    async fn start_backfill(
        &self,
        request: Request<pb::StartBackfillRequest>,
    ) -> Result<Response<pb::StartBackfillResponse>, Status> {
        self.backfills.ask(request.into_inner())?;
        Ok(Response::new(pb::StartBackfillResponse { streams: 4 }))
    }
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn coverage_names_what_was_not_read_and_since_when(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let at = Some(timestamp(moa_testkit::a_friday()));
    *stage.collecting.coverage.lock().unwrap() = pb::ListCoverageResponse {
        streams: vec![pb::StreamCoverage {
            channel_account_id: ACCOUNT.to_owned(),
            stream: "orders.placed".to_owned(),
            active: true,
            watermark_at: at,
            gaps: vec![pb::UncoveredSpan {
                from: at,
                to: at,
                readings: 1,
            }],
            gap_minutes: 7,
            last_failure_at: at,
            last_failure_reason: "CHANNEL_BANNED".to_owned(),
            unread_past: Some(pb::UnreadPast {
                began_from: at,
                reached_at: at,
                until: at,
                again: true,
                reason: String::new(),
            }),
            ..Default::default()
        }],
        recent_gaps: vec![
            pb::CoverageGap {
                closed_at: at,
                outcome: pb::CoverageGapOutcome::Covered.into(),
                ..Default::default()
            },
            pb::CoverageGap::default(),
        ],
        next_page_token: "further".to_owned(),
        as_of: at,
        schedules: vec![pb::AccountSchedule {
            channel_account_id: ACCOUNT.to_owned(),
            fits: true,
            streams: vec![pb::StreamPace {
                stream: "orders.placed".to_owned(),
                pause_milliseconds: 2500,
                ..Default::default()
            }],
            buckets: vec![pb::BucketLoad {
                bucket: "*".to_owned(),
                polls_per_second: 0.75,
                polls_allowed_per_second: 1.75,
                ..Default::default()
            }],
        }],
    };
    let query = format!("channel_account_id={ACCOUNT}&page_size=10&page_token=x");
    let page = owner.read(&format!("/api/v1/coverage?{query}")).await;
    let stream = &page["streams"][0];
    assert_eq!(stream["gaps"][0]["readings"], 1);
    assert_eq!(stream["last_failure_reason"], "CHANNEL_BANNED");
    assert!(stream["last_failure_detail"].is_null() && stream["last_success_at"].is_null());
    assert!(stream["unread_past"]["reason"].is_null());
    let schedule = &page["schedules"][0];
    assert_eq!(schedule["streams"][0]["pause_seconds"], 2.5);
    assert_eq!(schedule["buckets"][0]["polls_allowed_per_second"], 1.75);
    assert_eq!(page["recent_gaps"][0]["outcome"], "COVERED");
    assert!(page["recent_gaps"][1]["outcome"].is_null(), "it is open");
    assert_eq!(page["next_page_token"], "further");
    let asked = stage.collecting.lists.asked().remove(0);
    assert_eq!(asked.merchant_id, owner.merchant.to_string());
    assert_eq!(
        (asked.channel_account_id.as_str(), asked.page_size),
        (ACCOUNT, 10)
    );

    *stage.collecting.parked.lock().unwrap() = vec![pb::ParkedRow {
        row_key: "31000000000101".to_owned(),
        reason: "shippingPrice: is no amount".to_owned(),
        ..Default::default()
    }];
    let parked = owner.read("/api/v1/coverage/parked-rows").await;
    assert_eq!(
        parked["parked_rows"][0]["reason"],
        "shippingPrice: is no amount"
    );
    assert!(parked["parked_rows"][0]["last_retry_at"].is_null());
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn an_order_that_is_not_here_is_explained_with_the_calls_to_name_to_the_channel(
    pool: PgPool,
) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let read_at = moa_testkit::a_friday();
    *stage.collecting.located.lock().unwrap() = pb::LocateOrderResponse {
        whereabouts: pb::OrderWhereabouts::NeverShown.into(),
        streams: vec![pb::MinuteCoverage {
            stream: "orders.placed".to_owned(),
            readings: 3,
            last_read_at: Some(timestamp(read_at)),
            last_closed_at: Some(timestamp(read_at)),
            ..Default::default()
        }],
        ..Default::default()
    };
    *stage.keeper.calls.lock().unwrap() = vec![channels::ChannelCall {
        api: "coupang.ordersheets.list".to_owned(),
        request_id: "req-1".to_owned(),
        ..Default::default()
    }];
    let path = format!(
        "/api/v1/coverage/orders/31000101?channel_account_id={ACCOUNT}&ordered_at=2026-11-20T01:00:00Z"
    );
    let located = owner.read(&path).await;
    assert_eq!(located["whereabouts"], "NEVER_SHOWN");
    assert!(located["order_id"].is_null() && located["order_state"].is_null());
    assert_eq!(located["streams"][0]["readings"], 3);
    assert_eq!(located["calls_of_last_read"][0]["request_id"], "req-1");
    let asked = stage.collecting.questions.asked().remove(0);
    assert_eq!(asked.channel_order_id, "31000101");
    assert!(asked.ordered_at.is_some());
    let calls = stage.keeper.lists.asked();
    assert_eq!(calls[0].about_ids, ["31000101"]);
    assert!(calls[1].about_ids.is_empty() && calls[1].from.is_some() && calls[1].to.is_some());

    // An id that no call can be about is looked for all the same.
    let odd = format!("/api/v1/coverage/orders/31%2F01%20a?channel_account_id={ACCOUNT}");
    owner.read(&odd).await;
    assert_eq!(
        stage.collecting.questions.asked()[1].channel_order_id,
        "31/01 a"
    );
    assert_eq!(
        stage.keeper.lists.asked().len(),
        3,
        "the read's calls alone"
    );
    let untimed = format!("/api/v1/coverage/orders/1?channel_account_id={ACCOUNT}&ordered_at=");
    owner.read(&untimed).await;
    assert!(stage.collecting.questions.asked()[2].ordered_at.is_none());
    let nameless = owner.get("/api/v1/coverage/orders/1").await;
    problem(nameless, 400, "INVALID_ARGUMENT").await;
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn an_owner_has_the_past_read_again(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let path = format!("/api/v1/coverage/{ACCOUNT}/backfill");
    let response = owner.post(&path, &json!({ "days": 30 })).await;
    assert_eq!(response.status(), 202);
    let started: Value = response.json().await.unwrap();
    assert_eq!(started["streams"], 4);
    assert_eq!(stage.collecting.backfills.asked()[0].days, 30);
    let operator = stage.colleague(Role::Operator).await;
    let refused = operator.post(&path, &json!({ "days": 30 })).await;
    problem(refused, 403, "ROLE_REQUIRED").await;
    let misspelt = owner.post(&path, &json!({ "day": 30 })).await;
    problem(misspelt, 400, "INVALID_ARGUMENT").await;
}
