use chrono::{DateTime, Utc};
use moa_id::{CustomerId, DataKeyId, MerchantId};
use sqlx::PgConnection;

use crate::domain::throttle::Failures;
use crate::error::Error;

pub(crate) struct NewCustomer {
    pub(crate) customer_id: CustomerId,
    pub(crate) email_index: [u8; 32],
    pub(crate) email_sealed: Vec<u8>,
    pub(crate) data_key_id: DataKeyId,
    pub(crate) password_hash: String,
}

pub(crate) async fn insert(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    customer: &NewCustomer,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let inserted = sqlx::query!(
        "INSERT INTO checkout.customers
             (merchant_id, customer_id, email_index, email_sealed, data_key_id, password_hash, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT ON CONSTRAINT customers_email_key DO NOTHING",
        merchant_id.as_uuid(),
        customer.customer_id.as_uuid(),
        customer.email_index.as_slice(),
        customer.email_sealed,
        customer.data_key_id.as_uuid(),
        customer.password_hash,
        now,
    )
    .execute(conn)
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(Error::CustomerExists);
    }
    Ok(())
}

/// The customer of an address, with the hash of the password.
pub(crate) async fn get_by_email(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    email_index: &[u8; 32],
) -> Result<Option<(CustomerId, String)>, Error> {
    let row = sqlx::query!(
        "SELECT customer_id, password_hash
         FROM checkout.customers
         WHERE merchant_id = $1 AND email_index = $2",
        merchant_id.as_uuid(),
        email_index.as_slice(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (CustomerId::from_uuid(row.customer_id), row.password_hash)))
}

/// Counts a failure and gives those before it, in one statement that keeps the row locked: tries at the same moment see
/// each other. When the last one was is left to [`date_failure`], for it decides whether this one is heard.
pub(crate) async fn count_failure(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    email_index: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Failures, Error> {
    let row = sqlx::query!(
        r#"INSERT INTO checkout.login_failures AS known (merchant_id, email_index, failures, last_at)
         VALUES ($1, $2, 1, $3)
         ON CONFLICT ON CONSTRAINT login_failures_pkey
         DO UPDATE SET failures = known.failures + 1
         RETURNING failures - 1 AS "before!", last_at"#,
        merchant_id.as_uuid(),
        email_index.as_slice(),
        now,
    )
    .fetch_one(conn)
    .await?;
    Ok(Failures {
        count: row.before,
        last_at: row.last_at,
    })
}

/// The counted failure was now.
pub(crate) async fn date_failure(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    email_index: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        "UPDATE checkout.login_failures SET last_at = $3 WHERE merchant_id = $1 AND email_index = $2",
        merchant_id.as_uuid(),
        email_index.as_slice(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn forget_failures(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    email_index: &[u8; 32],
) -> Result<(), Error> {
    sqlx::query!(
        "DELETE FROM checkout.login_failures WHERE merchant_id = $1 AND email_index = $2",
        merchant_id.as_uuid(),
        email_index.as_slice(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
