//! Why a line has not shipped: exactly one current blocker, with its owner.

use chrono::{DateTime, Utc};
use moa_id::LineId;

use super::entitlement::{Entitlement, EntitlementState};
use super::order::{LineState, Mapping, OrderLine};
use super::plan::{AcknowledgementState, OrderFacts, acknowledgement};
use super::shipment::{ParcelDispatch, Shipment, ShipmentState};

/// What stands in the way of one line; no blocker when it shipped or was cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The line.
    pub line_id: LineId,
    /// What stands in the way.
    pub blocker: Option<Blocker>,
}

/// One thing in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// Stable code.
    pub code: String,
    /// The same for people.
    pub detail: String,
    /// Who moves it on.
    pub owner: Owner,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// Who moves a line on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The business.
    Merchant,
    /// The marketplace.
    Channel,
    /// This software, by itself.
    Moa,
}

impl Owner {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Merchant => "MERCHANT",
            Self::Channel => "CHANNEL",
            Self::Moa => "MOA",
        }
    }
}

/// Explains every line of an order. `shipments` are the living ones that hold its lines.
pub fn explain(facts: &OrderFacts, shipments: &[Shipment]) -> Vec<Explanation> {
    facts
        .order
        .lines
        .iter()
        .map(|line| Explanation {
            line_id: line.snapshot.line_id,
            blocker: blocker(facts, shipments, line),
        })
        .collect()
}

fn block(
    code: &str,
    owner: Owner,
    since: DateTime<Utc>,
    detail: impl Into<String>,
) -> Option<Blocker> {
    Some(Blocker {
        code: code.to_owned(),
        detail: detail.into(),
        owner,
        since,
    })
}

fn blocker(facts: &OrderFacts, shipments: &[Shipment], line: &OrderLine) -> Option<Blocker> {
    let snapshot = &line.snapshot;
    if snapshot.remaining() == 0 || snapshot.state.has_left() {
        return None;
    }
    let shipped = shipments
        .iter()
        .find(|shipment| shipment.packed(snapshot.line_id) > 0);
    if let Some(shipment) = shipped {
        return in_shipment(shipment);
    }
    if let Some(objection) = snapshot.objection(0) {
        let since = line.objection_since.unwrap_or(line.state_since);
        return block(
            objection.reason.code(),
            Owner::Merchant,
            since,
            objection.detail,
        );
    }
    // Nothing can be done about it before its state is known, nor is catalog asked what it is.
    if !matches!(snapshot.state, LineState::Placed | LineState::Acknowledged) {
        return block(
            "CHANNEL_STATE_UNKNOWN",
            Owner::Moa,
            line.state_since,
            "the channel uses a word for its state that this version of Moa does not know",
        );
    }
    match &line.mapping {
        Mapping::Unresolved => {
            return block(
                "AWAITING_PLANNING",
                Owner::Moa,
                line.first_seen_at,
                "the catalog is being asked what it is",
            );
        }
        Mapping::Unmapped => {
            let detail = format!(
                "say which of your products listing {} (\"{}\") is",
                snapshot.channel_listing_id, snapshot.product_name
            );
            return block(
                "UNMAPPED_LISTING",
                Owner::Merchant,
                line.first_seen_at,
                detail,
            );
        }
        Mapping::Mapped(_) => {}
    }
    let not_acknowledged = (snapshot.state == LineState::Placed)
        .then(|| not_acknowledged(facts, line))
        .flatten();
    not_acknowledged.or_else(|| acknowledged(facts, line))
}

fn in_shipment(shipment: &Shipment) -> Option<Blocker> {
    let changed_at = shipment.changed_at;
    match &shipment.state {
        ShipmentState::Dispatched { .. } | ShipmentState::Cancelled => None,
        ShipmentState::Held { reason, detail } => {
            block(reason, Owner::Merchant, changed_at, detail.clone())
        }
        ShipmentState::Ready => {
            let detail = format!(
                "the shipment with tracking number {} waits for its dispatch",
                shipment.tracking_number
            );
            block("AWAITING_DISPATCH", Owner::Merchant, changed_at, detail)
        }
        ShipmentState::Dispatching => {
            let unclear = shipment
                .parcels
                .iter()
                .any(|p| matches!(p.dispatch, ParcelDispatch::Unclear(_)));
            let detail = if unclear {
                "the channel's answer got lost; it is being looked up there and not sent again blindly"
            } else {
                "the channel is being looked at and told"
            };
            block("DISPATCHING", Owner::Moa, changed_at, detail)
        }
    }
}

