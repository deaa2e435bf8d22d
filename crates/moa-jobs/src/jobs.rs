use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use sqlx::PgPool;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, error, info_span};
use uuid::Uuid;

use crate::every::pause;
use crate::outcome::{chain, run_with_value};
use crate::report::coded;
use crate::run_leased::Held;
use crate::schedule::Schedules;
use crate::{Job, JobState, JobStatus, Lease, LeaseError, Leases, Run, RunReport, Trigger};

/// Life of the lease on a run. After a crash, the job waits that long.
const TTL: Duration = Duration::from_secs(30);
/// How often schedules are looked at, at least: another process may have run a job.
const LONGEST_LOOK: Duration = Duration::from_secs(10);
/// And at most.
const SHORTEST_LOOK: Duration = Duration::from_millis(100);

/// The jobs of one schema. Clones are the same.
#[derive(Clone)]
pub struct Jobs(Arc<Inner>);

struct Inner {
    jobs: Vec<Job>,
    leases: Leases,
    schedules: Schedules,
    cancel: CancellationToken,
}

/// Why a job could not be run or looked up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// There is none of this name here.
    #[error("there is no job `{0}`")]
    NotFound(String),
    /// The database failed.
    #[error("the database failed on the schedule of jobs")]
    Database(#[from] sqlx::Error),
    /// The database failed on the job's lease.
    #[error("the lease on the job could not be asked for")]
    Lease(#[from] LeaseError),
}

/// How often, and how long in all (as long as giving a lease back may take), a run that has ended is looked at.
const LOOKS_AT_AN_END: u32 = 40;
const LOOK_AT_AN_END: Duration = Duration::from_millis(50);

/// What came of asking for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// How the job stands now.
    pub status: JobStatus,
    /// It was running before, here or elsewhere, and nothing was started.
    pub already_running: bool,
}

/// What came of starting a run.
enum Started {
    Begun(Lease),
    Running,
    NotDue,
}

impl Jobs {
    /// The jobs of `<schema>.job_schedules`, run under leases in the name of `holder`, until `cancel`.
    ///
    /// # Panics
    ///
    /// When `schema` is not a plain lower-case name: it is written in the source, never taken from outside.
    pub fn new(
        pool: PgPool,
        schema: &'static str,
        holder: Uuid,
        jobs: Vec<Job>,
        cancel: CancellationToken,
    ) -> Self {
        Self(Arc::new(Inner {
            jobs,
            leases: Leases::new(pool.clone(), schema, holder),
            schedules: Schedules::new(pool, schema),
            cancel,
        }))
    }

