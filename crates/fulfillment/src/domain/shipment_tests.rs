use super::*;
use moa_id::Ids;
use proptest::prelude::*;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn effect(number: u128) -> EffectId {
    EffectId::from_uuid(uuid::Uuid::from_u128(number))
}

fn shipment(state: ShipmentState, dispatches: &[ParcelDispatch]) -> Shipment {
    let ids = Ids::seeded(3);
    let account_id = ids.next();
    let order_id = ids.next();
    let key = |index: usize| ParcelKey {
        account_id,
        channel_parcel_id: format!("box-{index}"),
    };
    Shipment {
        merchant_id: ids.next(),
        id: ids.next(),
        version: 1,
        state,
        lines: (0..dispatches.len())
            .map(|index| ShipmentLine {
                order_id,
                line_id: ids.next(),
                channel_line_id: index.to_string(),
                quantity: 1,
                parcel: key(index),
                packed_as: None,
            })
            .collect(),
        parcels: dispatches
            .iter()
            .enumerate()
            .map(|(index, dispatch)| ShipmentParcel {
                key: key(index),
                order_id,
                channel_order_id: "9000".to_owned(),
                receiver: Receiver::default(),
                dispatch: dispatch.clone(),
            })
            .collect(),
        carrier: Carrier::CjLogistics,
        tracking_number: TrackingNumber::from_stored("680405450931".to_owned()),
        request_id: "r".to_owned(),
        created_by: String::new(),
        created_at: NOW,
        changed_at: NOW,
    }
}

fn held() -> ShipmentState {
    ShipmentState::Held {
        reason: "PARCEL_CHANGED".to_owned(),
        detail: String::new(),
    }
}

fn objection(reason: ObjectionReason) -> Objection {
    Objection {
        reason,
        detail: "because".to_owned(),
    }
}

fn states() -> [ShipmentState; 5] {
    [
        ShipmentState::Ready,
        ShipmentState::Dispatching,
        ShipmentState::Dispatched { at: NOW },
        held(),
        ShipmentState::Cancelled,
    ]
}

fn name(state: &ShipmentState) -> &'static str {
    match state {
        ShipmentState::Ready => "READY",
        ShipmentState::Dispatching => "DISPATCHING",
        ShipmentState::Dispatched { .. } => "DISPATCHED",
        ShipmentState::Held { .. } => "HELD",
        ShipmentState::Cancelled => "CANCELLED",
    }
}

