//! Jobs run at their time, once wherever the processes are.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use moa_jobs::{Coded, Job, JobState, JobStatus, Jobs, Run, RunFailed, RunReport, Trigger};
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::migrate;

const HOUR: Duration = Duration::from_secs(3600);
/// Nothing here takes so long unless it hangs.
const LONG: Duration = Duration::from_secs(20);

/// A job that counts its runs, each of which needs a permit to end.
#[derive(Clone)]
struct Counted {
    runs: Arc<AtomicU32>,
    asked: Arc<AtomicU32>,
    gate: Arc<Semaphore>,
    ill: Arc<Semaphore>,
}

impl Counted {
    fn open() -> Self {
        Self::with(Semaphore::MAX_PERMITS)
    }

    fn with(permits: usize) -> Self {
        Self {
            runs: Arc::default(),
            asked: Arc::default(),
            gate: Arc::new(Semaphore::new(permits)),
            ill: Arc::new(Semaphore::new(0)),
        }
    }

    fn runs(&self) -> u32 {
        self.runs.load(Ordering::SeqCst)
    }

    async fn run(self, run: Run) -> moa_jobs::RunResult {
        let number = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
        if run.trigger == Trigger::Request {
            self.asked.fetch_add(1, Ordering::SeqCst);
        }
        tokio::select! {
            permit = self.gate.acquire() => permit.unwrap().forget(),
            () = run.cancel.cancelled() => return Err("told to stop".into()),
        }
        if self.ill.try_acquire().is_ok_and(|permit| {
            permit.forget();
            true
        }) {
            return Err(RunFailed::new("DATABASE_FULL", "the database is full")
                .count("rows", 7)
                .into());
        }
        Ok(RunReport::new("COUNTED", format!("run {number}")).count("number", number))
    }

    fn job(&self, period: Duration) -> Job {
        let counted = self.clone();
        Job::new("sweep", period, move |run| counted.clone().run(run))
    }
}

fn coded(code: &str, name: &str, count: i64) -> Coded {
    Coded {
        code: code.to_owned(),
        counts: [(name.to_owned(), count)].into(),
    }
}

/// A process with this job.
struct Process {
    jobs: Jobs,
    cancel: CancellationToken,
    running: JoinHandle<()>,
}

impl Process {
    fn start(pool: &PgPool, holder: u128, job: Job) -> Self {
        let cancel = CancellationToken::new();
        let holder = Uuid::from_u128(holder);
        let jobs = Jobs::new(
            pool.clone(),
            crate::SCHEMA,
            holder,
            vec![job],
            cancel.clone(),
        );
        let runner = jobs.clone();
        Self {
            jobs,
            cancel,
            running: tokio::spawn(async move { runner.run().await }),
        }
    }

    async fn status(&self) -> JobStatus {
        self.jobs.list().await.unwrap().remove(0)
    }

