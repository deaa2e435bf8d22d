//! Which orders a page of the board shows.
//!
//! The statements are planned for the values at hand (`persistent(false)`): which index serves depends on which filters
//! are set, and a prefix search needs its prefix at planning time.

use chrono::{DateTime, Utc};
use moa_id::MerchantId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// Names are looked for in so many of the newest orders; numbers are looked for in all.
const NAME_SCAN: i64 = 50_000;
/// Orders found by a number, at most. A longer beginning of the number finds the rest.
const NUMBER_HITS: i64 = 1_000;

/// Which orders, and from where.
#[derive(Debug)]
pub struct Search<'a> {
    /// Whose.
    pub merchant_id: MerchantId,
    /// Only this channel's.
    pub channel: Option<&'a str>,
    /// Only in this state.
    pub state: Option<&'a str>,
    /// After this place.
    pub after: Option<(DateTime<Utc>, Uuid)>,
    /// So many.
    pub limit: i64,
}

/// The orders of a page, newest first.
pub async fn page(conn: &mut PgConnection, search: &Search<'_>) -> Result<Vec<Uuid>, Error> {
    let (after_at, after_id) = search.after.unzip();
    let ids = sqlx::query_scalar!(
        "SELECT order_id FROM admin_gateway.board_orders
         WHERE merchant_id = $1
             AND ($2::text IS NULL OR channel = $2)
             AND ($3::text IS NULL OR state = $3)
             AND ($4::timestamptz IS NULL OR (ordered_at, order_id) < ($4, $5::uuid))
         ORDER BY ordered_at DESC, order_id DESC
         LIMIT $6",
        search.merchant_id.as_uuid(),
        search.channel,
        search.state,
        after_at,
        after_id,
        search.limit
    )
    .persistent(false)
    .fetch_all(conn)
    .await?;
    Ok(ids)
}

/// The orders of a page that match a text: the beginning of a number, or a part of a name or SKU.
pub async fn page_matching(
    conn: &mut PgConnection,
    search: &Search<'_>,
    text: &str,
) -> Result<Vec<Uuid>, Error> {
    let (after_at, after_id) = search.after.unzip();
    let escaped = escape_like(text);
    let part = format!("%{}%", escaped.to_lowercase());
    let beginning = format!("{escaped}%");
    let ids = sqlx::query_scalar!(
        r#"WITH found AS (
             SELECT order_id FROM (
                 SELECT order_id, search_text, channel_order_id FROM admin_gateway.board_orders
                 WHERE merchant_id = $1
                     AND ($2::text IS NULL OR channel = $2)
                     AND ($3::text IS NULL OR state = $3)
                     AND ($4::timestamptz IS NULL OR (ordered_at, order_id) < ($4, $5::uuid))
                 ORDER BY ordered_at DESC, order_id DESC
                 LIMIT $9
             ) recent
             WHERE search_text LIKE $7 OR channel_order_id LIKE $8
             UNION
             (SELECT order_id FROM admin_gateway.board_orders
              WHERE merchant_id = $1 AND channel_order_id LIKE $8 LIMIT $10)
             UNION
             (SELECT order_id FROM admin_gateway.board_lines
              WHERE merchant_id = $1 AND tracking_number LIKE $8 LIMIT $10)
             UNION
             (SELECT l.order_id FROM admin_gateway.board_shipments s
              JOIN admin_gateway.board_shipment_lines l
                  ON l.merchant_id = s.merchant_id AND l.shipment_id = s.shipment_id
              WHERE s.merchant_id = $1 AND s.tracking_number LIKE $8 LIMIT $10)
         )
         SELECT o.order_id FROM admin_gateway.board_orders o
         JOIN found f ON f.order_id = o.order_id
         WHERE o.merchant_id = $1
             AND ($2::text IS NULL OR o.channel = $2)
             AND ($3::text IS NULL OR o.state = $3)
             AND ($4::timestamptz IS NULL OR (o.ordered_at, o.order_id) < ($4, $5::uuid))
         ORDER BY o.ordered_at DESC, o.order_id DESC
         LIMIT $6"#,
        search.merchant_id.as_uuid(),
        search.channel,
        search.state,
        after_at,
        after_id,
        search.limit,
        part,
        beginning,
        NAME_SCAN,
        NUMBER_HITS
    )
    .persistent(false)
    .fetch_all(conn)
    .await?;
    Ok(ids)
}

/// A text that stands for itself in LIKE.
fn escape_like(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    #[test]
    fn wildcards_stand_for_themselves() {
        assert_eq!(super::escape_like(r"50%_\"), r"50\%\_\\");
    }
}
