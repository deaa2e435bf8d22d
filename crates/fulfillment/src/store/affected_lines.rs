//! Lines that a changed mapping of their listing concerns.

use chrono::{DateTime, Utc};
use moa_id::{LineId, MerchantId, OrderId, ShipmentId, VariantId};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::StoreError;
use super::components::{self, ComponentRow};
use super::listings::ListingKey;
use crate::domain::affected::{AffectedLine, AffectedShipment, Given, SoFar, Standing};
use crate::domain::order::VariantKind;

/// Which lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that wait, too.
    All,
    /// Those only that do not follow by themselves.
    NeedsPerson,
}

struct Row {
    order_id: Uuid,
    line_id: Uuid,
    channel: String,
    channel_order_id: String,
    product_name: String,
    option_name: String,
    owed: i32,
    ordered_at: DateTime<Utc>,
    shipment_id: Option<Uuid>,
    carrier: Option<String>,
    tracking_number: Option<String>,
    packed: Option<i32>,
    packed_as: Option<Json<Vec<ComponentRow>>>,
    may_have_left: bool,
    packed_otherwise: bool,
    granted_otherwise: bool,
    granted_variants: Vec<Uuid>,
    granted_names: Vec<String>,
    granted_quantities: Vec<i32>,
}

/// Newest first, those older than `before`. The parts that are packed are compared with the parcel, the digital ones with
/// what was granted. A line is in one living shipment at most.
pub async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    key: &ListingKey,
    which: Which,
    before: Option<LineId>,
    limit: i64,
) -> Result<Vec<AffectedLine>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"WITH present AS (
               SELECT jsonb_path_query_array(g.components, '$[*] ? (@.kind == "PHYSICAL").variant_id')
                          || jsonb_path_query_array(g.components, '$[*] ? (@.kind == "PHYSICAL").quantity') AS packed,
                      ARRAY(
                          SELECT (c ->> 'variant_id')::uuid
                          FROM jsonb_array_elements(g.components) c
                          WHERE c ->> 'kind' = 'DIGITAL'
                          ORDER BY 1
                      ) AS granted
               FROM fulfillment.listings g
               WHERE g.merchant_id = $1 AND g.channel_account_id = $2 AND g.channel_listing_id = $3
           ), candidates AS (
               SELECT o.line_id
               FROM fulfillment.order_lines o
               WHERE o.merchant_id = $1 AND o.channel_account_id = $2 AND o.channel_listing_id = $3
                   AND o.state IN ('PLACED', 'ACKNOWLEDGED')
                   AND ($4::uuid IS NULL OR o.line_id < $4)
               UNION
               SELECT s.line_id
               FROM fulfillment.shipment_lines s
               WHERE s.merchant_id = $1 AND s.channel_account_id = $2 AND s.channel_listing_id = $3
                   AND ($4::uuid IS NULL OR s.line_id < $4)
           ), facts AS (
               SELECT l.*, o.channel, o.channel_order_id, o.ordered_at, s.shipment_id, s.carrier, s.tracking_number,
                      s.packed, s.packed_as, coalesce(s.may_have_left, false) AS may_have_left,
                      s.packed_as IS NOT NULL
                          AND jsonb_path_query_array(s.packed_as, '$[*] ? (@.kind == "PHYSICAL").variant_id')
                              || jsonb_path_query_array(s.packed_as, '$[*] ? (@.kind == "PHYSICAL").quantity')
                          IS DISTINCT FROM coalesce((SELECT packed FROM present), '[]') AS packed_otherwise,
                      g.variants IS NOT NULL
                          AND g.variants IS DISTINCT FROM coalesce((SELECT granted FROM present), '{}') AS granted_otherwise,
                      g.variants, g.names, g.quantities
               FROM candidates
               JOIN fulfillment.order_lines l ON l.merchant_id = $1 AND l.line_id = candidates.line_id
               JOIN fulfillment.orders o ON o.merchant_id = $1 AND o.order_id = l.order_id
               LEFT JOIN LATERAL (
                   SELECT h.shipment_id, h.carrier, h.tracking_number, i.quantity AS packed, i.components AS packed_as,
                          h.state IN ('DISPATCHING', 'DISPATCHED') OR EXISTS (
                              SELECT FROM fulfillment.shipment_parcels p
                              WHERE p.merchant_id = $1 AND p.shipment_id = h.shipment_id
                                  AND p.dispatch_state IN ('IN_FLIGHT', 'UNCLEAR', 'CONFIRMED')
                          ) AS may_have_left
                   FROM fulfillment.shipment_lines i
                   JOIN fulfillment.shipments h ON h.merchant_id = $1 AND h.shipment_id = i.shipment_id
                   WHERE i.merchant_id = $1 AND i.line_id = l.line_id AND h.state <> 'CANCELLED'
                   ORDER BY h.shipment_id
                   LIMIT 1
               ) s ON true
               LEFT JOIN LATERAL (
                   SELECT array_agg(e.variant_id ORDER BY e.variant_id) AS variants,
                          array_agg(e.product_name ORDER BY e.variant_id) AS names,
                          array_agg(e.quantity ORDER BY e.variant_id) AS quantities
                   FROM fulfillment.entitlements e
                   WHERE e.merchant_id = $1 AND e.order_id = l.order_id AND e.line_id = l.line_id AND e.state <> 'REVOKED'
               ) g ON true
           )
           SELECT f.order_id AS "order_id!", f.line_id AS "line_id!", f.channel AS "channel!",
                  f.channel_order_id AS "channel_order_id!", f.product_name AS "product_name!",
                  f.option_name AS "option_name!", greatest(f.quantity - f.cancelled_quantity, 0) AS "owed!",
                  f.ordered_at AS "ordered_at!",
                  f.shipment_id AS "shipment_id?", f.carrier AS "carrier?", f.tracking_number AS "tracking_number?",
                  f.packed AS "packed?", f.packed_as AS "packed_as?: Json<Vec<ComponentRow>>",
                  f.may_have_left AS "may_have_left!", f.packed_otherwise AS "packed_otherwise!",
                  f.granted_otherwise AS "granted_otherwise!", coalesce(f.variants, '{}') AS "granted_variants!",
                  coalesce(f.names, '{}') AS "granted_names!", coalesce(f.quantities, '{}') AS "granted_quantities!"
           FROM facts f
           WHERE f.packed_otherwise
               OR f.granted_otherwise
               OR ($5 AND f.shipment_id IS NULL AND f.state IN ('PLACED', 'ACKNOWLEDGED')
                   AND f.quantity > f.cancelled_quantity
                   -- What was granted by the mapping that holds now, and has nothing to be packed, is as it should be.
                   AND (f.variants IS NULL OR (SELECT packed FROM present) <> '[]'))
           ORDER BY f.line_id DESC
           LIMIT $6"#,
        merchant_id.as_uuid(),
        key.account_id.as_uuid(),
        key.channel_listing_id,
        before.map(|id| id.as_uuid()),
        which == Which::All,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(AffectedLine::try_from).collect()
}

