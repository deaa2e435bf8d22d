use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, MerchantId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::call::CallRecord;
use crate::error::Error;

/// Ids hold no blank, so an array of them travels as one text.
const BETWEEN: &str = " ";

/// A call as it stands.
#[derive(Debug, Clone)]
pub struct CallRow {
    pub channel_account_id: Uuid,
    pub called_at: DateTime<Utc>,
    pub call_id: Uuid,
    pub channel: String,
    pub api: String,
    pub http_status: Option<i32>,
    pub duration_ms: i64,
    pub request_id: String,
    pub trace_id: String,
    pub channel_trace_id: String,
    pub bytes_out: i64,
    pub bytes_in: i64,
    pub failure: Option<String>,
    pub about: Vec<String>,
}

/// Which calls.
#[derive(Debug, Clone)]
pub struct CallFilter {
    pub channel_account_id: Option<ChannelAccountId>,
    /// Ids of which the call was about one; none means any call.
    pub about: Vec<String>,
    pub api: Option<String>,
    pub failures_only: bool,
    /// Inside.
    pub from: DateTime<Utc>,
    /// Outside.
    pub to: DateTime<Utc>,
    /// The last row of the page before.
    pub before: Option<(DateTime<Utc>, Uuid)>,
    pub limit: i64,
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Writes calls down. A row that stands already (a batch whose answer was lost) is left as it is.
pub async fn insert(conn: &mut PgConnection, records: &[CallRecord]) -> Result<(), sqlx::Error> {
    let all = || records.iter();
    let merchants: Vec<Uuid> = all().map(|r| r.merchant_id.as_uuid()).collect();
    let accounts: Vec<Uuid> = all().map(|r| r.channel_account_id.as_uuid()).collect();
    let called_at: Vec<_> = all().map(|r| r.called_at).collect();
    let call_ids: Vec<Uuid> = all().map(|r| r.call_id).collect();
    let channels: Vec<String> = all().map(|r| r.channel.clone()).collect();
    let apis: Vec<String> = all().map(|r| r.name.api.to_owned()).collect();
    let statuses: Vec<Option<i32>> = all().map(|r| r.http_status.map(i32::from)).collect();
    let durations: Vec<i64> = all().map(|r| number(r.duration_ms)).collect();
    let requests: Vec<String> = all().map(|r| r.request_id.clone()).collect();
    let traces: Vec<String> = all().map(|r| r.trace_id.clone()).collect();
    let channel_traces: Vec<String> = all().map(|r| r.channel_trace_id.clone()).collect();
    let bytes_out: Vec<i64> = all().map(|r| number(r.bytes_out)).collect();
    let bytes_in: Vec<i64> = all().map(|r| number(r.bytes_in)).collect();
    let failures: Vec<Option<String>> = all().map(|r| r.failure.clone()).collect();
    let about: Vec<String> = all().map(|r| r.name.about.join(BETWEEN)).collect();
    sqlx::query!(
        r#"
        INSERT INTO channel_proxy.channel_calls
            (merchant_id, channel_account_id, called_at, call_id, channel, api, http_status, duration_ms, request_id,
             trace_id, channel_trace_id, bytes_out, bytes_in, failure, about)
        SELECT r.merchant_id, r.channel_account_id, r.called_at, r.call_id, r.channel, r.api, r.http_status,
               r.duration_ms, r.request_id, r.trace_id, r.channel_trace_id, r.bytes_out, r.bytes_in, r.failure,
               coalesce(string_to_array(nullif(r.about, ''), ' '), '{}')
        FROM (SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::timestamptz[]), unnest($4::uuid[]),
                     unnest($5::text[]), unnest($6::text[]), unnest($7::int[]), unnest($8::bigint[]),
                     unnest($9::text[]), unnest($10::text[]), unnest($11::text[]), unnest($12::bigint[]),
                     unnest($13::bigint[]), unnest($14::text[]), unnest($15::text[]))
             AS r (merchant_id, channel_account_id, called_at, call_id, channel, api, http_status, duration_ms,
                   request_id, trace_id, channel_trace_id, bytes_out, bytes_in, failure, about)
        ON CONFLICT DO NOTHING
        "#,
        &merchants,
        &accounts,
        &called_at,
        &call_ids,
        &channels,
        &apis,
        &statuses as &[Option<i32>],
        &durations,
        &requests,
        &traces,
        &channel_traces,
        &bytes_out,
        &bytes_in,
        &failures as &[Option<String>],
        &about,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Calls, the newest first.
pub async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    filter: &CallFilter,
) -> Result<Vec<CallRow>, Error> {
    if filter.about.is_empty() {
        list_all(conn, merchant_id, filter).await
    } else {
        list_about(conn, merchant_id, filter).await
    }
}

async fn list_all(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    filter: &CallFilter,
) -> Result<Vec<CallRow>, Error> {
    let before = filter.before.unwrap_or((filter.to, Uuid::nil()));
    let rows = sqlx::query_as!(
        CallRow,
        r#"
        SELECT channel_account_id, called_at, call_id, channel, api, http_status, duration_ms, request_id, trace_id,
               channel_trace_id, bytes_out, bytes_in, failure, about
        FROM channel_proxy.channel_calls
        WHERE merchant_id = $1 AND called_at >= $2 AND called_at < $3
          AND (called_at, call_id) < ($4, $5)
          AND ($6::uuid IS NULL OR channel_account_id = $6)
          AND ($7::text IS NULL OR api = $7)
          AND (NOT $8::boolean OR failure IS NOT NULL)
        ORDER BY called_at DESC, call_id DESC
        LIMIT $9
        "#,
        merchant_id.as_uuid(),
        filter.from,
        filter.to,
        before.0,
        before.1,
        filter.channel_account_id.map(|id| id.as_uuid()),
        filter.api.as_deref(),
        filter.failures_only,
        filter.limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// The same about given ids, by the index of ids.
async fn list_about(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    filter: &CallFilter,
) -> Result<Vec<CallRow>, Error> {
    let before = filter.before.unwrap_or((filter.to, Uuid::nil()));
    let rows = sqlx::query_as!(
        CallRow,
        r#"
        SELECT channel_account_id, called_at, call_id, channel, api, http_status, duration_ms, request_id, trace_id,
               channel_trace_id, bytes_out, bytes_in, failure, about
        FROM channel_proxy.channel_calls
        WHERE merchant_id = $1 AND called_at >= $2 AND called_at < $3
          AND (called_at, call_id) < ($4, $5)
          AND about && $6 AND cardinality(about) > 0
          AND ($7::uuid IS NULL OR channel_account_id = $7)
          AND ($8::text IS NULL OR api = $8)
          AND (NOT $9::boolean OR failure IS NOT NULL)
        ORDER BY called_at DESC, call_id DESC
        LIMIT $10
        "#,
        merchant_id.as_uuid(),
        filter.from,
        filter.to,
        before.0,
        before.1,
        &filter.about,
        filter.channel_account_id.map(|id| id.as_uuid()),
        filter.api.as_deref(),
        filter.failures_only,
        filter.limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}
