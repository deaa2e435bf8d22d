//! The channel accounts to collect from, as channel-proxy's feed and list tell.

use chrono::{DateTime, TimeDelta, Utc};
use moa_id::{ChannelAccountId, MerchantId};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::Error;
use crate::domain::account::{Account, Discovery, InquirySource};
use crate::domain::inquiry::InquiryKind;

/// Saves what an event or channel-proxy's list says, unless that or a later version is known; gives whether it was news.
pub(crate) async fn save(
    conn: &mut PgConnection,
    account: &Account,
    active: bool,
    version: i64,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let inquiry_kinds: Vec<&str> = account.inquiries.kinds.iter().map(|k| k.as_str()).collect();
    let saved = sqlx::query!(
        "INSERT INTO order_sync.channel_accounts AS a
             (merchant_id, channel_account_id, channel, active, version, updated_at, order_discovery, overlap_seconds,
              inquiry_kinds, answer_within_seconds, visibility_lag_seconds)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT ON CONSTRAINT channel_accounts_pkey DO UPDATE
         SET channel = EXCLUDED.channel,
             active = EXCLUDED.active,
             version = EXCLUDED.version,
             updated_at = EXCLUDED.updated_at,
             order_discovery = EXCLUDED.order_discovery,
             overlap_seconds = EXCLUDED.overlap_seconds,
             inquiry_kinds = EXCLUDED.inquiry_kinds,
             answer_within_seconds = EXCLUDED.answer_within_seconds,
             visibility_lag_seconds = EXCLUDED.visibility_lag_seconds
         WHERE a.version < EXCLUDED.version
            -- What a channel can do comes with channel-proxy, not with a change of the account.
            OR (a.version = EXCLUDED.version
                AND (a.order_discovery, a.overlap_seconds, a.inquiry_kinds, a.answer_within_seconds,
                     a.visibility_lag_seconds)
                    IS DISTINCT FROM (EXCLUDED.order_discovery, EXCLUDED.overlap_seconds, EXCLUDED.inquiry_kinds,
                                      EXCLUDED.answer_within_seconds, EXCLUDED.visibility_lag_seconds))",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
        account.channel,
        active,
        version,
        now,
        account.discovery.as_str(),
        account.overlap.num_seconds(),
        &inquiry_kinds as _,
        account.inquiries.answer_within.map(|within| within.num_seconds()),
        account.visibility_lag.num_seconds(),
    )
    .execute(conn)
    .await?;
    Ok(saved.rows_affected() > 0)
}

/// Every account to collect from, of every merchant.
pub(crate) async fn list_active(pool: &PgPool) -> Result<Vec<Account>, Error> {
    let rows = sqlx::query_as!(
        AccountRow,
        "SELECT merchant_id, channel_account_id, channel, order_discovery, overlap_seconds, visibility_lag_seconds,
                inquiry_kinds, answer_within_seconds
         FROM order_sync.channel_accounts
         WHERE active
         ORDER BY merchant_id, channel_account_id"
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Account::try_from).collect()
}

/// One account, active or not.
pub(crate) async fn get(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    channel_account_id: ChannelAccountId,
) -> Result<Option<Account>, Error> {
    let row = sqlx::query_as!(
        AccountRow,
        "SELECT merchant_id, channel_account_id, channel, order_discovery, overlap_seconds, visibility_lag_seconds,
                inquiry_kinds, answer_within_seconds
         FROM order_sync.channel_accounts
         WHERE merchant_id = $1
           AND channel_account_id = $2",
        merchant_id.as_uuid(),
        channel_account_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(Account::try_from).transpose()
}

struct AccountRow {
    merchant_id: Uuid,
    channel_account_id: Uuid,
    channel: String,
    order_discovery: String,
    overlap_seconds: i64,
    visibility_lag_seconds: i64,
    inquiry_kinds: Vec<String>,
    answer_within_seconds: Option<i64>,
}

impl TryFrom<AccountRow> for Account {
    type Error = Error;

    fn try_from(row: AccountRow) -> Result<Self, Error> {
        let discovery =
            Discovery::parse(&row.order_discovery).ok_or_else(|| Error::Undecodable {
                table: "channel_accounts",
                id: row.channel_account_id.to_string(),
                reason: "unknown order_discovery".to_owned(),
            })?;
        let kinds = row
            .inquiry_kinds
            .iter()
            .map(|kind| InquiryKind::parse(kind));
        let kinds = kinds
            .collect::<Option<_>>()
            .ok_or_else(|| Error::Undecodable {
                table: "channel_accounts",
                id: row.channel_account_id.to_string(),
                reason: "unknown kind of inquiry".to_owned(),
            })?;
        Ok(Self {
            merchant_id: MerchantId::from_uuid(row.merchant_id),
            channel_account_id: ChannelAccountId::from_uuid(row.channel_account_id),
            channel: row.channel,
            discovery,
            overlap: TimeDelta::seconds(row.overlap_seconds),
            inquiries: InquirySource {
                kinds,
                answer_within: row.answer_within_seconds.map(TimeDelta::seconds),
            },
            visibility_lag: TimeDelta::seconds(row.visibility_lag_seconds),
        })
    }
}
