//! Reading what a merchant tells a channel. The same messages stand in requests and in probes.

use std::collections::HashSet;

use moa_money::{Currency, Money};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::money::v1 as money_pb;
use moa_service::parse::parse_text;
use moa_service::{invalid_field, parse_timestamp};
use prost_types::Timestamp;
use tonic::Status;

use super::parse::{MAX_LINES, channel_id};
use crate::domain::claim::ClaimKind;
use crate::domain::inquiry::InquiryKind;
use crate::domain::operation::{
    CancelledLine, ClaimDecision, ClaimOperation, ClaimRef, DelayReason, HoldReason,
    InquiryOperation, InquiryRef, InquiryReply, ListingChange, ListingOperation, ListingRef,
    Operation, ParcelChange, ParcelOperation, RejectReason, SellerCancelReason, Waybill,
};

/// The longest note to a buyer, and the longest answer, in characters.
const MAX_NOTE: usize = 500;
const MAX_ANSWER: usize = 2000;
/// More of one listing is in no warehouse.
const MAX_STOCK: i64 = 99_999_999;

/// A message that tells a channel something.
pub trait Message {
    /// Its field in requests and probes.
    const FIELD: &'static str;

    /// What it tells.
    fn read(self) -> Result<Operation, Status>;
}

/// Reads an operation that must be there.
pub fn operation<M: Message>(message: Option<M>) -> Result<Operation, Status> {
    message
        .ok_or_else(|| invalid_field(M::FIELD, "is missing"))?
        .read()
}

fn missing(field: &str) -> Status {
    invalid_field(field, "is missing")
}

fn optional_time(
    field: &str,
    at: Option<Timestamp>,
) -> Result<Option<chrono::DateTime<chrono::Utc>>, Status> {
    at.map(|at| parse_timestamp(field, Some(at))).transpose()
}

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

/// What names a question.
pub fn inquiry_ref(field: &str, inquiry: Option<pb::InquiryRef>) -> Result<InquiryRef, Status> {
    let inquiry = inquiry.ok_or_else(|| missing(field))?;
    Ok(InquiryRef {
        kind: inquiry_kind(&format!("{field}.kind"), inquiry.kind)?,
        channel_inquiry_id: channel_id(
            &format!("{field}.channel_inquiry_id"),
            &inquiry.channel_inquiry_id,
        )?,
        asked_at: optional_time(&format!("{field}.asked_at"), inquiry.asked_at)?,
    })
}

/// Where questions are asked.
pub fn inquiry_kind(field: &str, kind: i32) -> Result<InquiryKind, Status> {
    match pb::InquiryKind::try_from(kind) {
        Ok(pb::InquiryKind::Product) => Ok(InquiryKind::Product),
        Ok(pb::InquiryKind::Order) => Ok(InquiryKind::Order),
        Ok(pb::InquiryKind::CallCenter) => Ok(InquiryKind::CallCenter),
        Ok(pb::InquiryKind::Unspecified) | Err(_) => Err(invalid_field(
            field,
            "must be PRODUCT, ORDER or CALL_CENTER",
        )),
    }
}

/// What names a listing.
pub fn listing_ref(field: &str, listing: Option<pb::ListingRef>) -> Result<ListingRef, Status> {
    let listing = listing.ok_or_else(|| missing(field))?;
    let product_field = format!("{field}.channel_product_id");
    let channel_product_id = match listing.channel_product_id.as_str() {
        "" => String::new(),
        id => channel_id(&product_field, id)?,
    };
    Ok(ListingRef {
        channel_listing_id: channel_id(
            &format!("{field}.channel_listing_id"),
            &listing.channel_listing_id,
        )?,
        channel_product_id,
    })
}

fn waybill(field: &str, carrier: &str, tracking_number: &str) -> Result<Waybill, Status> {
    Ok(Waybill {
        carrier: parse_text(&format!("{field}.carrier"), carrier, 40)?,
        tracking_number: parse_text(&format!("{field}.tracking_number"), tracking_number, 40)?,
    })
}

