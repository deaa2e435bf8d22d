use crate::domain::customer::{EmailError, PasswordError};

/// What can go wrong here, in our words.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No address.
    #[error(transparent)]
    Email(#[from] EmailError),
    /// No password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The address has an account already.
    #[error("there is an account with this address already; log in instead")]
    CustomerExists,
    /// Unknown address or wrong password: which of the two is not said.
    #[error("the address or the password is wrong")]
    CredentialsRefused,
    /// Too many wrong passwords in a row.
    #[error("too many wrong passwords; try again in {retry_after_s} seconds")]
    LoginThrottled {
        /// How long.
        retry_after_s: i64,
    },
    /// Logged out, expired, or never there.
    #[error("the session is unknown or has ended; log in again")]
    SessionUnknown,
    /// Sealing or opening failed.
    #[error("a sealed value cannot be used")]
    Vault(#[from] moa_vault::VaultError),
    /// A data key that was made a moment ago is not there.
    #[error("a new data key is missing")]
    DataKeyMissing,
    /// A password could not be hashed or compared.
    #[error("a password cannot be hashed: {0}")]
    Hashing(String),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// Serving ended badly.
    #[error("serving failed")]
    Serve(#[from] moa_service::ServeError),
}
