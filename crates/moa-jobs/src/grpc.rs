//! `moa.jobs.v1`: people see what runs at its time and ask for a run. One server for every service with jobs.

use std::time::Duration;

use moa_id::MerchantId;
use moa_proto::moa::jobs::v1 as pb;
use moa_service::parse::parse_text;
use moa_service::{internal, invalid_field, parse_id, refusal, timestamp};
use pb::jobs_service_server::{JobsService, JobsServiceServer};
use tonic::{Code, Request, Response, Status};

use crate::{JobError, JobState, JobStatus, Jobs};

/// How long a caller may wait for the end of a run, in seconds.
const LONGEST_WAIT: i32 = 25;

/// Serves the schedule of one service.
pub struct JobsServer {
    jobs: Jobs,
}

impl JobsServer {
    /// The tonic service for a gRPC server.
    pub fn new(jobs: Jobs) -> JobsServiceServer<Self> {
        JobsServiceServer::new(Self { jobs })
    }

    /// The domain of its refusals is the service's, e.g. `order-sync.moa`.
    fn refused(&self, error: JobError) -> Status {
        let JobError::NotFound(name) = error else {
            return internal(error);
        };
        let domain = format!("{}.moa", self.jobs.schema().replace('_', "-"));
        let message = format!("there is no job {name:?}; ListJobs names them");
        refusal(Code::NotFound, &domain, "JOB_NOT_FOUND", message, [])
    }
}

#[tonic::async_trait]
impl JobsService for JobsServer {
    async fn list_jobs(
        &self,
        request: Request<pb::ListJobsRequest>,
    ) -> Result<Response<pb::ListJobsResponse>, Status> {
        let _: MerchantId = parse_id("merchant_id", &request.into_inner().merchant_id)?;
        let jobs = self.jobs.list().await;
        let jobs = jobs.map_err(|error| self.refused(error))?;
        Ok(Response::new(pb::ListJobsResponse {
            jobs: jobs.into_iter().map(job).collect(),
        }))
    }

    async fn run_job(
        &self,
        request: Request<pb::RunJobRequest>,
    ) -> Result<Response<pb::RunJobResponse>, Status> {
        let request = request.into_inner();
        let _: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let name = parse_text("name", &request.name, 100)?;
        if !(0..=LONGEST_WAIT).contains(&request.wait_seconds) {
            let text = format!("must be between 0 and {LONGEST_WAIT}");
            return Err(invalid_field("wait_seconds", text));
        }
        let wait = Duration::from_secs(request.wait_seconds.unsigned_abs().into());
        let asked = self.jobs.run_now(&name, wait).await;
        let asked = asked.map_err(|error| self.refused(error))?;
        Ok(Response::new(pb::RunJobResponse {
            job: Some(job(asked.status)),
            already_running: asked.already_running,
        }))
    }
}

fn job(status: JobStatus) -> pb::Job {
    let state = match status.state {
        JobState::NeverRun => pb::JobState::NeverRun,
        JobState::Running => pb::JobState::Running,
        JobState::Succeeded => pb::JobState::Succeeded,
        JobState::Failed => pb::JobState::Failed,
    };
    pb::Job {
        name: status.name,
        period_seconds: i64::try_from(status.period.as_secs()).unwrap_or(i64::MAX),
        state: state.into(),
        started_at: status.started_at.map(timestamp),
        finished_at: status.finished_at.map(timestamp),
        result: status.result,
        result_code: status.coded.code,
        result_counts: status.coded.counts.into_iter().collect(),
        next_run_at: Some(timestamp(status.next_run_at)),
        last_success_at: status.last_success_at.map(timestamp),
        consecutive_failures: status.consecutive_failures,
    }
}
