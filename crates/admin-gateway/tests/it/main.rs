//! The gateway over real HTTP and a real PostgreSQL; the other services are played by small structs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is how a test reports"
)]

mod openapi;
