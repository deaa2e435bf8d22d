//! Buyers who do not want what they bought, or want another one.

use chrono::{DateTime, Utc};

use super::{Refusal, Wanted, cancelled, choose, claimed, collected, new_claim};
use crate::smartstore::claims::returns::can_come_back;
use crate::smartstore::rules::Rules;
use crate::smartstore::world::{
    Change, Claim, ClaimKind, ClaimStatus, Collect, Method, PlaceStatus, ProductOrder, SmartFact,
    SmartStore, Status, What,
};
use crate::world::Fact;

/// What a buyer wants back, and why.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'a> {
    pub order: i64,
    pub items: Option<&'a [Wanted]>,
    /// A reason in SmartStore's words.
    pub reason: &'a str,
}

/// The buyer cancels: at once before the seller confirmed, as a request that waits for the seller afterwards.
pub fn cancel(
    known: &SmartStore,
    demand: Demand<'_>,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    call_off(known, demand, rules, now, |_| Ok(()))
}

/// The same, only for what the seller has confirmed.
pub fn stop(
    known: &SmartStore,
    demand: Demand<'_>,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    call_off(known, demand, rules, now, |row| {
        if row.place_status == PlaceStatus::Ok {
            Ok(())
        } else {
            Err("the seller has not confirmed it")
        }
    })
}

fn call_off(
    known: &SmartStore,
    demand: Demand<'_>,
    rules: &Rules,
    now: DateTime<Utc>,
    fits: impl Fn(&ProductOrder) -> Result<(), &'static str>,
) -> Result<Vec<Fact>, Refusal> {
    let (_, chosen) = choose(known, demand.order, demand.items, |row| match row.status {
        _ if row.running_claim().is_some() => Err("a claim is running"),
        Status::Payed => fits(row),
        Status::PaymentWaiting => Err("it is not paid yet"),
        _ => Err("it cannot be cancelled any more"),
    })?;
    let mut facts = Vec::new();
    for (offset, (row, count)) in (0..).zip(chosen) {
        let id = known.next_claim_id(offset, now);
        let claim = Claim {
            reason: demand.reason.to_owned(),
            ..new_claim(id, ClaimKind::Cancel, row, count, now)
        };
        facts.push(if row.place_status == PlaceStatus::Ok {
            let change = Change::ClaimRequested;
            claimed(row.id, claim, row.status, change, rules, now)
        } else {
            cancelled(row, claim, rules, now)
        });
    }
    Ok(facts)
}

/// The buyer wants the money back for what left the seller.
pub fn send_back(
    known: &SmartStore,
    demand: Demand<'_>,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    give_back(known, demand, ClaimKind::Return, rules, now)
}

/// The buyer wants others for what left the seller.
pub fn exchange(
    known: &SmartStore,
    demand: Demand<'_>,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    give_back(known, demand, ClaimKind::Exchange, rules, now)
}

fn give_back(
    known: &SmartStore,
    demand: Demand<'_>,
    kind: ClaimKind,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    let (_, chosen) = choose(known, demand.order, demand.items, |row| {
        if can_come_back(row) {
            Ok(())
        } else {
            Err("it is not with the carrier or the buyer, or a claim is running")
        }
    })?;
    let mut facts = Vec::new();
    for (offset, (row, count)) in (0..).zip(chosen) {
        let id = known.next_claim_id(offset, now);
        let claim = Claim {
            reason: demand.reason.to_owned(),
            collect: Some(Collect {
                method: Method::ReturnDesignated,
                company: Some("CJGLS".to_owned()),
                number: None,
                done_at: None,
            }),
            ..new_claim(id, kind, row, count, now)
        };
        let change = Change::ClaimRequested;
        facts.push(claimed(row.id, claim, row.status, change, rules, now));
    }
    Ok(facts)
}

/// The buyer takes the claim back.
pub fn withdraw(
    known: &SmartStore,
    demand: Demand<'_>,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    let (_, chosen) = choose(known, demand.order, demand.items, |row| {
        let claim = row.running_claim().filter(|claim| !claim.by_seller);
        match claim.map(|claim| claim.status) {
            Some(
                ClaimStatus::CancelRequest
                | ClaimStatus::ReturnRequest
                | ClaimStatus::ExchangeRequest
                | ClaimStatus::Collecting,
            ) => Ok(()),
            _ => Err("no claim can be taken back"),
        }
    })?;
    let withdrawn = chosen.into_iter().map(|(row, _)| {
        let product_order = row.id;
        SmartFact::of(now, What::ClaimWithdrawn { product_order }).late(rules)
    });
    Ok(withdrawn.collect())
}

/// Somebody fetches what goes back: first it is on its way, then with the seller.
pub fn collect(
    known: &SmartStore,
    demand: Demand<'_>,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Vec<Fact>, Refusal> {
    let (_, chosen) = choose(known, demand.order, demand.items, |row| {
        match row.running_claim().map(|claim| claim.status) {
            Some(
                ClaimStatus::ReturnRequest | ClaimStatus::ExchangeRequest | ClaimStatus::Collecting,
            ) => Ok(()),
            _ => Err("nothing is to be collected"),
        }
    })?;
    let moved = chosen.into_iter().filter_map(|(row, _)| {
        let claim = row.running_claim()?;
        Some(if claim.status == ClaimStatus::Collecting {
            came_back(row, claim, rules, now)
        } else {
            fetched(row, claim, now)
        })
    });
    Ok(moved.collect())
}

/// The goods of a claim were picked up, which is no event of the feed.
pub fn fetched(row: &ProductOrder, claim: &Claim, now: DateTime<Utc>) -> Fact {
    let what = What::Claimed {
        product_order: row.id,
        claim: Box::new(Claim {
            status: ClaimStatus::Collecting,
            ..claim.clone()
        }),
        status: row.status,
        change: None,
    };
    SmartFact::of(now, what)
}

/// The goods of a claim reached the seller.
pub fn came_back(row: &ProductOrder, claim: &Claim, rules: &Rules, now: DateTime<Utc>) -> Fact {
    let back = collected(claim, now);
    claimed(row.id, back, row.status, Change::CollectDone, rules, now)
}
