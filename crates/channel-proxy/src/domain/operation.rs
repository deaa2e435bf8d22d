//! What a merchant tells a channel, apart from acknowledge and dispatch.

use std::fmt;

use chrono::{DateTime, Utc};
use moa_money::Money;

use crate::domain::claim::ClaimKind;
use crate::domain::effect::EffectKind;
use crate::domain::inquiry::InquiryKind;

/// One thing told to a channel, as one effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// About a claim.
    Claim(ClaimOperation),
    /// About a parcel.
    Parcel(ParcelOperation),
    /// About a question.
    Inquiry(InquiryOperation),
    /// About a listing.
    Listing(ListingOperation),
}

impl Operation {
    /// Which effect it is.
    pub const fn kind(&self) -> EffectKind {
        match self {
            Self::Claim(operation) => operation.decision.kind(),
            Self::Parcel(operation) => operation.change.kind(),
            Self::Inquiry(operation) => operation.reply.kind(),
            Self::Listing(operation) => operation.change.kind(),
        }
    }
}

/// What names a claim at a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRef {
    /// Our name of it, e.g. Coupang's receipt id.
    pub channel_claim_id: String,
    /// Its order.
    pub channel_order_id: String,
    /// What is wanted.
    pub kind: ClaimKind,
    /// As told by the read that showed it.
    pub requested_at: Option<DateTime<Utc>>,
}

/// Who carries a parcel, and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waybill {
    /// Our carrier code.
    pub carrier: String,
    /// The number.
    pub tracking_number: String,
}

/// What is done about a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimOperation {
    /// Which claim.
    pub claim: ClaimRef,
    /// What is done.
    pub decision: ClaimDecision,
}

/// What is done about a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimDecision {
    /// The goods stay.
    ConfirmStop {
        /// All that the claim is about.
        quantity: i32,
    },
    /// The goods left before.
    ReportAlreadyShipped(Waybill),
    /// Granted.
    Approve {
        /// All that the claim is about.
        quantity: i32,
    },
    /// Refused.
    Reject {
        /// Why.
        reason: RejectReason,
        /// Shown to the buyer; may be empty.
        note: String,
    },
    /// The goods are back.
    ConfirmCollected,
    /// Under which number they come back.
    ReportCollection(Waybill),
    /// An exchange's goods left.
    Reship {
        /// The exchange's parcel.
        channel_parcel_id: String,
        /// How it went.
        waybill: Waybill,
    },
    /// The refund waits.
    Hold {
        /// Why.
        reason: HoldReason,
        /// Shown to the buyer.
        note: String,
        /// Asked of the buyer on top.
        extra_fee: Option<Money>,
    },
    /// It waits no more.
    Release,
}

impl ClaimDecision {
    /// Which kind of effect it is.
    pub const fn kind(&self) -> EffectKind {
        match self {
            Self::ConfirmStop { .. } => EffectKind::ConfirmStop,
            Self::ReportAlreadyShipped(_) => EffectKind::ReportAlreadyShipped,
            Self::Approve { .. } => EffectKind::ApproveClaim,
            Self::Reject { .. } => EffectKind::RejectClaim,
            Self::ConfirmCollected => EffectKind::ConfirmCollected,
            Self::ReportCollection(_) => EffectKind::ReportCollection,
            Self::Reship { .. } => EffectKind::ReshipExchange,
            Self::Hold { .. } => EffectKind::HoldClaim,
            Self::Release => EffectKind::ReleaseClaim,
        }
    }
}

/// Why a claim is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectReason {
    /// Nothing to send instead.
    OutOfStock,
    /// The buyer took it back.
    BuyerWithdrew,
    /// Said in the note.
    Other,
}

/// Why a refund waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldReason {
    /// The freight is not paid.
    ShippingFee,
    /// Another fee is not paid.
    ExtraFee,
    /// The goods have not arrived.
    GoodsMissing,
    /// What goes out instead is not ready.
    ReplacementNotReady,
    /// Said in the note.
    Other,
}

/// What is done about a parcel of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParcelOperation {
    /// Its order.
    pub channel_order_id: String,
    /// Its id.
    pub channel_parcel_id: String,
    /// What is done.
    pub change: ParcelChange,
}

