//! Fulfillment on a real PostgreSQL, through real clients; its neighbours are played by small structs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is how a test reports"
)]

mod access;
mod acknowledge;
mod cancel;
mod decisions;
mod digital;
mod dispatch;
mod explain;
mod fakes;
mod inquiries;
mod interleaving;
mod listings;
mod orders_feed;
mod planning;
mod receiver;
mod shipments;
mod steps;
mod tidy;
mod world;
