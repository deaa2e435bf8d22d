//! What the services tell of a few orders: each story by its own service, version by version.

use moa_proto::moa::fulfillment::v1 as fulfillment;
use moa_proto::moa::order_sync::v1 as orders;
use proptest::prelude::*;

/// An aggregate and its versions.
#[derive(Debug, Clone)]
pub(super) enum Story {
    Order(usize, Vec<(Moment, OrderTurn)>),
    Shipment(usize, Vec<(usize, usize)>, Vec<(Moment, ShipmentTurn)>),
    Entitlement(
        usize,
        (usize, usize),
        Vec<(Moment, fulfillment::EntitlementState)>,
    ),
    Listing(usize, Vec<(Moment, Option<StandsFor>)>),
    Parcel(usize, Vec<(Moment, ParcelTurn)>),
    Message(usize, Vec<(Moment, MessageTurn)>),
}

/// So many moments after the version before.
pub(super) type Moment = i32;

#[derive(Debug, Clone)]
pub(super) enum OrderTurn {
    Is(orders::OrderState),
    Cancelled {
        line: usize,
    },
    Held {
        line: usize,
    },
    Demanded {
        what: orders::ClaimKind,
    },
    /// The channel calls the demand otherwise now.
    DemandIs {
        what: orders::ClaimKind,
    },
    Decided(orders::ClaimState),
    Relisted {
        line: usize,
        listing: usize,
    },
    Moved {
        line: usize,
    },
    Numbered {
        line: usize,
    },
    /// The channel shows another line in its place.
    Replaced {
        line: usize,
    },
    Priced {
        line: usize,
    },
    Erased,
}

#[derive(Debug, Clone)]
pub(super) enum ShipmentTurn {
    Is(fulfillment::ShipmentState),
    Held(&'static str),
    /// One of its lines is elsewhere now.
    Without,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum StandsFor {
    Goods,
    Link,
    GoodsAndLink,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum ParcelTurn {
    Acknowledged,
    Dispatched,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum MessageTurn {
    Accepted,
    Delivered,
    Failed,
}

fn turns<T: std::fmt::Debug>(
    turn: impl Strategy<Value = T>,
    at_most: usize,
) -> impl Strategy<Value = Vec<(Moment, T)>> {
    prop::collection::vec((0..3_i32, turn), 0..=at_most)
}

pub(super) fn stories() -> impl Strategy<Value = Vec<Story>> {
    use fulfillment::{EntitlementState, ShipmentState};
    let line = || (0..2_usize, 0..2_usize);
    let shipment_turn = prop_oneof![
        3 => prop::sample::select(vec![
            ShipmentState::Ready,
            ShipmentState::Dispatching,
            ShipmentState::Dispatched,
            ShipmentState::Cancelled,
        ])
        .prop_map(ShipmentTurn::Is),
        2 => prop::sample::select(vec!["ORDER_CANCELLED", "CANCEL_REQUESTED", "RECEIVER_CHANGED"])
            .prop_map(ShipmentTurn::Held),
        1 => Just(ShipmentTurn::Without),
    ];
    let granted = prop::sample::select(vec![
        EntitlementState::LinkSent,
        EntitlementState::Activated,
        EntitlementState::Revoked,
    ]);
    let stands_for = prop::sample::select(vec![
        StandsFor::Goods,
        StandsFor::Link,
        StandsFor::GoodsAndLink,
    ]);
    let parcel = prop::sample::select(vec![ParcelTurn::Acknowledged, ParcelTurn::Dispatched]);
    let message = prop::sample::select(vec![
        MessageTurn::Accepted,
        MessageTurn::Delivered,
        MessageTurn::Failed,
    ]);
    let in_it = prop::collection::vec(line(), 1..=3);
    let follows = prop_oneof![
        3 => (in_it, turns(shipment_turn, 4)).prop_map(|(lines, turns)| Story::Shipment(0, lines, turns)),
        2 => (line(), turns(granted, 2)).prop_map(|(line, turns)| Story::Entitlement(0, line, turns)),
        1 => turns(parcel, 2).prop_map(|turns| Story::Parcel(0, turns)),
        1 => turns(message, 2).prop_map(|turns| Story::Message(0, turns)),
    ];
    let orders = prop::collection::vec(turns(order_turn(), 5), 1..=2);
    let listings = prop::collection::vec(turns(prop::option::weighted(0.8, stands_for), 2), 2);
    (orders, prop::collection::vec(follows, 0..=4), listings).prop_map(
        |(orders, follows, listings)| {
            let orders = orders
                .into_iter()
                .enumerate()
                .map(|(number, turns)| Story::Order(number, turns));
            let listings = listings.into_iter().enumerate();
            let listings = listings.map(|(number, turns)| Story::Listing(number, turns));
            let mut stories: Vec<Story> = orders.chain(listings).collect();
            for (at, story) in follows.into_iter().enumerate() {
                stories.push(match story {
                    Story::Shipment(_, lines, turns) => Story::Shipment(at, lines, turns),
                    Story::Entitlement(_, line, turns) => Story::Entitlement(at, line, turns),
                    Story::Parcel(_, turns) => Story::Parcel(at, turns),
                    Story::Message(_, turns) => Story::Message(at, turns),
                    other => other,
                });
            }
            stories
        },
    )
}

fn order_turn() -> impl Strategy<Value = OrderTurn> {
    use orders::{ClaimKind, ClaimState, OrderState};
    let line = || 0..2_usize;
    let what = || {
        prop::sample::select(vec![
            ClaimKind::Cancel,
            ClaimKind::StopShipment,
            ClaimKind::Return,
            ClaimKind::Exchange,
        ])
    };
    let state = prop::sample::select(vec![
        OrderState::Acknowledged,
        OrderState::PartiallyDispatched,
        OrderState::Dispatched,
        OrderState::Delivered,
        OrderState::Cancelled,
    ]);
    let decided = prop::sample::select(vec![ClaimState::Completed, ClaimState::Withdrawn]);
    prop_oneof![
        3 => state.prop_map(OrderTurn::Is),
        1 => line().prop_map(|line| OrderTurn::Cancelled { line }),
        1 => line().prop_map(|line| OrderTurn::Held { line }),
        3 => what().prop_map(|what| OrderTurn::Demanded { what }),
        3 => what().prop_map(|what| OrderTurn::DemandIs { what }),
        1 => decided.prop_map(OrderTurn::Decided),
        1 => (line(), 0..2_usize).prop_map(|(line, listing)| OrderTurn::Relisted { line, listing }),
        1 => line().prop_map(|line| OrderTurn::Moved { line }),
        1 => line().prop_map(|line| OrderTurn::Numbered { line }),
        1 => line().prop_map(|line| OrderTurn::Replaced { line }),
        1 => line().prop_map(|line| OrderTurn::Priced { line }),
        1 => Just(OrderTurn::Erased),
    ]
}
