//! Stories over a real client, PostgreSQL and the sandbox.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is how a test reports"
)]

mod accounts;
mod acknowledge_parcels;
mod dispatch_lines;
mod fetch_orders;
mod holders;
mod look_by_page;
mod probe_effect;
mod smartstore;
mod smartstore_support;
mod support;
mod tidy;
