//! What buyers do, as the facts it leads to.

use chrono::{DateTime, Utc};

use super::rules::Rules;
use super::world::{
    Change, Claim, ClaimKind, ClaimStatus, Order, PlaceStatus, ProductOrder, SmartFact, SmartStore,
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

/// The buyer cancels: at once before the seller confirmed, as a request that waits for the seller afterwards.
pub fn cancel(
    known: &SmartStore,
    order_id: i64,
    wanted: Option<&[Wanted]>,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    let (_, chosen) = choose(known, order_id, wanted, |row| match row.status {
        _ if row.running_claim().is_some() => Err("a claim is running"),
        Status::Payed => Ok(()),
        Status::PaymentWaiting => Err("it is not paid yet"),
        _ => Err("it cannot be cancelled any more"),
    })?;
    let mut facts = Vec::new();
    for (offset, (row, count)) in (0..).zip(chosen) {
        let claim = cancel_claim(known.next_claim_id(offset, now), row, count, now);
        if row.place_status == PlaceStatus::Ok {
            facts.push(claimed(
                row.id,
                claim,
                row.status,
                Change::ClaimRequested,
                rules,
                now,
            ));
        } else {
            facts.push(cancelled(row, claim, rules, now));
        }
    }
    Ok(facts)
}

/// A buyer's cancel in its first state.
fn cancel_claim(id: i64, row: &ProductOrder, count: i64, now: DateTime<Utc>) -> Claim {
    Claim {
        id,
        kind: ClaimKind::Cancel,
        status: ClaimStatus::CancelRequest,
        requested_at: SmartFact::moment(now),
        by_seller: false,
        reason: "INTENT_CHANGED".to_owned(),
        detail: Some("단순 변심".to_owned()),
        quantity: count,
        status_before: row.status,
        approved_at: None,
        completed_at: None,
        reject_reason: None,
        collect: None,
        holdback: None,
        redelivery: None,
    }
}

/// A cancel that is done: what is left of the product order stays as it was.
pub fn cancelled(row: &ProductOrder, claim: Claim, rules: &Rules, now: DateTime<Utc>) -> Fact {
    let at = Some(SmartFact::moment(now));
    let status = if claim.quantity >= row.remaining {
        Status::Canceled
    } else {
        row.status
    };
    let claim = Claim {
        status: ClaimStatus::CancelDone,
        approved_at: claim.approved_at.or(at),
        completed_at: at,
        ..claim
    };
    let change = Change::ClaimCompleted;
    claimed(row.id, claim, status, change, rules, now)
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
