//! Plans as text.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use moa_id::{Ids, MerchantId};
use moa_money::Currency;

use super::account::{Account, Discovery, InquirySource};
use super::claim::{Claim, ClaimKind, ClaimLine, ClaimState, FetchedClaim};
use super::contact::Contact;
use super::order::{
    FetchedContact, FetchedLine, FetchedOrder, LineFacts, Order, OrderFacts, ReceiverMark, Standing,
};
use super::schedule::CallQuota;
use super::seen::Seen;
use super::state::LineState;
use super::upsert::{Known, Step, joined, plan, plan_claims};

pub(super) fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + second, 0).unwrap()
}

fn account() -> Account {
    let ids = Ids::seeded(99);
    Account {
        merchant_id: ids.next::<MerchantId>(),
        channel_account_id: ids.next(),
        channel: "coupang".to_owned(),
        discovery: Discovery::BoxesByState,
        inquiries: InquirySource::default(),
        overlap: chrono::TimeDelta::minutes(30),
        visibility_lag: chrono::TimeDelta::minutes(10),
        quota: CallQuota::default(),
    }
}

pub(super) fn line(id: &str, state: Option<LineState>, second: i64) -> FetchedLine {
    let text = |text: &str| Seen::new(Some(text.to_owned()), at(second));
    FetchedLine {
        channel_line_id: id.to_owned(),
        state,
        facts: LineFacts {
            channel_parcel_id: text("p1"),
            channel_listing_id: text(id),
            product_name: text("사과"),
            option_name: Seen::new(None, at(second)),
            sku_code: Seen::new(None, at(second)),
            quantity: Seen::new(Some(2), at(second)),
            cancelled_quantity: Seen::new(Some(0), at(second)),
            held_quantity: Seen::new(Some(0), at(second)),
            unit_price: Seen::new(Some(5000), at(second)),
            line_total: Seen::new(Some(10_000), at(second)),
            currency: Seen::new(Some(Currency::KRW), at(second)),
            unknown_state: text(if state.is_some() { "" } else { "MYSTERY" }),
            tracking_number: Seen::new(None, at(second)),
            shipping_group: Seen::new(None, at(second)),
            shipping_fee: Seen::new(None, at(second)),
            discount: Seen::new(None, at(second)),
            merchant_discount: Seen::new(None, at(second)),
            expected_settlement: Seen::new(None, at(second)),
        },
    }
}

#[test]
fn times_that_an_older_version_wrote_are_put_back_and_facts_that_it_did_not_know_keep_theirs() {
    let facts = line("a", None, 5).facts;
    let mut times = facts.times();
    times.truncate(times.len() - 3);
    times[0] = at(1);
    let read = facts.clone().with_older_times(&times);
    assert_eq!(read.channel_parcel_id.at, at(1));
    assert_eq!(read.quantity, facts.quantity);
    assert_eq!(read.expected_settlement, facts.expected_settlement);
}

#[test]
fn a_way_costs_what_one_of_its_lines_tells_whichever_that_is() {
    for fees in [[0, 3000, 3000], [3000, 0, 0], [0, 0, 3000]] {
        let lines = fees.iter().enumerate().map(|(index, fee)| {
            let mut line = line(&index.to_string(), Some(LineState::Placed), 1);
            line.facts.shipping_group = Seen::new(Some("package".to_owned()), at(1));
            line.facts.shipping_fee = Seen::new(Some(*fee), at(1));
            line
        });
        let mut store = Store::new();
        store.read(vec![order("o1", lines.collect(), 1)]);
        let order = &store.orders["o1"];
        assert_eq!(order.shipping_fee(), Some(3000), "{fees:?}");
        for line in &order.lines {
            assert_eq!(order.fee_of_way(line), Some(3000), "{fees:?}");
        }
    }
}

