use super::super::order::{LineState, OpenClaim, fixtures};
use super::*;
use moa_id::Ids;

struct World {
    ids: Ids,
    order: Order,
}

impl World {
    fn new(build: impl FnOnce(&Ids) -> Vec<OrderLine>) -> Self {
        let ids = Ids::seeded(5);
        let order = fixtures::order(&ids, build(&ids));
        Self { ids, order }
    }

    fn line_id(&self, index: usize) -> LineId {
        self.order.lines[index].snapshot.line_id
    }

    /// Packs the lines at these positions with these quantities.
    fn pack(&self, lines: &[(usize, i32)], packed: &[PackedLine]) -> Result<Shipment, PackRefusal> {
        let command = PackCommand {
            merchant_id: self.order.merchant_id,
            shipment_id: self.ids.next(),
            request_id: "r".to_owned(),
            lines: lines
                .iter()
                .map(|(index, quantity)| PackLine {
                    order_id: self.order.order_id,
                    line_id: self.line_id(*index),
                    quantity: *quantity,
                })
                .collect(),
            carrier: Carrier::CjLogistics,
            tracking_number: TrackingNumber::from_stored("680405450931".to_owned()),
            created_by: String::new(),
        };
        let orders = BTreeMap::from([(self.order.order_id, self.order.clone())]);
        pack(command, &orders, packed, DateTime::UNIX_EPOCH)
    }
}

#[test]
fn all_lines_of_a_parcel_are_packed_with_what_is_left() {
    let world = World::new(|ids| {
        let mut first = fixtures::line(ids, "1", 3);
        first.snapshot.cancelled_quantity = 1;
        vec![
            first,
            fixtures::line(ids, "1", 1),
            fixtures::line(ids, "2", 1),
        ]
    });
    let shipment = world.pack(&[(0, 0), (1, 1)], &[]).unwrap();
    let quantities: Vec<_> = shipment.lines.iter().map(|line| line.quantity).collect();
    assert_eq!(quantities, [2, 1]);
    assert_eq!(shipment.parcels.len(), 1);
    assert_eq!(shipment.state, ShipmentState::Ready);
}

#[test]
fn a_parcel_leaves_as_one() {
    let world = World::new(|ids| vec![fixtures::line(ids, "1", 2), fixtures::line(ids, "1", 1)]);
    for lines in [&[(0, 0)][..], &[(0, 1), (1, 1)]] {
        assert!(
            matches!(
                world.pack(lines, &[]),
                Err(PackRefusal::ParcelLinesMissing { .. })
            ),
            "{lines:?}"
        );
    }
}

#[test]
fn digital_lines_go_with_their_parcel_by_themselves() {
    let world = World::new(|ids| {
        vec![
            fixtures::line(ids, "1", 1),
            fixtures::digital(fixtures::line(ids, "1", 1)),
        ]
    });
    assert_eq!(world.pack(&[(0, 0)], &[]).unwrap().lines.len(), 2);
}

#[test]
fn cancelled_lines_do_not_hold_up_the_rest_of_the_parcel() {
    let world = World::new(|ids| {
        let mut gone = fixtures::line(ids, "1", 1);
        gone.snapshot.state = LineState::Cancelled;
        vec![fixtures::line(ids, "1", 1), gone]
    });
    assert_eq!(world.pack(&[(0, 0)], &[]).unwrap().lines.len(), 1);
    assert!(matches!(
        world.pack(&[(0, 0), (1, 1)], &[]),
        Err(PackRefusal::LineCancelled { .. })
    ));
}

#[test]
fn a_second_tracking_number_names_the_first_shipment() {
    let world = World::new(|ids| vec![fixtures::line(ids, "1", 1)]);
    let first = world.pack(&[(0, 0)], &[]).unwrap();
    let packed = PackedLine {
        line_id: world.line_id(0),
        shipment_id: first.id,
        carrier: first.carrier,
        tracking_number: first.tracking_number.clone(),
    };
    let Err(PackRefusal::LineAlreadyShipped {
        shipment_id,
        tracking_number,
        ..
    }) = world.pack(&[(0, 0)], &[packed])
    else {
        panic!("the second shipment was not refused")
    };
    assert_eq!(
        (shipment_id, tracking_number.as_str()),
        (Some(first.id), "680405450931")
    );
}

#[test]
fn a_line_that_left_by_another_way_is_refused() {
    let world = World::new(|ids| {
        let mut line = fixtures::line(ids, "1", 1);
        line.snapshot.state = LineState::Dispatched;
        line.snapshot.channel_tracking_number = "111".to_owned();
        vec![line]
    });
    assert!(matches!(
        world.pack(&[(0, 0)], &[]),
        Err(PackRefusal::LineAlreadyShipped { shipment_id: None, tracking_number, .. }) if tracking_number == "111"
    ));
}

#[test]
fn held_lines_are_refused_with_their_reason() {
    type Change = fn(&mut OrderLine);
    let cases: [(Change, &str); 4] = [
        (|line| line.mapping = Mapping::Unmapped, "UNMAPPED_LISTING"),
        (
            |line| line.mapping = Mapping::Unresolved,
            "UNMAPPED_LISTING",
        ),
        (|line| line.snapshot.held_quantity = 1, "CANCEL_REQUESTED"),
        (
            |line| line.snapshot.open_claim = Some(OpenClaim::AfterSale),
            "CLAIM_OPEN",
        ),
    ];
    for (change, expected) in cases {
        let world = World::new(|ids| {
            let mut line = fixtures::line(ids, "1", 1);
            change(&mut line);
            vec![line]
        });
        assert!(
            matches!(world.pack(&[(0, 0)], &[]), Err(PackRefusal::LineHeld { reason, .. }) if reason == expected),
            "{expected}"
        );
    }
}

#[test]
fn more_than_is_left_is_refused_however_it_is_spelt() {
    let world = World::new(|ids| vec![fixtures::line(ids, "1", 2)]);
    for lines in [
        &[(0, 3)][..],
        &[(0, 1), (0, 2)],
        &[(0, i32::MAX), (0, i32::MAX)],
    ] {
        assert!(
            matches!(
                world.pack(lines, &[]),
                Err(PackRefusal::QuantityExceeded { left: 2, .. })
            ),
            "{lines:?}"
        );
    }
}

#[test]
fn what_does_not_exist_is_named() {
    let mut world = World::new(|ids| vec![fixtures::line(ids, "1", 1)]);
    let stranger = fixtures::line(&world.ids, "1", 1);
    let known = world.order.lines.clone();
    world.order.lines.push(stranger);
    let line_id = world.line_id(1);
    let order_id = world.order.order_id;
    let command = PackCommand {
        merchant_id: world.order.merchant_id,
        shipment_id: world.ids.next(),
        request_id: "r".to_owned(),
        lines: vec![PackLine {
            order_id,
            line_id,
            quantity: 1,
        }],
        carrier: Carrier::Direct,
        tracking_number: TrackingNumber::from_stored("1".to_owned()),
        created_by: String::new(),
    };
    let refused = pack(command.clone(), &BTreeMap::new(), &[], DateTime::UNIX_EPOCH);
    assert_eq!(refused, Err(PackRefusal::OrderNotFound(order_id)));
    world.order.lines = known;
    let refused = pack(
        command,
        &BTreeMap::from([(order_id, world.order)]),
        &[],
        DateTime::UNIX_EPOCH,
    );
    assert_eq!(
        refused,
        Err(PackRefusal::LineNotFound { order_id, line_id })
    );
}
