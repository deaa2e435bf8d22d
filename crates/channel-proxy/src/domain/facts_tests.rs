use super::*;
use crate::domain::claim::{ChannelClaimLine, ClaimState};

fn line(id: &str, quantity: i32, cancelled: i32, held: i32) -> SeenLine {
    let channel_line_id = id.to_owned();
    SeenLine {
        channel_line_id,
        quantity,
        cancelled,
        held,
    }
}

fn seen(state: LineState, lines: Vec<SeenLine>) -> ParcelFacts {
    ParcelFacts {
        parcel: ParcelSight::Seen(SeenParcel {
            split: Split::Possible,
            channel_order_id: "1".to_owned(),
            channel_parcel_id: "10".to_owned(),
            state,
            tracking_number: "680405450931".to_owned(),
            receiver: Box::default(),
            lines,
        }),
        claims: Vec::new(),
        reads: Vec::new(),
    }
}

fn claim(
    kind: ClaimKind,
    state: ClaimState,
    parcel: &str,
    line: &str,
    quantity: i32,
) -> ChannelClaim {
    ChannelClaim {
        lines: vec![ChannelClaimLine {
            channel_line_id: line.to_owned(),
            channel_parcel_id: parcel.to_owned(),
            quantity,
            replacement_listing_id: String::new(),
        }],
        ..ChannelClaim::new("900", "1", kind, state, DateTime::UNIX_EPOCH)
    }
}

fn packed(lines: &[(&str, i32)]) -> Vec<PackedLine> {
    let line = |(id, quantity): &(&str, i32)| PackedLine {
        channel_line_id: (*id).to_owned(),
        quantity: *quantity,
    };
    lines.iter().map(line).collect()
}

fn reason(judgement: &Judgement) -> &'static str {
    match judgement {
        Judgement::Clear => "CLEAR",
        Judgement::Blocked { reason, .. } => reason,
        Judgement::AlreadyDispatched { .. } => "ALREADY_DISPATCHED",
    }
}

#[test]
fn every_state_of_a_parcel_has_its_judgement() {
    let table = [
        (LineState::Placed, "PARCEL_NOT_ACKNOWLEDGED"),
        (LineState::Acknowledged, "CLEAR"),
        (LineState::Dispatched, "ALREADY_DISPATCHED"),
        (LineState::Delivered, "ALREADY_DISPATCHED"),
        (LineState::Confirmed, "ALREADY_DISPATCHED"),
        (LineState::Cancelled, "ORDER_CANCELLED"),
        (LineState::Returned, "ORDER_CANCELLED"),
        (
            LineState::Unknown("MYSTERY".to_owned()),
            "CHANNEL_STATE_UNKNOWN",
        ),
    ];
    for (state, expected) in table {
        let facts = seen(state.clone(), vec![line("a", 2, 0, 0)]);
        let judgement = facts.judge(&Cargo::new("1", "10", packed(&[("a", 2)])));
        assert_eq!(reason(&judgement), expected, "{state:?}");
    }
}

#[test]
fn a_parcel_that_is_gone_or_another_orders_is_blocked() {
    let mut facts = seen(LineState::Acknowledged, vec![line("a", 1, 0, 0)]);
    assert_eq!(
        reason(&facts.judge(&Cargo::new("2", "10", packed(&[("a", 1)])))),
        "PARCEL_CHANGED"
    );
    facts.parcel = ParcelSight::Gone;
    assert_eq!(
        reason(&facts.judge(&Cargo::new("1", "10", packed(&[("a", 1)])))),
        "ORDER_CANCELLED"
    );
    facts.parcel = ParcelSight::NotFound;
    assert_eq!(
        reason(&facts.judge(&Cargo::new("1", "10", packed(&[("a", 1)])))),
        "PARCEL_CHANGED"
    );
}

#[test]
fn a_part_leaves_only_where_the_parcel_can_be_split_and_every_line_is_accounted_for() {
    let first = |waiting: &[&str]| Part::First {
        waiting: waiting.iter().map(|id| (*id).to_owned()).collect(),
    };
    let (a, b): (&[_], &[_]) = (&[("a", 1)], &[("a", 1), ("b", 2)]);
    let table = [
        (Split::Possible, first(&["b"]), a, "CLEAR"),
        (Split::Impossible, first(&["b"]), a, "SPLIT_NOT_POSSIBLE"),
        (Split::Done, first(&["b"]), a, "SPLIT_NOT_POSSIBLE"),
        (Split::Possible, first(&["c"]), a, "PARCEL_CHANGED"),
        (Split::Possible, first(&["a", "b"]), a, "PARCEL_CHANGED"),
        (Split::Possible, Part::Whole, a, "PARCEL_CHANGED"),
        (
            Split::Possible,
            first(&["b"]),
            &[("a", 2)],
            "QUANTITY_CHANGED",
        ),
        (Split::Done, Part::Last, b, "CLEAR"),
        (Split::Possible, Part::Last, b, "SPLIT_NOT_POSSIBLE"),
        (Split::Done, Part::Whole, b, "SPLIT_NOT_POSSIBLE"),
        (Split::Impossible, Part::Whole, b, "CLEAR"),
    ];
    for (split, part, lines, expected) in table {
        let lines_there = vec![line("a", 1, 0, 0), line("b", 2, 0, 0)];
        let mut facts = seen(LineState::Acknowledged, lines_there);
        if let ParcelSight::Seen(parcel) = &mut facts.parcel {
            parcel.split = split;
        }
        let cargo = Cargo::new("1", "10", packed(lines)).with_part(part.clone());
        assert_eq!(
            reason(&facts.judge(&cargo)),
            expected,
            "{split:?} {part:?} {lines:?}"
        );
    }
}