impl TryFrom<Row> for AffectedLine {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let so_far = SoFar {
            packed_otherwise: row.packed_otherwise,
            may_have_left: row.may_have_left,
            granted_otherwise: row.granted_otherwise,
        };
        let standing = so_far.standing();
        let packed = row.packed.unwrap_or(row.owed);
        let contents = match (standing, row.packed_as) {
            (Standing::Packed | Standing::Left, Some(Json(rows))) => {
                let components = components::read(rows).ok_or_else(|| {
                    StoreError::corrupt("shipment line", row.line_id, "unknown kind of variant")
                })?;
                let physical = components
                    .into_iter()
                    .filter(|c| c.kind == VariantKind::Physical);
                physical
                    .map(|component| Given {
                        variant_id: component.variant_id,
                        quantity: component.units(packed),
                        sku: component.sku,
                        name: component.name,
                    })
                    .collect()
            }
            (Standing::Granted, _) => {
                let names = row.granted_names.into_iter().zip(row.granted_quantities);
                let granted = row.granted_variants.into_iter().zip(names);
                granted
                    .map(|(variant_id, (name, quantity))| Given {
                        variant_id: VariantId::from_uuid(variant_id),
                        sku: String::new(),
                        name,
                        quantity,
                    })
                    .collect()
            }
            _ => Vec::new(),
        };
        let shipment = match (row.shipment_id, row.carrier, row.tracking_number) {
            (Some(id), Some(carrier), Some(tracking_number)) => Some(AffectedShipment {
                id: ShipmentId::from_uuid(id),
                carrier,
                tracking_number,
            }),
            _ => None,
        };
        Ok(Self {
            order_id: OrderId::from_uuid(row.order_id),
            line_id: LineId::from_uuid(row.line_id),
            channel: row.channel,
            channel_order_id: row.channel_order_id,
            product_name: row.product_name,
            option_name: row.option_name,
            quantity: match standing {
                Standing::Packed | Standing::Left => packed,
                Standing::Follows | Standing::Granted => row.owed,
            },
            ordered_at: row.ordered_at,
            standing,
            shipment,
            contents,
        })
    }
}
