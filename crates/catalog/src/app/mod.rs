//! One behaviour a file: begin, load, decide, save, emit, commit.

mod acknowledge_listing;
mod create_product;
mod map_listing;
pub(crate) mod record_seen;
pub(crate) mod show_listings;

use moa_id::Ids;
use moa_outbox::Outbox;
use moa_service::Clock;
use sqlx::PgPool;

pub(crate) use create_product::NewProduct;
pub(crate) use map_listing::{MapListing, UnmapListing};
pub(crate) use show_listings::{ShownListing, Suggest};

/// Ways to reach the world.
pub struct App {
    /// The service's schema.
    pub db: PgPool,
    /// The time.
    pub clock: Clock,
    /// Where identifiers come from.
    pub ids: Ids,
    /// What the hub hears of us.
    pub outbox: Outbox,
}
