//! Log-in attempts, counted.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Cutoff, DELETE_AT_ONCE};
use crate::domain::throttle::WINDOW;
use crate::error::Error;

/// Counts an attempt before it is heard, so that attempts at the same moment count too. Gives the attempts of the
/// window and its beginning.
pub async fn count(
    conn: &mut PgConnection,
    subject_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<(i32, DateTime<Utc>), Error> {
    let row = sqlx::query!(
        "INSERT INTO admin_gateway.login_attempts AS a (subject_hash, window_began_at, attempts)
         VALUES ($1, $2, 1)
         ON CONFLICT (subject_hash) DO UPDATE SET
             attempts = CASE WHEN a.window_began_at <= $3 THEN 1 ELSE LEAST(a.attempts, 1000000) + 1 END,
             window_began_at = CASE WHEN a.window_began_at <= $3 THEN $2 ELSE a.window_began_at END
         RETURNING attempts, window_began_at",
        subject_hash,
        now,
        now - WINDOW
    )
    .fetch_one(conn)
    .await?;
    Ok((row.attempts, row.window_began_at))
}

/// Forgets a subject's attempts: the right password was given.
pub async fn forget(conn: &mut PgConnection, subject_hash: &[u8]) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM admin_gateway.login_attempts WHERE subject_hash = $1",
        subject_hash
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes one attempt back: it did not fail.
pub async fn uncount(conn: &mut PgConnection, subject_hash: &[u8]) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE admin_gateway.login_attempts SET attempts = attempts - 1
         WHERE subject_hash = $1 AND attempts > 0",
        subject_hash
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes some windows that began before `cutoff`; the number removed.
pub async fn delete_old(conn: &mut PgConnection, cutoff: Cutoff) -> Result<u64, Error> {
    let done = sqlx::query!(
        "DELETE FROM admin_gateway.login_attempts
         WHERE subject_hash IN (
             SELECT subject_hash FROM admin_gateway.login_attempts WHERE window_began_at < $1 LIMIT $2)",
        cutoff,
        DELETE_AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
