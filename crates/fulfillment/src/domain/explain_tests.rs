use super::super::carrier::{Carrier, TrackingNumber};
use super::super::order::{OpenClaim, VariantKind, fixtures};
use super::super::plan::Acknowledgement;
use super::super::shipment::{ParcelKey, ShipmentLine, ShipmentParcel};
use super::*;
use moa_id::Ids;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

struct World {
    ids: Ids,
    facts: OrderFacts,
    shipments: Vec<Shipment>,
}

/// One line in one parcel.
fn world(change: impl FnOnce(&mut OrderLine)) -> World {
    let ids = Ids::seeded(21);
    let mut line = fixtures::line(&ids, "1", 1);
    change(&mut line);
    let order = fixtures::order(&ids, vec![line]);
    let facts = OrderFacts {
        order,
        acknowledgements: Vec::new(),
        entitlements: Vec::new(),
        packed: Vec::new(),
    };
    World {
        ids,
        facts,
        shipments: Vec::new(),
    }
}

impl World {
    fn acknowledged_as(mut self, state: AcknowledgementState) -> Self {
        self.facts.acknowledgements.push(Acknowledgement {
            parcel_id: self.ids.uuid(),
            channel_parcel_id: "1".to_owned(),
            order_id: self.facts.order.order_id,
            effect_id: self.ids.next(),
            state,
            asked_at: NOW,
            settled_at: None,
        });
        self
    }

    fn entitled(mut self, state: EntitlementState) -> Self {
        self.facts.entitlements.push(Entitlement {
            merchant_id: self.facts.order.merchant_id,
            id: self.ids.next(),
            version: 1,
            order_id: self.facts.order.order_id,
            line_id: self.facts.order.lines[0].snapshot.line_id,
            variant_id: self.ids.next(),
            quantity: 1,
            product_name: String::new(),
            option_name: String::new(),
            state,
            granted_at: NOW,
            link_sent_at: None,
        });
        self
    }

    fn shipped(mut self, state: ShipmentState, dispatch: ParcelDispatch) -> Self {
        let order = &self.facts.order;
        let key = ParcelKey {
            account_id: order.account_id,
            channel_parcel_id: "1".to_owned(),
        };
        let shipment = Shipment {
            merchant_id: order.merchant_id,
            id: self.ids.next(),
            version: 1,
            state,
            lines: vec![ShipmentLine {
                order_id: order.order_id,
                line_id: order.lines[0].snapshot.line_id,
                channel_line_id: "1".to_owned(),
                quantity: 1,
                parcel: key.clone(),
                packed_as: None,
            }],
            parcels: vec![ShipmentParcel {
                key,
                order_id: order.order_id,
                channel_order_id: order.channel_order_id.clone(),
                receiver: Default::default(),
                dispatch,
            }],
            carrier: Carrier::Direct,
            tracking_number: TrackingNumber::from_stored("1".to_owned()),
            request_id: String::new(),
            created_by: String::new(),
            created_at: NOW,
            changed_at: NOW,
        };
        self.shipments.push(shipment);
        self
    }

    fn answer(&self) -> String {
        let explanations = explain(&self.facts, &self.shipments);
        assert_eq!(explanations.len(), self.facts.order.lines.len());
        match &explanations[0].blocker {
            Some(blocker) => format!("{} by {}", blocker.code, blocker.owner.as_str()),
            None => "-".to_owned(),
        }
    }
}

fn placed(line: &mut OrderLine) {
    line.snapshot.state = LineState::Placed;
}

fn digital(line: &mut OrderLine) {
    if let Mapping::Mapped(components) = &mut line.mapping {
        components[0].kind = VariantKind::Digital;
    }
}

#[test]
fn a_line_that_left_or_was_cancelled_has_no_blocker() {
    for state in [
        LineState::Dispatched,
        LineState::Delivered,
        LineState::Confirmed,
        LineState::Cancelled,
        LineState::Returned,
    ] {
        assert_eq!(
            world(|line| line.snapshot.state = state).answer(),
            "-",
            "{state:?}"
        );
    }
    assert_eq!(
        world(|line| line.snapshot.cancelled_quantity = 1).answer(),
        "-"
    );
    let dispatched = ShipmentState::Dispatched { at: NOW };
    assert_eq!(
        world(|_| {})
            .shipped(dispatched, ParcelDispatch::NotAsked)
            .answer(),
        "-"
    );
}

