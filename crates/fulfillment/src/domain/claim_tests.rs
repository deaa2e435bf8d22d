use moa_id::Ids;

use super::*;

fn taken(action: Action, standing: Standing) -> Taken {
    Taken {
        action,
        effect_id: Ids::seeded(1).next(),
        standing,
        request_id: "first".to_owned(),
    }
}

fn open(actions: &[Action]) -> StoredClaim<'_> {
    StoredClaim {
        is_open: true,
        actions,
    }
}

#[test]
fn a_claim_takes_one_step_at_a_time_and_each_once() {
    use Action::{Approve, Reject};
    let claim = open(&[Approve, Reject]);
    assert_eq!(decide(&claim, Approve, &[], "r"), Ok(Step::Intend(0)));
    let under_way = [taken(Reject, Standing::UnderWay)];
    assert_eq!(
        decide(&claim, Approve, &under_way, "r"),
        Err(ClaimRefusal::UnderWay(Reject)),
        "a refund does not leave while a refusal is on its way"
    );
    let given = [taken(Approve, Standing::Given)];
    assert_eq!(
        decide(&claim, Approve, &given, "r"),
        Err(ClaimRefusal::AlreadyDecided)
    );
    assert_eq!(
        decide(&claim, Approve, &given, "first"),
        Ok(Step::Nothing(given[0].effect_id))
    );
    let failed = [taken(Approve, Standing::Failed)];
    assert_eq!(
        decide(&claim, Approve, &failed, "r"),
        Ok(Step::TryAgain(failed[0].effect_id))
    );
}

#[test]
fn a_refund_is_held_as_often_as_needed() {
    let claim = open(&[Action::Hold]);
    let before = [taken(Action::Hold, Standing::Given)];
    assert_eq!(
        decide(&claim, Action::Hold, &before, "r"),
        Ok(Step::Intend(1))
    );
}

#[test]
fn what_the_channel_does_not_offer_is_refused_with_what_it_offers() {
    let claim = open(&[Action::ConfirmCollected, Action::Reject]);
    let refused = decide(&claim, Action::Approve, &[], "r").unwrap_err();
    assert_eq!(
        refused,
        ClaimRefusal::NotPossible("CONFIRM_COLLECTED, REJECT".to_owned())
    );
    let over = StoredClaim {
        is_open: false,
        actions: &[],
    };
    assert_eq!(
        decide(&over, Action::Approve, &[], "r"),
        Err(ClaimRefusal::AlreadyDecided)
    );
}

fn sight() -> Sight {
    Sight {
        state: ClaimState::Open,
        is_collected: false,
        is_held: false,
        actions: Action::ALL.to_vec(),
        quantity: 2,
        collections: Vec::new(),
        reshipment: Some(String::new()),
    }
}

fn doing(action: Action) -> Doing<'static> {
    Doing {
        action,
        tracking_number: "6804-0545-0931",
        quantity: 2,
    }
}

fn reason(looked: Looked) -> &'static str {
    match looked {
        Looked::Clear => "clear",
        Looked::AlreadyDone => "done",
        Looked::Against(reason, _) => reason,
    }
}

#[test]
fn money_moves_only_while_the_claim_is_as_it_was_decided() {
    let approve = doing(Action::Approve);
    assert_eq!(reason(judge(Some(&sight()), &approve)), "clear");
    assert_eq!(reason(judge(None, &approve)), "CLAIM_WITHDRAWN");
    for (change, expected) in [
        (
            Sight {
                state: ClaimState::Withdrawn,
                ..sight()
            },
            "CLAIM_WITHDRAWN",
        ),
        (
            Sight {
                state: ClaimState::Completed,
                ..sight()
            },
            "done",
        ),
        (
            Sight {
                state: ClaimState::Rejected,
                ..sight()
            },
            "CLAIM_REJECTED",
        ),
        (
            Sight {
                quantity: 3,
                ..sight()
            },
            "QUANTITY_CHANGED",
        ),
        (
            Sight {
                actions: vec![Action::Hold],
                ..sight()
            },
            "CLAIM_STATE_CHANGED",
        ),
    ] {
        assert_eq!(reason(judge(Some(&change), &approve)), expected);
    }
}

#[test]
fn an_exchange_s_parcel_is_told_one_number() {
    let reship = doing(Action::Reship);
    for (there, expected) in [
        (Some(""), "clear"),
        (Some("680405450931"), "done"),
        (Some("111122223333"), "TRACKING_NUMBER_DIFFERS"),
        (None, "PARCEL_NOT_FOUND"),
    ] {
        let shown = Sight {
            reshipment: there.map(str::to_owned),
            ..sight()
        };
        assert_eq!(reason(judge(Some(&shown), &reship)), expected);
    }
}

#[test]
fn what_stands_already_is_not_told_again() {
    let collected = Sight {
        is_collected: true,
        ..sight()
    };
    assert_eq!(
        reason(judge(Some(&collected), &doing(Action::ConfirmCollected))),
        "done"
    );
    let held = Sight {
        is_held: true,
        ..sight()
    };
    assert_eq!(reason(judge(Some(&held), &doing(Action::Hold))), "done");
    assert_eq!(reason(judge(Some(&held), &doing(Action::Release))), "clear");
    assert_eq!(
        reason(judge(Some(&sight()), &doing(Action::Release))),
        "done"
    );
}

#[test]
fn stored_words_read_back() {
    for action in Action::ALL {
        assert_eq!(Action::parse(action.as_str()), Some(*action));
    }
    for kind in ClaimKind::ALL {
        assert_eq!(ClaimKind::parse(kind.as_str()), Some(*kind));
    }
}