/// Every state × every command → the state afterwards, or the refusal.
#[test]
fn every_pair_of_state_and_command_has_one_answer() {
    type Command = (&'static str, fn(&mut Shipment) -> Result<bool, String>);
    fn applied<T>(outcome: Outcome<T>) -> bool {
        matches!(outcome, Outcome::Applied(_))
    }
    fn settle(shipment: &mut Shipment, outcome: ParcelOutcome) -> Result<bool, String> {
        let key = shipment.parcels[0].key.clone();
        Ok(applied(shipment.settle(effect(1), &key, outcome, NOW)))
    }
    let commands: [Command; 7] = [
        ("dispatch", |s| {
            s.dispatch(&[]).map(applied).map_err(|e| e.to_string())
        }),
        ("dispatch with a cancel", |s| {
            s.dispatch(&[objection(ObjectionReason::OrderCancelled)])
                .map(applied)
                .map_err(|_| "refused".to_owned())
        }),
        ("object", |s| {
            Ok(applied(
                s.object(&objection(ObjectionReason::CancelRequested)),
            ))
        }),
        ("confirmed", |s| settle(s, ParcelOutcome::Confirmed)),
        ("unclear", |s| settle(s, ParcelOutcome::Unclear)),
        ("refused", |s| {
            settle(
                s,
                ParcelOutcome::Refused {
                    reason: "R".to_owned(),
                    detail: String::new(),
                },
            )
        }),
        ("cancel", |s| {
            s.cancel().map(applied).map_err(|e| format!("{e:?}"))
        }),
    ];
    let mut table = String::new();
    for state in states() {
        for (command, run) in &commands {
            let mut shipment = shipment(state.clone(), &[ParcelDispatch::NotAsked]);
            let before = name(&shipment.state);
            let answer = match run(&mut shipment) {
                Ok(true) => name(&shipment.state),
                Ok(false) => "-",
                Err(_) => "refused",
            };
            table.push_str(&format!("{before} + {command} = {answer}\n"));
        }
    }
    assert_eq!(
        table,
        "\
READY + dispatch = DISPATCHING
READY + dispatch with a cancel = refused
READY + object = HELD
READY + confirmed = DISPATCHED
READY + unclear = READY
READY + refused = HELD
READY + cancel = CANCELLED
DISPATCHING + dispatch = -
DISPATCHING + dispatch with a cancel = -
DISPATCHING + object = HELD
DISPATCHING + confirmed = DISPATCHED
DISPATCHING + unclear = DISPATCHING
DISPATCHING + refused = HELD
DISPATCHING + cancel = refused
DISPATCHED + dispatch = -
DISPATCHED + dispatch with a cancel = -
DISPATCHED + object = -
DISPATCHED + confirmed = DISPATCHED
DISPATCHED + unclear = DISPATCHED
DISPATCHED + refused = DISPATCHED
DISPATCHED + cancel = refused
HELD + dispatch = DISPATCHING
HELD + dispatch with a cancel = refused
HELD + object = HELD
HELD + confirmed = DISPATCHED
HELD + unclear = HELD
HELD + refused = HELD
HELD + cancel = CANCELLED
CANCELLED + dispatch = refused
CANCELLED + dispatch with a cancel = refused
CANCELLED + object = -
CANCELLED + confirmed = DISPATCHED
CANCELLED + unclear = CANCELLED
CANCELLED + refused = CANCELLED
CANCELLED + cancel = -
"
    );
}

#[test]
fn a_shipment_is_dispatched_when_its_last_parcel_is_confirmed() {
    let mut shipment = shipment(
        ShipmentState::Dispatching,
        &[
            ParcelDispatch::InFlight(effect(1)),
            ParcelDispatch::InFlight(effect(2)),
        ],
    );
    let keys: Vec<_> = shipment.parcels.iter().map(|p| p.key.clone()).collect();
    shipment.settle(effect(1), &keys[0], ParcelOutcome::Confirmed, NOW);
    assert_eq!(shipment.state, ShipmentState::Dispatching);
    shipment.settle(effect(2), &keys[1], ParcelOutcome::Confirmed, NOW);
    assert_eq!(shipment.state, ShipmentState::Dispatched { at: NOW });
}

#[test]
fn the_same_outcome_twice_changes_nothing() {
    let mut shipment = shipment(
        ShipmentState::Dispatching,
        &[ParcelDispatch::InFlight(effect(1))],
    );
    let key = shipment.parcels[0].key.clone();
    assert_eq!(
        shipment.settle(effect(1), &key, ParcelOutcome::Confirmed, NOW),
        Outcome::Applied(())
    );
    assert_eq!(
        shipment.settle(effect(1), &key, ParcelOutcome::Confirmed, NOW),
        Outcome::AlreadyApplied
    );
}

#[test]
fn a_held_shipment_cannot_be_taken_back_while_a_parcel_of_it_may_have_left() {
    for (dispatch, refusal) in [
        (
            ParcelDispatch::InFlight(effect(2)),
            CancelRefusal::Dispatching,
        ),
        (
            ParcelDispatch::Unclear(effect(2)),
            CancelRefusal::Dispatching,
        ),
        (
            ParcelDispatch::Confirmed(effect(2)),
            CancelRefusal::AlreadyDispatched,
        ),
    ] {
        let mut shipment = shipment(held(), &[ParcelDispatch::Refused(effect(1)), dispatch]);
        assert_eq!(shipment.cancel(), Err(refusal));
    }
}

#[test]
fn a_second_try_tells_only_the_parcels_that_were_refused() {
    let mut shipment = shipment(
        held(),
        &[
            ParcelDispatch::Confirmed(effect(1)),
            ParcelDispatch::Refused(effect(2)),
            ParcelDispatch::Unclear(effect(3)),
            ParcelDispatch::NotAsked,
        ],
    );
    let Ok(Outcome::Applied(parcels)) = shipment.dispatch(&[]) else {
        panic!("the dispatch was not begun")
    };
    let ids: Vec<_> = parcels
        .iter()
        .map(|key| key.channel_parcel_id.as_str())
        .collect();
    assert_eq!(ids, ["box-1", "box-3"]);
}

#[test]
fn an_open_demand_holds_the_shipment_instead_of_sending_it() {
    let mut shipment = shipment(ShipmentState::Ready, &[ParcelDispatch::NotAsked]);
    let begun = shipment.dispatch(&[objection(ObjectionReason::CancelRequested)]);
    assert_eq!(begun, Ok(Outcome::Applied(Vec::new())));
    assert_eq!(
        shipment.state,
        ShipmentState::Held {
            reason: "CANCEL_REQUESTED".to_owned(),
            detail: "because".to_owned()
        }
    );
}

#[derive(Debug, Clone)]
enum Step {
    Dispatch,
    Object,
    TakenBack(usize),
    Confirmed(usize),
    Unclear(usize),
    Refused(usize),
    Cancel,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Dispatch),
        Just(Step::Object),
        (0..3_usize).prop_map(Step::TakenBack),
        (0..3_usize).prop_map(Step::Confirmed),
        (0..3_usize).prop_map(Step::Unclear),
        (0..3_usize).prop_map(Step::Refused),
        Just(Step::Cancel),
    ]
}

