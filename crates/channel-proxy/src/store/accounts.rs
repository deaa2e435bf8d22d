use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use moa_id::{ChannelAccountId, DataKeyId, MerchantId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::account::{
    AccountState, AccountTest, ChannelAccount, EgressReport, KeyDates, Refusal,
};
use crate::error::Error;

/// A new account with its sealed credentials.
pub struct NewAccount<'a> {
    pub account: &'a ChannelAccount,
    pub request_id: &'a str,
    pub data_key_id: DataKeyId,
    pub sealed_credentials: &'a [u8],
}

/// What became of a registration.
pub enum Inserted {
    /// It is stored.
    New,
    /// The same request was stored before, or the seller has an account.
    Exists,
}

struct AccountRow {
    merchant_id: Uuid,
    channel_account_id: Uuid,
    channel: String,
    name: String,
    base_url: String,
    state: String,
    channel_seller_id: String,
    quota_per_second: i32,
    version: i64,
    created_at: DateTime<Utc>,
    tested_at: Option<DateTime<Utc>>,
    test_reason: Option<String>,
    test_detail: Option<String>,
    refused_at: Option<DateTime<Utc>>,
    refusal_reason: Option<String>,
    refusal_detail: Option<String>,
    credential_strikes: i32,
    key_issued_on: Option<NaiveDate>,
    key_expires_at: Option<DateTime<Utc>>,
    key_warned_days: Option<i32>,
    warnings: i64,
    egress_reported: Option<String>,
    egress_reported_at: Option<DateTime<Utc>>,
}

impl TryFrom<AccountRow> for ChannelAccount {
    type Error = Error;

    fn try_from(row: AccountRow) -> Result<Self, Error> {
        let bad = |reason| Error::BadRow {
            table: "channel_accounts",
            id: row.channel_account_id,
            reason,
        };
        let state = AccountState::parse(&row.state).ok_or_else(|| bad("unknown state"))?;
        let quota_per_second =
            u32::try_from(row.quota_per_second).map_err(|_| bad("negative quota"))?;
        let last_test = row.tested_at.map(|tested_at| {
            let reason = row.test_reason.filter(|reason| !reason.is_empty());
            let refusal = reason.map(|reason| (reason, row.test_detail.unwrap_or_default()));
            AccountTest { tested_at, refusal }
        });
        let last_refusal = row.refused_at.map(|at| Refusal {
            at,
            reason: row.refusal_reason.unwrap_or_default(),
            detail: row.refusal_detail.unwrap_or_default(),
        });
        let egress = match (row.egress_reported, row.egress_reported_at) {
            (Some(address), Some(at)) => Some(EgressReport {
                address: address.parse().map_err(|_| bad("no egress address"))?,
                at,
            }),
            _ => None,
        };
        Ok(Self {
            merchant_id: MerchantId::from_uuid(row.merchant_id),
            id: ChannelAccountId::from_uuid(row.channel_account_id),
            channel: row.channel,
            name: row.name,
            base_url: row.base_url,
            state,
            channel_seller_id: row.channel_seller_id,
            quota_per_second,
            created_at: row.created_at,
            last_test,
            last_refusal,
            credential_strikes: u32::try_from(row.credential_strikes)
                .map_err(|_| bad("negative strikes"))?,
            key: KeyDates {
                issued_on: row.key_issued_on,
                expires_at: row.key_expires_at,
                warned_days: row.key_warned_days,
                warnings: row.warnings,
            },
            egress,
            version: row.version,
        })
    }
}

