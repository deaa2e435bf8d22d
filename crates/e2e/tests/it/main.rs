//! Stories of the whole hub, each with its own processes, folder and ports.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is how a test reports"
)]

mod bad_input;
mod calls;
mod canary;
mod cancelled_order;
mod channel_accounts;
mod claims;
mod crash;
mod digital_order;
mod first_order;
mod inquiries;
mod poison_rows;
mod roles;
mod service_processes;
mod smartstore;
mod spoilt_pages;
mod start;
mod steps;
