//! What is known of the listings that lines refer to.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// A listing that was mapped once.
#[derive(Debug, Clone)]
pub struct ListingRow {
    /// Whose.
    pub merchant_id: Uuid,
    /// Where it is offered.
    pub channel_account_id: Uuid,
    /// The channel's.
    pub channel_listing_id: String,
    /// The event's.
    pub version: i64,
    /// PHYSICAL or DIGITAL; none since it lost its mapping.
    pub kind: Option<String>,
}

/// Stores what is newer; each listing at most once.
pub async fn upsert(conn: &mut PgConnection, rows: &[ListingRow]) -> Result<(), Error> {
    let merchant_ids: Vec<Uuid> = rows.iter().map(|row| row.merchant_id).collect();
    let account_ids: Vec<Uuid> = rows.iter().map(|row| row.channel_account_id).collect();
    let listing_ids: Vec<String> = rows
        .iter()
        .map(|row| row.channel_listing_id.clone())
        .collect();
    let versions: Vec<i64> = rows.iter().map(|row| row.version).collect();
    let kinds: Vec<Option<String>> = rows.iter().map(|row| row.kind.clone()).collect();
    sqlx::query!(
        "INSERT INTO admin_gateway.board_listings AS b
             (merchant_id, channel_account_id, channel_listing_id, version, kind)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[])
         ON CONFLICT (merchant_id, channel_account_id, channel_listing_id) DO UPDATE SET
             version = EXCLUDED.version, kind = EXCLUDED.kind
         WHERE b.version < EXCLUDED.version",
        &merchant_ids,
        &account_ids,
        &listing_ids,
        &versions,
        &kinds as _
    )
    .execute(conn)
    .await?;
    Ok(())
}
