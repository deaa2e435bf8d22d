//! The behaviours, one file each.

pub mod audit;
pub mod authenticate;
pub mod board_changes;
pub mod find_by_person;
pub mod first_start;
pub mod list_operators;
pub mod list_orders;
pub mod log_in;
pub mod name_operators;
pub mod passwords;
pub mod repeat_requests;
pub mod reveal_contact;

use moa_id::Ids;
use moa_service::Clock;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::clients::Clients;
use crate::config::Config;
use board_changes::BoardChanges;
use passwords::Passwords;

/// The ways to reach the world.
pub struct App {
    /// What is set.
    pub config: Config,
    /// The own schema.
    pub db: PgPool,
    /// The time.
    pub clock: Clock,
    /// Where identifiers come from.
    pub ids: Ids,
    /// The other services.
    pub clients: Clients,
    /// Who waits for news of the board.
    pub board_changes: BoardChanges,
    /// Hashes passwords, a few at a time.
    pub passwords: Passwords,
    /// Ends the streams, so that a stop does not wait for them.
    pub stopping: CancellationToken,
}
