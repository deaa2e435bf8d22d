//! The ledger and its worker on a real PostgreSQL, and the protocol as a model.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is how a test reports"
)]

mod carrying_out;
mod crashes;
mod grpc;
mod intents;
mod outside;
mod protocol_model;
mod protocol_world;
mod redrive;
mod stage;
mod stopping;
mod two_workers;
mod waiting;
