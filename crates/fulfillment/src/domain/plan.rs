//! What is to be done about an order, from the facts alone.

use moa_id::{EffectId, EntitlementId, LineId, OrderId, VariantId};
use uuid::Uuid;

use super::entitlement::{Entitlement, EntitlementState};
use super::order::{LineState, Order, OrderLine, VariantKind};

/// What we hold about an order.
#[derive(Debug, Clone)]
pub struct OrderFacts {
    /// The order with its lines.
    pub order: Order,
    /// The acknowledgements asked for so far.
    pub acknowledgements: Vec<Acknowledgement>,
    /// The entitlements of its lines.
    pub entitlements: Vec<Entitlement>,
    /// Lines that are in a shipment; a cancelled one of Moa's own making counts, since a person took it back.
    pub packed: Vec<LineId>,
}

/// The asking of a channel to accept one parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The effect's subject.
    pub parcel_id: Uuid,
    /// The channel's id.
    pub channel_parcel_id: String,
    /// The order.
    pub order_id: OrderId,
    /// The effect.
    pub effect_id: EffectId,
    /// What became of it.
    pub state: AcknowledgementState,
    /// When it was asked for.
    pub asked_at: chrono::DateTime<chrono::Utc>,
    /// When it was settled.
    pub settled_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// What became of an acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcknowledgementState {
    /// On its way.
    Asked,
    /// It may have happened; being probed.
    Unclear,
    /// The channel has it.
    Confirmed,
    /// Taken back before it left, since something spoke against it.
    Blocked {
        /// Stable reason.
        reason: String,
        /// The same for people.
        detail: String,
    },
    /// It did not happen and will not by itself.
    Refused {
        /// Stable reason.
        reason: String,
        /// The same for people.
        detail: String,
    },
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Tell the channel that the merchant accepts the parcel.
    Acknowledge {
        /// The channel's id.
        channel_parcel_id: String,
    },
    /// Ask once more for what was blocked, now that nothing speaks against it.
    AcknowledgeAgain {
        /// The effect.
        effect_id: EffectId,
        /// The channel's id.
        channel_parcel_id: String,
    },
    /// Give the right to a digital product.
    Grant {
        /// The line.
        line_id: LineId,
        /// The product.
        variant_id: VariantId,
        /// Units of the variant.
        quantity: i32,
        /// Its own name, where the line's tells several products; none where the channel's words do.
        name: Option<String>,
    },
    /// Take back a right that nobody has used.
    Revoke {
        /// The entitlement.
        entitlement_id: EntitlementId,
    },
    /// Tell the channel that a parcel of digital lines was delivered.
    ShipDigital {
        /// The channel's id.
        channel_parcel_id: String,
        /// Its lines.
        line_ids: Vec<LineId>,
    },
}

/// Decides what is to be done. Deciding again after it was done finds nothing.
pub fn plan(facts: &OrderFacts) -> Vec<Step> {
    let mut steps = Vec::new();
    for entitlement in &facts.entitlements {
        let owed = facts
            .order
            .line(entitlement.line_id)
            .map_or(0, |line| line.snapshot.remaining());
        if owed == 0
            && matches!(
                entitlement.state,
                EntitlementState::Granted | EntitlementState::LinkSent
            )
        {
            steps.push(Step::Revoke {
                entitlement_id: entitlement.id,
            });
        }
    }
    for channel_parcel_id in facts.order.parcel_ids() {
        let lines: Vec<&OrderLine> = facts
            .order
            .parcel_lines(channel_parcel_id)
            .filter(|line| line.snapshot.remaining() > 0)
            .collect();
        if lines.is_empty() {
            continue;
        }
        steps.extend(acknowledge(facts, channel_parcel_id, &lines));
        if is_acknowledged(facts, channel_parcel_id, &lines) {
            steps.extend(grants(facts, &lines));
            steps.extend(ship_digital(facts, channel_parcel_id, &lines));
        }
    }
    steps
}

/// The acknowledgement of a parcel, if one was asked for.
pub fn acknowledgement<'a>(
    facts: &'a OrderFacts,
    channel_parcel_id: &str,
) -> Option<&'a Acknowledgement> {
    facts
        .acknowledgements
        .iter()
        .find(|ack| ack.channel_parcel_id == channel_parcel_id)
}

fn acknowledge(facts: &OrderFacts, channel_parcel_id: &str, lines: &[&OrderLine]) -> Option<Step> {
    let ready = lines.iter().all(|line| {
        line.is_mapped()
            && line.snapshot.state == LineState::Placed
            && line.snapshot.objection(0).is_none()
    });
    if !ready {
        return None;
    }
    match acknowledgement(facts, channel_parcel_id) {
        None => Some(Step::Acknowledge {
            channel_parcel_id: channel_parcel_id.to_owned(),
        }),
        Some(Acknowledgement {
            effect_id,
            state: AcknowledgementState::Blocked { .. },
            ..
        }) => Some(Step::AcknowledgeAgain {
            effect_id: *effect_id,
            channel_parcel_id: channel_parcel_id.to_owned(),
        }),
        Some(_) => None,
    }
}

/// Whether the channel took the acknowledgement: it says so itself, or said so to us a moment ago.
fn is_acknowledged(facts: &OrderFacts, channel_parcel_id: &str, lines: &[&OrderLine]) -> bool {
    let told = acknowledgement(facts, channel_parcel_id)
        .is_some_and(|ack| ack.state == AcknowledgementState::Confirmed);
    lines.iter().all(|line| match line.snapshot.state {
        LineState::Acknowledged => true,
        LineState::Placed => told,
        _ => false,
    })
}

fn grants(facts: &OrderFacts, lines: &[&OrderLine]) -> Vec<Step> {
    let mut steps = Vec::new();
    for line in lines {
        let line_id = line.snapshot.line_id;
        // All of a line are granted at once, by the mapping of that moment. A corrected one grants nothing beside it: the
        // buyer may have used the link already, so that a person decides.
        let granted = facts
            .entitlements
            .iter()
            .any(|entitlement| entitlement.line_id == line_id);
        if granted || line.snapshot.objection(0).is_some() {
            continue;
        }
        let components = line.components();
        let digital = components
            .iter()
            .filter(|component| component.kind == VariantKind::Digital);
        steps.extend(digital.map(|component| Step::Grant {
            line_id,
            variant_id: component.variant_id,
            quantity: component.units(line.snapshot.remaining()),
            name: (components.len() > 1).then(|| component.name.clone()),
        }));
    }
    steps
}

fn ship_digital(facts: &OrderFacts, channel_parcel_id: &str, lines: &[&OrderLine]) -> Option<Step> {
    let deliverable = lines.iter().all(|line| {
        let line_id = line.snapshot.line_id;
        line.is_digital()
            && line.snapshot.objection(0).is_none()
            && !facts.packed.contains(&line_id)
            && is_delivered(facts, line_id)
    });
    deliverable.then(|| Step::ShipDigital {
        channel_parcel_id: channel_parcel_id.to_owned(),
        line_ids: lines.iter().map(|line| line.snapshot.line_id).collect(),
    })
}

/// Whether the buyer has all that was granted for a line, which is something.
fn is_delivered(facts: &OrderFacts, line_id: LineId) -> bool {
    let of_line = facts.entitlements.iter().filter(|e| e.line_id == line_id);
    let mut of_line = of_line.peekable();
    of_line.peek().is_some() && of_line.all(Entitlement::is_delivered)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
