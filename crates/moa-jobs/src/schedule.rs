//! The rows of `<schema>.job_schedules`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, PgPool};

use crate::report::Coded;
use crate::schema::assert_plain;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It never ran.
    NeverRun,
    /// It runs just now, somewhere.
    Running,
    /// Its last run went well.
    Succeeded,
    /// Its last run failed, or died with its process.
    Failed,
}

/// A job as it stands in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobStatus {
    /// What it is called.
    pub name: String,
    /// How often it runs.
    pub period: Duration,
    /// Of the last run.
    pub state: JobState,
    /// When the last run began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended; none while it runs.
    pub finished_at: Option<DateTime<Utc>>,
    /// What the last run came to, or why it failed; empty while it runs.
    pub result: String,
    /// The same as a code with its counts; empty where it has none, and while it runs.
    pub coded: Coded,
    /// When it is due.
    pub next_run_at: DateTime<Utc>,
    /// When a run last went well.
    pub last_success_at: Option<DateTime<Utc>>,
    /// Runs that failed in a row.
    pub consecutive_failures: i32,
}

/// What is kept of a result.
const RESULT_CHARS: usize = 500;
/// A job that failed is tried again after this, or sooner if its period is shorter.
const RETRY_SECONDS: i64 = 300;
/// The code of a run that died with its process.
const INTERRUPTED_CODE: &str = "INTERRUPTED";
/// The same for people.
const INTERRUPTED: &str = "the process that ran it ended before it was done; it is due again";

#[derive(sqlx::FromRow)]
struct StatusRow {
    name: String,
    period_seconds: i64,
    running: bool,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    succeeded: Option<bool>,
    result: String,
    result_code: String,
    result_counts: Json<BTreeMap<String, i64>>,
    next_run_at: DateTime<Utc>,
    last_success_at: Option<DateTime<Utc>>,
    consecutive_failures: i32,
}

/// The statements on one schema's schedules.
#[derive(Debug)]
pub(crate) struct Schedules {
    pool: PgPool,
    register: Arc<str>,
    due: Arc<str>,
    begin: Arc<str>,
    finish: Arc<str>,
    list: Arc<str>,
}

impl Schedules {
    pub(crate) fn new(pool: PgPool, schema: &'static str) -> Self {
        assert_plain(schema);
        let table = format!("{schema}.job_schedules");
        Self {
            pool,
            register: format!(
                "INSERT INTO {table} AS j (name, period_seconds, next_run_at)
                 VALUES ($1, $2, clock_timestamp())
                 ON CONFLICT ON CONSTRAINT job_schedules_pkey DO UPDATE
                 SET period_seconds = EXCLUDED.period_seconds,
                     -- A period that became shorter counts from now.
                     next_run_at = CASE WHEN $3 THEN clock_timestamp()
                                        ELSE least(j.next_run_at,
                                                   clock_timestamp() + make_interval(secs => EXCLUDED.period_seconds))
                                   END"
            )
            .into(),
            due: format!(
                "SELECT name, greatest(0, extract(epoch FROM next_run_at - clock_timestamp()))::float8
                 FROM {table}
                 WHERE name = ANY($1)"
            )
            .into(),
            // Under the lease: whoever comes after a run that was just made finds nothing due.
            begin: format!(
                "UPDATE {table}
                 SET fence = $2, started_at = clock_timestamp()
                 WHERE name = $1 AND ($3 OR next_run_at <= clock_timestamp())"
            )
            .into(),
            // A run that was missed is made up for once: the times in between are past. One that somebody asked for
            // before its time leaves the time as it is.
            finish: format!(
                "UPDATE {table} j
                 SET finished_at = clock.now,
                     succeeded = $3,
                     result = $4,
                     result_code = $5,
                     result_counts = $6,
                     last_success_at = CASE WHEN $3 THEN clock.now ELSE last_success_at END,
                     consecutive_failures = CASE WHEN $3 THEN 0 ELSE consecutive_failures + 1 END,
                     next_run_at = CASE
                         WHEN NOT $3 THEN least(
                             greatest(next_run_at, clock.now + make_interval(secs => period_seconds)),
                             clock.now + make_interval(secs => least(period_seconds, {RETRY_SECONDS})))
                         WHEN next_run_at > started_at THEN next_run_at
                         WHEN next_run_at + make_interval(secs => period_seconds) > clock.now
                             THEN next_run_at + make_interval(secs => period_seconds)
                         ELSE clock.now + make_interval(secs => period_seconds)
                     END
                 FROM (SELECT clock_timestamp() AS now) AS clock
                 WHERE name = $1 AND fence = $2"
            )
            .into(),
            list: format!(
                "SELECT j.name, j.period_seconds, j.started_at, j.finished_at, j.succeeded, j.result, j.result_code,
                        j.result_counts, j.next_run_at, j.last_success_at, j.consecutive_failures,
                        coalesce(l.holder IS NOT NULL AND l.expires_at > clock_timestamp(), false)
                            AND j.started_at IS NOT NULL
                            AND (j.finished_at IS NULL OR j.finished_at < j.started_at) AS running
                 FROM {table} j
                 LEFT JOIN {schema}.leases l ON l.name = 'job/' || j.name
                 WHERE j.name = ANY($1)
                 ORDER BY j.name"
            )
            .into(),
        }
    }

