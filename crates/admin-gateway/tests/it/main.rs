//! The gateway over real HTTP and a real PostgreSQL; the other services are played by small structs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is how a test reports"
)]

mod channel_accounts;
mod channel_keeper;
mod channel_upkeep;
mod contacts;
mod coverage;
mod desk;
mod effects;
mod events;
mod feeds;
mod inquiry_desk;
mod interleaving;
mod jobs;
mod listings;
mod openapi;
mod orders;
mod overlap;
mod players;
mod problems;
mod retention;
mod run;
mod screen;
mod senders;
mod sessions;
mod shipments;
mod stage;
mod stream;
mod tidy;
