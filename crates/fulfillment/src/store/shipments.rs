//! `fulfillment.shipments` with their lines and parcels.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use moa_id::{ChannelAccountId, EffectId, LineId, MerchantId, OrderId, ShipmentId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use super::orders::uuids;
use crate::domain::carrier::{Carrier, TrackingNumber};
use crate::domain::packing::PackedLine;
use crate::domain::shipment::{
    ParcelDispatch, ParcelKey, Shipment, ShipmentLine, ShipmentParcel, ShipmentState,
};

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

/// Writes a new shipment down.
pub async fn insert(conn: &mut PgConnection, shipment: &Shipment) -> Result<(), StoreError> {
    let state = StateColumns::of(&shipment.state);
    sqlx::query!(
        "INSERT INTO fulfillment.shipments (
             merchant_id, shipment_id, version, state, carrier, tracking_number, hold_reason, hold_detail, request_id,
             created_by, created_at, dispatched_at, updated_at
         )
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        shipment.merchant_id.as_uuid(),
        shipment.id.as_uuid(),
        shipment.version,
        state.state,
        shipment.carrier.code(),
        shipment.tracking_number.as_str(),
        state.hold_reason,
        state.hold_detail,
        shipment.request_id,
        shipment.created_by,
        shipment.created_at,
        state.dispatched_at,
        shipment.changed_at,
    )
    .execute(&mut *conn)
    .await?;
    let lines = &shipment.lines;
    sqlx::query!(
        "INSERT INTO fulfillment.shipment_lines (
             merchant_id, shipment_id, line_id, order_id, channel_line_id, channel_account_id, channel_parcel_id, quantity
         )
         SELECT $1, $2, new.line_id, new.order_id, new.channel_line_id, new.account_id, new.parcel_id, new.quantity
         FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::integer[])
             AS new (line_id, order_id, channel_line_id, account_id, parcel_id, quantity)",
        shipment.merchant_id.as_uuid(),
        shipment.id.as_uuid(),
        &lines.iter().map(|l| l.line_id.as_uuid()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.order_id.as_uuid()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.channel_line_id.clone()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.parcel.account_id.as_uuid()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.parcel.channel_parcel_id.clone()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.quantity).collect::<Vec<_>>(),
    )
    .execute(&mut *conn)
    .await?;
    write_parcels(conn, shipment).await
}

/// Writes a changed shipment down and raises its version.
pub async fn save(
    conn: &mut PgConnection,
    shipment: &mut Shipment,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    shipment.version += 1;
    shipment.changed_at = now;
    let state = StateColumns::of(&shipment.state);
    sqlx::query!(
        "UPDATE fulfillment.shipments
         SET version = $3, state = $4, hold_reason = $5, hold_detail = $6, dispatched_at = $7, updated_at = $8
         WHERE merchant_id = $1 AND shipment_id = $2",
        shipment.merchant_id.as_uuid(),
        shipment.id.as_uuid(),
        shipment.version,
        state.state,
        state.hold_reason,
        state.hold_detail,
        state.dispatched_at,
        now,
    )
    .execute(&mut *conn)
    .await?;
    write_parcels(conn, shipment).await
}

