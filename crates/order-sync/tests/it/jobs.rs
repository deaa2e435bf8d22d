//! What runs at its time, and when somebody asks.

use chrono::TimeDelta;
use moa_proto::moa::jobs::v1 as pb;
use moa_proto::moa::jobs::v1::jobs_service_client::JobsServiceClient;
use moa_service::{ServiceChannel, ServiceName, reason_of};
use order_sync::Stream;
use sqlx::PgPool;

use crate::world::World;

impl World {
    async fn jobs_client(&self) -> JobsServiceClient<ServiceChannel> {
        JobsServiceClient::new(self.channel_to_us(ServiceName::AdminGateway).await)
    }

    pub(crate) async fn run_job(&self, name: &str) -> pb::Job {
        let request = self.request(name);
        let mut client = self.jobs_client().await;
        let response = client.run_job(request).await.unwrap().into_inner();
        assert!(!response.already_running);
        response.job.unwrap()
    }

    fn request(&self, name: &str) -> pb::RunJobRequest {
        pb::RunJobRequest {
            merchant_id: self.account.merchant_id.to_string(),
            name: name.to_owned(),
            wait_seconds: 8,
        }
    }
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn a_sweep_that_is_asked_for_is_read_by_whoever_collects_and_answers_with_what_it_found(
    pool: PgPool,
) {
    let world = World::known(pool).await;
    world.collect(Stream::OrdersPlaced).await;
    world.collect_past(Stream::OrdersPlaced).await;
    // Shown late: no ordinary window reaches it.
    world.place_ago("1001", TimeDelta::hours(20));
    world.place_ago("1002", TimeDelta::days(6));
    assert_eq!(world.collect(Stream::OrdersPlaced).await.placed, 0);

    for (name, orders) in [("sweep-24h", 1), ("sweep-7d", 2)] {
        let collecting = async {
            loop {
                world.collect(Stream::OrdersPlaced).await;
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        let job = tokio::select! {
            job = world.run_job(name) => job,
            () = collecting => unreachable!("it collects for ever"),
        };
        assert_eq!(job.state(), pb::JobState::Succeeded, "{job:?}");
        assert_eq!(world.orders().await.len(), orders, "{name}");
        assert!(
            job.result.starts_with("swept 1 stream(s):"),
            "{}",
            job.result
        );
        assert!(job.result.ends_with("1 order(s) late"), "{}", job.result);
    }
}

#[sqlx::test(migrator = "order_sync::MIGRATOR")]
async fn every_job_is_listed_once_it_is_registered_and_answers_with_its_result(pool: PgPool) {
    let world = World::known(pool).await;
    for (name, result) in [
        (
            "check-coverage",
            "looked at 1 account(s): 0 gap(s) found, 0 closed, 0 too old",
        ),
        (
            "sweep-24h",
            "nothing to do: every stream was swept in its time",
        ),
        (
            "read-products",
            "read 0 product(s) with 0 listing(s) of 1 account(s); 0 product(s) could not be read",
        ),
        (
            "retry-parked",
            "tried 0 parked row(s) again: 0 stored, 0 left to the next sweep",
        ),
        (
            "tidy",
            "deleted 0 raw page(s), 0 poll window(s) and 0 closed gap(s) past their time",
        ),
    ] {
        let job = world.run_job(name).await;
        assert_eq!(
            (job.state(), job.result.as_str()),
            (pb::JobState::Succeeded, result)
        );
    }
    let mut client = world.jobs_client().await;
    let request = pb::ListJobsRequest {
        merchant_id: world.account.merchant_id.to_string(),
    };
    let listed = client.list_jobs(request).await.unwrap().into_inner();
    let names: Vec<&str> = listed.jobs.iter().map(|job| job.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "check-coverage",
            "read-products",
            "retry-parked",
            "sweep-24h",
            "tidy"
        ]
    );
    assert!(listed.jobs.iter().all(|job| job.next_run_at.is_some()));

    let unknown = client.run_job(world.request("sweep-1y")).await.unwrap_err();
    assert_eq!(reason_of(&unknown).unwrap(), "JOB_NOT_FOUND");
    let patient = pb::RunJobRequest {
        wait_seconds: 26,
        ..world.request("tidy")
    };
    let refused = client.run_job(patient).await.unwrap_err();
    assert!(
        refused.message().contains("wait_seconds must be"),
        "{refused}"
    );
}