pub async fn insert(conn: &mut PgConnection, new: &NewAccount<'_>) -> Result<Inserted, Error> {
    let account = new.account;
    let inserted = sqlx::query!(
        r#"
        INSERT INTO channel_proxy.channel_accounts
            (merchant_id, channel_account_id, request_id, channel, name, base_url, state, channel_seller_id,
             quota_per_second, data_key_id, sealed_credentials, version, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
        ON CONFLICT DO NOTHING
        "#,
        account.merchant_id.as_uuid(),
        account.id.as_uuid(),
        new.request_id,
        account.channel,
        account.name,
        account.base_url,
        account.state.as_str(),
        account.channel_seller_id,
        i32::try_from(account.quota_per_second).unwrap_or(i32::MAX),
        new.data_key_id.as_uuid(),
        new.sealed_credentials,
        account.version,
        account.created_at,
    )
    .execute(conn)
    .await?;
    Ok(match inserted.rows_affected() {
        0 => Inserted::Exists,
        _ => Inserted::New,
    })
}

pub async fn find_by_request(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    request_id: &str,
) -> Result<Option<ChannelAccount>, Error> {
    sqlx::query_as!(
        AccountRow,
        r#"
        SELECT merchant_id, channel_account_id, channel, name, base_url, state, channel_seller_id, quota_per_second,
               version, created_at, tested_at, test_reason, test_detail, refused_at, refusal_reason, refusal_detail,
               credential_strikes, key_issued_on, key_expires_at, key_warned_days, warnings, egress_reported,
               egress_reported_at
        FROM channel_proxy.channel_accounts
        WHERE merchant_id = $1 AND request_id = $2
        "#,
        merchant_id.as_uuid(),
        request_id,
    )
    .fetch_optional(conn)
    .await?
    .map(TryInto::try_into)
    .transpose()
}

pub async fn find_by_seller(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    channel: &str,
    channel_seller_id: &str,
) -> Result<Option<ChannelAccountId>, Error> {
    let id = sqlx::query_scalar!(
        r#"
        SELECT channel_account_id
        FROM channel_proxy.channel_accounts
        WHERE merchant_id = $1 AND channel = $2 AND channel_seller_id = $3
        "#,
        merchant_id.as_uuid(),
        channel,
        channel_seller_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(ChannelAccountId::from_uuid))
}

pub async fn get(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    id: ChannelAccountId,
) -> Result<Option<ChannelAccount>, Error> {
    sqlx::query_as!(
        AccountRow,
        r#"
        SELECT merchant_id, channel_account_id, channel, name, base_url, state, channel_seller_id, quota_per_second,
               version, created_at, tested_at, test_reason, test_detail, refused_at, refusal_reason, refusal_detail,
               credential_strikes, key_issued_on, key_expires_at, key_warned_days, warnings, egress_reported,
               egress_reported_at
        FROM channel_proxy.channel_accounts
        WHERE merchant_id = $1 AND channel_account_id = $2
        "#,
        merchant_id.as_uuid(),
        id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(TryInto::try_into)
    .transpose()
}

pub async fn lock(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    id: ChannelAccountId,
) -> Result<Option<ChannelAccount>, Error> {
    sqlx::query_as!(
        AccountRow,
        r#"
        SELECT merchant_id, channel_account_id, channel, name, base_url, state, channel_seller_id, quota_per_second,
               version, created_at, tested_at, test_reason, test_detail, refused_at, refusal_reason, refusal_detail,
               credential_strikes, key_issued_on, key_expires_at, key_warned_days, warnings, egress_reported,
               egress_reported_at
        FROM channel_proxy.channel_accounts
        WHERE merchant_id = $1 AND channel_account_id = $2
        FOR UPDATE
        "#,
        merchant_id.as_uuid(),
        id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(TryInto::try_into)
    .transpose()
}

/// The accounts after a place in the list; of every merchant when none is named.
pub async fn list(
    conn: &mut PgConnection,
    merchant_id: Option<MerchantId>,
    after: (Uuid, Uuid),
    limit: i64,
) -> Result<Vec<ChannelAccount>, Error> {
    let rows = sqlx::query_as!(
        AccountRow,
        r#"
        SELECT merchant_id, channel_account_id, channel, name, base_url, state, channel_seller_id, quota_per_second,
               version, created_at, tested_at, test_reason, test_detail, refused_at, refusal_reason, refusal_detail,
               credential_strikes, key_issued_on, key_expires_at, key_warned_days, warnings, egress_reported,
               egress_reported_at
        FROM channel_proxy.channel_accounts
        WHERE ($1::uuid IS NULL OR merchant_id = $1) AND (merchant_id, channel_account_id) > ($2, $3)
        ORDER BY merchant_id, channel_account_id
        LIMIT $4
        "#,
        merchant_id.map(|id| id.as_uuid()),
        after.0,
        after.1,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The sealed credentials with their key's id.
pub async fn sealed_credentials(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    id: ChannelAccountId,
) -> Result<Option<(DataKeyId, Vec<u8>)>, Error> {
    let row = sqlx::query!(
        r#"
        SELECT data_key_id, sealed_credentials
        FROM channel_proxy.channel_accounts
        WHERE merchant_id = $1 AND channel_account_id = $2
        "#,
        merchant_id.as_uuid(),
        id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| {
        (
            DataKeyId::from_uuid(row.data_key_id),
            row.sealed_credentials,
        )
    }))
}

/// Writes the account's own facts; observations have writers of their own.
pub async fn save(
    conn: &mut PgConnection,
    account: &ChannelAccount,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        UPDATE channel_proxy.channel_accounts
        SET state = $3, name = $4, base_url = $5, quota_per_second = $6, key_issued_on = $7, key_expires_at = $8,
            key_warned_days = $9, warnings = $10, version = $11, updated_at = $12
        WHERE merchant_id = $1 AND channel_account_id = $2
        "#,
        account.merchant_id.as_uuid(),
        account.id.as_uuid(),
        account.state.as_str(),
        account.name,
        account.base_url,
        i32::try_from(account.quota_per_second).unwrap_or(i32::MAX),
        account.key.issued_on,
        account.key.expires_at,
        account.key.warned_days,
        account.key.warnings,
        account.version,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts other sealed credentials in the place of those in use.
pub async fn save_credentials(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    id: ChannelAccountId,
    data_key_id: DataKeyId,
    sealed: &[u8],
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        UPDATE channel_proxy.channel_accounts
        SET data_key_id = $3, sealed_credentials = $4, credential_strikes = 0
        WHERE merchant_id = $1 AND channel_account_id = $2
        "#,
        merchant_id.as_uuid(),
        id.as_uuid(),
        data_key_id.as_uuid(),
        sealed,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Accounts whose key ends before `until`, of every merchant, the next to end first. Locked, and passed over when
/// somebody else has them.
pub async fn lock_ending(
    conn: &mut PgConnection,
    until: DateTime<Utc>,
    after: (Uuid, Uuid),
    limit: i64,
) -> Result<Vec<ChannelAccount>, Error> {
    let rows = sqlx::query_as!(
        AccountRow,
        r#"
        SELECT merchant_id, channel_account_id, channel, name, base_url, state, channel_seller_id, quota_per_second,
               version, created_at, tested_at, test_reason, test_detail, refused_at, refusal_reason, refusal_detail,
               credential_strikes, key_issued_on, key_expires_at, key_warned_days, warnings, egress_reported,
               egress_reported_at
        FROM channel_proxy.channel_accounts
        WHERE key_expires_at < $1 AND key_warned_days IS DISTINCT FROM 1
          AND (merchant_id, channel_account_id) > ($2, $3)
        ORDER BY merchant_id, channel_account_id
        LIMIT $4
        FOR UPDATE SKIP LOCKED
        "#,
        until,
        after.0,
        after.1,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Keeps where the channel saw us, or that it takes our calls again.
pub async fn record_egress(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    id: ChannelAccountId,
    report: Option<EgressReport>,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        UPDATE channel_proxy.channel_accounts
        SET egress_reported = $3, egress_reported_at = $4
        WHERE merchant_id = $1 AND channel_account_id = $2
        "#,
        merchant_id.as_uuid(),
        id.as_uuid(),
        report.map(|report| report.address.to_string()),
        report.map(|report| report.at),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Who holds a seller's lease: the holder and until when, if it holds now by the database's clock.
pub async fn lease_until(
    conn: &mut PgConnection,
    seller: &str,
) -> Result<Option<DateTime<Utc>>, Error> {
    let until = sqlx::query_scalar!(
        r#"
        SELECT expires_at
        FROM channel_proxy.leases
        WHERE name = $1 AND holder IS NOT NULL AND expires_at > now()
        "#,
        seller,
    )
    .fetch_optional(conn)
    .await?;
    Ok(until)
}

pub async fn record_test(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    id: ChannelAccountId,
    test: &AccountTest,
) -> Result<(), Error> {
    let (reason, detail) = test.refusal.clone().unwrap_or_default();
    sqlx::query!(
        r#"
        UPDATE channel_proxy.channel_accounts
        SET tested_at = $3, test_reason = $4, test_detail = $5
        WHERE merchant_id = $1 AND channel_account_id = $2
        "#,
        merchant_id.as_uuid(),
        id.as_uuid(),
        test.tested_at,
        reason,
        detail,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps a refusal. One of the credentials is a strike, unless another stands less than `at_once` before: calls that were
/// under way together are refused together.
pub async fn record_refusal(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    id: ChannelAccountId,
    refusal: &Refusal,
    strike: Strike,
) -> Result<(), Error> {
    let since = match strike {
        Strike::Credentials { at_once } => Some(refusal.at - at_once),
        Strike::None => None,
    };
    sqlx::query!(
        r#"
        UPDATE channel_proxy.channel_accounts
        SET refused_at = $3, refusal_reason = $4, refusal_detail = $5,
            credential_strikes = CASE
                WHEN $6::timestamptz IS NULL OR (credential_strikes > 0 AND refused_at > $6) THEN credential_strikes
                ELSE LEAST(credential_strikes + 1, 100)
            END
        WHERE merchant_id = $1 AND channel_account_id = $2
        "#,
        merchant_id.as_uuid(),
        id.as_uuid(),
        refusal.at,
        refusal.reason,
        refusal.detail,
        since,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a refusal is about the credentials.
#[derive(Debug, Clone, Copy)]
pub enum Strike {
    /// It is.
    Credentials {
        /// Refusals that stand so close together are one.
        at_once: TimeDelta,
    },
    /// It is not.
    None,
}

/// The channel took the credentials in use.
pub async fn forget_strikes(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    id: ChannelAccountId,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        UPDATE channel_proxy.channel_accounts
        SET credential_strikes = 0
        WHERE merchant_id = $1 AND channel_account_id = $2
        "#,
        merchant_id.as_uuid(),
        id.as_uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
