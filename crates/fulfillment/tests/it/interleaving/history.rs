//! Small worlds: what happens to a few orders at their channel and to the listings they are of, version by version.

use moa_proto::moa::catalog::v1 as catalog;
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::order_sync::v1 as orders;
use moa_service::timestamp;
use moa_testkit::a_friday;
use proptest::prelude::*;
use uuid::Uuid;

use crate::fakes;

pub(super) const ACCOUNT: Uuid = Uuid::from_u128(2);
const LISTINGS: [&str; 2] = ["cup", "book"];
const PARCELS: [&str; 2] = ["p1", "p2"];

/// The orders and listings of a case.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) orders: Vec<Sale>,
    /// What each listing stands for, version by version; nothing: it was unmapped.
    pub(super) listings: Vec<Vec<Option<StandsFor>>>,
}

/// An order from its placing on.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    lines: Vec<Sold>,
    turns: Vec<Turn>,
}

#[derive(Debug, Clone)]
struct Sold {
    listing: usize,
    parcel: usize,
    quantity: i32,
    /// The channel's word for its state is one of ours.
    is_understood: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Demand {
    Cancel,
    Stop,
    Return,
}

/// What an order's next version is about.
#[derive(Debug, Clone)]
enum Turn {
    Demanded { line: usize, what: Demand },
    Withdrawn { line: usize },
    Granted { line: usize },
    Held { line: usize },
    LetGo { line: usize },
    Understood { line: usize },
    Accepted { parcel: usize },
    Left { parcel: usize },
    Cancelled { line: usize, units: i32 },
    Moved { line: usize, parcel: usize },
    Relisted { line: usize, listing: usize },
    Readdressed { place: u8 },
    Erased,
}

/// What a listing is mapped to.
#[derive(Debug, Clone, Copy)]
pub(super) enum StandsFor {
    Goods,
    TwoGoods,
    Link,
    GoodsAndLink,
}

/// Worlds of at most so many orders that change at most so often.
pub(super) fn world(orders: usize, turns: usize) -> impl Strategy<Value = World> {
    let versions = prop_oneof![1 => Just(0), 3 => Just(1), 2 => Just(2), 1 => Just(3)];
    let listings = versions.prop_flat_map(|versions| {
        prop::collection::vec(prop::option::weighted(0.85, stands_for()), versions)
    });
    let listings = prop::collection::vec(listings, LISTINGS.len());
    (prop::collection::vec(sale(turns), 1..=orders), listings)
        .prop_map(|(orders, listings)| World { orders, listings })
}

fn sale(turns: usize) -> impl Strategy<Value = Sale> {
    let sold = (
        0..LISTINGS.len(),
        0..PARCELS.len(),
        prop_oneof![1 => Just(1), 2 => Just(2)],
        prop::bool::weighted(0.95),
    );
    let sold = sold.prop_map(|(listing, parcel, quantity, is_understood)| Sold {
        listing,
        parcel,
        quantity,
        is_understood,
    });
    let lines = prop::collection::vec(sold, 1..=2);
    (lines, prop::collection::vec(turn(), 0..=turns))
        .prop_map(|(lines, turns)| Sale { lines, turns })
}

fn turn() -> impl Strategy<Value = Turn> {
    let line = 0..2_usize;
    let parcel = 0..PARCELS.len();
    let what = prop::sample::select(vec![Demand::Cancel, Demand::Stop, Demand::Return]);
    prop_oneof![
        3 => (line.clone(), what).prop_map(|(line, what)| Turn::Demanded { line, what }),
        3 => line.clone().prop_map(|line| Turn::Withdrawn { line }),
        2 => line.clone().prop_map(|line| Turn::Granted { line }),
        1 => line.clone().prop_map(|line| Turn::Held { line }),
        1 => line.clone().prop_map(|line| Turn::LetGo { line }),
        1 => line.clone().prop_map(|line| Turn::Understood { line }),
        4 => parcel.clone().prop_map(|parcel| Turn::Accepted { parcel }),
        1 => parcel.clone().prop_map(|parcel| Turn::Left { parcel }),
        4 => (line.clone(), prop_oneof![2 => Just(1), 1 => Just(2)]).prop_map(|(line, units)| Turn::Cancelled { line, units }),
        1 => (line.clone(), parcel).prop_map(|(line, parcel)| Turn::Moved { line, parcel }),
        1 => (line, 0..LISTINGS.len()).prop_map(|(line, listing)| Turn::Relisted { line, listing }),
        1 => (1..=2_u8).prop_map(|place| Turn::Readdressed { place }),
        1 => Just(Turn::Erased),
    ]
}

fn stands_for() -> impl Strategy<Value = StandsFor> {
    use StandsFor::{Goods, GoodsAndLink, Link, TwoGoods};
    prop::sample::select(vec![Goods, TwoGoods, Link, GoodsAndLink])
}

/// An order of a world by its place in it.
pub(super) fn order_id(order: usize) -> Uuid {
    Uuid::from_u128(0x1000 + order as u128)
}

fn line_id(order: usize, line: usize) -> Uuid {
    Uuid::from_u128(0x2000 + 16 * order as u128 + line as u128)
}

/// What people call a line in a failure.
pub(super) fn line_name(line_id: Uuid) -> String {
    let number = line_id.as_u128() - 0x2000;
    format!("order {} line {}", number / 16, number % 16)
}

/// A listing of a world by its place in it.
pub(super) fn listing(listing: usize) -> &'static str {
    LISTINGS[listing]
}

