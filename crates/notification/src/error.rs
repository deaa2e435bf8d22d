use moa_id::MessageId;

use crate::domain::message::ResendRefused;
use crate::domain::sender::SenderRefused;

/// What can go wrong here, in our words.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A sender that cannot be.
    #[error(transparent)]
    Sender(#[from] SenderRefused),
    /// There is no such message of this merchant.
    #[error("message {0} does not exist")]
    MessageNotFound(MessageId),
    /// A message that is not sent once more.
    #[error(transparent)]
    Resend(#[from] ResendRefused),
    /// Sealing or opening failed.
    #[error("a sender's credentials cannot be used")]
    Vault(#[from] moa_vault::VaultError),
    /// A sender's data key is not there.
    #[error("the key of a sender's credentials is missing; register the sender again")]
    DataKeyMissing,
    /// A row that does not decode.
    #[error("row {id} of {table} cannot be read: {reason}")]
    Row {
        /// Where it stands.
        table: &'static str,
        /// Which.
        id: String,
        /// Why.
        reason: String,
    },
    /// An intent cannot be written down or read.
    #[error("the intent of a message cannot be written or read")]
    Intent(#[from] serde_json::Error),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// No client for calls to providers.
    #[error("the client for providers cannot be made")]
    Http(#[from] reqwest::Error),
    /// Some merchants' open questions could not be asked for; the others were told.
    #[error(
        "order-sync did not tell what waits for {unknown} merchant(s), they are looked at again soon: {why}"
    )]
    InquiriesUnknown {
        /// How many.
        unknown: usize,
        /// What was answered for the last of them.
        why: String,
    },
    /// Serving ended badly.
    #[error("serving failed")]
    Serve(#[from] moa_service::ServeError),
}
