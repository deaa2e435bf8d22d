//! One behaviour a file: begin, load, decide, save, emit, commit.

mod announce_orders;
mod check_deliveries;
mod digest_inquiries;
mod forget_recipients;
mod plan_links;
mod put_sender;
mod resend_message;
mod revoke_links;
mod senders;
mod settle_message;
mod warn_of_keys;

use std::sync::Arc;

use moa_effects::Ledger;
use moa_id::Ids;
use moa_outbox::Outbox;
use moa_service::Clock;
use moa_vault::Vault;
use sqlx::PgPool;
use tokio::sync::Notify;

use crate::clients::fulfillment::Fulfillment;
use crate::clients::order_sync::OrderSync;
use crate::provider::http::Http;

pub(crate) use announce_orders::PlacedOrder;
pub(crate) use check_deliveries::NextLook;
pub use digest_inquiries::Digested;
pub(crate) use plan_links::GrantedEntitlement;
pub(crate) use resend_message::ResendMessage;
pub(crate) use warn_of_keys::ExpiringKey;

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
    /// What leaves the house.
    pub ledger: Ledger,
    /// Seals credentials, and hashes recipients.
    pub vault: Vault,
    /// Who is told.
    pub order_sync: OrderSync,
    /// What they are sent.
    pub fulfillment: Fulfillment,
    /// The providers.
    pub http: Http,
    /// Told when there is a delivery to be checked.
    pub deliveries: Arc<Notify>,
}

impl App {
    /// After a commit that may have written intents, events or checks.
    pub(crate) fn wake(&self) {
        self.ledger.wake();
        self.outbox.wake();
        self.deliveries.notify_one();
    }
}