/// How a line that waits for its parcel's acceptance is told.
const NOT_ACKNOWLEDGED: &str = "AWAITING_ACKNOWLEDGE";

fn not_acknowledged(facts: &OrderFacts, line: &OrderLine) -> Option<Blocker> {
    let Some(ack) = acknowledgement(facts, &line.snapshot.channel_parcel_id) else {
        return neighbour(facts, line).or_else(|| {
            block(
                NOT_ACKNOWLEDGED,
                Owner::Moa,
                line.state_since,
                "the acceptance is about to be sent to the channel",
            )
        });
    };
    match &ack.state {
        AcknowledgementState::Confirmed => None,
        AcknowledgementState::Asked => block(
            NOT_ACKNOWLEDGED,
            Owner::Moa,
            ack.asked_at,
            "the channel is being told that the order is accepted",
        ),
        AcknowledgementState::Unclear => block(
            NOT_ACKNOWLEDGED,
            Owner::Channel,
            ack.asked_at,
            "the channel's answer got lost; it is being looked up there",
        ),
        // What took it back may be over; what is in the way now is told first.
        AcknowledgementState::Blocked { reason, detail } => neighbour(facts, line).or_else(|| {
            block(
                reason,
                Owner::Merchant,
                ack.settled_at.unwrap_or(ack.asked_at),
                detail.clone(),
            )
        }),
        AcknowledgementState::Refused { reason, detail } => {
            let detail = format!("the channel did not take the acceptance ({reason}): {detail}");
            block(
                "ACKNOWLEDGE_REFUSED",
                Owner::Merchant,
                ack.settled_at.unwrap_or(ack.asked_at),
                detail,
            )
        }
    }
}

/// A line of the same parcel for which its acceptance waits.
fn neighbour(facts: &OrderFacts, line: &OrderLine) -> Option<Blocker> {
    let parcel = &line.snapshot.channel_parcel_id;
    let other = facts.order.parcel_lines(parcel).find(|other| {
        other.snapshot.remaining() > 0
            && (!other.is_mapped()
                || other.snapshot.objection(0).is_some()
                || other.snapshot.state != LineState::Placed)
    })?;
    let detail = format!(
        "its parcel is accepted as one and waits for \"{}\"",
        other.snapshot.product_name
    );
    block(NOT_ACKNOWLEDGED, Owner::Merchant, line.state_since, detail)
}

fn acknowledged(facts: &OrderFacts, line: &OrderLine) -> Option<Blocker> {
    let of_line = facts
        .entitlements
        .iter()
        .filter(|entitlement| entitlement.line_id == line.snapshot.line_id);
    // Of several, the one that is still to arrive.
    let entitlement: Option<&Entitlement> = of_line.min_by_key(|e| e.is_delivered());
    match (line.is_digital(), entitlement) {
        (false, _) => block(
            "AWAITING_TRACKING_NUMBER",
            Owner::Merchant,
            line.state_since,
            "pack it and enter the tracking number",
        ),
        (true, None) => block(
            "AWAITING_ENTITLEMENT",
            Owner::Moa,
            line.state_since,
            "its activation link is being made",
        ),
        (true, Some(entitlement)) => match entitlement.state {
            EntitlementState::Granted => block(
                "AWAITING_MESSAGE_DELIVERY",
                Owner::Moa,
                entitlement.granted_at,
                "the message with the activation link has not been confirmed as delivered yet",
            ),
            EntitlementState::Revoked => block(
                "ENTITLEMENT_REVOKED",
                Owner::Merchant,
                entitlement.granted_at,
                "its activation link was taken back; ship it by hand or cancel it",
            ),
            EntitlementState::LinkSent | EntitlementState::Activated { .. } => {
                let since = entitlement.link_sent_at.unwrap_or(entitlement.granted_at);
                let mut others = facts.order.parcel_lines(&line.snapshot.channel_parcel_id);
                if others.any(|other| other.snapshot.remaining() > 0 && !other.is_digital()) {
                    block(
                        "AWAITING_TRACKING_NUMBER",
                        Owner::Merchant,
                        since,
                        "its parcel leaves with the other lines",
                    )
                } else {
                    block(
                        "AWAITING_DISPATCH",
                        Owner::Moa,
                        since,
                        "the channel is about to be told",
                    )
                }
            }
        },
    }
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
