//! Stories over a real client, a real PostgreSQL and the sandbox, which plays SOLAPI and Slack.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation is how a test reports"
)]

mod announcements;
mod deliveries;
mod inquiry_digest;
mod key_warnings;
mod links;
mod lost_answers;
mod neighbours;
mod refusals;
mod resend_message;
mod running;
mod secrecy;
mod senders;
mod stage;
mod tidy;
mod world;
