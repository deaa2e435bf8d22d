//! What was asked under an `Idempotency-Key`, and what was answered.

use chrono::{DateTime, TimeDelta, Utc};
use moa_id::{MerchantId, OperatorId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Cutoff, DELETE_AT_ONCE};
use crate::error::Error;

/// An answer is kept this long.
pub const KEPT: TimeDelta = TimeDelta::hours(24);
/// Whoever works on a request longer than this is gone: a request is ended after 30 seconds.
const LOCK: TimeDelta = TimeDelta::seconds(60);

/// A request that came with a key.
#[derive(Debug)]
pub struct KeyClaim {
    /// Whose.
    pub merchant_id: MerchantId,
    /// Keys of different people never meet.
    pub operator_id: OperatorId,
    /// As given.
    pub key: String,
    /// SHA-256 of path and body.
    pub request_hash: Vec<u8>,
}

/// An answer written down.
#[derive(Debug)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON.
    pub body: Vec<u8>,
}

/// What a key means for a request.
#[derive(Debug)]
pub enum ClaimedKey {
    /// To be worked on by us, under this request id.
    Ours {
        /// The same for every try.
        request_key: Uuid,
    },
    /// Answered before.
    Answered(StoredAnswer),
    /// Used for another request.
    OtherRequest,
    /// Somebody else works on it now.
    InProgress,
}

/// Takes the key, or says why not. Runs inside a transaction.
pub async fn claim(
    conn: &mut PgConnection,
    claim: &KeyClaim,
    new_request_key: Uuid,
    now: DateTime<Utc>,
) -> Result<ClaimedKey, Error> {
    let merchant_id = claim.merchant_id.as_uuid();
    let operator_id = claim.operator_id.as_uuid();
    let taken = sqlx::query!(
        "INSERT INTO admin_gateway.idempotency_keys AS k
             (merchant_id, operator_id, key, request_key, request_hash, created_at, locked_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (merchant_id, operator_id, key) DO UPDATE SET
             request_key = EXCLUDED.request_key, request_hash = EXCLUDED.request_hash,
             created_at = EXCLUDED.created_at, locked_until = EXCLUDED.locked_until, status = NULL, body = NULL
         WHERE k.created_at < $8",
        merchant_id,
        operator_id,
        claim.key,
        new_request_key,
        claim.request_hash,
        now,
        now + LOCK,
        now - KEPT
    )
    .execute(&mut *conn)
    .await?;
    if taken.rows_affected() == 1 {
        return Ok(ClaimedKey::Ours {
            request_key: new_request_key,
        });
    }
    let row = sqlx::query!(
        "SELECT request_key, request_hash, locked_until, status, body
         FROM admin_gateway.idempotency_keys
         WHERE merchant_id = $1 AND operator_id = $2 AND key = $3
         FOR UPDATE",
        merchant_id,
        operator_id,
        claim.key
    )
    .fetch_optional(&mut *conn)
    .await?;
    // Released between the two statements: whoever had it is just done, so the next try finds the way free.
    let Some(row) = row else {
        return Ok(ClaimedKey::InProgress);
    };
    if row.request_hash != claim.request_hash {
        return Ok(ClaimedKey::OtherRequest);
    }
    if let (Some(status), Some(body)) = (row.status, row.body) {
        let status = u16::try_from(status).unwrap_or(200);
        return Ok(ClaimedKey::Answered(StoredAnswer { status, body }));
    }
    if row.locked_until > now {
        return Ok(ClaimedKey::InProgress);
    }
    sqlx::query!(
        "UPDATE admin_gateway.idempotency_keys SET locked_until = $4
         WHERE merchant_id = $1 AND operator_id = $2 AND key = $3",
        merchant_id,
        operator_id,
        claim.key,
        now + LOCK
    )
    .execute(conn)
    .await?;
    Ok(ClaimedKey::Ours {
        request_key: row.request_key,
    })
}

/// Writes the answer down.
pub async fn answer(
    conn: &mut PgConnection,
    claim: &KeyClaim,
    answer: &StoredAnswer,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE admin_gateway.idempotency_keys SET status = $4, body = $5
         WHERE merchant_id = $1 AND operator_id = $2 AND key = $3",
        claim.merchant_id.as_uuid(),
        claim.operator_id.as_uuid(),
        claim.key,
        i32::from(answer.status),
        answer.body
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the key: the request was refused, and nothing was done.
pub async fn forget(conn: &mut PgConnection, claim: &KeyClaim) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM admin_gateway.idempotency_keys
         WHERE merchant_id = $1 AND operator_id = $2 AND key = $3 AND status IS NULL",
        claim.merchant_id.as_uuid(),
        claim.operator_id.as_uuid(),
        claim.key
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets the next try in, under the same request id: nobody knows what was done.
pub async fn unlock(
    conn: &mut PgConnection,
    claim: &KeyClaim,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE admin_gateway.idempotency_keys SET locked_until = $4
         WHERE merchant_id = $1 AND operator_id = $2 AND key = $3 AND status IS NULL",
        claim.merchant_id.as_uuid(),
        claim.operator_id.as_uuid(),
        claim.key,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes some keys from before `cutoff`; the number removed.
pub async fn delete_old(conn: &mut PgConnection, cutoff: Cutoff) -> Result<u64, Error> {
    let done = sqlx::query!(
        "DELETE FROM admin_gateway.idempotency_keys
         WHERE (merchant_id, operator_id, key) IN (
             SELECT merchant_id, operator_id, key FROM admin_gateway.idempotency_keys
             WHERE created_at < $1 LIMIT $2)",
        cutoff,
        DELETE_AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
