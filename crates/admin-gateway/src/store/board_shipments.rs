//! Writing shipments to the board.

use std::collections::HashSet;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// A shipment as its event shows it.
#[derive(Debug, Clone)]
pub struct ShipmentRow {
    /// Whose.
    pub merchant_id: Uuid,
    /// Which.
    pub shipment_id: Uuid,
    /// The event's.
    pub version: i64,
    /// Our word.
    pub state: String,
    /// Our code.
    pub carrier: String,
    /// As entered.
    pub tracking_number: String,
    /// Empty unless HELD.
    pub hold_reason: String,
    /// The same for people.
    pub hold_detail: String,
    /// (order, line) of each of its lines.
    pub lines: Vec<(Uuid, Uuid)>,
}

/// Stores what is newer than the board; each shipment at most once. Gives the orders it touched.
pub async fn upsert(
    conn: &mut PgConnection,
    shipments: &[ShipmentRow],
) -> Result<Vec<Uuid>, Error> {
    let changed = upsert_shipments(conn, shipments).await?;
    let shipments: Vec<&ShipmentRow> = shipments
        .iter()
        .filter(|shipment| changed.contains(&(shipment.merchant_id, shipment.shipment_id)))
        .collect();
    replace_lines(conn, &shipments).await?;
    let orders: HashSet<Uuid> = shipments
        .iter()
        .flat_map(|shipment| shipment.lines.iter().map(|(order_id, _)| *order_id))
        .collect();
    Ok(orders.into_iter().collect())
}

async fn upsert_shipments(
    conn: &mut PgConnection,
    shipments: &[ShipmentRow],
) -> Result<HashSet<(Uuid, Uuid)>, Error> {
    let column =
        |value: fn(&ShipmentRow) -> String| shipments.iter().map(value).collect::<Vec<_>>();
    let merchant_ids: Vec<Uuid> = shipments.iter().map(|s| s.merchant_id).collect();
    let shipment_ids: Vec<Uuid> = shipments.iter().map(|s| s.shipment_id).collect();
    let versions: Vec<i64> = shipments.iter().map(|s| s.version).collect();
    let rows = sqlx::query!(
        "INSERT INTO admin_gateway.board_shipments AS b
             (merchant_id, shipment_id, version, state, carrier, tracking_number, hold_reason, hold_detail)
         SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::text[]), unnest($5::text[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::text[])
         ON CONFLICT (merchant_id, shipment_id) DO UPDATE SET
             version = EXCLUDED.version, state = EXCLUDED.state, carrier = EXCLUDED.carrier,
             tracking_number = EXCLUDED.tracking_number, hold_reason = EXCLUDED.hold_reason,
             hold_detail = EXCLUDED.hold_detail
         WHERE b.version < EXCLUDED.version
         RETURNING merchant_id, shipment_id",
        &merchant_ids,
        &shipment_ids,
        &versions,
        &column(|s| s.state.clone()),
        &column(|s| s.carrier.clone()),
        &column(|s| s.tracking_number.clone()),
        &column(|s| s.hold_reason.clone()),
        &column(|s| s.hold_detail.clone()),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.merchant_id, row.shipment_id))
        .collect())
}

async fn replace_lines(conn: &mut PgConnection, shipments: &[&ShipmentRow]) -> Result<(), Error> {
    let (mut merchant_ids, mut shipment_ids) = (Vec::new(), Vec::new());
    let (mut order_ids, mut line_ids) = (Vec::new(), Vec::new());
    for shipment in shipments {
        for (order_id, line_id) in &shipment.lines {
            merchant_ids.push(shipment.merchant_id);
            shipment_ids.push(shipment.shipment_id);
            order_ids.push(*order_id);
            line_ids.push(*line_id);
        }
    }
    let all_merchants: Vec<Uuid> = shipments.iter().map(|s| s.merchant_id).collect();
    let all_shipments: Vec<Uuid> = shipments.iter().map(|s| s.shipment_id).collect();
    sqlx::query!(
        "DELETE FROM admin_gateway.board_shipment_lines l
         USING unnest($1::uuid[], $2::uuid[]) AS s (merchant_id, shipment_id)
         WHERE l.merchant_id = s.merchant_id AND l.shipment_id = s.shipment_id
             AND (l.shipment_id, l.line_id) NOT IN (SELECT * FROM unnest($3::uuid[], $4::uuid[]))",
        &all_merchants,
        &all_shipments,
        &shipment_ids,
        &line_ids
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "INSERT INTO admin_gateway.board_shipment_lines (merchant_id, shipment_id, order_id, line_id)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[])
         ON CONFLICT (merchant_id, shipment_id, line_id) DO NOTHING",
        &merchant_ids,
        &shipment_ids,
        &order_ids,
        &line_ids
    )
    .execute(conn)
    .await?;
    Ok(())
}
