use super::*;
use moa_id::Ids;

fn reason(change: impl FnOnce(&mut LineSnapshot), packed: i32) -> Option<ObjectionReason> {
    let mut line = fixtures::line(&Ids::seeded(1), "1", 3).snapshot;
    change(&mut line);
    line.objection(packed).map(|objection| objection.reason)
}

#[test]
fn nothing_speaks_against_an_untouched_line() {
    assert_eq!(reason(|_| {}, 3), None);
}

#[test]
fn every_kind_of_cancel_speaks_against_sending() {
    assert_eq!(
        reason(|l| l.state = LineState::Cancelled, 1),
        Some(ObjectionReason::OrderCancelled)
    );
    assert_eq!(
        reason(|l| l.state = LineState::Returned, 1),
        Some(ObjectionReason::OrderCancelled)
    );
    assert_eq!(
        reason(|l| l.cancelled_quantity = 1, 3),
        Some(ObjectionReason::OrderCancelled)
    );
    assert_eq!(
        reason(|l| l.cancelled_quantity = 3, 0),
        Some(ObjectionReason::OrderCancelled)
    );
    assert_eq!(
        reason(|l| l.held_quantity = 1, 1),
        Some(ObjectionReason::CancelRequested)
    );
    assert_eq!(
        reason(|l| l.open_claim = Some(OpenClaim::Cancel), 1),
        Some(ObjectionReason::CancelRequested)
    );
    assert_eq!(
        reason(|l| l.open_claim = Some(OpenClaim::AfterSale), 1),
        Some(ObjectionReason::ClaimOpen)
    );
}

#[test]
fn only_a_cancel_before_arrival_takes_a_parcel_back() {
    let repair = |state, cancelled_quantity, open_claim| {
        let mut line = fixtures::line(&Ids::seeded(1), "1", 1).snapshot;
        (line.state, line.cancelled_quantity, line.open_claim) =
            (state, cancelled_quantity, open_claim);
        line.repair(1).map(|objection| objection.reason)
    };
    assert_eq!(repair(LineState::Dispatched, 0, None), None);
    assert_eq!(
        repair(LineState::Dispatched, 1, None),
        Some(ObjectionReason::OrderCancelled)
    );
    assert_eq!(
        repair(LineState::Cancelled, 0, None),
        Some(ObjectionReason::OrderCancelled)
    );
    assert_eq!(
        repair(LineState::Dispatched, 0, Some(OpenClaim::Cancel)),
        Some(ObjectionReason::CancelRequested)
    );
    assert_eq!(
        repair(LineState::Dispatched, 0, Some(OpenClaim::AfterSale)),
        None
    );
    // A return whose units the channel shows as held is no cancel.
    let mut returned = fixtures::line(&Ids::seeded(1), "1", 1).snapshot;
    (returned.state, returned.held_quantity) = (LineState::Dispatched, 1);
    returned.open_claim = Some(OpenClaim::AfterSale);
    assert_eq!(returned.repair(1), None);
    for arrived in [
        LineState::Delivered,
        LineState::Confirmed,
        LineState::Returned,
    ] {
        assert_eq!(repair(arrived, 1, None), None);
    }
}

#[test]
fn what_is_left_after_a_partial_cancel_may_go() {
    assert_eq!(reason(|l| l.cancelled_quantity = 1, 2), None);
}