/// What is done about a parcel of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParcelChange {
    /// The merchant cancels lines that have not left.
    CancelLines {
        /// Which, and how many of each.
        lines: Vec<CancelledLine>,
        /// Why.
        reason: SellerCancelReason,
        /// Shown to the buyer; may be empty.
        note: String,
        /// Who cancels, as the channel knows people; may be empty.
        cancelled_by: String,
    },
    /// A parcel that left gets another number.
    CorrectTracking {
        /// Every line of it.
        line_ids: Vec<String>,
        /// The right one.
        waybill: Waybill,
    },
    /// It leaves later than promised.
    DelayDispatch {
        /// The promised day's end.
        until: DateTime<Utc>,
        /// Why.
        reason: DelayReason,
        /// Shown to the buyer.
        note: String,
    },
    /// It arrived although no carrier said so.
    ReportDelivered {
        /// The number that is at the channel.
        tracking_number: String,
    },
}

impl ParcelChange {
    const fn kind(&self) -> EffectKind {
        match self {
            Self::CancelLines { .. } => EffectKind::CancelLines,
            Self::CorrectTracking { .. } => EffectKind::CorrectTracking,
            Self::DelayDispatch { .. } => EffectKind::DelayDispatch,
            Self::ReportDelivered { .. } => EffectKind::ReportDelivered,
        }
    }
}

/// So much of a line is cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelledLine {
    /// The channel's line.
    pub channel_line_id: String,
    /// How many are cancelled now.
    pub quantity: i32,
    /// How many were before.
    pub cancelled_before: i32,
}

/// Why a merchant cancels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SellerCancelReason {
    /// Nothing to send.
    OutOfStock,
    /// It was offered at a wrong price.
    WrongPrice,
    /// It cannot be sent there.
    WrongAddress,
    /// It would take too long.
    DeliveryDelayed,
    /// The buyer asked the merchant.
    BuyerAsked,
}

/// Why a parcel leaves later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DelayReason {
    /// It is being prepared.
    Preparing,
    /// The buyer asked.
    BuyerAsked,
    /// It is made to order.
    MadeToOrder,
    /// It was ordered ahead.
    Preorder,
    /// It comes from abroad.
    Overseas,
    /// Said in the note.
    Other,
}

/// What names a question at a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InquiryRef {
    /// Where it was asked.
    pub kind: InquiryKind,
    /// The channel's id.
    pub channel_inquiry_id: String,
    /// As told by the read that showed it.
    pub asked_at: Option<DateTime<Utc>>,
}

/// What is done about a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InquiryOperation {
    /// Which question.
    pub inquiry: InquiryRef,
    /// What is done.
    pub reply: InquiryReply,
}

/// What is done about a question.
#[derive(Clone, PartialEq, Eq)]
pub enum InquiryReply {
    /// It is answered.
    Answer {
        /// The merchant's words: personal data.
        text: String,
        /// Who answers, as the channel knows people; may be empty.
        answered_by: String,
        /// The message that is answered; empty for the question itself.
        channel_parent_answer_id: String,
    },
    /// It was read.
    Confirm {
        /// Who read it, as the channel knows people; may be empty.
        confirmed_by: String,
    },
}

impl InquiryReply {
    const fn kind(&self) -> EffectKind {
        match self {
            Self::Answer { .. } => EffectKind::AnswerInquiry,
            Self::Confirm { .. } => EffectKind::ConfirmInquiry,
        }
    }
}

impl fmt::Debug for InquiryReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().as_str())
    }
}

/// What names a listing at a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingRef {
    /// As an order line names it.
    pub channel_listing_id: String,
    /// Empty where a channel needs none.
    pub channel_product_id: String,
}

/// What is done about a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingOperation {
    /// Which listing.
    pub listing: ListingRef,
    /// What is done.
    pub change: ListingChange,
}

/// What is done about a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListingChange {
    /// So many can be sold.
    SetStock(i64),
    /// One piece costs so much.
    SetPrice {
        /// So much.
        price: Money,
        /// Also when it differs much from the old one.
        allow_large_change: bool,
    },
    /// It is not sold any more.
    StopSale,
    /// It is sold again.
    ResumeSale {
        /// So many, where a channel forgets the number.
        stock: i64,
    },
}

impl ListingChange {
    const fn kind(&self) -> EffectKind {
        match self {
            Self::SetStock(_) => EffectKind::SetStock,
            Self::SetPrice { .. } => EffectKind::SetPrice,
            Self::StopSale => EffectKind::StopSale,
            Self::ResumeSale { .. } => EffectKind::ResumeSale,
        }
    }
}
