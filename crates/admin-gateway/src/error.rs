//! What can go wrong here.

use tonic::Status;

/// A refusal, or a failure on our side.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another service refused, or could not answer; its words go on to the client.
    #[error("another service refused")]
    Refused(#[source] Status),
    /// Unknown address or wrong password: not said which.
    #[error("the credentials are wrong")]
    CredentialsRefused,
    /// Too many failed attempts.
    #[error("too many log-in attempts")]
    LoginThrottled {
        /// When the next attempt is heard, in seconds.
        retry_after_s: u64,
    },
    /// The board has no such order.
    #[error("the board has no such order")]
    OrderNotFound,
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A stored row is not what it should be.
    #[error("a row of {table} cannot be read: {problem}")]
    Row {
        /// Which table.
        table: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// A password could not be hashed or checked.
    #[error("a password could not be hashed: {0}")]
    Password(String),
    /// The owner's first log-in could not be written down, so the owner was not made.
    #[error("the owner's log-in could not be written to {path}; make the folder writable")]
    LoginFile {
        /// Where it was to stand.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The HTTP server could not go on.
    #[error("the HTTP server stopped")]
    Http(#[source] std::io::Error),
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Self::Refused(status)
    }
}
