//! Jobs are seen and started.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use moa_proto::moa::jobs::v1 as pb;
use moa_service::refusal;
use serde_json::{Value, json};
use sqlx::PgPool;
use tonic::{Code, Request, Response, Status};

use crate::players::Played;
use crate::stage::{Stage, problem};
use admin_gateway::domain::access::Role;

/// The schedule of a service.
#[derive(Clone, Default)]
pub struct Schedule {
    pub runs: Arc<Played<pb::RunJobRequest>>,
    pub jobs: Arc<Mutex<Vec<pb::Job>>>,
    pub away: Arc<AtomicBool>,
}

impl Schedule {
    fn answers(&self) -> Result<(), Status> {
        match self.away.load(Ordering::Relaxed) {
            true => Err(Status::unavailable("nobody is there")),
            false => Ok(()),
        }
    }
}

#[tonic::async_trait]
impl pb::jobs_service_server::JobsService for Schedule {
    async fn list_jobs(
        &self,
        _: Request<pb::ListJobsRequest>,
    ) -> Result<Response<pb::ListJobsResponse>, Status> {
        self.answers()?;
        let jobs = self.jobs.lock().unwrap().clone();
        Ok(Response::new(pb::ListJobsResponse { jobs }))
    }

    async fn run_job(
        &self,
        request: Request<pb::RunJobRequest>,
    ) -> Result<Response<pb::RunJobResponse>, Status> {
        self.answers()?;
        let request = request.into_inner();
        self.runs.ask(request.clone())?;
        let jobs = self.jobs.lock().unwrap().clone();
        let job = jobs.into_iter().find(|job| job.name == request.name);
        let job = job.ok_or_else(|| {
            refusal(
                Code::NotFound,
                "order-sync.moa",
                "JOB_NOT_FOUND",
                "there is no such job",
                [],
            )
        })?;
        Ok(Response::new(pb::RunJobResponse {
            already_running: job.state() == pb::JobState::Running,
            job: Some(job),
        }))
    }
}

fn job(name: &str, state: pb::JobState, result: &str) -> pb::Job {
    pb::Job {
        name: name.to_owned(),
        period_seconds: 3600,
        state: state.into(),
        result: result.to_owned(),
        result_code: "TIDIED".to_owned(),
        result_counts: [("gaps".to_owned(), 3)].into(),
        ..Default::default()
    }
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn jobs_are_listed_and_run_with_their_result(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    *stage.schedule.jobs.lock().unwrap() = vec![
        job("tidy", pb::JobState::Succeeded, "deleted 3"),
        job("sweep-7d", pb::JobState::Running, ""),
    ];
    let list = owner.read("/api/v1/jobs").await;
    let names: Vec<&Value> = list["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| &job["name"])
        .collect();
    assert_eq!(names, ["sweep-7d", "tidy"]);
    assert_eq!(list["jobs"][0]["service"], "order-sync");
    assert!(list["jobs"][0]["result"].is_null());

    let ended = owner.post("/api/v1/jobs/tidy/run", &json!({})).await;
    assert_eq!(ended.status(), 200);
    let ended: Value = ended.json().await.unwrap();
    assert_eq!(ended["job"]["result"], "deleted 3");
    assert_eq!(ended["job"]["result_code"], "TIDIED");
    assert_eq!(ended["job"]["result_counts"], json!({ "gaps": 3 }));
    assert_eq!(ended["already_running"], false);

    let running = owner.post("/api/v1/jobs/sweep-7d/run", &json!({})).await;
    assert_eq!(running.status(), 202);
    let running: Value = running.json().await.unwrap();
    assert_eq!(
        (&running["job"]["state"], &running["already_running"]),
        (&json!("RUNNING"), &json!(true))
    );

    let unknown = owner.post("/api/v1/jobs/sweep-1y/run", &json!({})).await;
    problem(unknown, 404, "JOB_NOT_FOUND").await;
    let viewer = stage.colleague(Role::Viewer).await;
    let refused = viewer.post("/api/v1/jobs/tidy/run", &json!({})).await;
    problem(refused, 403, "ROLE_REQUIRED").await;
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_scheduler_that_repeats_its_call_by_key_starts_one_run(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    *stage.schedule.jobs.lock().unwrap() = vec![job("tidy", pb::JobState::Succeeded, "deleted 3")];
    for _ in 0..2 {
        let response = owner
            .post_once("/api/v1/jobs/tidy/run", &json!({}), "event-1")
            .await;
        assert_eq!(response.status(), 200);
    }
    assert_eq!(stage.schedule.runs.asked().len(), 1);
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_service_that_is_away_hides_its_own_jobs_alone(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let digest = job("inquiry-digest", pb::JobState::Succeeded, "told 1");
    *stage.notification_schedule.jobs.lock().unwrap() = vec![digest];
    stage.schedule.away.store(true, Ordering::Relaxed);
    let list = owner.read("/api/v1/jobs").await;
    assert_eq!(list["jobs"][0]["name"], "inquiry-digest");
    assert_eq!(list["unavailable_services"], json!(["order-sync"]));

    let ended = owner
        .post("/api/v1/jobs/inquiry-digest/run", &json!({}))
        .await;
    assert_eq!(ended.status(), 200);
    // Whose job that is, only the one that is away could tell.
    let unknown = owner.post("/api/v1/jobs/tidy/run", &json!({})).await;
    assert_eq!(unknown.status(), 503);
}
