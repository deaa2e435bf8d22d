//! The lists of an account, each read on its own.

use super::account::Discovery;
use super::inquiry::InquiryKind;
use super::state::LineState;

/// One list of an account that is read on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// New orders.
    OrdersPlaced,
    /// Orders that the merchant accepted.
    OrdersAcknowledged,
    /// Orders that left.
    OrdersDispatched,
    /// Orders that arrived.
    OrdersDelivered,
    /// Whatever changed, at a channel that tells so.
    OrdersChanged,
    /// Cancels, stopped shipments, returns, exchanges. At a channel with boxes: of these, the open ones that may keep a
    /// parcel back.
    Claims,
    /// The others, at a channel with boxes: how claims ended, exchanges, what buyers took back.
    ClaimsSettled,
    /// What buyers ask, a list per kind.
    Inquiries(InquiryKind),
}

/// What a stream asks a channel for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// One of its boxes.
    Box(LineState),
    /// What changed.
    Changes,
    /// Claims.
    Claims,
    /// Claims that keep nothing back.
    SettledClaims,
    /// Questions of one kind.
    Inquiries(InquiryKind),
}

impl Stream {
    /// Every stream there is.
    pub(crate) const ALL: [Self; 10] = [
        Self::OrdersPlaced,
        Self::OrdersAcknowledged,
        Self::OrdersDispatched,
        Self::OrdersDelivered,
        Self::OrdersChanged,
        Self::Claims,
        Self::ClaimsSettled,
        Self::Inquiries(InquiryKind::Product),
        Self::Inquiries(InquiryKind::Order),
        Self::Inquiries(InquiryKind::CallCenter),
    ];

    /// Every stream of orders and claims of an account whose orders are found so.
    pub const fn of(discovery: Discovery) -> &'static [Self] {
        match discovery {
            Discovery::BoxesByState => &[
                Self::OrdersPlaced,
                Self::OrdersAcknowledged,
                Self::OrdersDispatched,
                Self::OrdersDelivered,
                Self::Claims,
                Self::ClaimsSettled,
            ],
            Discovery::ChangesFeed => &[Self::OrdersChanged, Self::Claims],
        }
    }

    /// As stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrdersPlaced => "orders.placed",
            Self::OrdersAcknowledged => "orders.acknowledged",
            Self::OrdersDispatched => "orders.dispatched",
            Self::OrdersDelivered => "orders.delivered",
            Self::OrdersChanged => "orders.changed",
            Self::Claims => "claims",
            Self::ClaimsSettled => "claims.settled",
            Self::Inquiries(InquiryKind::Product) => "inquiries.product",
            Self::Inquiries(InquiryKind::Order) => "inquiries.order",
            Self::Inquiries(InquiryKind::CallCenter) => "inquiries.call_center",
        }
    }

    /// As stored and shown, read back.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.as_str() == word)
    }

    /// Whether it shows claims.
    pub(crate) const fn shows_claims(self) -> bool {
        matches!(self, Self::Claims | Self::ClaimsSettled)
    }

    /// Whether it shows what the merchant did: acknowledged, dispatched.
    pub(crate) const fn shows_acts(self) -> bool {
        matches!(self, Self::OrdersAcknowledged | Self::OrdersDispatched)
    }

    /// What it asks for.
    pub(crate) const fn asks(self) -> Asked {
        match self {
            Self::OrdersPlaced => Asked::Box(LineState::Placed),
            Self::OrdersAcknowledged => Asked::Box(LineState::Acknowledged),
            Self::OrdersDispatched => Asked::Box(LineState::Dispatched),
            Self::OrdersDelivered => Asked::Box(LineState::Delivered),
            Self::OrdersChanged => Asked::Changes,
            Self::Claims => Asked::Claims,
            Self::ClaimsSettled => Asked::SettledClaims,
            Self::Inquiries(kind) => Asked::Inquiries(kind),
        }
    }
}

/// Which sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// The last 24 hours.
    Day,
    /// The last 7 days.
    Week,
}
