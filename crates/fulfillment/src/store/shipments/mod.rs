//! `fulfillment.shipments` with their lines and parcels.

mod load;
mod write;

pub use load::load;
pub use write::{insert, save};

use moa_id::{LineId, MerchantId, OrderId, ShipmentId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use super::orders::uuids;
use crate::domain::carrier::{Carrier, TrackingNumber};
use crate::domain::packing::{NumberUse, PackedLine};
use crate::domain::shipment::Shipment;

/// The constraint that keeps one shipment per request.
pub const REQUEST_KEY: &str = "shipments_request_key";

/// Which shipments a list shows.
#[derive(Debug, Clone, Default)]
pub struct ShipmentFilter {
    /// In this state only, by its word.
    pub state: Option<&'static str>,
    /// With lines of this order only.
    pub order_id: Option<OrderId>,
    /// Older than this one: where a page goes on.
    pub before: Option<ShipmentId>,
}

/// One shipment, locked.
pub async fn lock(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    shipment_id: ShipmentId,
) -> Result<Option<Shipment>, StoreError> {
    sqlx::query_scalar!(
        "SELECT shipment_id
         FROM fulfillment.shipments
         WHERE merchant_id = $1 AND shipment_id = $2
         FOR UPDATE",
        merchant_id.as_uuid(),
        shipment_id.as_uuid(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    get(conn, merchant_id, shipment_id).await
}

/// One shipment.
pub async fn get(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    shipment_id: ShipmentId,
) -> Result<Option<Shipment>, StoreError> {
    Ok(load(conn, merchant_id, &[shipment_id]).await?.pop())
}

/// The shipment that a request made.
pub async fn find_by_request(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    request_id: &str,
) -> Result<Option<Shipment>, StoreError> {
    let found = sqlx::query_scalar!(
        "SELECT shipment_id
         FROM fulfillment.shipments
         WHERE merchant_id = $1 AND request_id = $2",
        merchant_id.as_uuid(),
        request_id,
    )
    .fetch_optional(&mut *conn)
    .await?;
    match found {
        Some(id) => get(conn, merchant_id, ShipmentId::from_uuid(id)).await,
        None => Ok(None),
    }
}

/// The shipments with lines of these orders that were not taken back, the oldest first.
pub async fn living_of_orders(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
) -> Result<Vec<ShipmentId>, StoreError> {
    let ids = sqlx::query_scalar!(
        "SELECT DISTINCT s.shipment_id
         FROM fulfillment.shipment_lines l
         JOIN fulfillment.shipments s ON s.merchant_id = l.merchant_id AND s.shipment_id = l.shipment_id
         WHERE l.merchant_id = $1 AND l.order_id = ANY ($2) AND s.state <> 'CANCELLED'
         ORDER BY s.shipment_id",
        merchant_id.as_uuid(),
        &uuids(order_ids),
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(ShipmentId::from_uuid).collect())
}

/// Lines of these orders that are in a shipment that was not taken back.
pub async fn packed_lines(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
) -> Result<Vec<PackedLine>, StoreError> {
    let rows = sqlx::query!(
        "SELECT l.line_id, s.shipment_id, s.carrier, s.tracking_number
         FROM fulfillment.shipment_lines l
         JOIN fulfillment.shipments s ON s.merchant_id = l.merchant_id AND s.shipment_id = l.shipment_id
         WHERE l.merchant_id = $1 AND l.order_id = ANY ($2) AND s.state <> 'CANCELLED'
         ORDER BY s.shipment_id",
        merchant_id.as_uuid(),
        &uuids(order_ids),
    )
    .fetch_all(conn)
    .await?;
    let mut packed = Vec::with_capacity(rows.len());
    for row in rows {
        packed.push(PackedLine {
            line_id: LineId::from_uuid(row.line_id),
            shipment_id: ShipmentId::from_uuid(row.shipment_id),
            carrier: parse_carrier(row.shipment_id, &row.carrier)?,
            tracking_number: TrackingNumber::from_stored(row.tracking_number),
        });
    }
    Ok(packed)
}

/// Orders in living shipments that go under this number, the newest shipments first: up to 200.
pub async fn uses_of_number(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    carrier: Carrier,
    number: &TrackingNumber,
) -> Result<Vec<NumberUse>, StoreError> {
    let rows = sqlx::query!(
        "SELECT DISTINCT s.shipment_id, p.order_id, p.channel_order_id
         FROM fulfillment.shipments s
         JOIN fulfillment.shipment_parcels p ON p.merchant_id = s.merchant_id AND p.shipment_id = s.shipment_id
         WHERE s.merchant_id = $1 AND s.tracking_number = $2 AND s.carrier = $3 AND s.state <> 'CANCELLED'
         ORDER BY s.shipment_id DESC, p.order_id
         LIMIT 200",
        merchant_id.as_uuid(),
        number.as_str(),
        carrier.code(),
    )
    .fetch_all(conn)
    .await?;
    let uses = rows.into_iter().map(|row| NumberUse {
        shipment_id: ShipmentId::from_uuid(row.shipment_id),
        order_id: OrderId::from_uuid(row.order_id),
        channel_order_id: row.channel_order_id,
    });
    Ok(uses.collect())
}

/// Lines of these orders that Moa must not pack by itself: they are in a shipment, or a person took back the one that
/// Moa had made.
pub async fn not_to_be_packed_again(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
) -> Result<Vec<LineId>, StoreError> {
    let ids = sqlx::query_scalar!(
        "SELECT DISTINCT l.line_id
         FROM fulfillment.shipment_lines l
         JOIN fulfillment.shipments s ON s.merchant_id = l.merchant_id AND s.shipment_id = l.shipment_id
         WHERE l.merchant_id = $1
             AND l.order_id = ANY ($2)
             AND (s.state <> 'CANCELLED' OR s.created_by = '')",
        merchant_id.as_uuid(),
        &uuids(order_ids),
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(LineId::from_uuid).collect())
}

/// Forgets by which the receivers of these orders were known.
pub async fn forget_receivers(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    order_ids: &[OrderId],
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE fulfillment.shipment_parcels p
         SET receiver_place = '', receiver_name = ''
         FROM (
             SELECT DISTINCT shipment_id
             FROM fulfillment.shipment_lines
             WHERE merchant_id = $1 AND order_id = ANY ($2)
         ) s
         WHERE p.merchant_id = $1 AND p.shipment_id = s.shipment_id AND p.order_id = ANY ($2)",
        merchant_id.as_uuid(),
        &uuids(order_ids),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Newest first.
pub async fn list(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    filter: &ShipmentFilter,
    limit: i64,
) -> Result<Vec<Shipment>, StoreError> {
    let ids = sqlx::query_scalar!(
        "SELECT s.shipment_id
         FROM fulfillment.shipments s
         WHERE s.merchant_id = $1
             AND ($2::text IS NULL OR s.state = $2)
             AND ($3::uuid IS NULL OR EXISTS (
                 SELECT 1
                 FROM fulfillment.shipment_lines l
                 WHERE l.merchant_id = s.merchant_id AND l.order_id = $3 AND l.shipment_id = s.shipment_id
             ))
             AND ($4::uuid IS NULL OR s.shipment_id < $4)
         ORDER BY s.shipment_id DESC
         LIMIT $5",
        merchant_id.as_uuid(),
        filter.state,
        filter.order_id.map(|id| id.as_uuid()),
        filter.before.map(|id| id.as_uuid()),
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<ShipmentId> = ids.into_iter().map(ShipmentId::from_uuid).collect();
    let mut shipments = load(conn, merchant_id, &ids).await?;
    shipments.reverse();
    Ok(shipments)
}

fn parse_carrier(shipment_id: Uuid, code: &str) -> Result<Carrier, StoreError> {
    Carrier::parse(code)
        .map_err(|error| StoreError::corrupt("shipment", shipment_id, error.to_string()))
}
