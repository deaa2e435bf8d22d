//! What has to be written for a batch of reads: a function from facts to a plan.

use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, Utc};
use moa_id::Ids;

use super::account::Account;
use super::claim::{Claim, FetchedClaim};
use super::order::{ContactMark, FetchedOrder, Line, Order};

/// What is stored about the orders and claims that a batch touches.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// By the channel's order id, each with its lines and claims.
    pub(crate) orders: HashMap<String, Order>,
    /// Claims whose order is not here yet.
    pub(crate) waiting: Vec<Claim>,
}

/// One thing to write. An order that shows nothing new has no step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// First sight of an order; its waiting claims are linked.
    Place(Box<Order>),
    /// The order, its version raised, with what differs.
    Change(Box<Change>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) order: Order,
    /// The channel's ids of new and changed lines.
    pub(crate) lines: Vec<String>,
    /// Whether the contact is to be sealed anew.
    pub(crate) contact: bool,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place(order) => {
                let (id, state) = (&order.channel_order_id, order.state().as_str());
                write!(f, "place {id}: {state}, {} line(s)", order.lines.len())?;
                if !order.claims.is_empty() {
                    write!(f, ", {} claim(s)", order.claims.len())?;
                }
                Ok(())
            }
            Self::Change(change) => {
                let order = &change.order;
                let (id, state) = (&order.channel_order_id, order.state().as_str());
                write!(f, "change {id} to version {}: {state}", order.version)?;
                if !change.lines.is_empty() {
                    write!(f, ", lines {}", change.lines.join(" "))?;
                }
                if change.contact {
                    f.write_str(", contact")?;
                }
                Ok(())
            }
        }
    }
}

/// Joins the sights of each order in a page and sorts by the channel's id, so that transactions lock in one order.
pub(crate) fn joined(fetched: Vec<FetchedOrder>) -> Vec<FetchedOrder> {
    let mut by_id: HashMap<String, FetchedOrder> = HashMap::with_capacity(fetched.len());
    for order in fetched {
        match by_id.get_mut(&order.channel_order_id) {
            Some(first) => first.join(order),
            None => {
                by_id.insert(order.channel_order_id.clone(), order);
            }
        }
    }
    let mut joined: Vec<FetchedOrder> = by_id.into_values().collect();
    joined.sort_by(|a, b| a.channel_order_id.cmp(&b.channel_order_id));
    joined
}

/// What has to be written so that the store knows what these reads show.
pub(crate) fn plan(
    account: &Account,
    known: &Known,
    fetched: &[FetchedOrder],
    now: DateTime<Utc>,
    ids: &Ids,
) -> Vec<Step> {
    let mut steps = Vec::new();
    for read in fetched {
        match known.orders.get(&read.channel_order_id) {
            None => {
                let waiting = known.waiting.iter();
                let claims = waiting
                    .filter(|claim| claim.channel_order_id == read.channel_order_id)
                    .cloned();
                steps.push(place(account, read, claims.collect(), now, ids));
            }
            Some(order) => steps.extend(change(order, read, now, ids)),
        }
    }
    steps
}

fn place(
    account: &Account,
    read: &FetchedOrder,
    mut claims: Vec<Claim>,
    now: DateTime<Utc>,
    ids: &Ids,
) -> Step {
    let order_id = ids.next();
    for claim in &mut claims {
        claim.order_id = Some(order_id);
    }
    let lines = read.lines.iter().cloned();
    Step::Place(Box::new(Order {
        order_id,
        version: 1,
        channel: account.channel.clone(),
        channel_account_id: account.channel_account_id,
        channel_order_id: read.channel_order_id.clone(),
        facts: read.facts.clone(),
        lines: lines.map(|line| Line::new(ids.next(), line)).collect(),
        claims,
        contact: first_mark(read),
        created_at: now,
        updated_at: now,
    }))
}

