use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::{BoxError, RunReport};

/// Why a run was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Its time had come.
    Schedule,
    /// Somebody asked.
    Request,
}

/// A run under way.
#[derive(Debug, Clone)]
pub struct Run {
    /// Why it was started.
    pub trigger: Trigger,
    /// Cancelled when the process stops or the lease is lost: the work must come to an end.
    pub cancel: CancellationToken,
}

/// What a run came to, or why it failed: a [`RunFailed`](crate::RunFailed) where there is a code for it.
pub type RunResult = Result<RunReport, BoxError>;

type Work = dyn Fn(Run) -> BoxFuture<'static, RunResult> + Send + Sync;

/// A piece of work with a name and a period.
#[derive(Clone)]
pub struct Job {
    pub(crate) name: &'static str,
    pub(crate) period: Duration,
    pub(crate) at_start: bool,
    pub(crate) work: Arc<Work>,
}

impl Job {
    /// A job that runs every `period`, the first time at once. Fractions of a second do not count.
    pub fn new<W, F>(name: &'static str, period: Duration, work: W) -> Self
    where
        W: Fn(Run) -> F + Send + Sync + 'static,
        F: Future<Output = RunResult> + Send + 'static,
    {
        Self {
            name,
            period,
            at_start: false,
            work: Arc::new(move |run| Box::pin(work(run))),
        }
    }

    /// Runs it at every start of a process too: after an upgrade, that is.
    #[must_use]
    pub fn at_start(mut self) -> Self {
        self.at_start = true;
        self
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("name", &self.name)
            .field("period", &self.period)
            .finish_non_exhaustive()
    }
}
