//! The behaviours of this service, one per file: begin, load, decide, save, emit, commit. No network inside a
//! transaction.
//!
//! Rows are locked in one order everywhere, so that two behaviours never wait for each other in a circle:
//! orders → effects → shipments, acknowledgements and entitlements → the planning queue.

pub mod answer_inquiry;
pub mod apply_listings;
pub mod apply_messages;
pub mod apply_orders;
pub mod begin_dispatch;
pub mod cancel_shipment;
mod check_number;
pub mod claim_terms;
pub mod confirm_receiver;
pub mod create_shipment;
pub mod decide_claim;
pub mod destroy_tokens;
pub mod dispatch_shipment;
pub mod erase_words;
pub mod explain_order;
pub mod get_activation_link;
pub mod grant_entitlements;
pub mod object;
pub mod plan_orders;
pub mod preview_activation;
pub mod redeem_activation;
mod redrive_effect;
pub mod sealed;
pub mod settle_acknowledge;
pub mod settle_answers;
pub mod settle_decisions;
pub mod settle_dispatch;

use std::sync::Arc;

use moa_effects::Ledger;
use moa_id::Ids;
use moa_outbox::Outbox;
use moa_service::Clock;
use moa_vault::Vault;
use sqlx::PgPool;
use tokio::sync::Notify;

use crate::clients::catalog::Catalog;
use crate::clients::channel_proxy::ChannelProxy;
use crate::clients::order_sync::OrderSync;

/// Ways to reach the world, without state.
#[derive(Clone)]
pub struct App {
    /// This service's schema.
    pub db: PgPool,
    /// The time.
    pub clock: Clock,
    /// Where identifiers come from.
    pub ids: Ids,
    /// What the hub hears.
    pub outbox: Outbox,
    /// What leaves the house.
    pub ledger: Ledger,
    /// Keys of activation tokens.
    pub vault: Vault,
    /// What listings stand for.
    pub catalog: Catalog,
    /// The only way to a channel.
    pub channel_proxy: ChannelProxy,
    /// What the channels told of questions and claims.
    pub order_sync: OrderSync,
    /// The store's address as customers reach it.
    pub store_public_url: String,
    /// Wakes the planner of this process.
    pub planner: Arc<Notify>,
}

impl App {
    /// After a commit: whoever waits for what was written looks now instead of at its next poll.
    pub fn wake(&self) {
        self.outbox.wake();
        self.ledger.wake();
        self.planner.notify_one();
    }
}