fn first_mark(read: &FetchedOrder) -> Option<ContactMark> {
    read.contact.as_ref().map(|fetched| ContactMark {
        version: 1,
        digest: fetched.digest,
        receiver: fetched.receiver,
        read_at: read.read_at,
        erased: false,
    })
}

fn change(known: &Order, read: &FetchedOrder, now: DateTime<Utc>, ids: &Ids) -> Option<Step> {
    let mut order = known.clone();
    order.facts.absorb(&read.facts);
    let mut changed = !order.facts.agrees_with(&known.facts);

    let mut lines = Vec::new();
    for fetched in &read.lines {
        let id = &fetched.channel_line_id;
        let ours = order
            .lines
            .iter_mut()
            .find(|line| line.channel_line_id == *id);
        let differs = match ours {
            Some(line) => {
                let before = line.clone();
                line.absorb(fetched);
                !line.agrees_with(&before)
            }
            None => {
                order.lines.push(Line::new(ids.next(), fetched.clone()));
                true
            }
        };
        if differs {
            lines.push(id.clone());
        }
    }

    let contact = match (&mut order.contact, &read.contact) {
        (_, None) => false,
        (mark @ None, Some(_)) => {
            *mark = first_mark(read);
            true
        }
        (Some(mark), Some(fetched)) => mark.absorb(fetched, read.read_at),
    };

    changed |= contact || !lines.is_empty();
    changed.then(|| {
        order.version += 1;
        order.updated_at = now;
        Step::Change(Box::new(Change {
            order,
            lines,
            contact,
        }))
    })
}

/// What has to be written for claims: the claims themselves, and the orders that they touch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ClaimPlan {
    pub(crate) claims: Vec<Claim>,
    /// Each with its version raised.
    pub(crate) orders: Vec<Order>,
}

/// What has to be written so that the store knows these claims. A claim that waits for an order which is known by now
/// is linked, also when no read shows it again.
pub(crate) fn plan_claims(
    known: &Known,
    fetched: &[FetchedClaim],
    now: DateTime<Utc>,
    ids: &Ids,
) -> ClaimPlan {
    // By the channel's claim id: what is stored, and what it becomes.
    let mut claims: HashMap<String, (Option<&Claim>, Claim)> = HashMap::new();
    let linked = known.orders.values().flat_map(|order| &order.claims);
    for claim in linked.chain(&known.waiting) {
        claims.insert(claim.channel_claim_id.clone(), (Some(claim), claim.clone()));
    }
    for read in fetched {
        match claims.get_mut(&read.channel_claim_id) {
            Some((_, claim)) => claim.absorb(read.clone()),
            None => {
                let claim = Claim::new(ids.next(), read.clone());
                claims.insert(read.channel_claim_id.clone(), (None, claim));
            }
        }
    }

    let mut changed = Vec::new();
    for (before, mut claim) in claims.into_values() {
        if let Some(order) = known.orders.get(&claim.channel_order_id) {
            claim.order_id = Some(order.order_id);
        }
        if before.is_none_or(|before| !claim.agrees_with(before)) {
            changed.push(claim);
        }
    }
    changed.sort_by(|a, b| a.channel_claim_id.cmp(&b.channel_claim_id));

    let mut orders: HashMap<&str, Order> = HashMap::new();
    for claim in &changed {
        let Some(order) = known.orders.get(&claim.channel_order_id) else {
            continue;
        };
        let order = orders
            .entry(&claim.channel_order_id)
            .or_insert_with(|| Order {
                version: order.version + 1,
                updated_at: now,
                ..order.clone()
            });
        let twin = order
            .claims
            .iter_mut()
            .find(|ours| ours.claim_id == claim.claim_id);
        match twin {
            Some(ours) => *ours = claim.clone(),
            None => order.claims.push(claim.clone()),
        }
    }
    let mut orders: Vec<Order> = orders.into_values().collect();
    orders.sort_by_key(|order| order.order_id);
    ClaimPlan {
        claims: changed,
        orders,
    }
}
