use chrono::{DateTime, Utc};
use moa_id::EffectId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::shipment::{ParcelDispatch, Shipment, ShipmentLine, ShipmentState};
use crate::store::{StoreError, components};

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
             merchant_id, shipment_id, line_id, order_id, channel_line_id, channel_account_id, channel_parcel_id, quantity,
             channel_listing_id, components
         )
         SELECT $1, $2, new.line_id, new.order_id, new.channel_line_id, new.account_id, new.parcel_id, new.quantity,
                new.listing_id, new.components
         FROM (SELECT unnest($3::uuid[]), unnest($4::uuid[]), unnest($5::text[]), unnest($6::uuid[]),
                      unnest($7::text[]), unnest($8::integer[]), unnest($9::text[]), unnest($10::jsonb[]))
             AS new (line_id, order_id, channel_line_id, account_id, parcel_id, quantity, listing_id, components)",
        shipment.merchant_id.as_uuid(),
        shipment.id.as_uuid(),
        &lines.iter().map(|l| l.line_id.as_uuid()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.order_id.as_uuid()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.channel_line_id.clone()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.parcel.account_id.as_uuid()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.parcel.channel_parcel_id.clone()).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.quantity).collect::<Vec<_>>(),
        &packed_listings(lines) as &[Option<String>],
        &packed_components(lines) as &[Option<serde_json::Value>],
    )
    .execute(&mut *conn)
    .await?;
    write_parcels(conn, shipment).await
}

fn packed_listings(lines: &[ShipmentLine]) -> Vec<Option<String>> {
    let packed = lines.iter().map(|line| line.packed_as.as_ref());
    packed
        .map(|packed| packed.map(|packed| packed.channel_listing_id.clone()))
        .collect()
}

fn packed_components(lines: &[ShipmentLine]) -> Vec<Option<serde_json::Value>> {
    let packed = lines.iter().map(|line| line.packed_as.as_ref());
    packed
        .map(|packed| packed.and_then(|packed| components::column(&packed.components)))
        .collect()
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
             effect_id, contact_version, receiver_place, receiver_name
         )
         SELECT $1, $2, new.account_id, new.parcel_id, new.order_id, new.channel_order_id, new.state, new.effect_id,
                new.contact_version, new.place, new.name
         FROM (SELECT unnest($3::uuid[]), unnest($4::text[]), unnest($5::uuid[]), unnest($6::text[]),
                      unnest($7::text[]), unnest($8::uuid[]), unnest($9::bigint[]), unnest($10::bytea[]),
                      unnest($11::bytea[]))
             AS new (account_id, parcel_id, order_id, channel_order_id, state, effect_id, contact_version, place, name)
         ON CONFLICT ON CONSTRAINT shipment_parcels_pkey DO UPDATE
         SET dispatch_state = excluded.dispatch_state, effect_id = excluded.effect_id,
             contact_version = excluded.contact_version, receiver_place = excluded.receiver_place,
             receiver_name = excluded.receiver_name",
        shipment.merchant_id.as_uuid(),
        shipment.id.as_uuid(),
        &parcels.iter().map(|p| p.key.account_id.as_uuid()).collect::<Vec<_>>(),
        &parcels.iter().map(|p| p.key.channel_parcel_id.clone()).collect::<Vec<_>>(),
        &parcels.iter().map(|p| p.order_id.as_uuid()).collect::<Vec<_>>(),
        &parcels.iter().map(|p| p.channel_order_id.clone()).collect::<Vec<_>>(),
        &states,
        &effects as &[Option<Uuid>],
        &parcels.iter().map(|p| p.receiver.contact_version).collect::<Vec<_>>(),
        &parcels.iter().map(|p| p.receiver.mark.place.clone()).collect::<Vec<_>>(),
        &parcels.iter().map(|p| p.receiver.mark.name.clone()).collect::<Vec<_>>(),
    )
    .execute(conn)
    .await?;
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