impl Sale {
    /// How often order-sync tells of it.
    pub(super) fn versions(&self) -> usize {
        self.turns.len() + 1
    }

    /// What happened in a version.
    pub(super) fn story(&self, version: usize) -> String {
        match version.checked_sub(2) {
            None => format!("placed: {:?}", self.lines),
            Some(turn) => format!("{:?}", self.turns[turn]),
        }
    }

    /// The order as order-sync tells it in a version, from 1.
    pub(super) fn told(&self, order: usize, version: usize) -> orders::Order {
        let mut told = self.placed(order);
        for (number, turn) in (2..=version).zip(&self.turns) {
            told.version = number as i64;
            turn.happens(&mut told);
        }
        told
    }

    fn placed(&self, order: usize) -> orders::Order {
        let mut lines = Vec::new();
        for (number, sold) in self.lines.iter().enumerate() {
            let state = match sold.is_understood {
                true => orders::OrderState::Placed,
                false => orders::OrderState::Unspecified,
            };
            lines.push(orders::OrderLine {
                line_id: line_id(order, number).to_string(),
                channel_line_id: format!("{order}-{number}"),
                channel_parcel_id: parcel(order, sold.parcel),
                channel_listing_id: LISTINGS[sold.listing].to_owned(),
                product_name: format!("{} of line {number}", LISTINGS[sold.listing]),
                quantity: sold.quantity,
                state: state.into(),
                ..orders::OrderLine::default()
            });
        }
        orders::Order {
            order_id: order_id(order).to_string(),
            version: 1,
            channel: "coupang".to_owned(),
            channel_account_id: ACCOUNT.to_string(),
            channel_order_id: format!("9{order}"),
            ordered_at: Some(timestamp(a_friday())),
            contact_version: 1,
            receiver: Some(receiver(1)),
            lines,
            ..orders::Order::default()
        }
    }
}

fn parcel(order: usize, parcel: usize) -> String {
    format!("{order}-{}", PARCELS[parcel])
}

fn receiver(place: u8) -> channel::ReceiverMark {
    channel::ReceiverMark {
        place: vec![place; 4].into(),
        name: vec![9; 4].into(),
    }
}

