//! What can go wrong here, in our words.

use moa_id::{ChannelAccountId, CredentialsId};

use crate::channel::FetchError;
use crate::domain::account::InvalidField;
use crate::domain::credential_set::SetRefusal;
use crate::domain::failure::CallFailure;

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field of the request is wrong.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// There is no such account of this merchant.
    #[error("channel account {0} does not exist")]
    AccountNotFound(ChannelAccountId),
    /// The merchant has an account for this seller already.
    #[error("the channel's seller has an account already")]
    AccountExists(ChannelAccountId),
    /// Somebody changed the account since it was read.
    #[error("the channel account has been changed since; its version is {0} now")]
    AccountChanged(i64),
    /// There is no such set of credentials of this account.
    #[error("credentials {0} do not exist")]
    CredentialsNotFound(CredentialsId),
    /// Enough sets stand beside those in use.
    #[error("five sets of credentials stand beside those in use already; retire one first")]
    CredentialsTooMany,
    /// A set is not put to use, tested or destroyed.
    #[error(transparent)]
    Credentials(SetRefusal),
    /// The account was deactivated.
    #[error("channel account {0} is inactive")]
    AccountInactive(ChannelAccountId),
    /// The account's channel cannot be told or asked this.
    #[error("the channel {channel} has no {operation}")]
    LacksOperation {
        /// Which channel.
        channel: &'static str,
        /// What.
        operation: &'static str,
    },
    /// The channel, or the way to it, failed.
    #[error(transparent)]
    Call(#[from] CallFailure),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A stored row cannot be read.
    #[error("{table} {id} cannot be read: {reason}")]
    BadRow {
        /// Which table.
        table: &'static str,
        /// Which row.
        id: uuid::Uuid,
        /// Why.
        reason: &'static str,
    },
    /// A part of ours failed.
    #[error("{what} failed")]
    Internal {
        /// Which.
        what: &'static str,
        /// How.
        #[source]
        source: BoxError,
    },
}

impl Error {
    /// A failed part of ours.
    pub fn internal(what: &'static str, source: impl Into<BoxError>) -> Self {
        let source = source.into();
        Self::Internal { what, source }
    }
}

impl From<FetchError> for Error {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Question(field) => Self::Invalid(field),
            FetchError::Call(failure) => Self::Call(failure),
        }
    }
}

impl From<moa_vault::VaultError> for Error {
    fn from(error: moa_vault::VaultError) -> Self {
        Self::internal("the vault", error)
    }
}

impl From<moa_jobs::LeaseError> for Error {
    fn from(error: moa_jobs::LeaseError) -> Self {
        Self::internal("the seller's lease", error)
    }
}