pub(super) fn order(id: &str, lines: Vec<FetchedLine>, second: i64) -> FetchedOrder {
    FetchedOrder {
        channel_order_id: id.to_owned(),
        facts: OrderFacts {
            ordered_at: Seen::new(Some(at(0)), at(second)),
            paid_at: Seen::new(None, at(second)),
            shipping_fee: Seen::new(Some(3000), at(second)),
            currency: Seen::new(Some(Currency::KRW), at(second)),
        },
        lines,
        contact: Some(FetchedContact {
            contact: Contact::default(),
            digest: [7; 32],
            receiver: ReceiverMark::default(),
        }),
        read_at: at(second),
    }
}

pub(super) fn claim(state: ClaimState, lines: &[(&str, i32)], second: i64) -> FetchedClaim {
    let lines = lines.iter().map(|(id, quantity)| ClaimLine {
        channel_line_id: (*id).to_owned(),
        quantity: *quantity,
    });
    FetchedClaim {
        channel_claim_id: "c1".to_owned(),
        channel_order_id: "o1".to_owned(),
        kind: ClaimKind::Cancel,
        state,
        lines: lines.collect(),
        requested_at: at(0),
        read_at: at(second),
        shown: Vec::new(),
        due_at: None,
    }
}

/// A store in memory: it keeps what plans say, and nothing else.
pub(super) struct Store {
    ids: Ids,
    pub(super) orders: BTreeMap<String, Order>,
    pub(super) waiting: BTreeMap<String, Claim>,
}

impl Store {
    pub(super) fn new() -> Self {
        Self {
            ids: Ids::seeded(1),
            orders: BTreeMap::new(),
            waiting: BTreeMap::new(),
        }
    }

    fn known(&self) -> Known {
        Known {
            orders: self.orders.clone().into_iter().collect(),
            waiting: self.waiting.values().cloned().collect(),
        }
    }

    /// Stores what a page shows and gives the plan as text.
    pub(super) fn read(&mut self, fetched: Vec<FetchedOrder>) -> Vec<String> {
        let fetched = joined(fetched);
        let steps = plan(&account(), &self.known(), &fetched, at(1000), &self.ids);
        let text = steps.iter().map(Step::to_string).collect();
        for step in steps {
            let order = match step {
                Step::Place(order) => *order,
                Step::Change(change) => change.order,
            };
            for claim in &order.claims {
                self.waiting.remove(&claim.channel_claim_id);
            }
            self.orders.insert(order.channel_order_id.clone(), order);
        }
        text
    }

    pub(super) fn read_claims(&mut self, fetched: &[FetchedClaim]) -> usize {
        let plan = plan_claims(&self.known(), fetched, at(1000), &self.ids);
        for claim in plan.claims {
            match claim.order_id {
                Some(_) => self.waiting.remove(&claim.channel_claim_id),
                None => self.waiting.insert(claim.channel_claim_id.clone(), claim),
            };
        }
        let changed = plan.orders.len();
        for order in plan.orders {
            self.orders.insert(order.channel_order_id.clone(), order);
        }
        changed
    }

    fn standing(&self, order: &str, line: usize) -> Standing {
        let order = &self.orders[order];
        order.standing(&order.lines[line])
    }
}

#[test]
fn a_plan_reads_as_text() {
    use LineState::{Acknowledged, Placed};
    let mut store = Store::new();
    let placed = || order("o1", vec![line("a", Some(Placed), 1)], 1);
    assert_eq!(store.read(vec![placed()]), ["place o1: PLACED, 1 line(s)"]);
    assert_eq!(store.read(vec![placed()]), [""; 0], "nothing new");

    let lines = vec![line("a", Some(Acknowledged), 2), line("b", Some(Placed), 2)];
    assert_eq!(
        store.read(vec![order("o1", lines, 2)]),
        ["change o1 to version 2: PLACED, lines a b"]
    );
    let mut moved = order("o1", vec![line("a", Some(Acknowledged), 3)], 3);
    moved.contact.as_mut().unwrap().digest = [8; 32];
    assert_eq!(
        store.read(vec![moved]),
        ["change o1 to version 3: PLACED, contact"]
    );
}

