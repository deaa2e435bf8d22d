//! What is told about parcels.

use std::collections::HashSet;

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::parse::parse_text;
use moa_service::{invalid_field, parse_timestamp};
use tonic::Status;

use super::{MAX_NOTE, Message, note, quantity, waybill};
use crate::domain::operation::{
    CancelledLine, DelayReason, Operation, ParcelChange, ParcelOperation, SellerCancelReason,
};
use crate::grpc::parse::{MAX_LINES, channel_id};

fn of_parcel(
    field: &str,
    order_id: &str,
    parcel_id: &str,
    change: ParcelChange,
) -> Result<Operation, Status> {
    Ok(Operation::Parcel(ParcelOperation {
        channel_order_id: channel_id(&format!("{field}.channel_order_id"), order_id)?,
        channel_parcel_id: channel_id(&format!("{field}.channel_parcel_id"), parcel_id)?,
        change,
    }))
}

impl Message for pb::LinesCancellation {
    const FIELD: &'static str = "lines_cancellation";

    fn read(self) -> Result<Operation, Status> {
        let reason = match pb::SellerCancelReason::try_from(self.reason) {
            Ok(pb::SellerCancelReason::OutOfStock) => SellerCancelReason::OutOfStock,
            Ok(pb::SellerCancelReason::WrongPrice) => SellerCancelReason::WrongPrice,
            Ok(pb::SellerCancelReason::WrongAddress) => SellerCancelReason::WrongAddress,
            Ok(pb::SellerCancelReason::DeliveryDelayed) => SellerCancelReason::DeliveryDelayed,
            Ok(pb::SellerCancelReason::BuyerAsked) => SellerCancelReason::BuyerAsked,
            Ok(pb::SellerCancelReason::Unspecified) | Err(_) => {
                return Err(invalid_field(
                    "lines_cancellation.reason",
                    "is missing or unknown",
                ));
            }
        };
        let field = "lines_cancellation.lines";
        if self.lines.is_empty() || self.lines.len() > MAX_LINES {
            return Err(invalid_field(field, format!("must be 1 to {MAX_LINES}")));
        }
        let mut seen = HashSet::new();
        let mut lines = Vec::with_capacity(self.lines.len());
        for line in self.lines {
            let id_field = format!("{field}.channel_line_id");
            let channel_line_id = channel_id(&id_field, &line.channel_line_id)?;
            if !seen.insert(channel_line_id.clone()) {
                return Err(invalid_field(&id_field, "stands twice"));
            }
            if line.cancelled_before < 0 {
                return Err(invalid_field(
                    &format!("{field}.cancelled_before"),
                    "must be at least 0",
                ));
            }
            lines.push(CancelledLine {
                channel_line_id,
                quantity: quantity(&format!("{field}.quantity"), line.quantity)?,
                cancelled_before: line.cancelled_before,
            });
        }
        let cancelled_by = note("lines_cancellation.cancelled_by", &self.cancelled_by)?;
        let note = note("lines_cancellation.note", &self.note)?;
        of_parcel(
            Self::FIELD,
            &self.channel_order_id,
            &self.channel_parcel_id,
            ParcelChange::CancelLines {
                lines,
                reason,
                note,
                cancelled_by,
            },
        )
    }
}

impl Message for pb::TrackingCorrection {
    const FIELD: &'static str = "tracking_correction";

    fn read(self) -> Result<Operation, Status> {
        let field = "tracking_correction.channel_line_ids";
        if self.channel_line_ids.is_empty() || self.channel_line_ids.len() > MAX_LINES {
            return Err(invalid_field(field, format!("must be 1 to {MAX_LINES}")));
        }
        let ids = self.channel_line_ids.iter();
        let line_ids: Vec<String> = ids
            .map(|id| channel_id(field, id))
            .collect::<Result<_, _>>()?;
        let unique: HashSet<&String> = line_ids.iter().collect();
        if unique.len() < line_ids.len() {
            return Err(invalid_field(field, "names a line twice"));
        }
        let waybill = waybill(Self::FIELD, &self.carrier, &self.tracking_number)?;
        let change = ParcelChange::CorrectTracking { line_ids, waybill };
        of_parcel(
            Self::FIELD,
            &self.channel_order_id,
            &self.channel_parcel_id,
            change,
        )
    }
}

impl Message for pb::DispatchDelay {
    const FIELD: &'static str = "dispatch_delay";

    fn read(self) -> Result<Operation, Status> {
        let reason = match pb::DispatchDelayReason::try_from(self.reason) {
            Ok(pb::DispatchDelayReason::Preparing) => DelayReason::Preparing,
            Ok(pb::DispatchDelayReason::BuyerAsked) => DelayReason::BuyerAsked,
            Ok(pb::DispatchDelayReason::MadeToOrder) => DelayReason::MadeToOrder,
            Ok(pb::DispatchDelayReason::Preorder) => DelayReason::Preorder,
            Ok(pb::DispatchDelayReason::Overseas) => DelayReason::Overseas,
            Ok(pb::DispatchDelayReason::Other) => DelayReason::Other,
            Ok(pb::DispatchDelayReason::Unspecified) | Err(_) => {
                return Err(invalid_field(
                    "dispatch_delay.reason",
                    "is missing or unknown",
                ));
            }
        };
        let change = ParcelChange::DelayDispatch {
            until: parse_timestamp("dispatch_delay.until", self.until)?,
            reason,
            note: parse_text("dispatch_delay.note", &self.note, MAX_NOTE)?,
        };
        of_parcel(
            Self::FIELD,
            &self.channel_order_id,
            &self.channel_parcel_id,
            change,
        )
    }
}

impl Message for pb::DeliveryReport {
    const FIELD: &'static str = "delivery_report";

    fn read(self) -> Result<Operation, Status> {
        let field = "delivery_report.tracking_number";
        let tracking_number = parse_text(field, &self.tracking_number, 40)?;
        of_parcel(
            Self::FIELD,
            &self.channel_order_id,
            &self.channel_parcel_id,
            ParcelChange::ReportDelivered { tracking_number },
        )
    }
}
