//! What runs at its time, for people to see and to start: the schedules of all services as one list.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use moa_proto::moa::jobs::v1 as pb;
use moa_service::{ServiceName, reason_of};
use serde::Serialize;
use tonic::{Code, Status};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::convert::{filled, time};
use super::extract::PathText;
use super::problem::{Problem, ProblemDocument};
use super::words::JobState;
use crate::clients::effects::missing;
use crate::domain::access::Role;

/// How long a request waits for the end of a run, in seconds.
const WAIT: i32 = 20;
/// The call may last a little longer than it waits.
const DEADLINE: Duration = Duration::from_secs(25);

/// A job with its schedule and its last run.
#[derive(Debug, Serialize, ToSchema)]
pub struct Job {
    name: String,
    /// The service that runs it.
    service: String,
    period_seconds: i64,
    /// Of the last run.
    state: JobState,
    #[schema(required = true)]
    started_at: Option<DateTime<Utc>>,
    /// null while it runs.
    #[schema(required = true)]
    finished_at: Option<DateTime<Utc>>,
    /// What the last run came to, or why it failed; null while it runs and before the first.
    #[schema(required = true)]
    result: Option<String>,
    /// What `result` says as a stable code, e.g. `SWEPT`, which the screen says in its language; null where there is none.
    #[schema(required = true)]
    result_code: Option<String>,
    /// The counts that belong to the code, by stable names, e.g. `streams`.
    result_counts: BTreeMap<String, i64>,
    #[schema(required = true)]
    next_run_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    last_success_at: Option<DateTime<Utc>>,
    consecutive_failures: i32,
}

/// Every job.
#[derive(Debug, Serialize, ToSchema)]
pub struct Jobs {
    jobs: Vec<Job>,
    /// Services that do not answer now, so that their jobs are not in the list.
    unavailable_services: Vec<String>,
}

/// A run that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobRun {
    job: Job,
    /// It was running before, and nothing was started.
    already_running: bool,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(list_jobs))
        .routes(routes!(run_job))
}

/// Every job by name, with what its last run came to.
///
/// Jobs belong to the installation and run once wherever its processes are. A missed run is made up for once.
#[utoipa::path(get, path = "/jobs", tag = "jobs",
    responses((status = 200, body = Jobs), (status = "4XX", body = ProblemDocument)))]
async fn list_jobs(State(app): State<Gate>, who: SignedIn) -> Result<Json<Jobs>, Problem> {
    let (mut jobs, mut unavailable_services) = (Vec::new(), Vec::new());
    for (service, client) in &app.clients.jobs {
        let request = pb::ListJobsRequest {
            merchant_id: who.merchant_id(),
        };
        let response = match client.clone().list_jobs(request).await {
            Ok(response) => response.into_inner(),
            Err(status) if is_away(&status) => {
                unavailable_services.push(service.as_str().to_owned());
                continue;
            }
            Err(status) => return Err(status.into()),
        };
        let all = response.jobs.into_iter();
        jobs.extend(all.map(|job| Job::from((*service, job))));
    }
    jobs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Json(Jobs {
        jobs,
        unavailable_services,
    }))
}

/// Whether a service itself gives no answer.
fn is_away(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded)
}

/// Runs a job now.
///
/// Answers 200 with the result when the run ended within 20 seconds, and 202 while it runs; asking again while it runs
/// starts nothing, so outside schedulers may repeat the call. A run that failed is an answer too: look at `state`.
#[utoipa::path(post, path = "/jobs/{name}/run", tag = "jobs", params(("name" = String, Path)),
    responses((status = 200, body = JobRun), (status = 202, body = JobRun),
        (status = "4XX", body = ProblemDocument)))]
async fn run_job(
    State(app): State<Gate>,
    acting: Acting,
    PathText(name): PathText,
) -> Result<(StatusCode, Json<JobRun>), Problem> {
    // A job is the installation's, not one merchant's.
    acting.needs(Role::Owner)?;
    let mut away = None;
    for (service, client) in &app.clients.jobs {
        let mut request = tonic::Request::new(pb::RunJobRequest {
            merchant_id: acting.merchant_id(),
            name: name.clone(),
            wait_seconds: WAIT,
        });
        request.set_timeout(DEADLINE);
        let response = match client.clone().run_job(request).await {
            Ok(response) => response.into_inner(),
            // Another service may have it.
            Err(status) if reason_of(&status).as_deref() == Some("JOB_NOT_FOUND") => continue,
            // So may a service that answers.
            Err(status) if is_away(&status) => {
                away = Some(status);
                continue;
            }
            Err(status) => return Err(status.into()),
        };
        let job = response.job.ok_or_else(|| missing("job"))?;
        let status = match job.state() {
            pb::JobState::Running => StatusCode::ACCEPTED,
            _ => StatusCode::OK,
        };
        let run = JobRun {
            job: (*service, job).into(),
            already_running: response.already_running,
        };
        return Ok((status, Json(run)));
    }
    match away {
        Some(status) => Err(status.into()),
        None => Err(Problem::new(StatusCode::NOT_FOUND, "JOB_NOT_FOUND")),
    }
}

impl From<(ServiceName, pb::Job)> for Job {
    fn from((service, job): (ServiceName, pb::Job)) -> Self {
        Self {
            name: job.name,
            service: service.as_str().to_owned(),
            period_seconds: job.period_seconds,
            state: JobState::of(job.state),
            started_at: time(job.started_at),
            finished_at: time(job.finished_at),
            result: filled(job.result),
            result_code: filled(job.result_code),
            result_counts: job.result_counts.into_iter().collect(),
            next_run_at: time(job.next_run_at),
            last_success_at: time(job.last_success_at),
            consecutive_failures: job.consecutive_failures,
        }
    }
}
