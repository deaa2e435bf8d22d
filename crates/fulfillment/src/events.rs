//! What the hub hears of us.

use chrono::{DateTime, Utc};
use moa_effects::Effect;
use moa_id::{ChannelAccountId, ClaimId, EffectId, Ids, MerchantId};
use moa_outbox::NewEvent;
use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::order_sync::v1 as order_sync;

use crate::domain::entitlement::Entitlement;
use crate::domain::inquiry::InquiryKind;
use crate::domain::shipment::{Shipment, ShipmentParcel};
use crate::store::inquiry_answers::InquiryAnswer;

/// Shipments.
pub const SHIPMENTS: &str = "shipments";
/// Channel parcels: accepted, dispatched.
pub const PARCELS: &str = "parcels";
/// Entitlements.
pub const ENTITLEMENTS: &str = "entitlements";
/// What buyers asked, once it is answered.
pub const INQUIRIES: &str = "inquiries";
/// Claims, once a step of them is taken.
pub const CLAIMS: &str = "claims";
/// Every topic of this service.
pub const TOPICS: &[&str] = &[SHIPMENTS, PARCELS, ENTITLEMENTS, INQUIRIES, CLAIMS];

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

/// A channel took an answer. Consumer: order-sync.
pub fn inquiry_answered(
    ids: &Ids,
    merchant_id: MerchantId,
    answer: &InquiryAnswer,
    now: DateTime<Utc>,
) -> NewEvent {
    let kind = match answer.kind {
        InquiryKind::Product => order_sync::InquiryKind::Product,
        InquiryKind::Order => order_sync::InquiryKind::Order,
        InquiryKind::CallCenter => order_sync::InquiryKind::CallCenter,
    };
    let message = pb::InquiryAnswered {
        channel_account_id: answer.channel_account_id.to_string(),
        inquiry_id: answer.inquiry_id.to_string(),
        kind: kind.into(),
    };
    NewEvent::new(
        ids.next(),
        merchant_id,
        INQUIRIES,
        answer.effect_id.as_uuid(),
        1,
        now,
        &message,
    )
}

/// A channel took a step of a claim. Consumer: order-sync.
pub fn claim_decided(ids: &Ids, effect: &Effect, now: DateTime<Utc>) -> NewEvent {
    let message = pb::ClaimDecided {
        channel_account_id: ChannelAccountId::from_uuid(effect.account_id).to_string(),
        claim_id: ClaimId::from_uuid(effect.subject_id).to_string(),
    };
    NewEvent::new(
        ids.next(),
        effect.merchant_id,
        CLAIMS,
        effect.effect_id.as_uuid(),
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
