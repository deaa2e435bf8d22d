use chrono::{DateTime, NaiveDate, Utc};
use moa_id::{ChannelAccountId, CredentialsId, DataKeyId, MerchantId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::account::AccountTest;
use crate::domain::credential_set::{CredentialSet, SetState};
use crate::error::Error;

/// Sealed credentials with the key they are sealed under.
pub type Sealed = (DataKeyId, Vec<u8>);

struct SetRow {
    credentials_id: Uuid,
    channel_account_id: Uuid,
    state: String,
    key_issued_on: Option<NaiveDate>,
    tested_at: Option<DateTime<Utc>>,
    test_reason: Option<String>,
    test_detail: Option<String>,
    created_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
}

impl TryFrom<SetRow> for CredentialSet {
    type Error = Error;

    fn try_from(row: SetRow) -> Result<Self, Error> {
        let state = SetState::parse(&row.state).ok_or(Error::BadRow {
            table: "channel_credentials",
            id: row.credentials_id,
            reason: "unknown state",
        })?;
        let last_test = row.tested_at.map(|tested_at| {
            let reason = row.test_reason.filter(|reason| !reason.is_empty());
            let refusal = reason.map(|reason| (reason, row.test_detail.unwrap_or_default()));
            AccountTest { tested_at, refusal }
        });
        Ok(Self {
            id: CredentialsId::from_uuid(row.credentials_id),
            account_id: ChannelAccountId::from_uuid(row.channel_account_id),
            state,
            key_issued_on: row.key_issued_on,
            last_test,
            created_at: row.created_at,
            changed_at: row.changed_at,
        })
    }
}

pub async fn insert(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    request_id: &str,
    set: &CredentialSet,
    sealed: &Sealed,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        INSERT INTO channel_proxy.channel_credentials
            (merchant_id, credentials_id, channel_account_id, request_id, state, key_issued_on, data_key_id,
             sealed_credentials, created_at, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
        merchant_id.as_uuid(),
        set.id.as_uuid(),
        set.account_id.as_uuid(),
        request_id,
        set.state.as_str(),
        set.key_issued_on,
        sealed.0.as_uuid(),
        sealed.1,
        set.created_at,
        set.changed_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find_by_request(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    request_id: &str,
) -> Result<Option<CredentialSet>, Error> {
    sqlx::query_as!(
        SetRow,
        r#"
        SELECT credentials_id, channel_account_id, state, key_issued_on, tested_at, test_reason, test_detail,
               created_at, changed_at
        FROM channel_proxy.channel_credentials
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

/// One set of an account. Whoever changes it holds the account's lock.
pub async fn get(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    account_id: ChannelAccountId,
    id: CredentialsId,
) -> Result<Option<CredentialSet>, Error> {
    sqlx::query_as!(
        SetRow,
        r#"
        SELECT credentials_id, channel_account_id, state, key_issued_on, tested_at, test_reason, test_detail,
               created_at, changed_at
        FROM channel_proxy.channel_credentials
        WHERE merchant_id = $1 AND channel_account_id = $2 AND credentials_id = $3
        "#,
        merchant_id.as_uuid(),
        account_id.as_uuid(),
        id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(TryInto::try_into)
    .transpose()
}

/// The newest sets of an account.
pub async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    account_id: ChannelAccountId,
    limit: i64,
) -> Result<Vec<CredentialSet>, Error> {
    let rows = sqlx::query_as!(
        SetRow,
        r#"
        SELECT credentials_id, channel_account_id, state, key_issued_on, tested_at, test_reason, test_detail,
               created_at, changed_at
        FROM channel_proxy.channel_credentials
        WHERE merchant_id = $1 AND channel_account_id = $2
        ORDER BY created_at DESC, credentials_id DESC
        LIMIT $3
        "#,
        merchant_id.as_uuid(),
        account_id.as_uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// How many sets of an account stand beside those in use.
pub async fn count_waiting(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    account_id: ChannelAccountId,
) -> Result<i64, Error> {
    let count = sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!"
        FROM channel_proxy.channel_credentials
        WHERE merchant_id = $1 AND channel_account_id = $2 AND state IN ('PENDING', 'PREVIOUS')
        "#,
        merchant_id.as_uuid(),
        account_id.as_uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}

/// A set's sealed credentials; nothing when it stands nowhere by itself.
pub async fn sealed(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    id: CredentialsId,
) -> Result<Option<Sealed>, Error> {
    let row = sqlx::query!(
        r#"
        SELECT data_key_id AS "data_key_id!", sealed_credentials AS "sealed_credentials!"
        FROM channel_proxy.channel_credentials
        WHERE merchant_id = $1 AND credentials_id = $2 AND sealed_credentials IS NOT NULL
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

/// The set stands nowhere by itself any more: it was put to use, or destroyed.
pub async fn leave(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    id: CredentialsId,
    state: SetState,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        UPDATE channel_proxy.channel_credentials
        SET state = $3, data_key_id = NULL, sealed_credentials = NULL, changed_at = $4
        WHERE merchant_id = $1 AND credentials_id = $2
        "#,
        merchant_id.as_uuid(),
        id.as_uuid(),
        state.as_str(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The keys under which the sets beside those in use are sealed.
pub async fn waiting_keys(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    account_id: ChannelAccountId,
) -> Result<Vec<DataKeyId>, Error> {
    let keys = sqlx::query_scalar!(
        r#"
        SELECT data_key_id AS "data_key_id!"
        FROM channel_proxy.channel_credentials
        WHERE merchant_id = $1 AND channel_account_id = $2 AND data_key_id IS NOT NULL
        "#,
        merchant_id.as_uuid(),
        account_id.as_uuid(),
    )
    .fetch_all(conn)
    .await?;
    Ok(keys.into_iter().map(DataKeyId::from_uuid).collect())
}

/// No set of the account stands anywhere by itself any more, nor is one of them in use.
pub async fn retire_all(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    account_id: ChannelAccountId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        UPDATE channel_proxy.channel_credentials
        SET state = 'RETIRED', data_key_id = NULL, sealed_credentials = NULL, changed_at = $3
        WHERE merchant_id = $1 AND channel_account_id = $2 AND state <> 'RETIRED'
        "#,
        merchant_id.as_uuid(),
        account_id.as_uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What was in use leaves the account and stands by itself again: in the row it had, or in a new one.
pub async fn become_previous(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    set: &CredentialSet,
    sealed: &Sealed,
) -> Result<(), Error> {
    let kept = sqlx::query!(
        r#"
        UPDATE channel_proxy.channel_credentials
        SET state = 'PREVIOUS', data_key_id = $3, sealed_credentials = $4, key_issued_on = $5, changed_at = $6
        WHERE merchant_id = $1 AND credentials_id = $2
        "#,
        merchant_id.as_uuid(),
        set.id.as_uuid(),
        sealed.0.as_uuid(),
        sealed.1,
        set.key_issued_on,
        set.changed_at,
    )
    .execute(&mut *conn)
    .await?;
    if kept.rows_affected() == 0 {
        insert(conn, merchant_id, &set.id.to_string(), set, sealed).await?;
    }
    Ok(())
}

/// The row of the set in use, when it was entered after the registration.
pub async fn promoted(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    account_id: ChannelAccountId,
) -> Result<Option<CredentialSet>, Error> {
    sqlx::query_as!(
        SetRow,
        r#"
        SELECT credentials_id, channel_account_id, state, key_issued_on, tested_at, test_reason, test_detail,
               created_at, changed_at
        FROM channel_proxy.channel_credentials
        WHERE merchant_id = $1 AND channel_account_id = $2 AND state = 'PROMOTED'
        "#,
        merchant_id.as_uuid(),
        account_id.as_uuid(),
    )
    .fetch_optional(conn)
    .await?
    .map(TryInto::try_into)
    .transpose()
}

pub async fn record_test(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    id: CredentialsId,
    test: &AccountTest,
) -> Result<(), Error> {
    let (reason, detail) = test.refusal.clone().unwrap_or_default();
    sqlx::query!(
        r#"
        UPDATE channel_proxy.channel_credentials
        SET tested_at = $3, test_reason = $4, test_detail = $5
        WHERE merchant_id = $1 AND credentials_id = $2
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
