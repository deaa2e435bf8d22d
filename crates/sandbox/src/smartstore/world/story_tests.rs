//! A long random story: whatever happens, the ordered sets agree with the product orders, and the journal's facts alone
//! make the same world again.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Change, Claim, ClaimKind, ClaimStatus, Method, ProductOrder, RangeType, Shipment, Shopping,
    SmartFact, SmartStore, Status, What, draft,
};
use crate::smartstore::buyer::{self, Demand};
use crate::smartstore::rules::Rules;
use crate::smartstore::wire::View;
use crate::world::{Dice, Fact, Purchase, Wish, WishedReceiver, World};

struct Story {
    world: World,
    dice: Dice,
    now: DateTime<Utc>,
    told: Vec<(DateTime<Utc>, String)>,
}

impl Story {
    fn new(seed: u64) -> Self {
        Self {
            world: World::new(seed, 2),
            dice: Dice::new(seed, "story", 0),
            now: "2026-03-01T00:00:00Z".parse().unwrap(),
            told: Vec::new(),
        }
    }

    /// Makes facts true, through their text as the journal keeps it.
    fn tell(&mut self, facts: Vec<Fact>) {
        for fact in facts {
            let text = serde_json::to_string(&fact).unwrap();
            let fact: Fact = serde_json::from_str(&text).unwrap();
            self.world.apply(self.now, &fact);
            self.told.push((self.now, text));
        }
    }

    fn step(&mut self) {
        let rules = Rules {
            feed_delay_seconds: if self.dice.percent(30) { 90 } else { 0 },
            refunds_stick: self.dice.percent(20),
            ..Rules::default()
        };
        let seconds = self.dice.between(0, 50);
        self.now += TimeDelta::seconds(i64::try_from(seconds).unwrap());
        let known = &self.world.smartstore;
        let latest: Vec<i64> = known.latest_orders(6).map(|order| order.id).collect();
        let facts = if latest.is_empty() || self.dice.percent(10) {
            self.place()
        } else {
            let order = *self.dice.pick(&latest);
            let demand = Demand {
                order,
                items: None,
                reason: "INTENT_CHANGED",
            };
            let (world, now) = (&self.world, self.now);
            let acted = match self.dice.below(18) {
                0 => buyer::cancel(known, demand, &rules, now),
                1 => buyer::send_back(known, demand, &rules, now),
                2 => buyer::exchange(known, demand, &rules, now),
                3 => buyer::withdraw(known, demand, &rules, now),
                4 => buyer::collect(known, demand, &rules, now),
                5 => buyer::pay(world, order, &rules, now),
                6 => buyer::change_address(world, order, &WishedReceiver::default(), &rules, now),
                7 => buyer::accept_gift(world, order, &rules, now),
                8 => buyer::decide(world, order, None, &rules, now),
                _ => Ok(self.by_the_seller(order, &rules)),
            };
            acted.unwrap_or_default()
        };
        self.tell(facts);
        let due = crate::smartstore::buying::due_of(
            &self.world,
            Duration::from_secs(30),
            Duration::from_secs(60),
            &rules,
            self.now,
            50,
        );
        self.tell(due);
    }

    fn place(&mut self) -> Vec<Fact> {
        let shopping = Shopping {
            purchase: Purchase {
                account: u32::try_from(self.dice.below(2)).unwrap(),
                wish: Wish::Mixed,
                lines: None,
                now: self.now,
                visibility_delay: Duration::ZERO,
            },
            unpaid: self.dice.percent(20),
            gift: self.dice.percent(20),
            hope: false,
        };
        let (order, product_orders) = draft(&self.world, shopping).unwrap();
        let what = What::Placed {
            order,
            product_orders,
        };
        vec![SmartFact::of(self.now, what)]
    }

    /// Confirms what waits, and sends off what was confirmed.
    fn by_the_seller(&self, order: i64, rules: &Rules) -> Vec<Fact> {
        let known = &self.world.smartstore;
        let mut facts = Vec::new();
        for row in known
            .order(order)
            .into_iter()
            .flat_map(|order| known.parts(order))
        {
            if let Some(claim) = row.running_claim() {
                facts.extend(self.about_claim(row, claim, rules));
                continue;
            }
            if row.status != Status::Payed {
                continue;
            }
            let product_order = row.id;
            if row.confirmed_at.is_none() {
                facts.push(SmartFact::of(self.now, What::Confirmed { product_order }));
                continue;
            }
            let shipment = Shipment {
                method: Method::DirectDelivery,
                company: None,
                number: None,
                dispatched_on: self.now,
                sent_at: SmartFact::moment(self.now),
                delivered_at: None,
            };
            let upload = crate::world::Upload {
                parcel: product_order,
                tracking: crate::world::Tracking {
                    carrier: "DIRECT_DELIVERY".to_owned(),
                    number: String::new(),
                    uploaded_at: self.now,
                    in_transit_at: None,
                    delivered_at: None,
                },
                arrived_at: self.now,
                withdrawn_at: row.withdrawn_at,
                looks: row.looks,
                looks_complete: true,
            };
            let what = What::Dispatched { upload, shipment };
            facts.push(SmartFact::of(self.now, what).late(rules));
        }
        facts
    }
}

