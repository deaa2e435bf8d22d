//! One behaviour a file.

mod log_in;
mod register;
mod session;

use std::sync::Arc;

use moa_id::Ids;
use moa_service::Clock;
use moa_vault::{KeyRing, Vault};
use sqlx::PgPool;

use crate::domain::password::PasswordHashing;

pub(crate) use session::CustomerSession;

/// Ways to reach the world.
pub struct App {
    /// The service's schema.
    pub db: PgPool,
    /// The time.
    pub clock: Clock,
    /// Where identifiers come from.
    pub ids: Ids,
    /// Seals addresses.
    pub vault: Vault,
    /// Finds addresses by their keyed hash.
    pub key_ring: Arc<KeyRing>,
    /// Hashes passwords.
    pub hashing: PasswordHashing,
}
