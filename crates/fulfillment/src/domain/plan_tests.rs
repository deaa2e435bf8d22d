use super::super::order::{Mapping, OpenClaim, fixtures};
use super::*;
use chrono::DateTime;
use moa_id::Ids;

struct World {
    ids: Ids,
    facts: OrderFacts,
}

impl World {
    fn new(build: impl FnOnce(&Ids) -> Vec<OrderLine>) -> Self {
        let ids = Ids::seeded(11);
        let order = fixtures::order(&ids, build(&ids));
        let facts = OrderFacts {
            order,
            acknowledgements: Vec::new(),
            entitlements: Vec::new(),
            packed: Vec::new(),
        };
        Self { ids, facts }
    }

    fn acknowledgement(&mut self, parcel: &str, state: AcknowledgementState) {
        self.facts.acknowledgements.push(Acknowledgement {
            parcel_id: self.ids.uuid(),
            channel_parcel_id: parcel.to_owned(),
            order_id: self.facts.order.order_id,
            effect_id: self.ids.next(),
            state,
            asked_at: DateTime::UNIX_EPOCH,
            settled_at: None,
        });
    }

    fn entitlement(&mut self, line: usize, state: EntitlementState) {
        let line = &self.facts.order.lines[line];
        self.facts.entitlements.push(Entitlement {
            merchant_id: self.facts.order.merchant_id,
            id: self.ids.next(),
            version: 1,
            order_id: self.facts.order.order_id,
            line_id: line.snapshot.line_id,
            variant_id: self.ids.next(),
            quantity: 1,
            product_name: String::new(),
            option_name: String::new(),
            state,
            granted_at: DateTime::UNIX_EPOCH,
            link_sent_at: None,
        });
    }

    fn steps(&self) -> Vec<&'static str> {
        plan(&self.facts)
            .iter()
            .map(|step| match step {
                Step::Acknowledge { .. } => "acknowledge",
                Step::AcknowledgeAgain { .. } => "acknowledge again",
                Step::Grant { .. } => "grant",
                Step::Revoke { .. } => "revoke",
                Step::ShipDigital { .. } => "ship digital",
            })
            .collect()
    }
}

fn placed(mut line: OrderLine) -> OrderLine {
    line.snapshot.state = LineState::Placed;
    line
}

#[test]
fn each_parcel_is_acknowledged_once() {
    let mut world = World::new(|ids| {
        vec![
            placed(fixtures::line(ids, "1", 1)),
            placed(fixtures::line(ids, "2", 1)),
        ]
    });
    assert_eq!(world.steps(), ["acknowledge", "acknowledge"]);
    world.acknowledgement("1", AcknowledgementState::Asked);
    assert_eq!(world.steps(), ["acknowledge"]);
    world.acknowledgement("2", AcknowledgementState::Unclear);
    assert!(world.steps().is_empty());
}

#[test]
fn a_parcel_waits_for_every_line_of_it() {
    type Change = fn(&mut OrderLine);
    let changes: [Change; 6] = [
        |line| line.mapping = Mapping::Unmapped,
        |line| line.mapping = Mapping::Unresolved,
        |line| line.snapshot.held_quantity = 1,
        |line| line.snapshot.open_claim = Some(OpenClaim::Cancel),
        |line| line.snapshot.state = LineState::Unknown,
        |line| line.snapshot.state = LineState::Dispatched,
    ];
    for change in changes {
        let world = World::new(|ids| {
            let mut second = placed(fixtures::line(ids, "1", 1));
            change(&mut second);
            vec![placed(fixtures::line(ids, "1", 1)), second]
        });
        assert!(world.steps().is_empty(), "{:?}", world.facts.order.lines[1]);
    }
}

#[test]
fn cancelled_lines_do_not_hold_up_their_parcel() {
    let world = World::new(|ids| {
        let mut gone = fixtures::line(ids, "1", 1);
        gone.snapshot.state = LineState::Cancelled;
        vec![placed(fixtures::line(ids, "1", 1)), gone]
    });
    assert_eq!(world.steps(), ["acknowledge"]);
}

#[test]
fn what_was_blocked_is_asked_again_but_what_was_refused_is_not() {
    let why = || ("ORDER_CANCELLED".to_owned(), String::new());
    let mut world = World::new(|ids| vec![placed(fixtures::line(ids, "1", 1))]);
    let (reason, detail) = why();
    world.acknowledgement("1", AcknowledgementState::Blocked { reason, detail });
    assert_eq!(world.steps(), ["acknowledge again"]);
    let (reason, detail) = why();
    world.facts.acknowledgements[0].state = AcknowledgementState::Refused { reason, detail };
    assert!(world.steps().is_empty());
}

