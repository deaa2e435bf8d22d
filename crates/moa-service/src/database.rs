use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// Why the database cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL is not one; it is left out of the message because it carries a password.
    #[error("{variable} is no PostgreSQL URL such as postgres://user:password@host:5432/moa")]
    BadUrl {
        /// The variable to mend.
        variable: String,
    },
}

/// A pool for one service, connecting lazily: a database that is away for a moment is not a reason to fall over.
///
/// `variable` is named when the URL is wrong; `application` is what the database's views show.
pub fn connect(
    url: &SecretString,
    variable: &str,
    application: &str,
    max_connections: u32,
) -> Result<PgPool, DatabaseError> {
    let options =
        PgConnectOptions::from_str(url.expose_secret()).map_err(|_| DatabaseError::BadUrl {
            variable: variable.to_owned(),
        })?;
    let options = options.application_name(application).options([
        // One idle writer would stall every feed: the cursor waits for the oldest open transaction.
        ("idle_in_transaction_session_timeout", "10s"),
        ("statement_timeout", "30s"),
        ("lock_timeout", "10s"),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(max_connections)
        .min_connections(0)
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(Duration::from_secs(300))
        .connect_lazy_with(options))
}
