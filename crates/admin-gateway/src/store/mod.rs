//! SQL, one file per family of tables: rows in, values out.

pub mod audit;
pub mod board;
pub mod board_entitlements;
pub mod board_listings;
pub mod board_orders;
pub mod board_search;
pub mod board_shipments;
pub mod idempotency;
pub mod login_attempts;
pub mod operators;
pub mod sessions;
pub mod timeline;

/// A time that everything before is over.
pub type Cutoff = chrono::DateTime<chrono::Utc>;

/// Rows deleted in one statement, so that none holds its locks for long.
pub const DELETE_AT_ONCE: i64 = 500;
