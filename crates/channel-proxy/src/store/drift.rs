use chrono::{DateTime, Utc};
use moa_id::MerchantId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::drift::{DriftFinding, DriftKind, Place};
use crate::error::Error;

/// Places that are kept of one merchant. A channel that invents names without end fills no table.
const MAX_PLACES: i64 = 1000;

struct FindingRow {
    merchant_id: Uuid,
    drift_finding_id: Uuid,
    channel: String,
    api: String,
    kind: String,
    path: String,
    first_seen_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    count: i64,
    sample: String,
}

impl TryFrom<FindingRow> for DriftFinding {
    type Error = Error;

    fn try_from(row: FindingRow) -> Result<Self, Error> {
        let kind = DriftKind::parse(&row.kind).ok_or(Error::BadRow {
            table: "drift_findings",
            id: row.drift_finding_id,
            reason: "unknown kind",
        })?;
        Ok(Self {
            merchant_id: MerchantId::from_uuid(row.merchant_id),
            id: row.drift_finding_id,
            channel: row.channel,
            place: Place {
                api: row.api,
                kind,
                path: row.path,
            },
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
            count: row.count,
            sample: row.sample,
        })
    }
}

/// Counts a finding; gives whether it is the first of its place.
pub async fn record(conn: &mut PgConnection, finding: &DriftFinding) -> Result<bool, Error> {
    let counted = sqlx::query!(
        r#"
        UPDATE channel_proxy.drift_findings
        SET count = count + $6, last_seen_at = greatest(last_seen_at, $7)
        WHERE merchant_id = $1 AND channel = $2 AND api = $3 AND kind = $4 AND path = $5
        "#,
        finding.merchant_id.as_uuid(),
        finding.channel,
        finding.place.api,
        finding.place.kind.as_str(),
        finding.place.path,
        finding.count,
        finding.last_seen_at,
    )
    .execute(&mut *conn)
    .await?;
    if counted.rows_affected() > 0 {
        return Ok(false);
    }
    let inserted = sqlx::query!(
        r#"
        INSERT INTO channel_proxy.drift_findings
            (merchant_id, drift_finding_id, channel, api, kind, path, first_seen_at, last_seen_at, count, sample)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
        WHERE (SELECT count(*) FROM channel_proxy.drift_findings WHERE merchant_id = $1) < $11
        ON CONFLICT DO NOTHING
        "#,
        finding.merchant_id.as_uuid(),
        finding.id,
        finding.channel,
        finding.place.api,
        finding.place.kind.as_str(),
        finding.place.path,
        finding.first_seen_at,
        finding.last_seen_at,
        finding.count,
        finding.sample,
        MAX_PLACES,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() > 0)
}

/// Findings, the last seen first.
pub async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    channel: Option<&str>,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<DriftFinding>, Error> {
    let (before_at, before_id) = before.unzip();
    let rows = sqlx::query_as!(
        FindingRow,
        r#"
        SELECT merchant_id, drift_finding_id, channel, api, kind, path, first_seen_at, last_seen_at, count, sample
        FROM channel_proxy.drift_findings
        WHERE merchant_id = $1
          AND ($2::text IS NULL OR channel = $2)
          AND ($3::timestamptz IS NULL OR (last_seen_at, drift_finding_id) < ($3, $4::uuid))
        ORDER BY last_seen_at DESC, drift_finding_id DESC
        LIMIT $5
        "#,
        merchant_id.as_uuid(),
        channel,
        before_at,
        before_id,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}
