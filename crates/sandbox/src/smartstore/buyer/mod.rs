//! What buyers do, as the facts it leads to.

mod ask;
mod claims;
mod order;

pub use ask::{Asking, about_goods, about_order};
pub use claims::{
    Demand, came_back, cancel, collect, exchange, fetched, send_back, stop, withdraw,
};
pub use order::{accept_gift, change_address, decide, pay};

use chrono::{DateTime, Utc};

use super::rules::Rules;
use super::world::{
    Change, Claim, ClaimKind, ClaimStatus, Collect, Order, ProductOrder, SmartFact, SmartStore,
    Status, What, Word,
};
use crate::world::Fact;

/// Why a buyer cannot do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("no such order")]
    UnknownOrder,
    #[error("product order {0} is not in the order")]
    UnknownProductOrder(i64),
    #[error("product order {0} has {1} left, which is less")]
    NotEnough(i64, i64),
    #[error("product order {0} is {1}: {2}")]
    TooLate(i64, String, &'static str),
    #[error("the order {0}")]
    NotNow(&'static str),
}

/// How many of a product order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub product_order: i64,
    /// All that is left, unless told otherwise.
    pub count: Option<i64>,
}

/// An order, and how many of which of its product orders.
pub type Choice<'a> = (&'a Order, Vec<(&'a ProductOrder, i64)>);

/// Chooses the product orders of an order that `fits`: those named, all of which have to, or as many as there are.
pub fn choose<'a>(
    known: &'a SmartStore,
    order_id: i64,
    wanted: Option<&[Wanted]>,
    fits: impl Fn(&ProductOrder) -> Result<(), &'static str>,
) -> Result<Choice<'a>, Refusal> {
    let order = known.order(order_id).ok_or(Refusal::UnknownOrder)?;
    let refuse = |row: &ProductOrder, why| {
        let mut status = row.status.as_str().to_owned();
        if let Some(claim) = &row.claim {
            status = format!("{status} with {}", claim.status.as_str());
        }
        Refusal::TooLate(row.id, status, why)
    };
    let mut chosen = Vec::new();
    if let Some(wanted) = wanted {
        for want in wanted {
            let row = known
                .parts(order)
                .find(|row| row.id == want.product_order)
                .ok_or(Refusal::UnknownProductOrder(want.product_order))?;
            fits(row).map_err(|why| refuse(row, why))?;
            let count = want.count.unwrap_or(row.remaining);
            if count > row.remaining {
                return Err(Refusal::NotEnough(row.id, row.remaining));
            }
            chosen.push((row, count));
        }
        return Ok((order, chosen));
    }
    let mut last = Refusal::NotNow("has no product orders");
    for row in known.parts(order) {
        match fits(row) {
            Ok(()) => chosen.push((row, row.remaining)),
            Err(why) => last = refuse(row, why),
        }
    }
    if chosen.is_empty() {
        return Err(last);
    }
    Ok((order, chosen))
}

/// A claim of the buyer's in its first state.
pub fn new_claim(
    id: i64,
    kind: ClaimKind,
    row: &ProductOrder,
    quantity: i64,
    now: DateTime<Utc>,
) -> Claim {
    let status = match kind {
        ClaimKind::Cancel => ClaimStatus::CancelRequest,
        ClaimKind::Return => ClaimStatus::ReturnRequest,
        ClaimKind::Exchange => ClaimStatus::ExchangeRequest,
    };
    Claim {
        id,
        kind,
        status,
        requested_at: SmartFact::moment(now),
        by_seller: false,
        reason: "INTENT_CHANGED".to_owned(),
        detail: None,
        quantity,
        status_before: row.status,
        approved_at: None,
        completed_at: None,
        reject_reason: None,
        collect: None,
        holdback: None,
        redelivery: None,
    }
}

/// A claim that has come to its end.
pub fn finished(claim: &Claim, status: ClaimStatus, now: DateTime<Utc>) -> Claim {
    let at = SmartFact::moment(now);
    Claim {
        status,
        approved_at: claim.approved_at.or(Some(at)),
        completed_at: Some(at),
        ..claim.clone()
    }
}

/// A claim whose goods are back with the seller.
pub fn collected(claim: &Claim, now: DateTime<Utc>) -> Claim {
    let collect = claim.collect.clone().map(|collect| Collect {
        done_at: Some(SmartFact::moment(now)),
        ..collect
    });
    Claim {
        status: ClaimStatus::CollectDone,
        collect,
        ..claim.clone()
    }
}

/// A cancel that is done: what is left of the product order stays as it was. A refund that gets stuck is done at the
/// second try.
pub fn cancelled(row: &ProductOrder, claim: Claim, rules: &Rules, now: DateTime<Utc>) -> Fact {
    if rules.refunds_stick && claim.status != ClaimStatus::Canceling {
        let stuck = Claim {
            status: ClaimStatus::Canceling,
            approved_at: Some(SmartFact::moment(now)),
            ..claim
        };
        return claimed(
            row.id,
            stuck,
            row.status,
            Change::ClaimRequested,
            rules,
            now,
        );
    }
    let status = if claim.quantity >= row.remaining {
        Status::Canceled
    } else {
        row.status
    };
    let done = finished(&claim, ClaimStatus::CancelDone, now);
    claimed(row.id, done, status, Change::ClaimCompleted, rules, now)
}

/// The fact of a claim that was raised or moved on.
pub fn claimed(
    product_order: i64,
    claim: Claim,
    status: Status,
    change: Change,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Fact {
    let what = What::Claimed {
        product_order,
        claim: Box::new(claim),
        status,
        change: Some(change),
    };
    SmartFact::of(now, what).late(rules)
}
