//! Stories over leases in a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is how a test reports"
)]

mod jobs;
mod leases;
mod run_leased;

use std::time::Duration;

use moa_jobs::{Leases, job_results_ddl, job_schedules_ddl, leases_ddl};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

const SCHEMA: &str = "order_sync";

/// Long beside any test: what expires in these stories was made to expire by hand.
const TTL: Duration = Duration::from_secs(600);

async fn migrate(pool: &PgPool) {
    let (leases, jobs) = (leases_ddl(SCHEMA), job_schedules_ddl(SCHEMA));
    let results = job_results_ddl(SCHEMA);
    let ddl = format!("CREATE SCHEMA {SCHEMA}; {leases}; {jobs}; {results}");
    sqlx::raw_sql(AssertSqlSafe(ddl))
        .execute(pool)
        .await
        .unwrap();
}

fn holder(pool: &PgPool, number: u128) -> Leases {
    Leases::new(pool.clone(), SCHEMA, Uuid::from_u128(number))
}

/// Lets every lease run out, as time would.
async fn expire_all(pool: &PgPool) {
    sqlx::query(
        "UPDATE order_sync.leases SET expires_at = clock_timestamp() - interval '1 second'",
    )
    .execute(pool)
    .await
    .unwrap();
}
