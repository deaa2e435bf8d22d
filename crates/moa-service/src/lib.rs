//! The service kit: what every service needs to run and to talk to the others.
//!
//! - [`Env`] and [`EnvReader`]: configuration from a map, every mistake reported at once, by name.
//! - [`Clock`]: the time, so that tests can move it.
//! - [`Identity`], [`AllowTable`]: who calls, and what it may call; everything else is refused.
//! - [`GrpcServer`]: health, reflection, authentication, deadlines, request id, trace context, one log line a failure.
//! - [`ClientFactory`], [`ServiceChannel`]: signed calls with a deadline; only reads are repeated.
//! - [`connect`], [`begin`]: the database of one service, and transactions that may be given up at any moment.
//! - [`status`], [`parse`]: the words in which requests are refused.
//! - [`Wiring`]: what the binary hands to each service's `run`.

mod allow;
mod client;
mod clock;
mod context;
mod database;
mod env;
mod guard;
mod identity;
mod name;
pub mod parse;
mod server;
pub mod status;
mod transaction;
mod wiring;

pub use allow::AllowTable;
pub use client::{ClientFactory, ServiceChannel};
pub use clock::Clock;
pub use context::{RequestId, current_request_id, current_trace_id, with_request_id};
pub use database::{DatabaseError, connect};
pub use env::{ConfigErrors, Env, EnvReader, Number};
pub use guard::current_caller;
pub use identity::{Identity, IdentityError, ServiceKeys};
pub use name::ServiceName;
pub use parse::{PageToken, page_size, parse_id, parse_optional_id, parse_timestamp, timestamp};
pub use server::{GrpcServer, ServeError};
pub use status::{internal, invalid_field, metadata_of, never_left, reason_of, refusal};
pub use transaction::begin;
pub use wiring::Wiring;

/// Any error, for borders where only its text matters.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The largest message a service sends or takes: a channel's page of 16 MiB with its parsed rows.
pub const MAX_MESSAGE_BYTES: usize = 40 * 1024 * 1024;
