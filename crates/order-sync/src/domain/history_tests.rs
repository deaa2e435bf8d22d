//! Whole lives of an order at a channel, and that it does not matter in which order what was read of them arrives.
//!
//! A life is a list of steps: the merchant's, the buyer's, the carrier's. After each, some of the channel's lists are read.
//! A list shows the lines of one state only, and a cancelled line in none; what became of it the claims alone say.

use proptest::prelude::*;

use super::claim::{ClaimKind, ClaimLine, ClaimState, FetchedClaim};
use super::order::{FetchedLine, FetchedOrder};
use super::seen::Seen;
use super::state::LineState;
use super::upsert_tests::{Store, at, claim, line, order};

const BOUGHT: i32 = 2;

/// What happens, each to one line.
#[derive(Debug, Clone, Copy)]
enum Event {
    Acknowledge,
    Dispatch,
    Deliver,
    Confirm,
    Split,
    /// The buyer wants so many back.
    Claim(ClaimKind, i32),
    Complete,
    Withdraw,
    /// A demand that was taken back is made again.
    Renew,
}

/// One line as the channel has it.
#[derive(Debug, Clone)]
struct Truth {
    id: &'static str,
    state: LineState,
    parcel: String,
    tracking: Option<String>,
    cancelled: i32,
    returned: i32,
    claims: Vec<Demand>,
}

#[derive(Debug, Clone)]
struct Demand {
    id: String,
    kind: ClaimKind,
    state: ClaimState,
    quantity: i32,
}

/// Something that was read.
#[derive(Debug, Clone)]
enum Sight {
    List(Box<FetchedOrder>),
    Claims(Vec<FetchedClaim>),
}

impl Truth {
    fn new(id: &'static str) -> Self {
        Self {
            id,
            state: LineState::Placed,
            parcel: "p1".to_owned(),
            tracking: None,
            cancelled: 0,
            returned: 0,
            claims: Vec::new(),
        }
    }

    /// Lets it happen where the channel would.
    fn happen(&mut self, event: Event) {
        use LineState::{Acknowledged, Confirmed, Delivered, Dispatched, Placed};
        let open = self.open();
        match (event, self.state) {
            (Event::Acknowledge, Placed) if open == 0 => self.state = Acknowledged,
            (Event::Dispatch, Acknowledged) if open == 0 => {
                self.state = Dispatched;
                self.tracking = Some("601200000001".to_owned());
            }
            (Event::Deliver, Dispatched) => self.state = Delivered,
            (Event::Confirm, Delivered) if open == 0 => self.state = Confirmed,
            (Event::Split, Acknowledged) => self.parcel = format!("{}-split", self.id),
            (Event::Claim(kind, quantity), state) => self.demand(kind, quantity, state),
            (Event::Complete, _) => self.complete(),
            (Event::Withdraw, _) => self.end(ClaimState::Requested, ClaimState::Withdrawn),
            (Event::Renew, _) if open == 0 && self.is_alive() => self.renew(),
            _ => {}
        }
    }

    /// Pieces that somebody wants back.
    fn open(&self) -> i32 {
        let open = self
            .claims
            .iter()
            .filter(|claim| claim.state == ClaimState::Requested);
        open.map(|claim| claim.quantity).sum()
    }

    fn is_alive(&self) -> bool {
        !matches!(
            self.state,
            LineState::Cancelled | LineState::Returned | LineState::Confirmed
        )
    }

    /// Pieces that are neither cancelled nor back.
    fn left(&self) -> i32 {
        BOUGHT - self.cancelled - self.returned
    }

    fn demand(&mut self, kind: ClaimKind, quantity: i32, state: LineState) {
        use LineState::{Acknowledged, Delivered, Dispatched, Placed};
        let fits = match kind {
            ClaimKind::Cancel => state == Placed,
            ClaimKind::StopShipment => state == Acknowledged,
            _ => matches!(state, Dispatched | Delivered),
        };
        let left = self.left();
        if fits && self.open() == 0 && left > 0 {
            let id = format!("{}-{}", self.id, self.claims.len());
            self.claims.push(Demand {
                id,
                kind,
                state: ClaimState::Requested,
                quantity: quantity.min(left),
            });
        }
    }

