//! Leases with fences, and the work that runs under them.
//!
//! - A lease is a row in `<schema>.leases`; it expires on the database's clock. Each acquisition raises its *fence*, and
//!   the row outlives its holders, so fences only grow.
//! - A lease alone promises nothing: its holder may be paused past the expiry without knowing. What must not happen
//!   twice calls [`Lease::guard`] in its own transaction (or sends the fence along), and a stale holder is refused.
//! - [`run_leased`] keeps one copy of a piece of work running somewhere: it renews in the background and cancels the
//!   work when the lease is lost. [`every`] runs something again and again.

mod every;
mod lease;
mod outcome;
mod run_leased;
mod schema;

pub use every::every;
pub use lease::{Lease, LeaseError, LeaseLost, Leases};
pub use outcome::{BoxError, JobOutcome};
pub use run_leased::run_leased;
pub use schema::leases_ddl;
