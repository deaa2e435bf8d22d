//! Stories over a real client, PostgreSQL and the sandbox.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is how a test reports"
)]

mod account_changes;
mod account_health;
mod accounts;
mod call_log;
mod contract;
mod credentials;
mod dispatch_lines;
mod drift;
mod exchanges;
mod fetch_orders;
mod holders;
mod inquiries;
mod listings;
mod look_by_page;
mod network;
mod parcels;
mod probe_effect;
mod returns;
mod seller_cancel;
mod smartstore;
mod smartstore_claims;
mod smartstore_inquiries;
mod smartstore_listings;
mod smartstore_penalty;
mod smartstore_settlements;
mod smartstore_support;
mod smartstore_troubles;
mod split_parcels;
mod stops;
mod support;
mod tidy;
mod topics;
