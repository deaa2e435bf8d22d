//! Writing entitlements to the board: they tell which lines are digital.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// An entitlement as its event shows it.
#[derive(Debug, Clone)]
pub struct EntitlementRow {
    /// Whose.
    pub merchant_id: Uuid,
    /// Which.
    pub entitlement_id: Uuid,
    /// The event's.
    pub version: i64,
    /// The order.
    pub order_id: Uuid,
    /// The line.
    pub line_id: Uuid,
    /// Our word.
    pub state: String,
}

/// Stores what is newer than the board; each entitlement at most once. Gives the orders it touched.
pub async fn upsert(conn: &mut PgConnection, rows: &[EntitlementRow]) -> Result<Vec<Uuid>, Error> {
    let ids = |value: fn(&EntitlementRow) -> Uuid| rows.iter().map(value).collect::<Vec<_>>();
    let versions: Vec<i64> = rows.iter().map(|row| row.version).collect();
    let states: Vec<String> = rows.iter().map(|row| row.state.clone()).collect();
    let changed = sqlx::query_scalar!(
        "INSERT INTO admin_gateway.board_entitlements AS b
             (merchant_id, entitlement_id, version, order_id, line_id, state)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::text[])
         ON CONFLICT (merchant_id, entitlement_id) DO UPDATE SET
             version = EXCLUDED.version, state = EXCLUDED.state
         WHERE b.version < EXCLUDED.version
         RETURNING order_id",
        &ids(|row| row.merchant_id),
        &ids(|row| row.entitlement_id),
        &versions,
        &ids(|row| row.order_id),
        &ids(|row| row.line_id),
        &states,
    )
    .fetch_all(conn)
    .await?;
    Ok(changed)
}