    pub(crate) async fn register(
        &self,
        name: &str,
        period: Duration,
        now: bool,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(AssertSqlSafe(self.register.clone()))
            .bind(name)
            .bind(i64::try_from(period.as_secs().max(1)).unwrap_or(i64::MAX))
            .bind(now)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// How long until each is due.
    pub(crate) async fn due(&self, names: &[&str]) -> Result<Vec<(String, f64)>, sqlx::Error> {
        sqlx::query_as(AssertSqlSafe(self.due.clone()))
            .bind(names)
            .fetch_all(&self.pool)
            .await
    }

    /// Notes that a run begins; false when it is not due after all.
    pub(crate) async fn begin(
        &self,
        name: &str,
        fence: i64,
        asked: bool,
    ) -> Result<bool, sqlx::Error> {
        let begun = sqlx::query(AssertSqlSafe(self.begin.clone()))
            .bind(name)
            .bind(fence)
            .bind(asked)
            .execute(&self.pool)
            .await?;
        Ok(begun.rows_affected() == 1)
    }

    pub(crate) async fn finish(
        &self,
        name: &str,
        fence: i64,
        succeeded: bool,
        result: &str,
        coded: &Coded,
    ) -> Result<(), sqlx::Error> {
        let result: String = result
            .chars()
            .filter(|c| *c != '\0')
            .take(RESULT_CHARS)
            .collect();
        sqlx::query(AssertSqlSafe(self.finish.clone()))
            .bind(name)
            .bind(fence)
            .bind(succeeded)
            .bind(result)
            .bind(&coded.code)
            .bind(Json(&coded.counts))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    pub(crate) async fn list(&self, names: &[&str]) -> Result<Vec<JobStatus>, sqlx::Error> {
        let rows: Vec<StatusRow> = sqlx::query_as(AssertSqlSafe(self.list.clone()))
            .bind(names)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(JobStatus::from).collect())
    }
}

fn interrupted() -> Coded {
    Coded {
        code: INTERRUPTED_CODE.to_owned(),
        counts: BTreeMap::new(),
    }
}

impl From<StatusRow> for JobStatus {
    fn from(row: StatusRow) -> Self {
        let ended = row.finished_at.filter(|end| Some(*end) >= row.started_at);
        let state = match (row.started_at, ended, row.succeeded) {
            _ if row.running => JobState::Running,
            (None, ..) => JobState::NeverRun,
            (Some(_), Some(_), Some(true)) => JobState::Succeeded,
            (Some(_), ..) => JobState::Failed,
        };
        // A run says nothing until it ends: what the one before came to is not this one's.
        let (result, coded) = match (state, ended) {
            (JobState::Running, _) => (String::new(), Coded::default()),
            (JobState::Failed, None) => (INTERRUPTED.to_owned(), interrupted()),
            _ => {
                let counts = row.result_counts.0;
                let code = row.result_code;
                (row.result, Coded { code, counts })
            }
        };
        Self {
            name: row.name,
            period: Duration::from_secs(row.period_seconds.unsigned_abs()),
            state,
            started_at: row.started_at,
            finished_at: ended,
            result,
            coded,
            next_run_at: row.next_run_at,
            last_success_at: row.last_success_at,
            consecutive_failures: row.consecutive_failures,
        }
    }
}
