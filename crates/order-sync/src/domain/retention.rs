//! How long personal data of an order is kept, and when it may go.

use super::claim::ClaimState;
use super::order::Order;
use super::state::OrderState;

/// Days between an order's rest and the erasure of its contact, where nobody set another time.
pub(crate) const DEFAULT_DAYS: i32 = 90;
/// What may be set.
pub(crate) const DAYS: std::ops::RangeInclusive<i32> = 1..=3650;
/// Not every delivery is told: an order that left counts as delivered so many days later, and a question that waits as
/// answered.
pub(crate) const UNTOLD_DAYS: i32 = 30;

/// Why a contact was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Its time was over.
    Retention,
    BuyerRequest,
    WrongData,
    TestOrder,
    Legal,
}

impl Cause {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Retention => "RETENTION",
            Self::BuyerRequest => "BUYER_REQUEST",
            Self::WrongData => "WRONG_DATA",
            Self::TestOrder => "TEST_ORDER",
            Self::Legal => "LEGAL",
        }
    }
}

/// Whether nothing is to be expected of an order any more that needs its contact.
pub(crate) fn is_closed(order: &Order) -> bool {
    let at_rest = matches!(
        order.state(),
        OrderState::Delivered
            | OrderState::Confirmed
            | OrderState::Cancelled
            | OrderState::Returned
    );
    let mut claims = order.claims.iter();
    at_rest
        && claims
            .all(|claim| matches!(claim.state(), ClaimState::Completed | ClaimState::Withdrawn))
}
