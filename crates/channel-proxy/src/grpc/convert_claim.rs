//! Claims as messages.

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::timestamp;

use super::convert::money;
use crate::domain::claim::{
    Address, ChannelClaim, ChannelClaimLine, ClaimContact, ClaimFault, ClaimKind, ClaimParcel,
    ClaimStage, ClaimState,
};
use crate::domain::claim_deadline::{ClaimDeadline, DeadlineOutcome, DeadlineSource};
use crate::domain::effect::EffectKind;

impl From<ChannelClaim> for pb::ChannelClaim {
    fn from(claim: ChannelClaim) -> Self {
        let kind = match claim.kind {
            ClaimKind::Cancel => pb::ClaimKind::Cancel,
            ClaimKind::StopShipment => pb::ClaimKind::StopShipment,
            ClaimKind::Return => pb::ClaimKind::Return,
            ClaimKind::Exchange => pb::ClaimKind::Exchange,
        };
        let state = match claim.state {
            ClaimState::Requested => pb::ClaimState::Requested,
            ClaimState::Completed => pb::ClaimState::Completed,
            ClaimState::Withdrawn => pb::ClaimState::Withdrawn,
            ClaimState::Rejected => pb::ClaimState::Rejected,
            ClaimState::Unknown => pb::ClaimState::Unspecified,
        };
        let (stage, unknown_stage) = match claim.stage {
            ClaimStage::Requested => (pb::ClaimStage::Requested, String::new()),
            ClaimStage::Collecting => (pb::ClaimStage::Collecting, String::new()),
            ClaimStage::Collected => (pb::ClaimStage::Collected, String::new()),
            ClaimStage::ChannelCheck => (pb::ClaimStage::ChannelCheck, String::new()),
            ClaimStage::Reshipped => (pb::ClaimStage::Reshipped, String::new()),
            ClaimStage::Completed => (pb::ClaimStage::Completed, String::new()),
            ClaimStage::Rejected => (pb::ClaimStage::Rejected, String::new()),
            ClaimStage::Withdrawn => (pb::ClaimStage::Withdrawn, String::new()),
            ClaimStage::Unknown(word) => (pb::ClaimStage::Unspecified, word),
        };
        let fault = match claim.fault {
            None => pb::ClaimFault::Unspecified,
            Some(ClaimFault::Buyer) => pb::ClaimFault::Buyer,
            Some(ClaimFault::Merchant) => pb::ClaimFault::Merchant,
            Some(ClaimFault::Channel) => pb::ClaimFault::Channel,
            Some(ClaimFault::Nobody) => pb::ClaimFault::Nobody,
        };
        let actions = claim.actions.into_iter().filter_map(action);
        Self {
            channel_claim_id: claim.channel_claim_id,
            channel_order_id: claim.channel_order_id,
            kind: kind.into(),
            state: state.into(),
            lines: claim.lines.into_iter().map(Into::into).collect(),
            requested_at: claim.requested_at.map(timestamp),
            read_at: Some(timestamp(claim.read_at)),
            reason: claim.reason,
            stage: stage.into(),
            unknown_stage,
            actions: actions.map(Into::into).collect(),
            fault: fault.into(),
            shipping_charge: claim.shipping_charge.map(money),
            refunds_early: claim.refunds_early,
            collections: claim.collections.into_iter().map(Into::into).collect(),
            reshipments: claim.reshipments.into_iter().map(Into::into).collect(),
            updated_at: claim.updated_at.map(timestamp),
            contact: Some(claim.contact.into()),
            held: claim.held,
            deadline: claim.deadline.map(Into::into),
            enclosed_charge: claim.enclosed_charge.map(money),
            extra_charge: claim.extra_charge.map(money),
            channel_support: claim.channel_support.map(money),
            charge_method: claim.charge_method,
        }
    }
}

impl From<ClaimDeadline> for pb::ClaimDeadline {
    fn from(deadline: ClaimDeadline) -> Self {
        let outcome = match deadline.outcome {
            DeadlineOutcome::Refunded => pb::ClaimDeadlineOutcome::Refunded,
        };
        let source = match deadline.source {
            DeadlineSource::Told => pb::ClaimDeadlineSource::Told,
            DeadlineSource::Rule => pb::ClaimDeadlineSource::Rule,
        };
        Self {
            at: deadline.at.map(timestamp),
            outcome: outcome.into(),
            source: source.into(),
        }
    }
}

/// What may be done, as far as it is done about a claim.
fn action(kind: EffectKind) -> Option<pb::ClaimAction> {
    match kind {
        EffectKind::ConfirmStop => Some(pb::ClaimAction::ConfirmStop),
        EffectKind::ReportAlreadyShipped => Some(pb::ClaimAction::ReportAlreadyShipped),
        EffectKind::ConfirmCollected => Some(pb::ClaimAction::ConfirmCollected),
        EffectKind::ApproveClaim => Some(pb::ClaimAction::Approve),
        EffectKind::RejectClaim => Some(pb::ClaimAction::Reject),
        EffectKind::ReshipExchange => Some(pb::ClaimAction::Reship),
        EffectKind::HoldClaim => Some(pb::ClaimAction::Hold),
        EffectKind::ReleaseClaim => Some(pb::ClaimAction::Release),
        EffectKind::ReportCollection => Some(pb::ClaimAction::ReportCollection),
        _ => None,
    }
}

impl From<ChannelClaimLine> for pb::ChannelClaimLine {
    fn from(line: ChannelClaimLine) -> Self {
        Self {
            channel_line_id: line.channel_line_id,
            channel_parcel_id: line.channel_parcel_id,
            quantity: line.quantity,
            replacement_listing_id: line.replacement_listing_id,
        }
    }
}

impl From<ClaimParcel> for pb::ClaimParcel {
    fn from(parcel: ClaimParcel) -> Self {
        Self {
            channel_parcel_id: parcel.channel_parcel_id,
            carrier: parcel.carrier.unwrap_or_default().to_owned(),
            channel_carrier: parcel.channel_carrier,
            tracking_number: parcel.tracking_number,
        }
    }
}

impl From<ClaimContact> for pb::ClaimContact {
    fn from(contact: ClaimContact) -> Self {
        let Address {
            name: collect_name,
            phone: collect_phone,
            postcode: collect_postcode,
            address1: collect_address1,
            address2: collect_address2,
        } = contact.collect;
        let Address {
            name: deliver_name,
            phone: deliver_phone,
            postcode: deliver_postcode,
            address1: deliver_address1,
            address2: deliver_address2,
        } = contact.deliver;
        Self {
            collect_name,
            collect_phone,
            collect_postcode,
            collect_address1,
            collect_address2,
            deliver_name,
            deliver_phone,
            deliver_postcode,
            deliver_address1,
            deliver_address2,
            buyer_note: contact.buyer_note,
        }
    }
}
