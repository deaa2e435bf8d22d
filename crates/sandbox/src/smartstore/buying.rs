//! What happens by itself at SmartStore: people buy, parcels arrive.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::buyer::{came_back, cancelled, claimed, fetched, finished, new_claim};
use super::claim_wire::REFUNDED_AFTER;
use super::claims::returns::refunded;
use super::rules::Rules;
use super::world::{
    Change, Claim, ClaimKind, ClaimStatus, Order, ProductOrder, Shipment, Shopping, SmartFact,
    Stage, Status, What, draft,
};
use crate::journal::JournalError;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::store::Store;
use crate::world::{Channel, Fact, Purchase, Wish, World};

/// Somebody buys without being asked.
pub fn buy(shared: &Shared, orders: usize) -> Result<(), JournalError> {
    let (settings, rules) = (shared.settings(), shared.smartstore.rules());
    let mut store = shared.store();
    let accounts = store.world.accounts().len() as u64;
    let first = store.world.smartstore.order_count();
    let shoppings: Vec<Shopping> = (first..first + orders as u64)
        .map(|number| Shopping {
            purchase: Purchase {
                account: u32::try_from(number % accounts.max(1)).unwrap_or(0),
                wish: Wish::Mixed,
                lines: None,
                now: shared.clock.world(),
                visibility_delay: settings.visibility_delay
                    + shared.faults.late_arrival(Channel::SmartStore),
            },
            unpaid: false,
            gift: false,
            hope: false,
        })
        .collect();
    place(&mut store, shared.clock.real(), &shoppings, &rules).map(drop)
}

/// Places orders one by one, since each takes from the stock the next one finds. Fewer come back when goods run out.
pub fn place(
    store: &mut Store,
    at: DateTime<Utc>,
    shoppings: &[Shopping],
    rules: &Rules,
) -> Result<Vec<Order>, JournalError> {
    let mut orders = Vec::with_capacity(shoppings.len());
    for shopping in shoppings {
        let Some((order, product_orders)) = draft(&store.world, *shopping) else {
            continue;
        };
        let late = TimeDelta::seconds(rules.feed_delay_seconds.into());
        let moment = SmartFact::moment(shopping.purchase.now);
        let listed = product_orders.first().map_or(moment, |row| row.visible_at);
        let fact = SmartFact {
            at: moment,
            visible_at: listed.max(moment + late),
            what: What::Placed {
                order: order.clone(),
                product_orders,
            },
        };
        store.record(
            at,
            &[Fact::SmartStore {
                fact: Box::new(fact),
            }],
        )?;
        orders.push(order);
    }
    Ok(orders)
}

/// How long a gift waits to be accepted.
const ACCEPT_WITHIN: TimeDelta = TimeDelta::days(7);
/// How long a transfer may take.
const PAY_WITHIN: TimeDelta = TimeDelta::days(2);
/// When a buyer who says nothing is taken to be content.
const CONTENT_AFTER: TimeDelta = TimeDelta::days(8);

/// What became true by time alone.
pub fn due(
    store: &Store,
    settings: Settings,
    rules: &Rules,
    now: DateTime<Utc>,
    limit: usize,
) -> Vec<Fact> {
    let (scan_after, deliver_after) = (settings.scan_after, settings.deliver_after);
    due_of(&store.world, scan_after, deliver_after, rules, now, limit)
}

/// The same, told how long carriers take.
pub fn due_of(
    world: &World,
    scan_after: Duration,
    deliver_after: Duration,
    rules: &Rules,
    now: DateTime<Utc>,
    limit: usize,
) -> Vec<Fact> {
    let known = &world.smartstore;
    let long = |delay| TimeDelta::from_std(delay).unwrap_or_default();
    let waiting = |stage, delay| known.waiting(stage, now - delay, limit);
    let mut facts = Vec::new();
    for row in waiting(Stage::Travelling, long(deliver_after)) {
        let product_order = row.id;
        facts.push(SmartFact::of(now, What::Delivered { product_order }));
    }
    for row in waiting(Stage::Arrived, CONTENT_AFTER) {
        let product_order = row.id;
        facts.push(SmartFact::of(now, What::PurchaseDecided { product_order }).late(rules));
    }
    for row in waiting(Stage::ToCollect, long(scan_after)) {
        facts.extend(row.running_claim().map(|claim| fetched(row, claim, now)));
    }
    for row in waiting(Stage::Collecting, long(deliver_after)) {
        let back = row.running_claim();
        facts.extend(back.map(|claim| came_back(row, claim, rules, now)));
    }
    for row in waiting(Stage::Redelivering, long(deliver_after)) {
        let claim = row.running_claim();
        facts.extend(claim.map(|claim| exchanged(row, claim, rules, now)));
    }
    if rules.refunds_when_expected {
        for row in waiting(Stage::ToRefund, REFUNDED_AFTER) {
            let claim = row.running_claim();
            facts.extend(claim.map(|claim| refunded(row, claim, rules, now)));
        }
    }
    for row in waiting(Stage::Offered, ACCEPT_WITHIN) {
        let claim = Claim {
            reason: "RECEIVING_DUE_DATE_OVER".to_owned(),
            ..new_claim(
                known.next_claim_id(facts.len() as u64, now),
                ClaimKind::Cancel,
                row,
                row.remaining,
                now,
            )
        };
        facts.push(cancelled(row, claim, rules, now));
    }
    let mut unpaid = HashSet::new();
    for row in waiting(Stage::Unpaid, PAY_WITHIN) {
        let Some(order) = known
            .order(row.order_id)
            .filter(|_| unpaid.insert(row.order_id))
        else {
            continue;
        };
        let what = What::NotPaid {
            order: order.id,
            product_orders: known
                .parts(order)
                .map(|row| (row.id, row.quantity))
                .collect(),
        };
        facts.push(SmartFact::of(now, what));
    }
    facts
}

/// The buyer has what was exchanged.
fn exchanged(row: &ProductOrder, claim: &Claim, rules: &Rules, now: DateTime<Utc>) -> Fact {
    let done = Claim {
        redelivery: claim.redelivery.clone().map(|sent| Shipment {
            delivered_at: Some(SmartFact::moment(now)),
            ..sent
        }),
        ..finished(claim, ClaimStatus::ExchangeDone, now)
    };
    let change = Change::ClaimCompleted;
    claimed(row.id, done, Status::Exchanged, change, rules, now)
}
