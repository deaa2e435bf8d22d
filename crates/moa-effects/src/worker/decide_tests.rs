use super::*;
use crate::machine::Position;
use crate::retry::Tries;
use crate::{Effect, EffectKind};
use moa_id::{Ids, MerchantId};
use uuid::Uuid;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn seconds(n: i64) -> TimeDelta {
    TimeDelta::seconds(n)
}

/// An effect whose send ends at its deadline in 30 seconds.
fn row(state: EffectState, made: i32) -> Row {
    let ids = Ids::seeded(1);
    Row {
        effect: Effect {
            effect_id: ids.next(),
            merchant_id: ids.next::<MerchantId>(),
            kind: EffectKind::Dispatch,
            state,
            account_id: Uuid::nil(),
            subject_id: Uuid::nil(),
            order_id: None,
            dedupe_key: "dispatch:1".to_owned(),
            payload: Value::Null,
            evidence: Value::Null,
            fence: 3,
            attempt_count: made,
            reason: String::new(),
            detail: String::new(),
            next_attempt_at: now(),
            give_up_at: None,
            created_at: now(),
            updated_at: now(),
        },
        position: Position {
            state,
            fence: 3,
            clean_probes: 0,
            stopped: false,
        },
        tries: Tries {
            made,
            give_up_at: None,
        },
        stop: None,
        send_deadline_at: Some(now() + seconds(30)),
        now: now(),
    }
}

fn stopped(state: EffectState) -> Row {
    let mut row = row(state, 1);
    row.position.stopped = true;
    row.stop = Some((
        "ORDER_CANCELLED".to_owned(),
        "the customer cancelled".to_owned(),
    ));
    row
}

fn pace() -> Pace {
    Pace {
        retry: RetrySchedule::default(),
        probe_spacing: Duration::from_secs(1800),
    }
}

fn decided(row: &Row, answer: Answer) -> Move {
    decide(row, answer, &pace(), 0.5).unwrap()
}

fn refused_later(at: Option<DateTime<Utc>>) -> Answer {
    Answer::Sent(SendOutcome::RefusedLater {
        at,
        reason: "RATE_LIMITED".to_owned(),
        detail: "too many calls".to_owned(),
        evidence: Value::Null,
    })
}

fn unclear() -> Answer {
    Answer::Sent(SendOutcome::Unclear {
        reason: "TIMEOUT".to_owned(),
        detail: "no answer".to_owned(),
        evidence: Value::Null,
    })
}

fn clean() -> Answer {
    Answer::Probed(Probe::Clean {
        evidence: Value::Null,
    })
}

#[test]
fn an_unknown_outcome_is_left_alone_until_two_minutes_past_the_deadline() {
    for answer in [unclear(), Answer::LeaseLost] {
        let next = decided(&row(EffectState::Sending, 1), answer);
        assert_eq!(next.to.state, EffectState::Unknown);
        assert_eq!(next.next_attempt_at, Some(now() + seconds(30 + 120)));
    }
}

#[test]
fn a_lost_claim_is_due_at_once() {
    let next = decided(&row(EffectState::Claimed, 0), Answer::LeaseLost);
    assert_eq!(
        (next.to.state, next.next_attempt_at),
        (EffectState::Pending, Some(now()))
    );
    assert_eq!(next.to.fence, 4);
}

#[test]
fn a_temporary_refusal_follows_the_schedule_unless_a_time_was_named() {
    let sending = row(EffectState::Sending, 2);
    assert_eq!(
        decided(&sending, refused_later(None)).next_attempt_at,
        Some(now() + seconds(30))
    );
    let named = Some(now() + seconds(77));
    assert_eq!(
        decided(&sending, refused_later(named)).next_attempt_at,
        named
    );
}

#[test]
fn the_tenth_refusal_is_the_last_even_when_a_time_was_named() {
    for at in [None, Some(now() + seconds(5))] {
        let next = decided(&row(EffectState::Sending, 10), refused_later(at));
        assert_eq!(
            (next.to.state, next.next_attempt_at),
            (EffectState::Dead, None)
        );
        assert_eq!(next.reason, "RATE_LIMITED");
    }
}

#[test]
fn a_second_clean_probe_waits_for_the_spacing_and_then_it_goes_again() {
    let mut unknown = row(EffectState::Unknown, 1);
    let first = decided(&unknown, clean());
    assert_eq!(
        (first.to.state, first.to.clean_probes),
        (EffectState::Unknown, 1)
    );
    assert_eq!(first.next_attempt_at, Some(now() + seconds(1800)));
    unknown.position = first.to;
    let second = decided(&unknown, clean());
    assert_eq!(
        (second.to.state, second.next_attempt_at),
        (EffectState::Pending, Some(now()))
    );
}

#[test]
fn what_was_to_be_stopped_is_blocked_for_the_reason_of_the_stop() {
    let next = decided(&stopped(EffectState::Sending), refused_later(None));
    assert_eq!(
        (next.to.state, next.reason.as_str()),
        (EffectState::Blocked, "ORDER_CANCELLED")
    );
    let mut unknown = stopped(EffectState::Unknown);
    unknown.position.clean_probes = 1;
    let next = decided(&unknown, clean());
    assert_eq!(
        (next.to.state, next.reason.as_str()),
        (EffectState::Blocked, "ORDER_CANCELLED")
    );
}

#[test]
fn a_refusal_of_their_own_keeps_its_own_reason() {
    let blocked = Answer::Sent(SendOutcome::Blocked {
        reason: "CLAIM_OPEN".to_owned(),
        detail: "a claim is open".to_owned(),
        evidence: Value::Null,
    });
    assert_eq!(
        decided(&stopped(EffectState::Sending), blocked).reason,
        "CLAIM_OPEN"
    );
}

#[test]
fn a_confirmation_somebody_wanted_to_prevent_is_taken_back() {
    let mut row = stopped(EffectState::Confirmed);
    let repair = take_back(&row).unwrap();
    assert_eq!(
        (repair.to.state, repair.reason.as_str()),
        (EffectState::Repair, "ORDER_CANCELLED")
    );
    row.stop = None;
    assert!(take_back(&row).is_none());
}

#[test]
fn kinds_without_a_probe_assume_or_ask() {
    let unknown = row(EffectState::Unknown, 1);
    let assumed = decided(
        &unknown,
        Answer::Probed(Probe::NoProbe(NoProbe::AssumeSent)),
    );
    assert_eq!(
        (assumed.to.state, assumed.reason.as_str()),
        (EffectState::Confirmed, "ASSUMED_SENT")
    );
    let asked = decided(&unknown, Answer::Probed(Probe::NoProbe(NoProbe::AskPerson)));
    assert_eq!(
        (asked.to.state, asked.reason.as_str()),
        (EffectState::Conflict, "OUTCOME_UNKNOWN")
    );
}

#[test]
fn an_answer_to_another_question_is_refused() {
    assert!(decide(&row(EffectState::Pending, 0), unclear(), &pace(), 0.5).is_err());
    assert!(decide(&row(EffectState::Sending, 1), clean(), &pace(), 0.5).is_err());
}
