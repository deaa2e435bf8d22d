use super::*;
use proptest::prelude::*;

const EVENTS: &[Event] = &[
    Event::Claim,
    Event::Verified,
    Event::VerifiedLater { give_up: false },
    Event::VerifiedLater { give_up: true },
    Event::VerifiedBlocked,
    Event::AlreadyDone,
    Event::SendBegun,
    Event::SendConfirmed,
    Event::SendRefused,
    Event::SendLater { give_up: false },
    Event::SendLater { give_up: true },
    Event::SendBlocked,
    Event::SendUnclear,
    Event::LeaseLost,
    Event::ProbeHappened,
    Event::ProbeClean { give_up: false },
    Event::ProbeClean { give_up: true },
    Event::ProbeBlocked,
    Event::ProbeConflict,
    Event::ProbeLater,
    Event::Stop,
    Event::Redrive,
];

/// Every pair that is allowed: from, event, to, and whether the fence is raised. All others are refused.
const TABLE: &[(EffectState, Event, EffectState, bool)] = &[
    (Pending, Event::Claim, Claimed, true),
    (Pending, Event::Stop, Blocked, true),
    (Retryable, Event::Claim, Claimed, true),
    (Retryable, Event::Stop, Blocked, true),
    (Claimed, Event::Verified, Verified, false),
    (
        Claimed,
        Event::VerifiedLater { give_up: false },
        Retryable,
        false,
    ),
    (Claimed, Event::VerifiedLater { give_up: true }, Dead, false),
    (Claimed, Event::VerifiedBlocked, Blocked, false),
    (Claimed, Event::AlreadyDone, Confirmed, false),
    (Claimed, Event::LeaseLost, Pending, true),
    (Claimed, Event::Stop, Blocked, true),
    (Verified, Event::SendBegun, Sending, false),
    (Verified, Event::LeaseLost, Pending, true),
    (Verified, Event::Stop, Blocked, true),
    (Sending, Event::SendConfirmed, Confirmed, false),
    (Sending, Event::SendRefused, Rejected, false),
    (
        Sending,
        Event::SendLater { give_up: false },
        Retryable,
        false,
    ),
    (Sending, Event::SendLater { give_up: true }, Dead, false),
    (Sending, Event::SendBlocked, Blocked, false),
    (Sending, Event::SendUnclear, Unknown, false),
    (Sending, Event::LeaseLost, Unknown, true),
    (Sending, Event::Stop, Sending, false),
    (Unknown, Event::Claim, Unknown, true),
    (Unknown, Event::ProbeHappened, Confirmed, false),
    (
        Unknown,
        Event::ProbeClean { give_up: false },
        Unknown,
        false,
    ),
    (Unknown, Event::ProbeClean { give_up: true }, Unknown, false),
    (Unknown, Event::ProbeBlocked, Blocked, false),
    (Unknown, Event::ProbeConflict, Conflict, false),
    (Unknown, Event::ProbeLater, Unknown, false),
    (Unknown, Event::Stop, Unknown, false),
    (Confirmed, Event::Stop, Repair, true),
    (Rejected, Event::Redrive, Pending, true),
    (Blocked, Event::Redrive, Pending, true),
    (Conflict, Event::Redrive, Pending, true),
    (Dead, Event::Redrive, Pending, true),
];

fn at(state: EffectState) -> Position {
    Position {
        state,
        fence: 7,
        clean_probes: 0,
        stopped: false,
    }
}

#[test]
fn every_pair_of_state_and_event_is_in_the_table_or_refused() {
    for &state in EffectState::ALL {
        for &event in EVENTS {
            let row = TABLE.iter().find(|row| row.0 == state && row.1 == event);
            match (row, at(state).apply(event)) {
                (Some(&(_, _, to, raised)), Ok(next)) => {
                    assert_eq!(
                        (next.state, next.fence),
                        (to, 7 + i64::from(raised)),
                        "{state} {event:?}"
                    );
                }
                (None, refused) => assert_eq!(refused, Err(NotAllowed { from: state, event })),
                (Some(_), Err(error)) => panic!("{error}"),
            }
        }
    }
}

#[test]
fn two_clean_probes_make_it_pending_and_one_does_not() {
    let clean = Event::ProbeClean { give_up: false };
    let once = at(Unknown).apply(clean).unwrap();
    assert_eq!((once.state, once.clean_probes), (Unknown, 1));
    let twice = once.apply(clean).unwrap();
    assert_eq!((twice.state, twice.clean_probes), (Pending, 0));
}

#[test]
fn without_attempts_left_two_clean_probes_end_it() {
    let clean = Event::ProbeClean { give_up: true };
    assert_eq!(
        at(Unknown)
            .apply(clean)
            .unwrap()
            .apply(clean)
            .unwrap()
            .state,
        Dead
    );
}

#[test]
fn what_was_stopped_while_it_was_out_does_not_go_again() {
    for event in [
        Event::SendLater { give_up: false },
        Event::SendLater { give_up: true },
    ] {
        let stopped = at(Sending).apply(Event::Stop).unwrap();
        assert_eq!(stopped.apply(event).unwrap().state, Blocked);
    }
    let clean = Event::ProbeClean { give_up: false };
    let stopped = at(Unknown).apply(Event::Stop).unwrap();
    assert_eq!(
        stopped.apply(clean).unwrap().apply(clean).unwrap().state,
        Blocked
    );
}

#[test]
fn a_wish_to_stop_survives_the_way_to_unknown() {
    for event in [Event::SendUnclear, Event::LeaseLost] {
        let next = at(Sending)
            .apply(Event::Stop)
            .unwrap()
            .apply(event)
            .unwrap();
        assert_eq!((next.state, next.stopped), (Unknown, true));
    }
}

#[test]
fn a_redrive_forgets_the_wish_to_stop_and_the_probes() {
    let blocked = Position {
        stopped: true,
        clean_probes: 1,
        ..at(Blocked)
    };
    let next = blocked.apply(Event::Redrive).unwrap();
    assert_eq!(
        next,
        Position {
            state: Pending,
            fence: 8,
            clean_probes: 0,
            stopped: false
        }
    );
}

proptest! {
    #[test]
    fn no_history_breaks_the_promises(history in prop::collection::vec(prop::sample::select(EVENTS), 0..200)) {
        let mut now = Position::new();
        for event in history {
            let Ok(next) = now.apply(event) else { continue };
            prop_assert!(next.fence >= now.fence, "the fence only grows");
            if next.state == Sending && now.state != Sending {
                prop_assert_eq!(now.state, Verified, "nothing is sent without a look");
            }
            if matches!(now.state, Sending | Unknown) && matches!(next.state, Pending | Retryable) {
                prop_assert!(!now.stopped, "what was stopped does not go again");
                prop_assert!(
                    matches!(event, Event::SendLater { .. }) || now.clean_probes + 1 == CLEAN_PROBES,
                    "it goes again only after a documented refusal or two clean probes"
                );
            }
            if now.state == Confirmed {
                prop_assert_eq!(next.state, Repair, "what happened can only be taken back");
            }
            prop_assert!(now.state != Repair, "repair is the end");
            if next.stopped {
                prop_assert!(
                    !matches!(next.state, Pending | Claimed | Verified | Retryable),
                    "a wish to stop is never on its way out"
                );
            }
            now = next;
        }
    }
}
