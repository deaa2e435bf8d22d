//! The channel accounts to collect from, as channel-proxy's feed and list tell.

use chrono::{DateTime, TimeDelta, Utc};
use moa_id::{ChannelAccountId, MerchantId};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::Error;
use crate::domain::account::{Account, Discovery, InquirySource};
use crate::domain::inquiry::InquiryKind;
use crate::domain::schedule::{CallQuota, ReadCost};
use crate::domain::stream::Stream;

/// Saves what an event or channel-proxy's list says, unless that or a later version is known; gives whether it was news.
pub(crate) async fn save(
    conn: &mut PgConnection,
    account: &Account,
    active: bool,
    version: i64,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let quota = &account.quota;
    let inquiry_kinds: Vec<&str> = account.inquiries.kinds.iter().map(|k| k.as_str()).collect();
    let saved = sqlx::query!(
        "INSERT INTO order_sync.channel_accounts AS a
             (merchant_id, channel_account_id, channel, active, version, updated_at, order_discovery, overlap_seconds,
              inquiry_kinds, answer_within_seconds, visibility_lag_seconds, quota_per_second, poll_share_percent,
              sweep_share_percent, cost_streams, cost_buckets, cost_calls, cost_slice_seconds,
              cost_sliced_up_to_seconds)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
         ON CONFLICT ON CONSTRAINT channel_accounts_pkey DO UPDATE
         SET channel = EXCLUDED.channel,
             active = EXCLUDED.active,
             version = EXCLUDED.version,
             updated_at = EXCLUDED.updated_at,
             order_discovery = EXCLUDED.order_discovery,
             overlap_seconds = EXCLUDED.overlap_seconds,
             inquiry_kinds = EXCLUDED.inquiry_kinds,
             answer_within_seconds = EXCLUDED.answer_within_seconds,
             visibility_lag_seconds = EXCLUDED.visibility_lag_seconds,
             quota_per_second = EXCLUDED.quota_per_second,
             poll_share_percent = EXCLUDED.poll_share_percent,
             sweep_share_percent = EXCLUDED.sweep_share_percent,
             cost_streams = EXCLUDED.cost_streams,
             cost_buckets = EXCLUDED.cost_buckets,
             cost_calls = EXCLUDED.cost_calls,
             cost_slice_seconds = EXCLUDED.cost_slice_seconds,
             cost_sliced_up_to_seconds = EXCLUDED.cost_sliced_up_to_seconds
         WHERE a.version < EXCLUDED.version
            -- What a channel can do comes with channel-proxy, not with a change of the account.
            OR (a.version = EXCLUDED.version
                AND (a.order_discovery, a.overlap_seconds, a.inquiry_kinds, a.answer_within_seconds,
                     a.visibility_lag_seconds, a.quota_per_second, a.poll_share_percent, a.sweep_share_percent,
                     a.cost_streams, a.cost_buckets, a.cost_calls, a.cost_slice_seconds,
                     a.cost_sliced_up_to_seconds)
                    IS DISTINCT FROM (EXCLUDED.order_discovery, EXCLUDED.overlap_seconds, EXCLUDED.inquiry_kinds,
                                      EXCLUDED.answer_within_seconds, EXCLUDED.visibility_lag_seconds,
                                      EXCLUDED.quota_per_second, EXCLUDED.poll_share_percent,
                                      EXCLUDED.sweep_share_percent, EXCLUDED.cost_streams, EXCLUDED.cost_buckets,
                                      EXCLUDED.cost_calls, EXCLUDED.cost_slice_seconds,
                                      EXCLUDED.cost_sliced_up_to_seconds))",
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
        quota.per_second,
        quota.poll_percent,
        quota.sweep_percent,
        &column(quota, |cost| cost.stream.as_str()) as _,
        &column(quota, |cost| cost.bucket.clone()),
        &column(quota, |cost| cost.calls),
        &column(quota, |cost| cost.slice_seconds),
        &column(quota, |cost| cost.sliced_up_to_seconds),
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
                inquiry_kinds, answer_within_seconds, quota_per_second, poll_share_percent, sweep_share_percent,
                cost_streams, cost_buckets, cost_calls, cost_slice_seconds, cost_sliced_up_to_seconds
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
                inquiry_kinds, answer_within_seconds, quota_per_second, poll_share_percent, sweep_share_percent,
                cost_streams, cost_buckets, cost_calls, cost_slice_seconds, cost_sliced_up_to_seconds
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

/// Those of a merchant's accounts, active or not.
pub(crate) async fn of_merchant(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    ids: &[Uuid],
) -> Result<Vec<Account>, Error> {
    let rows = sqlx::query_as!(
        AccountRow,
        "SELECT merchant_id, channel_account_id, channel, order_discovery, overlap_seconds, visibility_lag_seconds,
                inquiry_kinds, answer_within_seconds, quota_per_second, poll_share_percent, sweep_share_percent,
                cost_streams, cost_buckets, cost_calls, cost_slice_seconds, cost_sliced_up_to_seconds
         FROM order_sync.channel_accounts
         WHERE merchant_id = $1
           AND channel_account_id = ANY ($2)
         ORDER BY channel_account_id",
        merchant_id.as_uuid(),
        ids,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Remembers that parcels of these accounts were sent off at `now`.
pub(crate) async fn note_sent_off(
    conn: &mut PgConnection,
    accounts: &[(MerchantId, ChannelAccountId)],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    if accounts.is_empty() {
        return Ok(());
    }
    let merchants: Vec<Uuid> = accounts.iter().map(|(id, _)| id.as_uuid()).collect();
    let ids: Vec<Uuid> = accounts.iter().map(|(_, id)| id.as_uuid()).collect();
    sqlx::query!(
        "UPDATE order_sync.channel_accounts a
         SET sent_off_at = $3
         WHERE (a.merchant_id, a.channel_account_id) IN (
             SELECT u.merchant_id, u.channel_account_id
             FROM unnest($1::uuid[], $2::uuid[]) AS u (merchant_id, channel_account_id))",
        &merchants,
        &ids,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When a parcel of this account was last sent off; absent when none ever was.
pub(crate) async fn sent_off_at(
    conn: &mut PgConnection,
    account: &Account,
) -> Result<Option<DateTime<Utc>>, Error> {
    let at = sqlx::query_scalar!(
        "SELECT sent_off_at
         FROM order_sync.channel_accounts
         WHERE merchant_id = $1
           AND channel_account_id = $2",
        account.merchant_id.as_uuid(),
        account.channel_account_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(at.flatten())
}

fn column<T>(quota: &CallQuota, pick: impl Fn(&ReadCost) -> T) -> Vec<T> {
    quota.costs.iter().map(pick).collect()
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
    quota_per_second: i32,
    poll_share_percent: i32,
    sweep_share_percent: i32,
    cost_streams: Vec<String>,
    cost_buckets: Vec<String>,
    cost_calls: Vec<i32>,
    cost_slice_seconds: Vec<i64>,
    cost_sliced_up_to_seconds: Vec<i64>,
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
        let sizes = row.cost_slice_seconds.into_iter();
        let costs = row
            .cost_streams
            .iter()
            .zip(row.cost_buckets)
            .zip(row.cost_calls)
            .zip(sizes.zip(row.cost_sliced_up_to_seconds));
        // A list that an older version of ours does not read costs it nothing.
        let costs = costs.filter_map(|(((stream, bucket), calls), (slice, up_to))| {
            Some(ReadCost {
                stream: Stream::parse(stream)?,
                bucket,
                calls,
                slice_seconds: slice,
                sliced_up_to_seconds: up_to,
            })
        });
        let quota = CallQuota {
            per_second: row.quota_per_second,
            poll_percent: row.poll_share_percent,
            sweep_percent: row.sweep_share_percent,
            costs: costs.collect(),
        };
        Ok(Self {
            quota,
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