impl Story {
    /// The seller agrees: to cancels at once, to returns and exchanges when the goods are back.
    fn about_claim(&self, row: &ProductOrder, claim: &Claim, rules: &Rules) -> Option<Fact> {
        let now = self.now;
        match (claim.kind, claim.status) {
            (ClaimKind::Cancel, _) => Some(buyer::cancelled(row, claim.clone(), rules, now)),
            (ClaimKind::Return, ClaimStatus::CollectDone) => {
                let done = buyer::finished(claim, ClaimStatus::ReturnDone, now);
                let change = Change::ClaimCompleted;
                Some(buyer::claimed(
                    row.id,
                    done,
                    Status::Returned,
                    change,
                    rules,
                    now,
                ))
            }
            (ClaimKind::Exchange, ClaimStatus::CollectDone) => {
                let again = Claim {
                    status: ClaimStatus::ExchangeRedelivering,
                    redelivery: Some(Shipment {
                        method: Method::DirectDelivery,
                        company: None,
                        number: None,
                        dispatched_on: now,
                        sent_at: SmartFact::moment(now),
                        delivered_at: None,
                    }),
                    ..claim.clone()
                };
                let change = Change::ClaimRedelivering;
                Some(buyer::claimed(
                    row.id, again, row.status, change, rules, now,
                ))
            }
            _ => None,
        }
    }
}

/// Everything about the product orders that the ordered sets repeat.
fn check(known: &SmartStore, now: DateTime<Utc>) {
    let (mut feed, mut times, mut stages) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for row in known.product_orders.values() {
        let order = &known.orders[&row.order_id];
        assert!((0..=row.quantity).contains(&row.remaining), "{row:?}");
        assert!(!row.rows.is_empty() && row.rows.is_sorted_by_key(|row| row.at));
        assert!(row.row_at(now).is_some(), "something of it always shows");
        feed.extend(row.rows.iter().map(|shown| (row.account, shown.at, row.id)));
        for range in RangeType::ALL {
            let time = row.time(range, order);
            times.extend(time.map(|at| (row.account, range, at, row.id)));
        }
        let waits = row.stages(order);
        stages.extend(
            waits
                .into_iter()
                .map(|(stage, since)| (stage, since, row.id)),
        );
    }
    assert_eq!(known.feed, feed);
    assert_eq!(known.times, times);
    assert_eq!(known.stages, stages);
}

fn details(world: &World) -> Vec<String> {
    let known = &world.smartstore;
    let rules = Rules::default();
    let view = View {
        world,
        rules: &rules,
        by_quantity: true,
    };
    let mut all: Vec<String> = known
        .product_orders
        .values()
        .map(|row| view.detail(&known.orders[&row.order_id], row).to_string())
        .collect();
    all.sort();
    all
}

#[test]
fn after_any_story_the_lists_are_right_and_the_facts_tell_it_again() {
    let mut claims = 0;
    let mut ended = BTreeSet::new();
    for seed in 0..4 {
        let mut story = Story::new(seed);
        for _ in 0..300 {
            story.step();
            check(&story.world.smartstore, story.now);
        }
        let mut again = World::new(seed, 2);
        for (at, text) in &story.told {
            again.apply(*at, &serde_json::from_str(text).unwrap());
        }
        assert_eq!(details(&again), details(&story.world));
        check(&again.smartstore, story.now);
        let known = &story.world.smartstore;
        claims += known.claims;
        ended.extend(known.product_orders.values().map(|row| row.status));
        for account in 0..2 {
            let from = story.now - TimeDelta::days(1);
            let page = known.feed(account, (from, 0), story.now, None, story.now, usize::MAX);
            let mine = known
                .product_orders
                .values()
                .filter(|row| row.account == account);
            assert_eq!(
                page.rows.len(),
                mine.count(),
                "one row for each product order"
            );
        }
    }
    assert!(claims > 50, "{claims} claims make a story");
    assert!(ended.len() >= 6, "{ended:?}");
}