    pub(crate) fn schema(&self) -> &'static str {
        self.0.leases.schema()
    }

    /// Runs each job when it is due, wherever nobody else does, until `cancel`; runs under way are waited for.
    pub async fn run(&self) {
        let cancel = &self.0.cancel;
        while !cancel.is_cancelled() {
            match self.register().await {
                Ok(()) => break,
                Err(failure) => {
                    error!("the jobs could not be registered: {}", chain(&failure));
                    pause(LONGEST_LOOK, cancel).await;
                }
            }
        }
        let mut running: JoinSet<&'static str> = JoinSet::new();
        let mut names: Vec<&'static str> = Vec::new();
        while !cancel.is_cancelled() {
            let look = match self.start_due(&mut running, &mut names).await {
                Ok(look) => look,
                Err(failure) => {
                    error!("the schedule of jobs cannot be read: {}", chain(&failure));
                    LONGEST_LOOK
                }
            };
            tokio::select! {
                () = cancel.cancelled() => break,
                Some(ended) = running.join_next(), if !running.is_empty() => match ended {
                    Ok(name) => names.retain(|other| *other != name),
                    // A run catches its job's panics, so this one is ours; forget them all and look again.
                    Err(failure) => {
                        error!("a run of a job ended badly: {failure}");
                        running.abort_all();
                        names.clear();
                    }
                },
                () = tokio::time::sleep(look) => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// How the jobs stand, by name.
    pub async fn list(&self) -> Result<Vec<JobStatus>, JobError> {
        let names: Vec<&str> = self.0.jobs.iter().map(Job::name).collect();
        Ok(self.0.schedules.list(&names).await?)
    }

    /// Runs a job now, whether or not it is due, and waits for its end up to `wait`; it goes on after that. While it
    /// runs already, nothing is started.
    pub async fn run_now(&self, name: &str, wait: Duration) -> Result<Asked, JobError> {
        let found = self.0.jobs.iter().find(|job| job.name == name);
        let job = found.ok_or_else(|| JobError::NotFound(name.to_owned()))?;
        self.0
            .schedules
            .register(job.name, job.period, false)
            .await?;
        let mut looks = 0;
        let already_running = loop {
            match self.begin(job, Trigger::Request).await? {
                Started::Begun(lease) => {
                    let (jobs, job, asked) = (self.clone(), job.clone(), Instant::now());
                    let run = async move { jobs.work(&job, &lease, Trigger::Request, asked).await };
                    let task = tokio::spawn(run.in_current_span());
                    // Not ended in time: it goes on, and the status says so.
                    if let Ok(Err(failure)) = tokio::time::timeout(wait, task).await {
                        error!(
                            job.name = name,
                            "a run of job {name} ended badly: {failure}"
                        );
                    }
                    break false;
                }
                Started::Running | Started::NotDue => {
                    let status = self.status(name).await?;
                    if status.state == JobState::Running || looks == LOOKS_AT_AN_END {
                        break true;
                    }
                    // That run has ended: its lease is given back in a moment, and the next may begin.
                    looks += 1;
                    tokio::time::sleep(LOOK_AT_AN_END).await;
                }
            }
        };
        Ok(Asked {
            status: self.status(name).await?,
            already_running,
        })
    }

    async fn status(&self, name: &str) -> Result<JobStatus, JobError> {
        let found = self.0.schedules.list(&[name]).await?.into_iter().next();
        found.ok_or_else(|| JobError::NotFound(name.to_owned()))
    }

    async fn register(&self) -> Result<(), JobError> {
        for job in &self.0.jobs {
            self.0
                .schedules
                .register(job.name, job.period, job.at_start)
                .await?;
        }
        Ok(())
    }

    /// Starts what is due; gives when to look again.
    async fn start_due(
        &self,
        running: &mut JoinSet<&'static str>,
        names: &mut Vec<&'static str>,
    ) -> Result<Duration, JobError> {
        let all: Vec<&str> = self.0.jobs.iter().map(Job::name).collect();
        let due = self.0.schedules.due(&all).await?;
        let mut look = LONGEST_LOOK;
        for job in &self.0.jobs {
            let Some((_, seconds)) = due.iter().find(|(name, _)| name == job.name) else {
                continue;
            };
            if names.contains(&job.name) {
                continue;
            }
            if *seconds > 0.0 {
                let until = Duration::try_from_secs_f64(*seconds).unwrap_or(LONGEST_LOOK);
                look = look.min(until.max(SHORTEST_LOOK));
                continue;
            }
            names.push(job.name);
            let (jobs, job) = (self.clone(), job.clone());
            running.spawn(async move {
                let asked = Instant::now();
                match jobs.begin(&job, Trigger::Schedule).await {
                    Ok(Started::Begun(lease)) => {
                        jobs.work(&job, &lease, Trigger::Schedule, asked).await;
                    }
                    // Somebody else is at it: look again later, in case he does not come to an end.
                    Ok(Started::Running) => pause(LONGEST_LOOK, &jobs.0.cancel).await,
                    Ok(Started::NotDue) => {}
                    Err(failure) => {
                        let name = job.name;
                        error!(
                            job.name = name,
                            "job {name} could not be started: {}",
                            chain(&failure)
                        );
                        pause(LONGEST_LOOK, &jobs.0.cancel).await;
                    }
                }
                job.name
            });
        }
        Ok(look)
    }

    async fn begin(&self, job: &Job, trigger: Trigger) -> Result<Started, JobError> {
        let lease_name = format!("job/{}", job.name);
        let Some(lease) = self.0.leases.try_acquire(&lease_name, TTL).await? else {
            return Ok(Started::Running);
        };
        let asked = trigger == Trigger::Request;
        match self.0.schedules.begin(job.name, lease.fence(), asked).await {
            Ok(true) => Ok(Started::Begun(lease)),
            Ok(false) => {
                self.0.leases.release(&lease).await?;
                Ok(Started::NotDue)
            }
            Err(failure) => {
                // The lease expires by itself; the database is ill anyway.
                Err(failure.into())
            }
        }
    }

    /// Does the work under its lease and notes what it came to. A lease that is lost leaves the run unfinished: whoever
    /// holds it now runs it again.
    async fn work(&self, job: &Job, lease: &Lease, trigger: Trigger, asked: Instant) {
        let (name, schedules, fence) = (job.name, &self.0.schedules, lease.fence());
        let held = Held {
            leases: &self.0.leases,
            lease,
            ttl: TTL,
            asked,
            cancel: &self.0.cancel,
        };
        let mut work = move |_: Lease, cancel: CancellationToken| async move {
            let began = Instant::now();
            let ended = run_with_value((job.work)(Run { trigger, cancel })).await;
            let seconds = began.elapsed().as_secs_f64();
            let (outcome, said, coded) = match ended {
                Ok(RunReport { said, coded }) => {
                    debug!(job.name = name, "job {name} took {seconds:.1} s: {said}");
                    ("succeeded", said, coded)
                }
                Err(failure) => {
                    let said = chain(&*failure);
                    error!(
                        job.name = name,
                        "job {name} failed after {seconds:.1} s: {said}"
                    );
                    ("failed", said, coded(&failure))
                }
            };
            counter!("moa_job_runs_total", "job" => name, "outcome" => outcome).increment(1);
            let succeeded = outcome == "succeeded";
            let noted = schedules
                .finish(name, fence, succeeded, &said, &coded)
                .await;
            if let Err(failure) = noted {
                let failure = chain(&failure);
                error!(
                    job.name = name,
                    "what job {name} came to could not be noted: {failure}"
                );
            }
        };
        let span = info_span!("moa_jobs.run", job.name = name);
        held.run(&mut work).instrument(span).await;
    }
}
