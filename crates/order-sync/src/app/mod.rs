//! The behaviours, one per file, and their ways to reach the world.

pub(crate) mod answer_templates;
mod assign_inquiry;
pub(crate) mod collect;
pub(crate) mod collect_past;
pub(crate) mod coverage;
pub(crate) mod erase_contacts;
mod fill_answer_template;
pub(crate) mod find_by_person;
pub(crate) mod group_by_receiver;
mod keep_raw_page;
mod list_orders;
pub(crate) mod locate_order;
mod page_digest;
pub(crate) mod read_inquiries;
mod read_pages;
pub(crate) mod read_products;
mod reconcile_accounts;
mod reread_parcel;
pub(crate) mod retention;
mod retry_parked;
pub(crate) mod reveal_contacts;
mod seal_contacts;
mod store_batch;
mod store_claims;
mod store_gathered;
mod store_inquiries;
mod store_orders;
mod store_pages;
mod summarize_inquiries;
pub(crate) mod sweep;
mod turns;

use std::sync::Arc;

use moa_id::Ids;
use moa_outbox::Outbox;
use moa_service::{Clock, ServiceChannel};
use moa_vault::{KeyRing, Vault};
use sqlx::PgPool;

pub use collect::Collected;
pub use coverage::CoverageCheck;
pub use erase_contacts::Erased;
pub use read_products::ProductsOf;
pub use retry_parked::Retried;
pub(crate) use reveal_contacts::RevealedContact;
pub use sweep::SweepOf;

use crate::clients::channel_proxy::ChannelProxy;
use crate::{Config, SCHEMA};

/// Ways to reach the world; no state of its own. Clones are the same.
#[derive(Clone)]
pub struct App {
    pub(crate) pool: PgPool,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) outbox: Outbox,
    pub(crate) vault: Vault,
    pub(crate) channel_proxy: ChannelProxy,
    pub(crate) config: Arc<Config>,
    turns: turns::Turns,
}

/// What an [`App`] is made of.
pub struct AppParts {
    /// The schema `order_sync`, through its own role.
    pub pool: PgPool,
    /// The time.
    pub clock: Clock,
    /// Where identifiers come from.
    pub ids: Ids,
    /// Keys that seal contacts and raw pages.
    pub key_ring: Arc<KeyRing>,
    /// The way to channel-proxy.
    pub channel_proxy: ServiceChannel,
    /// How often and how far to look.
    pub config: Config,
}

impl App {
    /// An application over these ways.
    pub fn new(parts: AppParts) -> Self {
        Self {
            pool: parts.pool,
            clock: parts.clock,
            ids: parts.ids,
            outbox: Outbox::new(SCHEMA),
            vault: Vault::new(SCHEMA, parts.key_ring),
            channel_proxy: ChannelProxy::new(parts.channel_proxy),
            turns: turns::Turns::new(parts.config.concurrent_polls),
            config: Arc::new(parts.config),
        }
    }
}
