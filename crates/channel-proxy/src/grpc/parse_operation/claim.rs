//! What is told about claims.

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::invalid_field;
use moa_service::parse::parse_text;
use tonic::Status;

use super::{MAX_NOTE, Message, missing, money, note, optional_time, quantity, waybill};
use crate::domain::claim::ClaimKind;
use crate::domain::operation::{
    ClaimDecision, ClaimOperation, ClaimRef, HoldReason, Operation, RejectReason,
};
use crate::grpc::parse::channel_id;

/// What names a claim.
pub fn claim_ref(field: &str, claim: Option<pb::ClaimRef>) -> Result<ClaimRef, Status> {
    let claim = claim.ok_or_else(|| missing(field))?;
    let kind = match pb::ClaimKind::try_from(claim.kind) {
        Ok(pb::ClaimKind::Cancel) => ClaimKind::Cancel,
        Ok(pb::ClaimKind::StopShipment) => ClaimKind::StopShipment,
        Ok(pb::ClaimKind::Return) => ClaimKind::Return,
        Ok(pb::ClaimKind::Exchange) => ClaimKind::Exchange,
        Ok(pb::ClaimKind::Unspecified) | Err(_) => {
            return Err(invalid_field(
                &format!("{field}.kind"),
                "is missing or unknown",
            ));
        }
    };
    Ok(ClaimRef {
        channel_claim_id: channel_id(
            &format!("{field}.channel_claim_id"),
            &claim.channel_claim_id,
        )?,
        channel_order_id: channel_id(
            &format!("{field}.channel_order_id"),
            &claim.channel_order_id,
        )?,
        kind,
        requested_at: optional_time(&format!("{field}.requested_at"), claim.requested_at)?,
    })
}

fn of_claim(claim: ClaimRef, decision: ClaimDecision) -> Operation {
    Operation::Claim(ClaimOperation { claim, decision })
}

impl Message for pb::StopConfirmation {
    const FIELD: &'static str = "stop_confirmation";

    fn read(self) -> Result<Operation, Status> {
        let claim = claim_ref("stop_confirmation.claim", self.claim)?;
        let quantity = quantity("stop_confirmation.quantity", self.quantity)?;
        Ok(of_claim(claim, ClaimDecision::ConfirmStop { quantity }))
    }
}

impl Message for pb::AlreadyShippedReport {
    const FIELD: &'static str = "already_shipped_report";

    fn read(self) -> Result<Operation, Status> {
        let claim = claim_ref("already_shipped_report.claim", self.claim)?;
        let waybill = waybill(Self::FIELD, &self.carrier, &self.tracking_number)?;
        Ok(of_claim(
            claim,
            ClaimDecision::ReportAlreadyShipped(waybill),
        ))
    }
}

impl Message for pb::ClaimApproval {
    const FIELD: &'static str = "claim_approval";

    fn read(self) -> Result<Operation, Status> {
        let claim = claim_ref("claim_approval.claim", self.claim)?;
        let quantity = quantity("claim_approval.quantity", self.quantity)?;
        Ok(of_claim(claim, ClaimDecision::Approve { quantity }))
    }
}

impl Message for pb::ClaimRejection {
    const FIELD: &'static str = "claim_rejection";

    fn read(self) -> Result<Operation, Status> {
        let claim = claim_ref("claim_rejection.claim", self.claim)?;
        let reason = match pb::ClaimRejectReason::try_from(self.reason) {
            Ok(pb::ClaimRejectReason::OutOfStock) => RejectReason::OutOfStock,
            Ok(pb::ClaimRejectReason::BuyerWithdrew) => RejectReason::BuyerWithdrew,
            Ok(pb::ClaimRejectReason::Other) => RejectReason::Other,
            Ok(pb::ClaimRejectReason::Unspecified) | Err(_) => {
                return Err(invalid_field(
                    "claim_rejection.reason",
                    "is missing or unknown",
                ));
            }
        };
        let note = note("claim_rejection.note", &self.note)?;
        Ok(of_claim(claim, ClaimDecision::Reject { reason, note }))
    }
}

impl Message for pb::CollectionConfirmation {
    const FIELD: &'static str = "collection_confirmation";

    fn read(self) -> Result<Operation, Status> {
        let claim = claim_ref("collection_confirmation.claim", self.claim)?;
        Ok(of_claim(claim, ClaimDecision::ConfirmCollected))
    }
}

impl Message for pb::CollectionReport {
    const FIELD: &'static str = "collection_report";

    fn read(self) -> Result<Operation, Status> {
        let claim = claim_ref("collection_report.claim", self.claim)?;
        let waybill = waybill(Self::FIELD, &self.carrier, &self.tracking_number)?;
        Ok(of_claim(claim, ClaimDecision::ReportCollection(waybill)))
    }
}

impl Message for pb::ExchangeReshipment {
    const FIELD: &'static str = "exchange_reshipment";

    fn read(self) -> Result<Operation, Status> {
        let claim = claim_ref("exchange_reshipment.claim", self.claim)?;
        let decision = ClaimDecision::Reship {
            channel_parcel_id: channel_id(
                "exchange_reshipment.channel_parcel_id",
                &self.channel_parcel_id,
            )?,
            waybill: waybill(Self::FIELD, &self.carrier, &self.tracking_number)?,
        };
        Ok(of_claim(claim, decision))
    }
}

impl Message for pb::ClaimHold {
    const FIELD: &'static str = "claim_hold";

    fn read(self) -> Result<Operation, Status> {
        let claim = claim_ref("claim_hold.claim", self.claim)?;
        let reason = match pb::ClaimHoldReason::try_from(self.reason) {
            Ok(pb::ClaimHoldReason::ShippingFee) => HoldReason::ShippingFee,
            Ok(pb::ClaimHoldReason::ExtraFee) => HoldReason::ExtraFee,
            Ok(pb::ClaimHoldReason::GoodsMissing) => HoldReason::GoodsMissing,
            Ok(pb::ClaimHoldReason::ReplacementNotReady) => HoldReason::ReplacementNotReady,
            Ok(pb::ClaimHoldReason::Other) => HoldReason::Other,
            Ok(pb::ClaimHoldReason::Unspecified) | Err(_) => {
                return Err(invalid_field("claim_hold.reason", "is missing or unknown"));
            }
        };
        let extra_fee = self.extra_fee.map(|fee| money("claim_hold.extra_fee", fee));
        let decision = ClaimDecision::Hold {
            reason,
            note: parse_text("claim_hold.note", &self.note, MAX_NOTE)?,
            extra_fee: extra_fee.transpose()?,
        };
        Ok(of_claim(claim, decision))
    }
}

impl Message for pb::ClaimRelease {
    const FIELD: &'static str = "claim_release";

    fn read(self) -> Result<Operation, Status> {
        let claim = claim_ref("claim_release.claim", self.claim)?;
        Ok(of_claim(claim, ClaimDecision::Release))
    }
}
