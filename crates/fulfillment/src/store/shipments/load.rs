use std::collections::BTreeMap;

use moa_id::{ChannelAccountId, EffectId, LineId, MerchantId, OrderId, ShipmentId};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::parse_carrier;
use crate::domain::carrier::TrackingNumber;
use crate::domain::receiver::{Receiver, ReceiverMark};
use crate::domain::shipment::{
    PackedAs, ParcelDispatch, ParcelKey, Shipment, ShipmentLine, ShipmentParcel, ShipmentState,
};
use crate::store::StoreError;
use crate::store::components::{self, ComponentRow};

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
        r#"SELECT shipment_id, line_id, order_id, channel_line_id, channel_account_id, channel_parcel_id, quantity,
                  channel_listing_id, components AS "components: Json<Vec<ComponentRow>>"
           FROM fulfillment.shipment_lines
           WHERE merchant_id = $1 AND shipment_id = ANY ($2)
           ORDER BY order_id, line_id"#,
        merchant_id.as_uuid(),
        ids,
    )
    .fetch_all(conn)
    .await?;
    for row in rows {
        let Some(shipment) = shipments.get_mut(&ShipmentId::from_uuid(row.shipment_id)) else {
            continue;
        };
        let packed_as = match row.channel_listing_id.zip(row.components) {
            None => None,
            Some((channel_listing_id, Json(rows))) => Some(PackedAs {
                channel_listing_id,
                components: components::read(rows).ok_or_else(|| {
                    StoreError::corrupt("shipment line", row.line_id, "unknown kind of variant")
                })?,
            }),
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
            packed_as,
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
        "SELECT shipment_id, channel_account_id, channel_parcel_id, order_id, channel_order_id, dispatch_state, effect_id,
                contact_version, receiver_place, receiver_name
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
            receiver: Receiver {
                contact_version: row.contact_version,
                mark: ReceiverMark {
                    place: row.receiver_place,
                    name: row.receiver_name,
                },
            },
            dispatch,
        });
    }
    Ok(())
}