impl Turn {
    /// Changes the order as its channel and order-sync would: what was cancelled or left does not come back.
    fn happens(&self, order: &mut orders::Order) {
        use orders::OrderState::{Acknowledged, Dispatched, Placed, Returned};
        let number = order.order_id.parse::<Uuid>().unwrap().as_u128() - 0x1000;
        let number = usize::try_from(number).unwrap();
        match *self {
            Turn::Demanded { line, what } => demand(order, line, what),
            Turn::Withdrawn { line } => {
                if let Some(claim) = open_claim(order, line) {
                    claim.set_state(orders::ClaimState::Withdrawn);
                }
            }
            Turn::Granted { line } => {
                let Some(claim) = open_claim(order, line) else {
                    return;
                };
                claim.set_state(orders::ClaimState::Completed);
                let is_return = claim.kind() == orders::ClaimKind::Return;
                let line = &mut order.lines[line];
                match (is_return, line.state()) {
                    (true, Dispatched) => line.set_state(Returned),
                    (false, Placed | Acknowledged) => cancel(line, line.quantity),
                    _ => {}
                }
            }
            Turn::Cancelled { line, units } => {
                if let Some(line) = waiting(order, line) {
                    cancel(line, units);
                }
            }
            Turn::Held { line } => {
                if let Some(line) = waiting(order, line) {
                    line.held_quantity = line.quantity - line.cancelled_quantity;
                }
            }
            Turn::LetGo { line } => {
                if let Some(line) = order.lines.get_mut(line) {
                    line.held_quantity = 0;
                }
            }
            Turn::Understood { line } => {
                let line = order.lines.get_mut(line);
                if let Some(line) =
                    line.filter(|line| line.state() == orders::OrderState::Unspecified)
                {
                    line.set_state(Placed);
                }
            }
            Turn::Accepted { parcel: to } => {
                for line in order
                    .lines
                    .iter_mut()
                    .filter(|l| l.channel_parcel_id == parcel(number, to))
                {
                    if line.state() == Placed {
                        line.set_state(Acknowledged);
                    }
                }
            }
            Turn::Left { parcel: to } => {
                for line in order
                    .lines
                    .iter_mut()
                    .filter(|l| l.channel_parcel_id == parcel(number, to))
                {
                    if line.state() == Acknowledged {
                        line.set_state(Dispatched);
                        line.held_quantity = 0;
                        line.tracking_number = "1234567890".to_owned();
                    }
                }
            }
            Turn::Moved { line, parcel: to } => {
                if let Some(line) = waiting(order, line) {
                    line.channel_parcel_id = parcel(number, to);
                }
            }
            Turn::Relisted { line, listing } => {
                if let Some(line) = waiting(order, line) {
                    line.channel_listing_id = LISTINGS[listing].to_owned();
                }
            }
            Turn::Readdressed { place } => {
                if !order.contact_erased {
                    order.contact_version += 1;
                    order.receiver = Some(receiver(place));
                }
            }
            Turn::Erased => {
                order.contact_erased = true;
                order.receiver = None;
            }
        }
    }
}

/// The line, while it may be cancelled or shipped.
fn waiting(order: &mut orders::Order, line: usize) -> Option<&mut orders::OrderLine> {
    use orders::OrderState::{Acknowledged, Placed};
    let line = order.lines.get_mut(line)?;
    matches!(line.state(), Placed | Acknowledged).then_some(line)
}

fn cancel(line: &mut orders::OrderLine, units: i32) {
    line.cancelled_quantity = line.quantity.min(line.cancelled_quantity + units);
    line.held_quantity = 0;
    if line.cancelled_quantity == line.quantity {
        line.set_state(orders::OrderState::Cancelled);
    }
}

fn demand(order: &mut orders::Order, line: usize, what: Demand) {
    use orders::OrderState::{Cancelled, Returned};
    let number = order.claims.len();
    let Some(of) = order.lines.get(line) else {
        return;
    };
    if matches!(of.state(), Cancelled | Returned) {
        return;
    }
    let kind = match what {
        Demand::Cancel => orders::ClaimKind::Cancel,
        Demand::Stop => orders::ClaimKind::StopShipment,
        Demand::Return => orders::ClaimKind::Return,
    };
    order.claims.push(orders::Claim {
        claim_id: Uuid::from_u128(0x3000 + number as u128).to_string(),
        kind: kind.into(),
        state: orders::ClaimState::Requested.into(),
        lines: vec![orders::ClaimLine {
            channel_line_id: of.channel_line_id.clone(),
            quantity: of.quantity,
        }],
        ..orders::Claim::default()
    });
}

/// The oldest open claim on a line.
fn open_claim(order: &mut orders::Order, line: usize) -> Option<&mut orders::Claim> {
    let of = order.lines.get(line)?.channel_line_id.clone();
    order.claims.iter_mut().find(|claim| {
        claim.state() == orders::ClaimState::Requested && claim.lines[0].channel_line_id == of
    })
}

impl StandsFor {
    fn components(self) -> Vec<catalog::MappingComponent> {
        use catalog::VariantKind::{Digital, Physical};
        let goods = |quantity| fakes::component(Uuid::from_u128(201), Physical, quantity);
        let link = fakes::component(Uuid::from_u128(202), Digital, 1);
        match self {
            Self::Goods => vec![goods(1)],
            Self::TwoGoods => vec![goods(2)],
            Self::Link => vec![link],
            Self::GoodsAndLink => vec![goods(1), link],
        }
    }
}

/// What catalog says of a listing in a version, from 1; none when it is unmapped then.
pub(super) fn mapping(
    world: &World,
    listing: usize,
    version: usize,
) -> Option<catalog::ListingMapping> {
    let stands_for = world.listings[listing]
        .get(version.checked_sub(1)?)?
        .as_ref()?;
    Some(catalog::ListingMapping {
        channel_account_id: ACCOUNT.to_string(),
        ..fakes::mapping(LISTINGS[listing], version as i64, &stands_for.components())
    })
}
