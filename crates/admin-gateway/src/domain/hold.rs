//! Why an order must not go out, as the channel's facts and our mappings tell. A held shipment speaks for itself.

use crate::domain::locale::Locale;

/// What an open claim asks for, or what the channel holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderHold {
    /// The customer wants to cancel.
    CancelRequested,
    /// The customer wants a shipment that is on its way out stopped.
    StopRequested,
    /// The customer wants to return.
    ReturnRequested,
    /// The customer wants an exchange.
    ExchangeRequested,
    /// The channel holds units of a line back.
    ChannelHeld,
    /// Nobody said yet what a line's listing is.
    UnmappedListing,
}

impl OrderHold {
    const ALL: [Self; 6] = [
        Self::CancelRequested,
        Self::StopRequested,
        Self::ReturnRequested,
        Self::ExchangeRequested,
        Self::ChannelHeld,
        Self::UnmappedListing,
    ];

    /// The stable reason.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CancelRequested => "CANCEL_REQUESTED",
            Self::StopRequested => "STOP_REQUESTED",
            Self::ReturnRequested => "RETURN_REQUESTED",
            Self::ExchangeRequested => "EXCHANGE_REQUESTED",
            Self::ChannelHeld => "CHANNEL_HELD",
            Self::UnmappedListing => "UNMAPPED_LISTING",
        }
    }

    /// The hold with this reason.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hold| hold.as_str() == text)
    }

    /// The same for people.
    pub const fn text(self, locale: Locale) -> &'static str {
        match (self, locale) {
            (Self::CancelRequested, Locale::Ko) => "고객이 취소를 요청했습니다.",
            (Self::CancelRequested, Locale::En) => "The customer asked to cancel.",
            (Self::StopRequested, Locale::Ko) => "고객이 출고 중지를 요청했습니다.",
            (Self::StopRequested, Locale::En) => "The customer asked to stop the shipment.",
            (Self::ReturnRequested, Locale::Ko) => "고객이 반품을 요청했습니다.",
            (Self::ReturnRequested, Locale::En) => "The customer asked to return it.",
            (Self::ExchangeRequested, Locale::Ko) => "고객이 교환을 요청했습니다.",
            (Self::ExchangeRequested, Locale::En) => "The customer asked for an exchange.",
            (Self::ChannelHeld, Locale::Ko) => "판매채널이 출고를 보류했습니다.",
            (Self::ChannelHeld, Locale::En) => "The channel holds units of it back.",
            (Self::UnmappedListing, Locale::Ko) => {
                "연결되지 않은 상품이 있습니다. 상품 화면에서 연결하면 바로 진행됩니다."
            }
            (Self::UnmappedListing, Locale::En) => {
                "A listing of it is not mapped. Map it, and the order goes on."
            }
        }
    }
}
