//! What each turn of a story changes.

use chrono::{DateTime, TimeDelta, Utc};
use moa_proto::moa::catalog::v1 as catalog;
use moa_proto::moa::fulfillment::v1 as fulfillment;
use moa_proto::moa::order_sync::v1 as orders;
use moa_service::timestamp;
use moa_testkit::a_friday;
use uuid::Uuid;

use super::history::{OrderTurn, ShipmentTurn, StandsFor};
use crate::events::won;

pub(super) const ACCOUNT: Uuid = Uuid::from_u128(5);
pub(super) const LISTINGS: [&str; 2] = ["cup", "book"];
/// A channel's clock knows whole seconds, ours do not: several of these stand in one second.
pub(super) const MOMENT: TimeDelta = TimeDelta::milliseconds(400);

/// An order of the stories.
pub(super) fn order_id(order: usize) -> Uuid {
    Uuid::from_u128(0x1000 + order as u128)
}

/// A line of the stories.
pub(super) fn line_id(order: usize, line: usize) -> Uuid {
    Uuid::from_u128(0x2000 + 16 * order as u128 + line as u128)
}

/// An order as it is told first.
pub(super) fn placed(number: usize) -> orders::Order {
    let lines = (0..2).map(|line| orders::OrderLine {
        line_id: line_id(number, line).to_string(),
        channel_line_id: format!("{number}-{line}"),
        channel_parcel_id: "p0".to_owned(),
        channel_listing_id: LISTINGS[line].to_owned(),
        product_name: LISTINGS[line].to_owned(),
        quantity: 2,
        line_total: won(10_000),
        state: orders::OrderState::Placed.into(),
        ..Default::default()
    });
    orders::Order {
        order_id: order_id(number).to_string(),
        version: 1,
        channel: "coupang".to_owned(),
        channel_account_id: ACCOUNT.to_string(),
        channel_order_id: format!("9{number}"),
        state: orders::OrderState::Placed.into(),
        ordered_at: Some(timestamp(a_friday())),
        created_at: Some(timestamp(a_friday() + MOMENT)),
        lines: lines.collect(),
        ..Default::default()
    }
}

impl OrderTurn {
    /// Changes the order.
    pub(super) fn happens(&self, number: usize, order: &mut orders::Order, at: DateTime<Utc>) {
        match *self {
            Self::Is(state) => {
                order.set_state(state);
                for line in &mut order.lines {
                    line.set_state(state);
                }
            }
            Self::Cancelled { line } => {
                order.lines[line].cancelled_quantity = 2;
                order.lines[line].set_state(orders::OrderState::Cancelled);
            }
            Self::Held { line } => order.lines[line].held_quantity = 1,
            Self::Demanded { what } => order.claims.push(orders::Claim {
                claim_id: Uuid::from_u128(0x3000 + order.claims.len() as u128).to_string(),
                kind: what.into(),
                state: orders::ClaimState::Requested.into(),
                requested_at: Some(timestamp(at)),
                ..Default::default()
            }),
            Self::DemandIs { what } => {
                if let Some(claim) = order.claims.last_mut() {
                    claim.set_kind(what);
                }
            }
            Self::Decided(state) => {
                if let Some(claim) = order.claims.last_mut() {
                    claim.set_state(state);
                }
            }
            Self::Relisted { line, listing } => {
                order.lines[line].channel_listing_id = LISTINGS[listing].to_owned();
            }
            Self::Moved { line } => order.lines[line].channel_parcel_id = "p1".to_owned(),
            Self::Numbered { line } => order.lines[line].tracking_number = "55".to_owned(),
            Self::Replaced { line } => {
                order.lines[line].line_id = line_id(number, line + 8).to_string();
                order.lines[line].product_name = "another one".to_owned();
            }
            Self::Priced { line } => order.lines[line].line_total = won(7_000),
            Self::Erased => order.contact_erased = true,
        }
    }
}

impl ShipmentTurn {
    /// Changes the shipment.
    pub(super) fn happens(&self, shipment: &mut fulfillment::Shipment) {
        (shipment.hold_reason, shipment.hold_detail) = Default::default();
        match self {
            Self::Is(state) => shipment.set_state(*state),
            Self::Held(reason) => {
                shipment.set_state(fulfillment::ShipmentState::Held);
                (shipment.hold_reason, shipment.hold_detail) =
                    ((*reason).to_owned(), format!("because of {reason}"));
            }
            Self::Without => {
                shipment.set_state(fulfillment::ShipmentState::Ready);
                if shipment.lines.len() > 1 {
                    shipment.lines.pop();
                }
            }
        }
    }
}

impl StandsFor {
    /// As catalog says it.
    pub(super) fn mapping(self, listing: usize, version: i64) -> catalog::ListingMapping {
        use catalog::VariantKind::{Digital, Physical};
        let kinds: &[catalog::VariantKind] = match self {
            Self::Goods => &[Physical],
            Self::Link => &[Digital],
            Self::GoodsAndLink => &[Physical, Digital],
        };
        let components = kinds.iter().map(|kind| catalog::MappingComponent {
            variant_id: Uuid::from_u128(200).to_string(),
            quantity: 1,
            kind: (*kind).into(),
            ..Default::default()
        });
        catalog::ListingMapping {
            channel_account_id: ACCOUNT.to_string(),
            channel_listing_id: LISTINGS[listing].to_owned(),
            components: components.collect(),
            version,
            ..Default::default()
        }
    }
}