proptest! {
    /// Outcomes come only for what was asked; whatever happens, nothing that left or may have left is taken back.
    #[test]
    fn no_story_takes_back_what_may_have_left(steps in prop::collection::vec(step(), 0..40)) {
        let mut shipment = shipment(ShipmentState::Ready, &[const { ParcelDispatch::NotAsked }; 3]);
        for step in steps {
            let outstanding = |shipment: &Shipment, index: usize| match shipment.parcels[index].dispatch {
                ParcelDispatch::InFlight(effect_id) | ParcelDispatch::Unclear(effect_id) => Some(effect_id),
                _ => None,
            };
            let settle = |shipment: &mut Shipment, index: usize, outcome: ParcelOutcome| {
                if let Some(effect_id) = outstanding(shipment, index) {
                    let key = shipment.parcels[index].key.clone();
                    shipment.settle(effect_id, &key, outcome, NOW);
                }
            };
            match step {
                Step::Dispatch => {
                    if let Ok(Outcome::Applied(parcels)) = shipment.dispatch(&[]) {
                        for key in parcels {
                            shipment.asked(&key, effect(1));
                        }
                    }
                }
                Step::Object => {
                    shipment.object(&objection(ObjectionReason::OrderCancelled));
                }
                Step::TakenBack(index) => {
                    if matches!(shipment.parcels[index].dispatch, ParcelDispatch::InFlight(_)) {
                        shipment.object(&objection(ObjectionReason::OrderCancelled));
                        shipment.taken_back(&[effect(1)]);
                    }
                }
                Step::Confirmed(index) => settle(&mut shipment, index, ParcelOutcome::Confirmed),
                Step::Unclear(index) => settle(&mut shipment, index, ParcelOutcome::Unclear),
                Step::Refused(index) => {
                    let (reason, detail) = ("R".to_owned(), String::new());
                    settle(&mut shipment, index, ParcelOutcome::Refused { reason, detail });
                }
                Step::Cancel => {
                    let _: Result<Outcome<()>, CancelRefusal> = shipment.cancel();
                }
            }
            let dispatches = || shipment.parcels.iter().map(|parcel| &parcel.dispatch);
            let all_confirmed = dispatches().all(|d| matches!(d, ParcelDispatch::Confirmed(_)));
            let is_dispatched = matches!(shipment.state, ShipmentState::Dispatched { .. });
            prop_assert_eq!(is_dispatched, all_confirmed);
            if shipment.state == ShipmentState::Cancelled {
                let untouched = dispatches().all(|d| matches!(d, ParcelDispatch::NotAsked | ParcelDispatch::Refused(_)));
                prop_assert!(untouched);
            }
        }
    }
}
