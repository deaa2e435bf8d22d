//! Proto ↔ domain, mechanically.

use std::collections::BTreeMap;

use moa_id::OrderId;
use moa_proto::moa::fulfillment::v1 as pb;
use moa_service::{invalid_field, timestamp};
use tonic::Status;

use crate::domain::entitlement::{Entitlement, EntitlementState};
use crate::domain::explain::Explanation;
use crate::domain::order::Component;
use crate::domain::shipment::{Shipment, ShipmentState};

impl From<&Shipment> for pb::Shipment {
    fn from(shipment: &Shipment) -> Self {
        let (hold_reason, hold_detail) = match &shipment.state {
            ShipmentState::Held { reason, detail } => (reason.clone(), detail.clone()),
            _ => Default::default(),
        };
        let dispatched_at = match shipment.state {
            ShipmentState::Dispatched { at } => Some(timestamp(at)),
            _ => None,
        };
        let lines = shipment.lines.iter().map(|line| pb::ShipmentLine {
            order_id: line.order_id.to_string(),
            line_id: line.line_id.to_string(),
            quantity: line.quantity,
            channel_parcel_id: line.parcel.channel_parcel_id.clone(),
            contents: line.contents().map(content).collect(),
        });
        Self {
            shipment_id: shipment.id.to_string(),
            version: shipment.version,
            state: shipment_state(&shipment.state).into(),
            lines: lines.collect(),
            carrier: shipment.carrier.code().to_owned(),
            tracking_number: shipment.tracking_number.to_string(),
            hold_reason,
            hold_detail,
            created_at: Some(timestamp(shipment.created_at)),
            dispatched_at,
            order_ids: shipment
                .order_ids()
                .iter()
                .map(ToString::to_string)
                .collect(),
            receivers: receivers(shipment),
        }
    }
}

fn content((component, quantity): (&Component, i32)) -> pb::ShipmentContent {
    pb::ShipmentContent {
        variant_id: component.variant_id.to_string(),
        sku: component.sku.clone(),
        name: component.name.clone(),
        quantity,
    }
}

/// The contact of each order; of one whose parcels were packed for several, the oldest.
fn receivers(shipment: &Shipment) -> Vec<pb::ShipmentReceiver> {
    let mut versions: BTreeMap<OrderId, i64> = BTreeMap::new();
    for parcel in &shipment.parcels {
        let version = parcel.receiver.contact_version;
        let oldest = versions.entry(parcel.order_id).or_insert(version);
        *oldest = version.min(*oldest);
    }
    let receivers = versions.into_iter();
    receivers
        .map(|(order_id, contact_version)| pb::ShipmentReceiver {
            order_id: order_id.to_string(),
            contact_version,
        })
        .collect()
}

fn shipment_state(state: &ShipmentState) -> pb::ShipmentState {
    match state {
        ShipmentState::Ready => pb::ShipmentState::Ready,
        ShipmentState::Dispatching => pb::ShipmentState::Dispatching,
        ShipmentState::Dispatched { .. } => pb::ShipmentState::Dispatched,
        ShipmentState::Held { .. } => pb::ShipmentState::Held,
        ShipmentState::Cancelled => pb::ShipmentState::Cancelled,
    }
}

/// The state that a list is narrowed to, by its word in the table; none for all.
pub(super) fn parse_state_filter(state: i32) -> Result<Option<&'static str>, Status> {
    match pb::ShipmentState::try_from(state) {
        Ok(pb::ShipmentState::Unspecified) => Ok(None),
        Ok(pb::ShipmentState::Ready) => Ok(Some("READY")),
        Ok(pb::ShipmentState::Dispatching) => Ok(Some("DISPATCHING")),
        Ok(pb::ShipmentState::Dispatched) => Ok(Some("DISPATCHED")),
        Ok(pb::ShipmentState::Held) => Ok(Some("HELD")),
        Ok(pb::ShipmentState::Cancelled) => Ok(Some("CANCELLED")),
        Err(_) => Err(invalid_field(
            "state",
            "is not a shipment state that this version knows",
        )),
    }
}

impl From<&Entitlement> for pb::Entitlement {
    fn from(entitlement: &Entitlement) -> Self {
        let activated_at = match entitlement.state {
            EntitlementState::Activated { at, .. } => Some(timestamp(at)),
            _ => None,
        };
        Self {
            entitlement_id: entitlement.id.to_string(),
            version: entitlement.version,
            order_id: entitlement.order_id.to_string(),
            line_id: entitlement.line_id.to_string(),
            variant_id: entitlement.variant_id.to_string(),
            state: entitlement_state(entitlement.state).into(),
            granted_at: Some(timestamp(entitlement.granted_at)),
            link_sent_at: entitlement.link_sent_at.map(timestamp),
            activated_at,
        }
    }
}

pub(super) fn entitlement_state(state: EntitlementState) -> pb::EntitlementState {
    match state {
        EntitlementState::Granted => pb::EntitlementState::Granted,
        EntitlementState::LinkSent => pb::EntitlementState::LinkSent,
        EntitlementState::Activated { .. } => pb::EntitlementState::Activated,
        EntitlementState::Revoked => pb::EntitlementState::Revoked,
    }
}

impl From<Explanation> for pb::LineExplanation {
    fn from(explanation: Explanation) -> Self {
        let line_id = explanation.line_id.to_string();
        let Some(blocker) = explanation.blocker else {
            return Self {
                line_id,
                ..Self::default()
            };
        };
        Self {
            line_id,
            blocker: blocker.code,
            detail: blocker.detail,
            owner: blocker.owner.as_str().to_owned(),
            // Channels tell no ship-by time yet.
            deadline: None,
            since: Some(timestamp(blocker.since)),
        }
    }
}
