//! The whole hub, driven through its gateway, with the sandbox as judge.
//!
//! Everything here runs the real binary as its own processes and talks to it as people and programs do: by HTTP, by gRPC,
//! by signals. [`Hub`] is `moa up`, [`Sandbox`] the outside world, [`Admin`] an operator, [`Store`] a customer.
//!
//! - The binary is `MOA_BIN`, else `moa` in the folder of the profile the tests were built with. Cargo does not build it
//!   for these tests: `cargo build --bin moa` (or `make build`) does.
//! - Nothing waits for a time; [`until`] waits for a condition and ends with what was seen last and the end of the log.
//! - What was started is stopped when it is dropped, PostgreSQL included, also when a test fails.

mod admin;
mod answers;
mod binary;
mod cluster;
mod hub;
mod ports;
mod process;
mod sandbox;
mod store;
mod wait;

pub use admin::{Admin, Answer, NewShipment};
pub use answers::{
    Application, ChannelAccount, ChannelAccountTest, Effect, Entitlement, FieldProblem, Hold,
    LedgerEntry, Order, OrderLine, PlacedOrder, Problem, Shipment, TimelineEntry, Vendor, Verdict,
};
pub use binary::{binary, command, repository, run_to_end};
pub use cluster::Cluster;
pub use hub::{Hub, HubOptions, Place};
pub use ports::{Port, PortBlock};
pub use process::Process;
pub use sandbox::Sandbox;
pub use store::{Customer, Store};
pub use wait::{Look, Within, until};

/// How long something may take that usually takes a second or two; generous, since machines that test are busy.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
