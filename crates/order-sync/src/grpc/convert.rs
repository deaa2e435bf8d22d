//! Orders as messages.

use moa_money::Currency;
use moa_proto::moa::channel_proxy::v1 as channel;
use moa_proto::moa::money::v1::Money;
use moa_proto::moa::order_sync::v1 as pb;
use moa_service::timestamp;

use crate::domain::claim::{Claim, ClaimKind, ClaimState};
use crate::domain::order::{Line, Order, ReceiverMark};
use crate::domain::state::{LineState, OrderState};

impl From<&Order> for pb::Order {
    fn from(order: &Order) -> Self {
        let facts = &order.facts;
        Self {
            order_id: order.order_id.to_string(),
            version: order.version,
            channel: order.channel.clone(),
            channel_account_id: order.channel_account_id.to_string(),
            channel_order_id: order.channel_order_id.clone(),
            state: pb::OrderState::from(order.state()).into(),
            ordered_at: facts.ordered_at.value.map(timestamp),
            paid_at: facts.paid_at.value.map(timestamp),
            lines: order.lines.iter().map(|l| line(order, l)).collect(),
            shipping_fee: money(order.shipping_fee(), facts.currency.value),
            contact_version: order.contact.map_or(0, |mark| mark.version),
            created_at: Some(timestamp(order.created_at)),
            updated_at: Some(timestamp(order.updated_at)),
            claims: order.claims.iter().map(pb::Claim::from).collect(),
            receiver: order.contact.map(|mark| receiver(mark.receiver)),
            contact_erased: order.contact.is_some_and(|mark| mark.erased),
        }
    }
}

fn receiver(mark: ReceiverMark) -> channel::ReceiverMark {
    let bytes = |hash: Option<[u8; 32]>| hash.map(Vec::from).unwrap_or_default().into();
    channel::ReceiverMark {
        place: bytes(mark.place),
        name: bytes(mark.name),
    }
}

fn line(order: &Order, line: &Line) -> pb::OrderLine {
    let facts = &line.facts;
    let standing = order.standing(line);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let state = standing
        .state
        .map_or(pb::OrderState::Unspecified, line_state);
    pb::OrderLine {
        line_id: line.line_id.to_string(),
        channel_line_id: line.channel_line_id.clone(),
        channel_parcel_id: text(&facts.channel_parcel_id.value),
        channel_listing_id: text(&facts.channel_listing_id.value),
        product_name: text(&facts.product_name.value),
        option_name: text(&facts.option_name.value),
        sku_code: text(&facts.sku_code.value),
        quantity: facts.quantity.value.unwrap_or_default(),
        cancelled_quantity: standing.cancelled_quantity,
        held_quantity: standing.held_quantity,
        unit_price: money(facts.unit_price.value, facts.currency.value),
        line_total: money(facts.line_total.value, facts.currency.value),
        state: state.into(),
        unknown_state: text(&facts.unknown_state.value),
        tracking_number: text(&facts.tracking_number.value),
        shipping_group: text(&facts.shipping_group.value),
        shipping_fee: money(
            order.fee_of_way(line),
            order.facts.currency.value.or(facts.currency.value),
        ),
        discount: money(facts.discount.value, facts.currency.value),
        merchant_discount: money(facts.known_merchant_discount(), facts.currency.value),
        expected_settlement: money(facts.expected_settlement.value, facts.currency.value),
    }
}

fn money(amount_minor: Option<i64>, currency: Option<Currency>) -> Option<Money> {
    Some(Money {
        amount_minor: amount_minor?,
        currency: currency?.code().to_owned(),
    })
}

fn line_state(state: LineState) -> pb::OrderState {
    match state {
        LineState::Placed => pb::OrderState::Placed,
        LineState::Acknowledged => pb::OrderState::Acknowledged,
        LineState::Dispatched => pb::OrderState::Dispatched,
        LineState::Delivered => pb::OrderState::Delivered,
        LineState::Confirmed => pb::OrderState::Confirmed,
        LineState::Cancelled => pb::OrderState::Cancelled,
        LineState::Returned => pb::OrderState::Returned,
    }
}

impl From<OrderState> for pb::OrderState {
    fn from(state: OrderState) -> Self {
        match state {
            OrderState::Unknown => Self::Unspecified,
            OrderState::Placed => Self::Placed,
            OrderState::Acknowledged => Self::Acknowledged,
            OrderState::PartiallyDispatched => Self::PartiallyDispatched,
            OrderState::Dispatched => Self::Dispatched,
            OrderState::Delivered => Self::Delivered,
            OrderState::Confirmed => Self::Confirmed,
            OrderState::Cancelled => Self::Cancelled,
            OrderState::Returned => Self::Returned,
        }
    }
}

impl From<&Claim> for pb::Claim {
    fn from(claim: &Claim) -> Self {
        let lines = claim.lines.value.iter().flatten();
        Self {
            claim_id: claim.claim_id.to_string(),
            channel_claim_id: claim.channel_claim_id.clone(),
            kind: claim_kind(claim.kind()).into(),
            state: claim_state(claim.state()).into(),
            lines: lines
                .map(|line| pb::ClaimLine {
                    channel_line_id: line.channel_line_id.clone(),
                    quantity: line.quantity,
                })
                .collect(),
            requested_at: Some(timestamp(claim.requested_at)),
        }
    }
}

pub(super) fn claim_kind(kind: ClaimKind) -> pb::ClaimKind {
    match kind {
        ClaimKind::Unknown => pb::ClaimKind::Unspecified,
        ClaimKind::Cancel => pb::ClaimKind::Cancel,
        ClaimKind::StopShipment => pb::ClaimKind::StopShipment,
        ClaimKind::Return => pb::ClaimKind::Return,
        ClaimKind::Exchange => pb::ClaimKind::Exchange,
    }
}

pub(super) fn claim_state(state: ClaimState) -> pb::ClaimState {
    match state {
        ClaimState::Unknown => pb::ClaimState::Unspecified,
        ClaimState::Requested => pb::ClaimState::Requested,
        ClaimState::Completed => pb::ClaimState::Completed,
        ClaimState::Withdrawn => pb::ClaimState::Withdrawn,
    }
}
