//! The property that the order of arrival does not matter.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::claim::{ClaimLine, ClaimState, FetchedClaim};
use super::order::{FetchedLine, FetchedOrder};
use super::seen::Seen;
use super::state::LineState;
use super::upsert_tests::{Store, at, claim, line, order};

/// Something that a channel shows at some moment.
#[derive(Debug, Clone)]
enum Sight {
    Order(Box<FetchedOrder>),
    Claim(FetchedClaim),
}

fn line_sight() -> impl Strategy<Value = FetchedLine> {
    let state = prop_oneof![
        1 => Just(None),
        6 => prop::sample::select(LineState::ALL.to_vec()).prop_map(Some),
    ];
    let parcel = prop::sample::select(vec!["p1", "p2"]);
    let id = prop::sample::select(vec!["a", "b"]);
    let tracking = prop::option::of(prop::sample::select(vec!["111", "222"]));
    (id, state, parcel, 0..=2_i32, tracking).prop_map(|(id, state, parcel, held, tracking)| {
        let mut line = line(id, state, 0);
        line.facts.channel_parcel_id.value = Some(parcel.to_owned());
        line.facts.held_quantity.value = Some(held);
        line.facts.tracking_number.value = tracking.map(str::to_owned);
        line
    })
}

fn sight() -> impl Strategy<Value = Sight> {
    let order = prop::collection::vec(line_sight(), 1..3).prop_map(|lines| {
        // One read shows a line once.
        let lines: BTreeMap<_, _> = lines
            .into_iter()
            .map(|line| (line.channel_line_id.clone(), line))
            .collect();
        Sight::Order(Box::new(order("o1", lines.into_values().collect(), 0)))
    });
    let state = prop::sample::select(vec![
        ClaimState::Unknown,
        ClaimState::Requested,
        ClaimState::Withdrawn,
        ClaimState::Completed,
    ]);
    let claim = (state, "c[12]", prop::option::of(1..=2_i32)).prop_map(|(state, id, quantity)| {
        let lines: Vec<_> = quantity
            .into_iter()
            .map(|quantity| ("a", quantity))
            .collect();
        Sight::Claim(FetchedClaim {
            channel_claim_id: id,
            ..claim(state, &lines, 0)
        })
    });
    prop_oneof![2 => order, 1 => claim]
}

/// The same sight, read at another time.
fn read_at(mut sight: Sight, second: i64) -> Sight {
    match &mut sight {
        Sight::Order(order) => {
            let stamp = |line: &mut FetchedLine| {
                let times = vec![at(second); line.facts.times().len()];
                line.facts = line.facts.clone().with_older_times(&times);
                renew(&mut line.facts.tracking_number);
                renew(&mut line.facts.option_name);
                renew(&mut line.facts.sku_code);
            };
            order.lines.iter_mut().for_each(stamp);
            let times = vec![at(second); order.facts.times().len()];
            order.facts = order.facts.clone().with_older_times(&times);
            renew(&mut order.facts.paid_at);
            order.read_at = at(second);
        }
        Sight::Claim(claim) => claim.read_at = at(second),
    }
    sight
}

/// Absent values have no time.
fn renew<T: Ord + Clone>(seen: &mut Seen<T>) {
    *seen = Seen::new(seen.value.clone(), seen.at);
}

/// What people and other services see of the order.
fn shown(store: &Store) -> impl PartialEq + std::fmt::Debug {
    let order = store.orders.get("o1");
    order.map(|order| {
        let mut lines: Vec<_> = order
            .lines
            .iter()
            .map(|line| {
                let facts = &line.facts;
                (
                    line.channel_line_id.clone(),
                    format!("{:?}", order.standing(line)),
                    facts.channel_parcel_id.value.clone(),
                    facts.tracking_number.value.clone(),
                    facts.unknown_state.value.clone(),
                )
            })
            .collect();
        lines.sort();
        let mut claims: Vec<_> = order
            .claims
            .iter()
            .map(|claim| (claim.channel_claim_id.clone(), claim.state()))
            .collect();
        claims.sort();
        (order.state(), lines, claims)
    })
}

fn arrive(store: &mut Store, sight: Sight) {
    match sight {
        Sight::Order(order) => drop(store.read(vec![*order])),
        Sight::Claim(claim) => drop(store.read_claims(&[claim])),
    }
}

proptest! {
    /// However reads and claims interleave, the next read of everything finds the same state.
    #[test]
    fn any_interleaving_ends_in_the_same_state(
        sights in prop::collection::vec(sight(), 1..8),
        shuffled in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let sights: Vec<Sight> =
            (1..).zip(sights).map(|(second, sight)| read_at(sight, second)).collect();
        // What the channel shows in the end: each line and claim as it was shown last, nothing blank.
        let mut lines = BTreeMap::from(["a", "b"].map(|id| {
            let mut line = line(id, Some(LineState::Placed), 0);
            line.facts.tracking_number.value = Some("999".to_owned());
            (id.to_owned(), line)
        }));
        let mut claims = BTreeMap::new();
        for sight in &sights {
            match sight {
                Sight::Order(order) => for line in &order.lines {
                    let mut line = line.clone();
                    line.facts.tracking_number.value = Some("999".to_owned());
                    lines.insert(line.channel_line_id.clone(), line);
                },
                Sight::Claim(claim) => {
                    claims.insert(claim.channel_claim_id.clone(), FetchedClaim {
                        lines: vec![ClaimLine { channel_line_id: "a".to_owned(), quantity: 1 }],
                        ..claim.clone()
                    });
                }
            }
        }
        let last = order("o1", lines.into_values().collect(), 0);
        let mut last: Vec<Sight> = vec![Sight::Order(Box::new(last))];
        last.extend(claims.into_values().map(Sight::Claim));
        let last: Vec<Sight> = last.into_iter().map(|sight| read_at(sight, 100)).collect();

        let mut in_order = Store::new();
        let mut out_of_order = Store::new();
        for sight in sights.iter().chain(&last) {
            arrive(&mut in_order, sight.clone());
        }
        let arrivals = shuffled.iter().filter_map(|index| sights.get(*index));
        for sight in arrivals.chain(&last) {
            arrive(&mut out_of_order, sight.clone());
        }
        prop_assert_eq!(shown(&in_order), shown(&out_of_order));
    }
}