async fn write_parcels(conn: &mut PgConnection, shipment: &Shipment) -> Result<(), StoreError> {
    let parcels = &shipment.parcels;
    let (states, effects): (Vec<String>, Vec<Option<Uuid>>) = parcels
        .iter()
        .map(|parcel| dispatch_columns(&parcel.dispatch))
        .unzip();
    sqlx::query!(
        "INSERT INTO fulfillment.shipment_parcels (
             merchant_id, shipment_id, channel_account_id, channel_parcel_id, order_id, channel_order_id, dispatch_state,
             effect_id
         )
         SELECT $1, $2, new.account_id, new.parcel_id, new.order_id, new.channel_order_id, new.state, new.effect_id
         FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::uuid[])
             AS new (account_id, parcel_id, order_id, channel_order_id, state, effect_id)
         ON CONFLICT ON CONSTRAINT shipment_parcels_pkey DO UPDATE
         SET dispatch_state = excluded.dispatch_state, effect_id = excluded.effect_id",
        shipment.merchant_id.as_uuid(),
        shipment.id.as_uuid(),
        &parcels.iter().map(|p| p.key.account_id.as_uuid()).collect::<Vec<_>>(),
        &parcels.iter().map(|p| p.key.channel_parcel_id.clone()).collect::<Vec<_>>(),
        &parcels.iter().map(|p| p.order_id.as_uuid()).collect::<Vec<_>>(),
        &parcels.iter().map(|p| p.channel_order_id.clone()).collect::<Vec<_>>(),
        &states,
        &effects as &[Option<Uuid>],
    )
    .execute(conn)
    .await?;
    Ok(())
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

/// Shipments in the order of their ids. Unknown ones are absent.
pub async fn load(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    shipment_ids: &[ShipmentId],
) -> Result<Vec<Shipment>, StoreError> {
    let ids: Vec<Uuid> = shipment_ids.iter().map(ShipmentId::as_uuid).collect();
    let rows = sqlx::query!(
        "SELECT shipment_id, version, state, carrier, tracking_number, hold_reason, hold_detail, request_id, created_by,
                created_at, dispatched_at, updated_at
         FROM fulfillment.shipments
         WHERE merchant_id = $1 AND shipment_id = ANY ($2)",
        merchant_id.as_uuid(),
        &ids,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut shipments = BTreeMap::new();
    for row in rows {
        let state = match (
            row.state.as_str(),
            row.hold_reason,
            row.hold_detail,
            row.dispatched_at,
        ) {
            ("READY", ..) => ShipmentState::Ready,
            ("DISPATCHING", ..) => ShipmentState::Dispatching,
            ("DISPATCHED", _, _, Some(at)) => ShipmentState::Dispatched { at },
            ("HELD", Some(reason), Some(detail), _) => ShipmentState::Held { reason, detail },
            ("CANCELLED", ..) => ShipmentState::Cancelled,
            _ => {
                return Err(StoreError::corrupt(
                    "shipment",
                    row.shipment_id,
                    "unknown state",
                ));
            }
        };
        let shipment = Shipment {
            merchant_id,
            id: ShipmentId::from_uuid(row.shipment_id),
            version: row.version,
            state,
            lines: Vec::new(),
            parcels: Vec::new(),
            carrier: parse_carrier(row.shipment_id, &row.carrier)?,
            tracking_number: TrackingNumber::from_stored(row.tracking_number),
            request_id: row.request_id,
            created_by: row.created_by,
            created_at: row.created_at,
            changed_at: row.updated_at,
        };
        shipments.insert(shipment.id, shipment);
    }
    load_lines(conn, merchant_id, &ids, &mut shipments).await?;
    load_parcels(conn, merchant_id, &ids, &mut shipments).await?;
    Ok(shipments.into_values().collect())
}

async fn load_lines(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    ids: &[Uuid],
    shipments: &mut BTreeMap<ShipmentId, Shipment>,
) -> Result<(), StoreError> {
    let rows = sqlx::query!(
        "SELECT shipment_id, line_id, order_id, channel_line_id, channel_account_id, channel_parcel_id, quantity
         FROM fulfillment.shipment_lines
         WHERE merchant_id = $1 AND shipment_id = ANY ($2)
         ORDER BY order_id, line_id",
        merchant_id.as_uuid(),
        ids,
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        let Some(shipment) = shipments.get_mut(&ShipmentId::from_uuid(row.shipment_id)) else {
            continue;
        };
        shipment.lines.push(ShipmentLine {
            order_id: OrderId::from_uuid(row.order_id),
            line_id: LineId::from_uuid(row.line_id),
            channel_line_id: row.channel_line_id,
            quantity: row.quantity,
            parcel: ParcelKey {
                account_id: ChannelAccountId::from_uuid(row.channel_account_id),
                channel_parcel_id: row.channel_parcel_id,
            },
        });
    }
    Ok(())
}

async fn load_parcels(
    conn: &mut PgConnection,
    merchant_id: MerchantId,
    ids: &[Uuid],
    shipments: &mut BTreeMap<ShipmentId, Shipment>,
) -> Result<(), StoreError> {
    let rows = sqlx::query!(
        "SELECT shipment_id, channel_account_id, channel_parcel_id, order_id, channel_order_id, dispatch_state, effect_id
         FROM fulfillment.shipment_parcels
         WHERE merchant_id = $1 AND shipment_id = ANY ($2)
         ORDER BY channel_account_id, channel_parcel_id",
        merchant_id.as_uuid(),
        ids,
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        let Some(shipment) = shipments.get_mut(&ShipmentId::from_uuid(row.shipment_id)) else {
            continue;
        };
        let dispatch = match (
            row.dispatch_state.as_str(),
            row.effect_id.map(EffectId::from_uuid),
        ) {
            ("NOT_ASKED", None) => ParcelDispatch::NotAsked,
            ("IN_FLIGHT", Some(effect_id)) => ParcelDispatch::InFlight(effect_id),
            ("UNCLEAR", Some(effect_id)) => ParcelDispatch::Unclear(effect_id),
            ("CONFIRMED", Some(effect_id)) => ParcelDispatch::Confirmed(effect_id),
            ("REFUSED", Some(effect_id)) => ParcelDispatch::Refused(effect_id),
            _ => {
                return Err(StoreError::corrupt(
                    "shipment parcel",
                    row.shipment_id,
                    "unknown dispatch state",
                ));
            }
        };
        shipment.parcels.push(ShipmentParcel {
            key: ParcelKey {
                account_id: ChannelAccountId::from_uuid(row.channel_account_id),
                channel_parcel_id: row.channel_parcel_id,
            },
            order_id: OrderId::from_uuid(row.order_id),
            channel_order_id: row.channel_order_id,
            dispatch,
        });
    }
    Ok(())
}

struct StateColumns<'a> {
    state: &'static str,
    hold_reason: Option<&'a str>,
    hold_detail: Option<&'a str>,
    dispatched_at: Option<DateTime<Utc>>,
}

