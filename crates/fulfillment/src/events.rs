//! What the hub hears of us.

use chrono::{DateTime, Utc};
use moa_id::{EffectId, Ids, MerchantId};
use moa_outbox::NewEvent;
use moa_proto::moa::fulfillment::v1 as pb;

use crate::domain::entitlement::Entitlement;
use crate::domain::shipment::{Shipment, ShipmentParcel};

/// Shipments.
pub const SHIPMENTS: &str = "shipments";
/// Channel parcels: accepted, dispatched.
pub const PARCELS: &str = "parcels";
/// Entitlements.
pub const ENTITLEMENTS: &str = "entitlements";
/// Every topic of this service.
pub const TOPICS: &[&str] = &[SHIPMENTS, PARCELS, ENTITLEMENTS];

/// A shipment was created or changed. Consumer: admin-gateway.
pub fn shipment_changed(ids: &Ids, shipment: &Shipment, now: DateTime<Utc>) -> NewEvent {
    NewEvent::new(
        ids.next(),
        shipment.merchant_id,
        SHIPMENTS,
        shipment.id.as_uuid(),
        shipment.version,
        now,
        &pb::ShipmentChanged {
            shipment: Some(shipment.into()),
        },
    )
}

/// The channel accepted an acknowledgement. Consumers: order-sync, admin-gateway.
pub fn parcel_acknowledged(
    ids: &Ids,
    merchant_id: MerchantId,
    effect_id: EffectId,
    message: &pb::ParcelAcknowledged,
    now: DateTime<Utc>,
) -> NewEvent {
    NewEvent::new(
        ids.next(),
        merchant_id,
        PARCELS,
        effect_id.as_uuid(),
        1,
        now,
        message,
    )
}

/// The channel accepted a tracking number. Consumers: order-sync, admin-gateway.
pub fn parcel_dispatched(
    ids: &Ids,
    shipment: &Shipment,
    parcel: &ShipmentParcel,
    effect_id: EffectId,
    now: DateTime<Utc>,
) -> NewEvent {
    let message = pb::ParcelDispatched {
        channel_account_id: parcel.key.account_id.to_string(),
        channel_order_id: parcel.channel_order_id.clone(),
        channel_parcel_id: parcel.key.channel_parcel_id.clone(),
        order_id: parcel.order_id.to_string(),
        shipment_id: shipment.id.to_string(),
        carrier: shipment.carrier.code().to_owned(),
        tracking_number: shipment.tracking_number.to_string(),
    };
    NewEvent::new(
        ids.next(),
        shipment.merchant_id,
        PARCELS,
        effect_id.as_uuid(),
        1,
        now,
        &message,
    )
}

/// A digital line may be delivered. Consumers: notification (sends the link), admin-gateway.
pub fn entitlement_granted(ids: &Ids, entitlement: &Entitlement, now: DateTime<Utc>) -> NewEvent {
    let message = pb::EntitlementGranted {
        entitlement: Some(entitlement.into()),
        product_name: entitlement.product_name.clone(),
    };
    NewEvent::new(
        ids.next(),
        entitlement.merchant_id,
        ENTITLEMENTS,
        entitlement.id.as_uuid(),
        entitlement.version,
        now,
        &message,
    )
}

/// Any later change of an entitlement. Consumer: admin-gateway.
pub fn entitlement_changed(ids: &Ids, entitlement: &Entitlement, now: DateTime<Utc>) -> NewEvent {
    NewEvent::new(
        ids.next(),
        entitlement.merchant_id,
        ENTITLEMENTS,
        entitlement.id.as_uuid(),
        entitlement.version,
        now,
        &pb::EntitlementChanged {
            entitlement: Some(entitlement.into()),
        },
    )
}