    /// Waits until the job stands so.
    async fn until(&self, condition: impl Fn(&JobStatus) -> bool) -> JobStatus {
        let look = async {
            loop {
                if let Some(status) = self.jobs.list().await.unwrap().pop()
                    && condition(&status)
                {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(LONG, look).await.unwrap()
    }

    async fn stop(self) {
        self.cancel.cancel();
        tokio::time::timeout(LONG, self.running)
            .await
            .unwrap()
            .unwrap();
    }
}

/// Lets so many seconds pass for the schedule.
async fn pass(pool: &PgPool, seconds: f64) {
    sqlx::query(
        "UPDATE order_sync.job_schedules SET next_run_at = next_run_at - make_interval(secs => $1)",
    )
    .bind(seconds)
    .execute(pool)
    .await
    .unwrap();
}

#[sqlx::test(migrations = false)]
async fn a_job_runs_at_once_and_its_result_stands_until_the_next_time(pool: PgPool) {
    migrate(&pool).await;
    let counted = Counted::open();
    let process = Process::start(&pool, 1, counted.job(HOUR));
    let status = process.until(|s| s.state == JobState::Succeeded).await;
    assert_eq!((status.result.as_str(), status.period), ("run 1", HOUR));
    assert_eq!(status.coded, coded("COUNTED", "number", 1));
    let ahead = status.next_run_at - status.started_at.unwrap();
    assert!((3590..=3600).contains(&ahead.num_seconds()), "{ahead}");
    assert_eq!(status.last_success_at, status.finished_at);
    process.stop().await;
    assert_eq!(counted.runs(), 1);
}

#[sqlx::test(migrations = false)]
async fn two_processes_run_a_job_once(pool: PgPool) {
    migrate(&pool).await;
    let counted = Counted::with(0);
    let (one, two) = (
        Process::start(&pool, 1, counted.job(HOUR)),
        Process::start(&pool, 2, counted.job(HOUR)),
    );
    one.until(|s| s.state == JobState::Running).await;
    assert_eq!(
        two.status().await.state,
        JobState::Running,
        "seen from either"
    );
    counted.gate.add_permits(5);
    two.until(|s| s.state == JobState::Succeeded).await;
    one.stop().await;
    two.stop().await;
    assert_eq!(counted.runs(), 1);
}

#[sqlx::test(migrations = false)]
async fn runs_that_were_missed_are_made_up_for_once(pool: PgPool) {
    migrate(&pool).await;
    let counted = Counted::open();
    let process = Process::start(&pool, 1, counted.job(HOUR));
    process.until(|s| s.state == JobState::Succeeded).await;
    process.stop().await;
    // Nothing runs for a day.
    pass(&pool, 24.0 * 3600.0).await;
    let process = Process::start(&pool, 1, counted.job(HOUR));
    let status = process.until(|s| s.result == "run 2").await;
    let ahead = status.next_run_at - status.finished_at.unwrap();
    assert!((3590..=3600).contains(&ahead.num_seconds()), "{ahead}");
    process.stop().await;
    assert_eq!(counted.runs(), 2);
}

#[sqlx::test(migrations = false)]
async fn asking_for_a_run_answers_with_its_result_and_leaves_the_schedule_alone(pool: PgPool) {
    migrate(&pool).await;
    let counted = Counted::open();
    let process = Process::start(&pool, 1, counted.job(HOUR));
    let planned = process
        .until(|s| s.state == JobState::Succeeded)
        .await
        .next_run_at;
    let asked = process.jobs.run_now("sweep", LONG).await.unwrap();
    assert!(!asked.already_running);
    assert_eq!(
        (asked.status.state, asked.status.result.as_str()),
        (JobState::Succeeded, "run 2")
    );
    assert_eq!(asked.status.next_run_at, planned);
    assert_eq!(counted.asked.load(Ordering::SeqCst), 1);
    let unknown = process.jobs.run_now("sweeep", LONG).await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no job `sweeep`");
    process.stop().await;
}

#[sqlx::test(migrations = false)]
async fn asking_while_it_runs_starts_nothing(pool: PgPool) {
    migrate(&pool).await;
    let counted = Counted::with(0);
    let process = Process::start(&pool, 1, counted.job(HOUR));
    process.until(|s| s.state == JobState::Running).await;
    for _ in 0..3 {
        let asked = process.jobs.run_now("sweep", LONG).await.unwrap();
        assert!(asked.already_running);
        assert_eq!(
            (asked.status.state, asked.status.finished_at),
            (JobState::Running, None)
        );
    }
    counted.gate.add_permits(9);
    process.until(|s| s.state == JobState::Succeeded).await;

    // A run that takes longer than one waits goes on, and is the one that the next who asks is told of.
    counted.gate.forget_permits(9);
    let asked = process.jobs.run_now("sweep", Duration::ZERO).await.unwrap();
    assert_eq!(
        (asked.already_running, asked.status.state),
        (false, JobState::Running)
    );
    assert_eq!(
        (asked.status.result.as_str(), asked.status.coded),
        ("", Coded::default()),
        "what the first run came to is not the second's"
    );
    let again = process.jobs.run_now("sweep", LONG).await.unwrap();
    assert!(again.already_running);
    counted.gate.add_permits(1);
    process.until(|s| s.result == "run 2").await;
    process.stop().await;
    assert_eq!(counted.runs(), 2);
}

#[sqlx::test(migrations = false)]
async fn a_failure_stands_with_its_reason_and_is_tried_again_before_the_next_time(pool: PgPool) {
    migrate(&pool).await;
    let counted = Counted::open();
    counted.ill.add_permits(1);
    let process = Process::start(&pool, 1, counted.job(24 * HOUR));
    let status = process.until(|s| s.state == JobState::Failed).await;
    assert_eq!(status.result, "the database is full");
    assert_eq!(status.coded, coded("DATABASE_FULL", "rows", 7));
    assert_eq!(
        (status.consecutive_failures, status.last_success_at),
        (1, None)
    );
    let ahead = status.next_run_at - status.finished_at.unwrap();
    assert!((290..=300).contains(&ahead.num_seconds()), "{ahead}");
    process.stop().await;
    pass(&pool, 300.0).await;
    let process = Process::start(&pool, 1, counted.job(24 * HOUR));
    let status = process.until(|s| s.state == JobState::Succeeded).await;
    assert_eq!(status.consecutive_failures, 0);
    process.stop().await;
}

#[sqlx::test(migrations = false)]
async fn a_run_that_died_with_its_process_is_run_again_when_its_lease_is_over(pool: PgPool) {
    migrate(&pool).await;
    let counted = Counted::with(0);
    let dying = Process::start(&pool, 1, counted.job(HOUR));
    dying.until(|s| s.state == JobState::Running).await;
    dying.running.abort();
    let died = dying.running.await.unwrap_err();
    assert!(died.is_cancelled());

    crate::expire_all(&pool).await;
    let status = dying.jobs.list().await.unwrap().remove(0);
    assert_eq!((status.state, status.finished_at), (JobState::Failed, None));
    assert!(
        status.result.contains("ended before it was done"),
        "{status:?}"
    );

    counted.gate.add_permits(5);
    let process = Process::start(&pool, 2, counted.job(HOUR));
    let status = process.until(|s| s.state == JobState::Succeeded).await;
    assert_eq!(status.result, "run 2");
    process.stop().await;
}

#[sqlx::test(migrations = false)]
async fn a_job_for_every_start_runs_again_after_an_upgrade(pool: PgPool) {
    migrate(&pool).await;
    let counted = Counted::open();
    for runs in ["run 1", "run 2"] {
        let process = Process::start(&pool, 1, counted.job(24 * HOUR).at_start());
        process.until(|s| s.result == runs).await;
        process.stop().await;
    }
}