    fn complete(&mut self) {
        let open = |claim: &&mut Demand| claim.state == ClaimState::Requested;
        let Some(claim) = self.claims.iter_mut().find(open) else {
            return;
        };
        claim.state = ClaimState::Completed;
        match claim.kind {
            ClaimKind::Cancel | ClaimKind::StopShipment => {
                self.cancelled += claim.quantity;
                if self.cancelled == BOUGHT {
                    self.state = LineState::Cancelled;
                }
            }
            ClaimKind::Return => {
                self.returned += claim.quantity;
                if self.cancelled + self.returned == BOUGHT {
                    self.state = LineState::Returned;
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, from: ClaimState, to: ClaimState) {
        let claim = self.claims.iter_mut().find(|claim| claim.state == from);
        if let Some(claim) = claim {
            claim.state = to;
        }
    }

    fn renew(&mut self) {
        let left = self.left();
        let withdrawn = self
            .claims
            .iter_mut()
            .find(|claim| claim.state == ClaimState::Withdrawn && claim.quantity <= left);
        if let Some(claim) = withdrawn {
            claim.state = ClaimState::Requested;
        }
    }

    /// Pieces that must not leave.
    fn held(&self) -> i32 {
        let open = self.claims.iter().filter(|claim| {
            claim.state == ClaimState::Requested
                && matches!(claim.kind, ClaimKind::Cancel | ClaimKind::StopShipment)
        });
        open.map(|claim| claim.quantity).sum()
    }

    fn shown(&self, second: i64) -> FetchedLine {
        let mut shown = line(self.id, Some(self.state), second);
        shown.facts.channel_parcel_id = Seen::new(Some(self.parcel.clone()), at(second));
        shown.facts.tracking_number = Seen::new(self.tracking.clone(), at(second));
        shown.facts.cancelled_quantity = Seen::new(Some(self.cancelled), at(second));
        shown.facts.held_quantity = Seen::new(Some(self.held()), at(second));
        shown
    }
}

/// The list of a state, when it shows the order at all.
fn list(lines: &[Truth], state: LineState, second: i64) -> Option<Sight> {
    let inside = lines.iter().filter(|line| line.state == state);
    let inside: Vec<_> = inside.map(|line| line.shown(second)).collect();
    (!inside.is_empty()).then(|| Sight::List(Box::new(order("o1", inside, second))))
}

fn claims(lines: &[Truth], second: i64) -> Sight {
    let demands = lines.iter().flat_map(|line| {
        line.claims.iter().map(move |demand| FetchedClaim {
            channel_claim_id: demand.id.clone(),
            kind: demand.kind,
            lines: vec![ClaimLine {
                channel_line_id: line.id.to_owned(),
                quantity: demand.quantity,
            }],
            ..claim(demand.state, &[], second)
        })
    });
    Sight::Claims(demands.collect())
}

/// Everything that can be read at this second.
fn all_of_it(lines: &[Truth], second: i64) -> Vec<Sight> {
    let boxes = [
        LineState::Placed,
        LineState::Acknowledged,
        LineState::Dispatched,
        LineState::Delivered,
        LineState::Confirmed,
    ];
    let mut sights: Vec<Sight> = boxes
        .into_iter()
        .filter_map(|state| list(lines, state, second))
        .collect();
    sights.push(claims(lines, second));
    sights
}

/// A life: what was read while it went on, in time order, and how it ended.
#[derive(Debug, Clone)]
struct Life {
    sights: Vec<Sight>,
    lines: Vec<Truth>,
    /// The second after the last read.
    end: i64,
}

/// After which steps what is read: a bit for each of the lists and one for the claims.
fn live(steps: &[(usize, Event, u8)]) -> Life {
    let mut lines = vec![Truth::new("a"), Truth::new("b"), Truth::new("c")];
    // Polls that see the order at once: it may never be in this list again.
    let mut sights = all_of_it(&lines, 1);
    let mut second = 1;
    for (index, event, reads) in steps {
        lines[index % 3].happen(*event);
        second += 1;
        let shown = all_of_it(&lines, second).into_iter().enumerate();
        sights.extend(shown.filter_map(|(bit, sight)| ((reads >> bit) & 1 == 1).then_some(sight)));
    }
    Life {
        sights,
        lines,
        end: second + 1,
    }
}

fn event() -> impl Strategy<Value = Event> {
    let quantity = 1..=BOUGHT;
    prop_oneof![
        4 => Just(Event::Acknowledge),
        4 => Just(Event::Dispatch),
        2 => Just(Event::Deliver),
        1 => Just(Event::Confirm),
        1 => Just(Event::Split),
        2 => quantity.clone().prop_map(|pieces| Event::Claim(ClaimKind::Cancel, pieces)),
        2 => quantity.clone().prop_map(|pieces| Event::Claim(ClaimKind::StopShipment, pieces)),
        1 => quantity.clone().prop_map(|pieces| Event::Claim(ClaimKind::Return, pieces)),
        1 => quantity.prop_map(|pieces| Event::Claim(ClaimKind::Exchange, pieces)),
        3 => Just(Event::Complete),
        2 => Just(Event::Withdraw),
        1 => Just(Event::Renew),
    ]
}

/// Lives, and an order of arrival in which some reads come several times.
fn lives() -> impl Strategy<Value = (Life, Vec<usize>)> {
    let steps = prop::collection::vec((0..3_usize, event(), any::<u8>()), 1..16);
    steps.prop_map(|steps| live(&steps)).prop_flat_map(|life| {
        let all: Vec<usize> = (0..life.sights.len()).collect();
        let repeats = prop::collection::vec(0..life.sights.len(), 0..6);
        let arrivals = repeats.prop_flat_map(move |repeats| {
            let arrivals = [all.clone(), repeats].concat();
            Just(arrivals).prop_shuffle()
        });
        (Just(life), arrivals)
    })
}

fn arrive(store: &mut Store, sights: impl IntoIterator<Item = Sight>) {
    for sight in sights {
        match sight {
            Sight::List(order) => drop(store.read(vec![*order])),
            Sight::Claims(claims) => drop(store.read_claims(&claims)),
        }
    }
}

/// What never comes back to what it was: states, cancelled pieces, parcels, tracking numbers, completed claims.
fn lasting(store: &Store) -> impl PartialEq + std::fmt::Debug {
    let order = &store.orders["o1"];
    let mut lines: Vec<_> = order
        .lines
        .iter()
        .map(|line| {
            let standing = order.standing(line);
            (
                line.channel_line_id.clone(),
                standing.state,
                standing.cancelled_quantity,
                line.facts.channel_parcel_id.value.clone(),
                line.facts.tracking_number.value.clone(),
            )
        })
        .collect();
    lines.sort();
    let completed = order
        .claims
        .iter()
        .filter(|claim| claim.state() == ClaimState::Completed);
    let mut completed: Vec<_> = completed
        .map(|claim| claim.channel_claim_id.clone())
        .collect();
    completed.sort();
    (order.state(), lines, completed)
}

/// All of it.
fn everything(store: &Store) -> impl PartialEq + std::fmt::Debug {
    let order = &store.orders["o1"];
    let mut held: Vec<_> = order
        .lines
        .iter()
        .map(|line| {
            (
                line.channel_line_id.clone(),
                order.standing(line).held_quantity,
            )
        })
        .collect();
    held.sort();
    let mut claims: Vec<_> = order
        .claims
        .iter()
        .map(|claim| (claim.channel_claim_id.clone(), claim.kind(), claim.state()))
        .collect();
    claims.sort();
    (lasting(store), held, claims)
}

proptest! {
    /// Whatever arrives when and how often, what lasts is the same at once.
    #[test]
    fn what_lasts_does_not_depend_on_the_order_of_arrival((life, arrivals) in lives()) {
        let mut in_order = Store::new();
        arrive(&mut in_order, life.sights.clone());
        let mut out_of_order = Store::new();
        arrive(&mut out_of_order, arrivals.iter().map(|index| life.sights[*index].clone()));
        prop_assert_eq!(lasting(&in_order), lasting(&out_of_order));
        prop_assert!(out_of_order.waiting.is_empty(), "every claim found its order");
    }

    /// Once what the channel shows now was read again, everything is the same, and is what the channel has.
    #[test]
    fn the_next_look_ends_every_history_in_the_same_state((life, arrivals) in lives()) {
        let again = all_of_it(&life.lines, life.end);
        let mut in_order = Store::new();
        arrive(&mut in_order, life.sights.iter().chain(&again).cloned());
        let mut out_of_order = Store::new();
        arrive(&mut out_of_order, arrivals.iter().map(|index| life.sights[*index].clone()));
        arrive(&mut out_of_order, again);
        prop_assert_eq!(everything(&in_order), everything(&out_of_order));

        let order = &out_of_order.orders["o1"];
        for truth in &life.lines {
            let line = order.lines.iter().find(|line| line.channel_line_id == truth.id).unwrap();
            let standing = order.standing(line);
            prop_assert_eq!(standing.state, Some(truth.state), "{:?}", truth);
            prop_assert_eq!(standing.cancelled_quantity, truth.cancelled, "{:?}", truth);
            prop_assert_eq!(standing.held_quantity, truth.held(), "{:?}", truth);
        }
        // A look that shows what is known writes nothing.
        let version = order.version;
        arrive(&mut out_of_order, all_of_it(&life.lines, life.end + 1));
        prop_assert_eq!(out_of_order.orders["o1"].version, version);
    }
}
