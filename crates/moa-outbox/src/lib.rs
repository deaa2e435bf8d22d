//! Events in PostgreSQL: written in the caller's transaction, served and consumed as a feed.
//!
//! - [`Outbox`]: appends events beside the change they tell of, so that neither exists without the other.
//! - [`FeedServer`]: serves them by `moa.feed.v1.FeedService`, in (xid, seq) order below the oldest running
//!   transaction, so that a row committed late is never skipped.
//! - [`FeedConsumer`]: applies them to another schema, exactly once: the cursor moves in the transaction of the effect.
//! - [`housekeeping`]: daily partitions, made ahead and dropped when every registered consumer has passed them.
//!
//! Transaction ids mean something in one cluster only. After a restore into another, [`ensure_partitions`] brings the
//! events into the new order and raises the feed's epoch; consumers then read again what is kept, and apply what is new.
//!
//! The tables are one text for every schema, [`DDL`]; each service's first migration carries a copy.

mod consumer;
mod epoch;
mod event;
mod housekeeping;
mod outbox;
mod server;

pub use consumer::{FeedConsumer, FeedHandler};
pub use event::{FeedEvent, NewEvent};
pub use housekeeping::{ensure_partitions, housekeeping};
pub use outbox::{Gathering, Outbox};
pub use server::FeedServer;

/// The tables of an outbox; `{{schema}}` stands for the service's schema.
pub const DDL: &str = include_str!("../ddl/outbox.sql");

/// Events of one batch, at most.
pub const BATCH: i64 = 500;