impl<'a> StateColumns<'a> {
    fn of(state: &'a ShipmentState) -> Self {
        let plain = |state| Self {
            state,
            hold_reason: None,
            hold_detail: None,
            dispatched_at: None,
        };
        match state {
            ShipmentState::Ready => plain("READY"),
            ShipmentState::Dispatching => plain("DISPATCHING"),
            ShipmentState::Dispatched { at } => Self {
                dispatched_at: Some(*at),
                ..plain("DISPATCHED")
            },
            ShipmentState::Held { reason, detail } => Self {
                hold_reason: Some(reason),
                hold_detail: Some(detail),
                ..plain("HELD")
            },
            ShipmentState::Cancelled => plain("CANCELLED"),
        }
    }
}

fn dispatch_columns(dispatch: &ParcelDispatch) -> (String, Option<Uuid>) {
    let (state, effect_id) = match dispatch {
        ParcelDispatch::NotAsked => ("NOT_ASKED", None),
        ParcelDispatch::InFlight(effect_id) => ("IN_FLIGHT", Some(effect_id)),
        ParcelDispatch::Unclear(effect_id) => ("UNCLEAR", Some(effect_id)),
        ParcelDispatch::Confirmed(effect_id) => ("CONFIRMED", Some(effect_id)),
        ParcelDispatch::Refused(effect_id) => ("REFUSED", Some(effect_id)),
    };
    (state.to_owned(), effect_id.map(EffectId::as_uuid))
}

fn parse_carrier(shipment_id: Uuid, code: &str) -> Result<Carrier, StoreError> {
    Carrier::parse(code)
        .map_err(|error| StoreError::corrupt("shipment", shipment_id, error.to_string()))
}