fn quantity(field: &str, quantity: i32) -> Result<i32, Status> {
    if quantity < 1 {
        return Err(invalid_field(field, "must be at least 1"));
    }
    Ok(quantity)
}

/// A text that may be empty.
fn note(field: &str, text: &str) -> Result<String, Status> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    parse_text(field, text, MAX_NOTE)
}

fn money(field: &str, money: money_pb::Money) -> Result<Money, Status> {
    let currency = Currency::parse(&money.currency).map_err(|_| {
        invalid_field(
            &format!("{field}.currency"),
            "must be three capital letters",
        )
    })?;
    if money.amount_minor < 1 {
        return Err(invalid_field(
            &format!("{field}.amount_minor"),
            "must be at least 1",
        ));
    }
    Ok(Money {
        amount_minor: money.amount_minor,
        currency,
    })
}

fn stock(field: &str, quantity: i64) -> Result<i64, Status> {
    if (0..=MAX_STOCK).contains(&quantity) {
        return Ok(quantity);
    }
    Err(invalid_field(field, format!("must be 0 to {MAX_STOCK}")))
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

impl Message for pb::InquiryAnswer {
    const FIELD: &'static str = "inquiry_answer";

    fn read(self) -> Result<Operation, Status> {
        let parent_field = "inquiry_answer.channel_parent_answer_id";
        let channel_parent_answer_id = match self.channel_parent_answer_id.as_str() {
            "" => String::new(),
            id => channel_id(parent_field, id)?,
        };
        Ok(Operation::Inquiry(InquiryOperation {
            inquiry: inquiry_ref("inquiry_answer.inquiry", self.inquiry)?,
            reply: InquiryReply::Answer {
                text: parse_text("inquiry_answer.text", &self.text, MAX_ANSWER)?,
                answered_by: note("inquiry_answer.answered_by", &self.answered_by)?,
                channel_parent_answer_id,
            },
        }))
    }
}

impl Message for pb::InquiryConfirmation {
    const FIELD: &'static str = "inquiry_confirmation";

    fn read(self) -> Result<Operation, Status> {
        let confirmed_by = note("inquiry_confirmation.confirmed_by", &self.confirmed_by)?;
        Ok(Operation::Inquiry(InquiryOperation {
            inquiry: inquiry_ref("inquiry_confirmation.inquiry", self.inquiry)?,
            reply: InquiryReply::Confirm { confirmed_by },
        }))
    }
}

fn of_listing(
    field: &str,
    listing: Option<pb::ListingRef>,
    change: ListingChange,
) -> Result<Operation, Status> {
    Ok(Operation::Listing(ListingOperation {
        listing: listing_ref(&format!("{field}.listing"), listing)?,
        change,
    }))
}

impl Message for pb::StockChange {
    const FIELD: &'static str = "stock_change";

    fn read(self) -> Result<Operation, Status> {
        let stock = stock("stock_change.quantity", self.quantity)?;
        of_listing(Self::FIELD, self.listing, ListingChange::SetStock(stock))
    }
}

impl Message for pb::PriceChange {
    const FIELD: &'static str = "price_change";

    fn read(self) -> Result<Operation, Status> {
        let price = self.price.ok_or_else(|| missing("price_change.price"))?;
        let change = ListingChange::SetPrice {
            price: money("price_change.price", price)?,
            allow_large_change: self.allow_large_change,
        };
        of_listing(Self::FIELD, self.listing, change)
    }
}

impl Message for pb::SaleStop {
    const FIELD: &'static str = "sale_stop";

    fn read(self) -> Result<Operation, Status> {
        of_listing(Self::FIELD, self.listing, ListingChange::StopSale)
    }
}

impl Message for pb::SaleResumption {
    const FIELD: &'static str = "sale_resumption";

    fn read(self) -> Result<Operation, Status> {
        let stock = stock("sale_resumption.quantity", self.quantity)?;
        of_listing(
            Self::FIELD,
            self.listing,
            ListingChange::ResumeSale { stock },
        )
    }
}