#[test]
fn a_digital_line_is_granted_once_its_parcel_is_acknowledged() {
    let mut world = World::new(|ids| vec![placed(fixtures::digital(fixtures::line(ids, "1", 2)))]);
    world.acknowledgement("1", AcknowledgementState::Asked);
    assert!(world.steps().is_empty());
    world.facts.acknowledgements[0].state = AcknowledgementState::Confirmed;
    if let Mapping::Mapped(components) = &mut world.facts.order.lines[0].mapping {
        components[0].quantity = 3;
    }
    assert!(matches!(
        plan(&world.facts)[..],
        [Step::Grant { quantity: 6, .. }]
    ));
    world.entitlement(0, EntitlementState::Granted);
    assert!(world.steps().is_empty());
    world.facts.entitlements[0].state = EntitlementState::LinkSent;
    assert_eq!(world.steps(), ["ship digital"]);
    world
        .facts
        .packed
        .push(world.facts.order.lines[0].snapshot.line_id);
    assert!(world.steps().is_empty());
}

#[test]
fn a_mixed_parcel_waits_for_a_tracking_number() {
    let mut world = World::new(|ids| {
        vec![
            fixtures::digital(fixtures::line(ids, "1", 1)),
            fixtures::line(ids, "1", 1),
        ]
    });
    assert_eq!(world.steps(), ["grant"]);
    world.entitlement(0, EntitlementState::LinkSent);
    assert!(world.steps().is_empty());
}

#[test]
fn each_digital_part_of_a_set_is_granted_by_its_own_name_and_all_of_them_must_arrive() {
    let mut world = World::new(|ids| {
        let parts = vec![
            fixtures::component(ids, VariantKind::Digital, 1),
            fixtures::component(ids, VariantKind::Digital, 2),
        ];
        vec![fixtures::set(fixtures::line(ids, "1", 3), parts)]
    });
    let granted = plan(&world.facts);
    let quantities = granted.iter().map(|step| match step {
        Step::Grant {
            quantity,
            name: Some(name),
            ..
        } => (*quantity, name.as_str()),
        other => panic!("{other:?}"),
    });
    let quantities: Vec<(i32, &str)> = quantities.collect();
    assert_eq!(quantities, [(3, "머그컵 흰색"), (6, "머그컵 흰색")]);
    world.entitlement(0, EntitlementState::LinkSent);
    world.entitlement(0, EntitlementState::Granted);
    assert!(world.steps().is_empty());
    world.facts.entitlements[1].state = EntitlementState::LinkSent;
    assert_eq!(world.steps(), ["ship digital"]);
}

#[test]
fn a_set_of_goods_and_a_link_grants_the_link_and_waits_for_its_tracking_number() {
    let mut world = World::new(|ids| {
        let parts = vec![
            fixtures::component(ids, VariantKind::Physical, 2),
            fixtures::component(ids, VariantKind::Digital, 1),
        ];
        vec![fixtures::set(fixtures::line(ids, "1", 1), parts)]
    });
    assert_eq!(world.steps(), ["grant"]);
    world.entitlement(0, EntitlementState::LinkSent);
    assert!(world.steps().is_empty());
}

#[test]
fn a_corrected_mapping_grants_nothing_beside_what_was_granted() {
    let mut world = World::new(|ids| vec![fixtures::digital(fixtures::line(ids, "1", 1))]);
    world.entitlement(0, EntitlementState::Granted);
    let other = fixtures::component(&world.ids, VariantKind::Digital, 1);
    world.facts.order.lines[0].mapping = Mapping::Mapped(vec![other]);
    assert!(world.steps().is_empty());
}

#[test]
fn an_order_that_left_before_we_knew_it_grants_nothing() {
    let world = World::new(|ids| {
        let mut line = fixtures::digital(fixtures::line(ids, "1", 1));
        line.snapshot.state = LineState::Delivered;
        vec![line]
    });
    assert!(world.steps().is_empty());
}

#[test]
fn a_cancel_revokes_what_nobody_activated() {
    let mut world = World::new(|ids| {
        let mut line = fixtures::digital(fixtures::line(ids, "1", 1));
        line.snapshot.state = LineState::Cancelled;
        vec![line]
    });
    world.entitlement(0, EntitlementState::LinkSent);
    assert_eq!(world.steps(), ["revoke"]);
    world.facts.entitlements[0].state = EntitlementState::Activated {
        by: world.ids.next(),
        at: DateTime::UNIX_EPOCH,
    };
    assert!(world.steps().is_empty());
}
