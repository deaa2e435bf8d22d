//! The words of the API for states and kinds, and their counterparts in the contracts of other services.
//!
//! Each list has `UNRECOGNIZED`: another service may already speak of a state this build has not heard of, and a list
//! that fails whole because of it would help nobody. It is an answer only; as input it is refused.

use moa_proto::moa::catalog::v1 as catalog;
use moa_proto::moa::channel_proxy::v1 as channel_proxy;
use moa_proto::moa::effects::v1 as effects;
use moa_proto::moa::fulfillment::v1 as fulfillment;
use moa_proto::moa::jobs::v1 as jobs;
use moa_proto::moa::notification::v1 as notification;
use moa_proto::moa::order_sync::v1 as order_sync;
use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! words {
    ($($(#[$doc:meta])+ $name:ident = $proto:path { $($variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name {
            $(#[allow(missing_docs, reason = "the words of the contract, explained there")] $variant,)+
            /// One that this build does not know yet. Never accepted as input.
            #[serde(skip_deserializing)]
            Unrecognized,
        }

        impl $name {
            /// Our word for the contract's number.
            pub fn of(number: i32) -> Self {
                match <$proto>::try_from(number) {
                    $(Ok(<$proto>::$variant) => Self::$variant,)+
                    _ => Self::Unrecognized,
                }
            }

            /// Our word for a stored one.
            pub fn parse(text: &str) -> Self {
                Self::deserialize(StrDeserializer::<ValueError>::new(text))
                    .unwrap_or(Self::Unrecognized)
            }

            /// The contract's number for our word.
            pub fn number(self) -> i32 {
                match self {
                    $(Self::$variant => <$proto>::$variant as i32,)+
                    Self::Unrecognized => 0,
                }
            }
        }
    )+};
}

words! {
    /// Where an order or one of its lines stands. PARTIALLY_DISPATCHED is said of orders only.
    OrderState = order_sync::OrderState {
        Placed, Acknowledged, PartiallyDispatched, Dispatched, Delivered, Confirmed, Cancelled, Returned,
    }
    /// What a buyer wants after the sale.
    ClaimKind = order_sync::ClaimKind { Cancel, StopShipment, Return, Exchange }
    /// Where a claim stands for its order. UNRECOGNIZED counts as REQUESTED.
    ClaimState = order_sync::ClaimState { Requested, Completed, Withdrawn }
    /// How far a claim is.
    ClaimStage = channel_proxy::ClaimStage {
        Requested, Collecting, Collected, ChannelCheck, Reshipped, Completed, Rejected, Withdrawn,
    }
    /// What a merchant may do about a claim. APPROVE and CONFIRM_STOP move money.
    ClaimAction = channel_proxy::ClaimAction {
        ConfirmStop, ReportAlreadyShipped, ConfirmCollected, Approve, Reject, Reship, Hold, Release, ReportCollection,
    }
    /// Whose fault a claim is, as the channel says.
    ClaimFault = channel_proxy::ClaimFault { Buyer, Merchant, Channel, Nobody }
    /// What a channel does by itself when nobody acts on a claim. REFUNDED: the buyer gets the money back.
    ClaimDeadlineOutcome = channel_proxy::ClaimDeadlineOutcome { Refunded }
    /// How a claim's deadline is known. TOLD: the channel names it in the claim. RULE: its documents say so in general; a time
    /// by them is an estimate, and not later than the channel's.
    ClaimDeadlineSource = channel_proxy::ClaimDeadlineSource { Told, Rule }
    /// Why a claim is refused.
    ClaimRejectReason = channel_proxy::ClaimRejectReason { OutOfStock, BuyerWithdrew, Other }
    /// Why a refund waits.
    ClaimHoldReason = channel_proxy::ClaimHoldReason {
        ShippingFee, ExtraFee, GoodsMissing, ReplacementNotReady, Other,
    }
    /// Where a question was asked.
    InquiryKind = order_sync::InquiryKind { Product, Order, CallCenter }
    /// Where a question stands at its channel. UNRECOGNIZED counts as waiting.
    InquiryState = order_sync::InquiryState { Waiting, Answered, ToConfirm, Closed }
    /// Why a person erases a contact before its time.
    ErasureReason = order_sync::ErasureReason { BuyerRequest, WrongData, TestOrder, Legal }
    /// Who wrote a message.
    InquiryAuthor = order_sync::InquiryAuthor { Buyer, Merchant, Channel }
    /// What became of an order that is looked for.
    OrderWhereabouts = order_sync::OrderWhereabouts {
        Here, Parked, SeenNotStored, NotReadYet, NeverShown, TimeNeeded, EvidenceGone,
    }
    /// How a gap in coverage ended. EXPIRED: its minutes became a day old without being read twice.
    CoverageGapOutcome = order_sync::CoverageGapOutcome { Covered, Expired }
    /// Where a job stands.
    JobState = jobs::JobState { NeverRun, Running, Succeeded, Failed }
    /// Where a shipment stands.
    ShipmentState = fulfillment::ShipmentState { Ready, Dispatching, Dispatched, Held, Cancelled }
    /// Where the right to a digital product stands.
    EntitlementState = fulfillment::EntitlementState { Granted, LinkSent, Activated, Revoked }
    /// Where an effect on the outside world stands. UNKNOWN: nobody knows whether it happened, so it is being probed.
    EffectState = effects::EffectState {
        Pending, Claimed, Verified, Sending, Confirmed, Rejected, Retryable, Unknown, Blocked, Conflict, Repair, Dead,
    }
    /// What an effect does.
    EffectKind = effects::EffectKind { Acknowledge, Dispatch, Message, AnswerInquiry, DecideClaim, Refund }
    /// Whether a channel account is polled.
    ChannelAccountState = channel_proxy::ChannelAccountState { Active, Inactive }
    /// Which process calls for a seller.
    LeaseHolder = channel_proxy::LeaseHolder { Nobody, ThisProcess, AnotherProcess }
    /// What a call is for: the look before a write and the write, regular polling, catching up.
    CallClass = channel_proxy::CallClass { Gate, Poll, Sweep }
    /// Whether calls to an API go. HALF_OPEN: one call looks whether the channel is well again.
    BreakerState = channel_proxy::BreakerState { Closed, Open, HalfOpen }
    /// What follows from where a channel saw us. UNEXPECTED: elsewhere than configured.
    EgressVerdict = channel_proxy::EgressVerdict { Accepted, NotRegistered, Unexpected }
    /// Where a set of keys stands.
    CredentialSetState = channel_proxy::CredentialSetState { Pending, Promoted, Previous, Retired }
    /// What a channel says that this version does not know.
    DriftKind = channel_proxy::DriftKind { UnknownField, UnknownWord }
    /// By which provider messages go out: SOLAPI for SMS, Slack for the merchant's own people.
    SenderKind = notification::SenderKind { Solapi, Slack }
    /// Why a listing should be looked at. CHANGED: its names or codes changed, so that it may have become something else.
    ListingAttention = catalog::ListingAttention { New, Changed }
    /// What of a listing changed.
    ListingField = catalog::ListingField { ProductName, OptionName, SkuCode, Barcode }
    /// Where a channel shows a listing.
    ListingPlace = catalog::ListingPlace { Order, ProductList }
    /// Why a variant is suggested. SKU: the channel's seller code is the variant's.
    SuggestionReason = catalog::SuggestionReason { Sku, Barcode, Name }
    /// What a changed mapping means for a line. FOLLOWS: it was not packed. LEFT: it left, or may be leaving.
    AffectedLineStanding = fulfillment::AffectedLineStanding { Follows, Packed, Left, Granted }
    /// Whether a variant is packed or delivered by a link.
    VariantKind = catalog::VariantKind { Physical, Digital }
}
