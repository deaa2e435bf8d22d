//! Overlaps that late orders widened.

use std::collections::HashMap;

use chrono::TimeDelta;
use moa_id::MerchantId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Error;
use crate::domain::account::Account;
use crate::domain::overlap::Widening;

/// An account's widening; none when no order was ever late.
pub(crate) async fn get(
    conn: &mut PgConnection,
    account: &Account,
) -> Result<Option<Widening>, Error> {
    let id = account.channel_account_id.as_uuid();
    let mut found = of_accounts(conn, account.merchant_id, &[id]).await?;
    Ok(found.remove(&id))
}

/// The widenings of these accounts.
pub(crate) async fn of_accounts(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    accounts: &[Uuid],
) -> Result<HashMap<Uuid, Widening>, Error> {
    let rows = sqlx::query!(
        "SELECT channel_account_id, widened_by_seconds, late_at
         FROM order_sync.overlaps
         WHERE merchant_id = $1
           AND channel_account_id = ANY($2)",
        merchant_id.as_uuid(),
        accounts,
    )
    .fetch_all(conn)
    .await?;
    let widenings = rows.into_iter().map(|row| {
        let widening = Widening {
            widened_by: TimeDelta::seconds(row.widened_by_seconds),
            late_at: row.late_at,
        };
        (row.channel_account_id, widening)
    });
    Ok(widenings.collect())
}

/// Notes a widening.
pub(crate) async fn save(
    conn: &mut PgConnection,
    account: &Account,
    widening: &Widening,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO order_sync.overlaps (merchant_id, channel_account_id, widened_by_seconds, late_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT ON CONSTRAINT overlaps_pkey DO UPDATE
         SET widened_by_seconds = EXCLUDED.widened_by_seconds,
             late_at = EXCLUDED.late_at",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        widening.widened_by.num_seconds(),
        widening.late_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}
