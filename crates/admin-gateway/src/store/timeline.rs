//! What happened to orders.

use chrono::{DateTime, Utc};
use moa_id::{MerchantId, OrderId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::story::Entry;
use crate::domain::timeline::{Params, TimelineKind};
use crate::error::Error;

/// More entries than this are no timeline a person reads.
const MOST: i64 = 500;

/// An entry to be stored.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// Whose.
    pub merchant_id: Uuid,
    /// The order it happened to.
    pub order_id: Uuid,
    /// Made again by every event that tells of the same.
    pub entry_key: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: TimelineKind,
    /// Filled into its words; no personal data.
    pub params: Params,
}

/// Adds entries. Of two that tell of the same, the earlier one stays; of two that tell of the same moment, the one whose
/// parameters are sorted first, so that it does not matter which was heard first.
pub async fn add(conn: &mut PgConnection, entries: &[NewEntry]) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let merchant_ids: Vec<Uuid> = entries.iter().map(|e| e.merchant_id).collect();
    let order_ids: Vec<Uuid> = entries.iter().map(|e| e.order_id).collect();
    let keys: Vec<String> = entries.iter().map(|e| e.entry_key.clone()).collect();
    let times: Vec<DateTime<Utc>> = entries.iter().map(|e| e.at).collect();
    let kinds: Vec<String> = entries.iter().map(|e| e.kind.as_str().to_owned()).collect();
    let params: Vec<serde_json::Value> = entries.iter().map(|e| to_json(&e.params)).collect();
    sqlx::query!(
        "INSERT INTO admin_gateway.timeline_entries AS t (merchant_id, order_id, entry_key, at, kind, params)
         SELECT DISTINCT ON (merchant_id, order_id, entry_key) merchant_id, order_id, entry_key, at, kind, params
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::jsonb[])
             AS e (merchant_id, order_id, entry_key, at, kind, params)
         ORDER BY merchant_id, order_id, entry_key, at, params
         ON CONFLICT (merchant_id, order_id, entry_key) DO UPDATE SET at = EXCLUDED.at, params = EXCLUDED.params
         WHERE (EXCLUDED.at, EXCLUDED.params) < (t.at, t.params)",
        &merchant_ids,
        &order_ids,
        &keys,
        &times,
        &kinds,
        &params
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The entries of an order as they were stored, oldest first.
pub async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_id: OrderId,
) -> Result<Vec<Entry>, Error> {
    let rows = sqlx::query!(
        "SELECT at, kind, params
         FROM admin_gateway.timeline_entries
         WHERE merchant_id = $1 AND order_id = $2
         ORDER BY at, entry_key
         LIMIT $3",
        merchant_id.as_uuid(),
        order_id.as_uuid(),
        MOST
    )
    .fetch_all(conn)
    .await?;
    let entries = rows.into_iter().map(|row| {
        let bad = |problem: String| Error::Row {
            table: "timeline_entries",
            problem,
        };
        Ok(Entry {
            at: row.at,
            kind: TimelineKind::parse(&row.kind)
                .ok_or_else(|| bad(format!("kind {:?} is unknown", row.kind)))?,
            params: serde_json::from_value(row.params).map_err(|error| bad(error.to_string()))?,
        })
    });
    entries.collect()
}

fn to_json(params: &Params) -> serde_json::Value {
    params
        .iter()
        .map(|(name, value)| (name.clone(), serde_json::Value::from(value.as_str())))
        .collect()
}
