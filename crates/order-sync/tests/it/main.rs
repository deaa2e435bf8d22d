//! order-sync's stories, over real clients and a real PostgreSQL; channel-proxy is played by `FakeChannel`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is how a test reports"
)]

mod changes;
mod claims;
mod collect;
mod contacts;
mod coverage;
mod erasure;
mod events;
mod fake_channel;
mod fake_inquiries;
mod fake_products;
mod fence;
mod inquiries;
mod inquiry_desk;
mod inquiry_lists;
mod jobs;
mod known_pages;
mod locate_order;
mod overlap;
mod parked;
mod past;
mod products;
mod reads;
mod reconcile;
mod rereads;
mod retry_parked;
mod running;
mod service;
mod sweeps;
mod tidy;
mod turns;
mod widening;
mod world;