#[test]
fn a_held_line_stops_the_others_of_its_parcel_too() {
    let lines = vec![line("a", 1, 0, 0), line("b", 2, 0, 1)];
    let facts = seen(LineState::Acknowledged, lines);
    let waiting = vec!["b".to_owned()];
    let cargo = Cargo::new("1", "10", packed(&[("a", 1)])).with_part(Part::First { waiting });
    assert_eq!(reason(&facts.judge(&cargo)), "LINE_HELD");
}

#[test]
fn counts_of_the_detail_decide_about_the_lines() {
    let table = [
        (vec![line("a", 2, 0, 1)], vec![("a", 2)], "LINE_HELD"),
        (vec![line("a", 2, 2, 0)], vec![("a", 2)], "ORDER_CANCELLED"),
        (vec![line("a", 2, 1, 0)], vec![("a", 2)], "QUANTITY_CHANGED"),
        (vec![line("a", 2, 1, 0)], vec![("a", 1)], "CLEAR"),
        (
            vec![line("a", 1, 0, 0), line("b", 1, 0, 0)],
            vec![("a", 1)],
            "PARCEL_CHANGED",
        ),
        (
            vec![line("a", 1, 0, 0), line("b", 1, 1, 0)],
            vec![("a", 1)],
            "CLEAR",
        ),
        (
            vec![line("a", 1, 0, 0)],
            vec![("a", 1), ("b", 1)],
            "PARCEL_CHANGED",
        ),
    ];
    for (lines, packed_lines, expected) in table {
        let facts = seen(LineState::Acknowledged, lines.clone());
        let judgement = facts.judge(&Cargo::new("1", "10", packed(&packed_lines)));
        assert_eq!(reason(&judgement), expected, "{lines:?} {packed_lines:?}");
    }
}

#[test]
fn a_claim_on_the_parcel_blocks_and_one_on_another_parcel_does_not() {
    let table = [
        (
            claim(ClaimKind::StopShipment, ClaimState::Requested, "10", "a", 1),
            "CANCEL_REQUESTED",
        ),
        (
            claim(ClaimKind::StopShipment, ClaimState::Unknown, "10", "a", 1),
            "CANCEL_REQUESTED",
        ),
        (
            claim(ClaimKind::Return, ClaimState::Requested, "10", "a", 1),
            "CLAIM_OPEN",
        ),
        (
            claim(ClaimKind::StopShipment, ClaimState::Completed, "10", "a", 1),
            "ORDER_CANCELLED",
        ),
        (
            claim(ClaimKind::Return, ClaimState::Completed, "10", "a", 1),
            "CLEAR",
        ),
        (
            claim(ClaimKind::StopShipment, ClaimState::Requested, "11", "a", 1),
            "CLEAR",
        ),
        (
            claim(ClaimKind::StopShipment, ClaimState::Requested, "", "a", 1),
            "CANCEL_REQUESTED",
        ),
        (
            claim(ClaimKind::StopShipment, ClaimState::Requested, "10", "z", 1),
            "CLEAR",
        ),
    ];
    for (claim, expected) in table {
        let mut facts = seen(LineState::Acknowledged, vec![line("a", 2, 0, 0)]);
        facts.claims = vec![claim.clone()];
        let judgement = facts.judge(&Cargo::new("1", "10", packed(&[("a", 2)])));
        assert_eq!(reason(&judgement), expected, "{claim:?}");
    }
}

#[test]
fn a_completed_cancel_that_the_detail_counts_leaves_the_rest_free() {
    let mut facts = seen(LineState::Acknowledged, vec![line("a", 2, 1, 0)]);
    facts.claims = vec![claim(
        ClaimKind::StopShipment,
        ClaimState::Completed,
        "10",
        "a",
        1,
    )];
    assert_eq!(
        facts.judge(&Cargo::new("1", "10", packed(&[("a", 1)]))),
        Judgement::Clear
    );
}