#[test]
fn before_the_channel_took_the_acceptance() {
    let refused = || ("X".to_owned(), "y".to_owned());
    assert_eq!(
        world(|line| line.mapping = Mapping::Unresolved).answer(),
        "AWAITING_PLANNING by MOA"
    );
    assert_eq!(
        world(|line| line.mapping = Mapping::Unmapped).answer(),
        "UNMAPPED_LISTING by MERCHANT"
    );
    assert_eq!(
        world(|line| line.snapshot.held_quantity = 1).answer(),
        "CANCEL_REQUESTED by MERCHANT"
    );
    assert_eq!(
        world(|line| line.snapshot.open_claim = Some(OpenClaim::AfterSale)).answer(),
        "CLAIM_OPEN by MERCHANT"
    );
    assert_eq!(
        world(|line| line.snapshot.state = LineState::Unknown).answer(),
        "CHANNEL_STATE_UNKNOWN by MOA"
    );
    assert_eq!(world(placed).answer(), "AWAITING_ACKNOWLEDGE by MOA");
    let asked = world(placed).acknowledged_as(AcknowledgementState::Asked);
    assert_eq!(asked.answer(), "AWAITING_ACKNOWLEDGE by MOA");
    let unclear = world(placed).acknowledged_as(AcknowledgementState::Unclear);
    assert_eq!(unclear.answer(), "AWAITING_ACKNOWLEDGE by CHANNEL");
    let (reason, detail) = refused();
    let blocked = world(placed).acknowledged_as(AcknowledgementState::Blocked { reason, detail });
    assert_eq!(blocked.answer(), "X by MERCHANT");
    let (reason, detail) = refused();
    let refused = world(placed).acknowledged_as(AcknowledgementState::Refused { reason, detail });
    assert_eq!(refused.answer(), "ACKNOWLEDGE_REFUSED by MERCHANT");
    let confirmed = world(placed).acknowledged_as(AcknowledgementState::Confirmed);
    assert_eq!(confirmed.answer(), "AWAITING_TRACKING_NUMBER by MERCHANT");
}

#[test]
fn a_line_waits_for_its_parcels_unmapped_neighbour() {
    let mut world = world(placed);
    let mut neighbour = fixtures::line(&world.ids, "1", 1);
    placed(&mut neighbour);
    neighbour.mapping = Mapping::Unmapped;
    world.facts.order.lines.push(neighbour);
    assert_eq!(world.answer(), "AWAITING_ACKNOWLEDGE by MERCHANT");
}

#[test]
fn a_line_whose_acceptance_was_taken_back_waits_for_what_is_in_the_way_now() {
    let (reason, detail) = (
        "CANCEL_REQUESTED".to_owned(),
        "of a demand that was withdrawn".to_owned(),
    );
    let mut world = world(placed).acknowledged_as(AcknowledgementState::Blocked { reason, detail });
    let mut neighbour = fixtures::line(&world.ids, "1", 1);
    placed(&mut neighbour);
    neighbour.snapshot.open_claim = Some(OpenClaim::Cancel);
    world.facts.order.lines.push(neighbour);
    assert_eq!(world.answer(), "AWAITING_ACKNOWLEDGE by MERCHANT");
}

#[test]
fn a_state_that_was_never_known_is_told_before_the_listing_that_nobody_asks_about() {
    let never_known = world(|line| {
        line.snapshot.state = LineState::Unknown;
        line.mapping = Mapping::Unresolved;
    });
    assert_eq!(never_known.answer(), "CHANNEL_STATE_UNKNOWN by MOA");
}

#[test]
fn on_the_way_to_the_channel() {
    let held = ShipmentState::Held {
        reason: "PARCEL_CHANGED".to_owned(),
        detail: String::new(),
    };
    let answers = [
        (ShipmentState::Ready, "AWAITING_DISPATCH by MERCHANT"),
        (ShipmentState::Dispatching, "DISPATCHING by MOA"),
        (held, "PARCEL_CHANGED by MERCHANT"),
    ];
    assert_eq!(
        world(|_| {}).answer(),
        "AWAITING_TRACKING_NUMBER by MERCHANT"
    );
    for (state, expected) in answers {
        assert_eq!(
            world(|_| {})
                .shipped(state, ParcelDispatch::NotAsked)
                .answer(),
            expected
        );
    }
}

#[test]
fn digital_lines_wait_for_their_message() {
    let by = world(|_| {}).ids.next();
    assert_eq!(world(digital).answer(), "AWAITING_ENTITLEMENT by MOA");
    for (state, expected) in [
        (
            EntitlementState::Granted,
            "AWAITING_MESSAGE_DELIVERY by MOA",
        ),
        (EntitlementState::LinkSent, "AWAITING_DISPATCH by MOA"),
        (
            EntitlementState::Activated { by, at: NOW },
            "AWAITING_DISPATCH by MOA",
        ),
        (EntitlementState::Revoked, "ENTITLEMENT_REVOKED by MERCHANT"),
    ] {
        assert_eq!(world(digital).entitled(state).answer(), expected);
    }
    let mut mixed = world(digital).entitled(EntitlementState::LinkSent);
    let physical = fixtures::line(&mixed.ids, "1", 1);
    mixed.facts.order.lines.push(physical);
    assert_eq!(mixed.answer(), "AWAITING_TRACKING_NUMBER by MERCHANT");
}
