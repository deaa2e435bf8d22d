//! Leases with fences, and the work that runs under them.
//!
//! - A lease is a row in `<schema>.leases`; it expires on the database's clock. Each acquisition raises its *fence*, and
//!   the row outlives its holders, so fences only grow.
//! - A lease alone promises nothing: its holder may be paused past the expiry without knowing. What must not happen
//!   twice calls [`Lease::guard`] in its own transaction (or sends the fence along), and a stale holder is refused.
//! - [`run_leased`] keeps one copy of a piece of work running somewhere: it renews in the background and cancels the
//!   work when the lease is lost. [`every`] runs something again and again.
//! - [`Jobs`] are what runs at its time, once wherever the processes are: their schedules and results are rows in
//!   `<schema>.job_schedules`. A run that was missed is made up for once, and anybody may ask for one.
//!   [`JobsServer`] shows them and takes that wish by gRPC.

mod every;
mod grpc;
mod job;
mod jobs;
mod lease;
mod outcome;
mod report;
mod run_leased;
mod schedule;
mod schema;

pub use every::every;
pub use grpc::JobsServer;
pub use job::{Job, Run, RunResult, Trigger};
pub use jobs::{Asked, JobError, Jobs};
pub use lease::{Lease, LeaseError, LeaseLost, Leases};
pub use outcome::{BoxError, JobOutcome};
pub use report::{Coded, RunFailed, RunReport};
pub use run_leased::run_leased;
pub use schedule::{JobState, JobStatus};
pub use schema::{job_results_ddl, job_schedules_ddl, leases_ddl};
