//! How far the product list of each account is read.

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, MerchantId};
use sqlx::PgConnection;

use crate::Error;
use crate::domain::account::Account;

/// A walk over an account's product list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ProductWalk {
    /// Of the walk under way; none: none is.
    pub(crate) started_at: Option<DateTime<Utc>>,
    /// Where it goes on.
    pub(crate) page_token: String,
    pub(crate) pages: i32,
    pub(crate) products: i32,
    pub(crate) listings: i32,
    /// Products that could not be read.
    pub(crate) unread: i32,
    /// Tries of the present page that failed, in a row.
    pub(crate) failures: i32,
    /// Of the last whole walk.
    pub(crate) finished_at: Option<DateTime<Utc>>,
}

/// The walk of an account; one that never began when there is none.
pub(crate) async fn get(conn: &mut PgConnection, account: &Account) -> Result<ProductWalk, Error> {
    let walk = sqlx::query_as!(
        ProductWalk,
        "SELECT started_at, page_token, pages, products, listings, unread, failures, finished_at
         FROM order_sync.product_walks
         WHERE merchant_id = $1 AND channel_account_id = $2",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(walk.unwrap_or_default())
}

/// Writes down how far it came.
pub(crate) async fn save(
    conn: &mut PgConnection,
    (merchant_id, channel_account_id): (MerchantId, ChannelAccountId),
    walk: &ProductWalk,
    failure_reason: &str,
) -> Result<(), Error> {
    sqlx::query!(
        "INSERT INTO order_sync.product_walks
             (merchant_id, channel_account_id, started_at, page_token, pages, products, listings, unread, failures,
              failure_reason, finished_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT ON CONSTRAINT product_walks_pkey DO UPDATE
         SET started_at = EXCLUDED.started_at,
             page_token = EXCLUDED.page_token,
             pages = EXCLUDED.pages,
             products = EXCLUDED.products,
             listings = EXCLUDED.listings,
             unread = EXCLUDED.unread,
             failures = EXCLUDED.failures,
             failure_reason = EXCLUDED.failure_reason,
             finished_at = EXCLUDED.finished_at",
        merchant_id.as_uuid(),
        channel_account_id.as_uuid(),
        walk.started_at,
        walk.page_token,
        walk.pages,
        walk.products,
        walk.listings,
        walk.unread,
        walk.failures,
        failure_reason,
        walk.finished_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}