#[test]
fn two_parcels_of_one_order_in_a_page_are_one_order() {
    let mut store = Store::new();
    let sight = |id: &str| order("o1", vec![line(id, Some(LineState::Placed), 1)], 1);
    assert_eq!(
        store.read(vec![sight("a"), sight("b")]),
        ["place o1: PLACED, 2 line(s)"]
    );
}

#[test]
fn an_unknown_state_is_kept_beside_what_is_known() {
    let mut store = Store::new();
    store.read(vec![order("o1", vec![line("a", None, 1)], 1)]);
    assert_eq!(store.standing("o1", 0).state, None);
    assert_eq!(
        store.orders["o1"].unknown_states().collect::<Vec<_>>(),
        ["MYSTERY"]
    );
    let known = line("a", Some(LineState::Placed), 2);
    store.read(vec![order("o1", vec![known], 2)]);
    assert_eq!(store.standing("o1", 0).state, Some(LineState::Placed));
    assert_eq!(store.orders["o1"].unknown_states().count(), 0);
}

#[test]
fn an_erased_contact_stays_erased() {
    let mut store = Store::new();
    let placed = order("o1", vec![line("a", Some(LineState::Placed), 1)], 1);
    store.read(vec![placed]);
    let mark = store
        .orders
        .get_mut("o1")
        .unwrap()
        .contact
        .as_mut()
        .unwrap();
    mark.erased = true;
    let mut moved = order("o1", vec![line("a", Some(LineState::Placed), 2)], 2);
    moved.contact.as_mut().unwrap().digest = [8; 32];
    assert_eq!(store.read(vec![moved]), [""; 0]);
}

#[test]
fn a_requested_claim_holds_and_a_completed_one_cancels() {
    let mut store = Store::new();
    let placed = order("o1", vec![line("a", Some(LineState::Placed), 1)], 1);
    store.read(vec![placed]);
    let before = store.orders["o1"].version;

    assert_eq!(
        store.read_claims(&[claim(ClaimState::Requested, &[("a", 1)], 2)]),
        1
    );
    let standing = store.standing("o1", 0);
    assert_eq!(
        (standing.held_quantity, standing.cancelled_quantity),
        (1, 0)
    );

    store.read_claims(&[claim(ClaimState::Completed, &[("a", 2)], 3)]);
    let standing = store.standing("o1", 0);
    assert_eq!(
        (standing.held_quantity, standing.cancelled_quantity),
        (0, 2)
    );
    assert_eq!(standing.state, Some(LineState::Cancelled));
    assert_eq!(store.orders["o1"].version, before + 2);
    assert_eq!(
        store.read_claims(&[claim(ClaimState::Completed, &[("a", 2)], 4)]),
        0
    );
}

#[test]
fn a_claim_waits_for_its_order_and_is_applied_when_it_arrives() {
    let mut store = Store::new();
    assert_eq!(
        store.read_claims(&[claim(ClaimState::Completed, &[], 1)]),
        0
    );
    let late = order("o1", vec![line("a", Some(LineState::Placed), 2)], 2);
    assert_eq!(
        store.read(vec![late]),
        ["place o1: CANCELLED, 1 line(s), 1 claim(s)"]
    );
    assert!(store.waiting.is_empty());
}

#[test]
fn a_claim_and_its_order_that_were_stored_at_the_same_moment_are_linked_later() {
    let mut store = Store::new();
    store.read(vec![order(
        "o1",
        vec![line("a", Some(LineState::Placed), 1)],
        1,
    )]);
    let orders = std::mem::take(&mut store.orders);
    store.read_claims(&[claim(ClaimState::Requested, &[], 1)]);
    store.orders = orders;
    assert_eq!(store.read_claims(&[]), 1);
    assert_eq!(store.standing("o1", 0).held_quantity, 2);
    assert_eq!(store.read_claims(&[]), 0);
}
