//! The words SmartStore has for states, kinds and reasons.

use serde::{Deserialize, Serialize};

/// A value with a name on the wire.
pub trait Word: Copy {
    /// The word on the wire.
    fn as_str(self) -> &'static str;

    /// Reads the word, if it is one.
    fn parse(text: &str) -> Option<Self>;
}

/// An enum whose values have the names SmartStore gives them.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $text)] $value,)+
        }

        impl Word for $name {
            fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $text,)+
                }
            }

            fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$value),)+
                    _ => None,
                }
            }
        }
    };
}

words! {
    /// 상품주문상태.
    Status {
        PaymentWaiting = "PAYMENT_WAITING",
        Payed = "PAYED",
        Delivering = "DELIVERING",
        Delivered = "DELIVERED",
        PurchaseDecided = "PURCHASE_DECIDED",
        Exchanged = "EXCHANGED",
        Canceled = "CANCELED",
        Returned = "RETURNED",
        CanceledByNoPayment = "CANCELED_BY_NOPAYMENT",
    }
}

words! {
    /// 발주상태.
    PlaceStatus {
        NotYet = "NOT_YET",
        Ok = "OK",
        Cancel = "CANCEL",
    }
}

words! {
    /// What the changed feed calls the latest event of a product order. Other events do not move its row.
    Change {
        PayWaiting = "PAY_WAITING",
        Payed = "PAYED",
        ExchangeOption = "EXCHANGE_OPTION",
        DeliveryAddressChanged = "DELIVERY_ADDRESS_CHANGED",
        GiftReceived = "GIFT_RECEIVED",
        ClaimRejected = "CLAIM_REJECTED",
        Dispatched = "DISPATCHED",
        ClaimRequested = "CLAIM_REQUESTED",
        CollectDone = "COLLECT_DONE",
        ClaimCompleted = "CLAIM_COMPLETED",
        PurchaseDecided = "PURCHASE_DECIDED",
        HopeDeliveryInfoChanged = "HOPE_DELIVERY_INFO_CHANGED",
        ClaimRedelivering = "CLAIM_REDELIVERING",
    }
}

words! {
    ClaimKind {
        Cancel = "CANCEL",
        Return = "RETURN",
        Exchange = "EXCHANGE",
    }
}

words! {
    ClaimStatus {
        CancelRequest = "CANCEL_REQUEST",
        Canceling = "CANCELING",
        CancelDone = "CANCEL_DONE",
        CancelReject = "CANCEL_REJECT",
        ReturnRequest = "RETURN_REQUEST",
        ExchangeRequest = "EXCHANGE_REQUEST",
        Collecting = "COLLECTING",
        CollectDone = "COLLECT_DONE",
        ExchangeRedelivering = "EXCHANGE_REDELIVERING",
        ReturnDone = "RETURN_DONE",
        ExchangeDone = "EXCHANGE_DONE",
        ReturnReject = "RETURN_REJECT",
        ExchangeReject = "EXCHANGE_REJECT",
    }
}

impl ClaimStatus {
    /// Whether the claim still waits for somebody.
    pub fn is_running(self) -> bool {
        !matches!(
            self,
            Self::CancelDone
                | Self::CancelReject
                | Self::ReturnDone
                | Self::ExchangeDone
                | Self::ReturnReject
                | Self::ExchangeReject
        )
    }
}

words! {
    GiftStatus {
        WaitForReceiving = "WAIT_FOR_RECEIVING",
        Received = "RECEIVED",
    }
}

words! {
    /// 배송방법.
    Method {
        Delivery = "DELIVERY",
        GoodsFlow = "GDFW_ISSUE_SVC",
        VisitReceipt = "VISIT_RECEIPT",
        DirectDelivery = "DIRECT_DELIVERY",
        QuickService = "QUICK_SVC",
        Nothing = "NOTHING",
        ReturnDesignated = "RETURN_DESIGNATED",
        ReturnDelivery = "RETURN_DELIVERY",
        ReturnIndividual = "RETURN_INDIVIDUAL",
        ReturnMerchant = "RETURN_MERCHANT",
        Unknown = "UNKNOWN",
    }
}

impl Method {
    /// Whether a carrier and its number belong to it.
    pub fn is_carried(self) -> bool {
        matches!(self, Self::Delivery | Self::GoodsFlow)
    }

    /// Whether goods can leave the seller this way.
    pub fn sends(self) -> bool {
        matches!(
            self,
            Self::Delivery
                | Self::GoodsFlow
                | Self::VisitReceipt
                | Self::DirectDelivery
                | Self::QuickService
                | Self::Nothing
        )
    }

    /// Whether goods can come back to the seller this way.
    pub fn collects(self) -> bool {
        !matches!(self, Self::GoodsFlow | Self::Unknown)
    }
}

words! {
    /// Which of a product order's times a list asks for.
    RangeType {
        Payed = "PAYED_DATETIME",
        Ordered = "ORDERED_DATETIME",
        Dispatched = "DISPATCHED_DATETIME",
        PurchaseDecided = "PURCHASE_DECIDED_DATETIME",
        ClaimRequested = "CLAIM_REQUESTED_DATETIME",
        ClaimCompleted = "CLAIM_COMPLETED_DATETIME",
        CollectCompleted = "COLLECT_COMPLETED_DATETIME",
        GiftReceived = "GIFT_RECEIVED_DATETIME",
        HopeDeliveryChanged = "HOPE_DELIVERY_INFO_CHANGED_DATETIME",
    }
}

impl RangeType {
    pub const ALL: [Self; 9] = [
        Self::Payed,
        Self::Ordered,
        Self::Dispatched,
        Self::PurchaseDecided,
        Self::ClaimRequested,
        Self::ClaimCompleted,
        Self::CollectCompleted,
        Self::GiftReceived,
        Self::HopeDeliveryChanged,
    ];
}
