//! From an answer to a transition: pure.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::ledger::{Move, Row};
use crate::machine::{Event, NotAllowed};
use crate::retry::Next;
use crate::{EffectState, NoProbe, Probe, QUARANTINE, RetrySchedule, SendOutcome, Verdict};

/// What a worker learnt about an effect.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Looked(Verdict),
    Sent(SendOutcome),
    Probed(Probe),
    LeaseLost,
}

/// How a kind is retried and probed.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    pub(crate) retry: RetrySchedule,
    pub(crate) probe_spacing: Duration,
}

/// What an answer says, apart from where it leads.
struct Said {
    event: Event,
    reason: String,
    detail: String,
    evidence: Value,
    next_attempt_at: Option<DateTime<Utc>>,
}

impl Said {
    fn plain(event: Event, evidence: Value) -> Self {
        Self::because(event, String::new(), String::new(), evidence)
    }

    fn because(event: Event, reason: String, detail: String, evidence: Value) -> Self {
        Self {
            event,
            reason,
            detail,
            evidence,
            next_attempt_at: None,
        }
    }

    fn at(self, time: DateTime<Utc>) -> Self {
        Self {
            next_attempt_at: Some(time),
            ..self
        }
    }
}

/// The transition an answer leads to. `dice` lies in 0..1.
pub(crate) fn decide(
    row: &Row,
    answer: Answer,
    pace: &Pace,
    dice: f64,
) -> Result<Move, NotAllowed> {
    let said = match answer {
        Answer::Looked(verdict) => looked(row, verdict, pace),
        Answer::Sent(outcome) => sent(row, outcome, pace, dice),
        Answer::Probed(probe) => probed(row, probe, pace),
        Answer::LeaseLost => lease_lost(row),
    };
    let to = row.position.apply(said.event)?;
    let (reason, detail) = match &row.stop {
        // It would have gone again, had nobody asked to stop it.
        Some((reason, detail)) if held_back(said.event, to.state) => {
            (reason.clone(), detail.clone())
        }
        _ => (said.reason, said.detail),
    };
    let next_attempt_at = if to.state.is_resting() {
        None
    } else {
        said.next_attempt_at
    };
    Ok(Move {
        next_attempt_at,
        ..Move::new(row, to, reason, detail, said.evidence)
    })
}

/// What follows a confirmation that somebody asked to prevent.
pub(crate) fn take_back(confirmed: &Row) -> Option<Move> {
    let (reason, detail) = confirmed.stop.clone()?;
    let to = confirmed.position.apply(Event::Stop).ok()?;
    (to.state == EffectState::Repair).then(|| Move::new(confirmed, to, reason, detail, Value::Null))
}

fn held_back(event: Event, to: EffectState) -> bool {
    to == EffectState::Blocked
        && matches!(event, Event::SendLater { .. } | Event::ProbeClean { .. })
}

fn looked(row: &Row, verdict: Verdict, pace: &Pace) -> Said {
    match verdict {
        // Verified effects go on by `begin_send`; one that comes here was not sent and is looked at again.
        Verdict::Verified { evidence } => Said::because(
            Event::VerifiedLater { give_up: false },
            "NOT_SENT".to_owned(),
            "the worker stopped between looking and sending".to_owned(),
            evidence,
        )
        .at(row.now),
        Verdict::Blocked {
            reason,
            detail,
            evidence,
        } => Said::because(Event::VerifiedBlocked, reason, detail, evidence),
        Verdict::AlreadyDone { evidence } => Said::plain(Event::AlreadyDone, evidence),
        Verdict::Later { at, reason, detail } => {
            let next = pace.retry.at_named_time(row.tries, row.now, at);
            timed(
                next,
                |give_up| Event::VerifiedLater { give_up },
                reason,
                detail,
                Value::Null,
            )
        }
    }
}

fn sent(row: &Row, outcome: SendOutcome, pace: &Pace, dice: f64) -> Said {
    match outcome {
        SendOutcome::Confirmed { evidence } => Said::plain(Event::SendConfirmed, evidence),
        SendOutcome::RefusedFinal {
            reason,
            detail,
            evidence,
        } => Said::because(Event::SendRefused, reason, detail, evidence),
        SendOutcome::Blocked {
            reason,
            detail,
            evidence,
        } => Said::because(Event::SendBlocked, reason, detail, evidence),
        SendOutcome::Unclear {
            reason,
            detail,
            evidence,
        } => Said::because(Event::SendUnclear, reason, detail, evidence).at(first_probe(row)),
        SendOutcome::RefusedLater {
            at,
            reason,
            detail,
            evidence,
        } => {
            let next = match (pace.retry.after_failure(row.tries, row.now, dice), at) {
                (Next::At(_), Some(named)) => pace.retry.at_named_time(row.tries, row.now, named),
                (next, _) => next,
            };
            timed(
                next,
                |give_up| Event::SendLater { give_up },
                reason,
                detail,
                evidence,
            )
        }
    }
}

fn probed(row: &Row, probe: Probe, pace: &Pace) -> Said {
    match probe {
        Probe::Happened { evidence } => Said::plain(Event::ProbeHappened, evidence),
        Probe::Blocked {
            reason,
            detail,
            evidence,
        } => Said::because(Event::ProbeBlocked, reason, detail, evidence),
        Probe::Conflict {
            reason,
            detail,
            evidence,
        } => Said::because(Event::ProbeConflict, reason, detail, evidence),
        Probe::Later { at, reason, detail } => {
            Said::because(Event::ProbeLater, reason, detail, Value::Null).at(soonest(row, at))
        }
        Probe::Clean { evidence } => {
            let give_up = pace.retry.is_used_up(row.tries, row.now);
            let event = Event::ProbeClean { give_up };
            let ends = row
                .position
                .apply(event)
                .is_ok_and(|to| to.state != EffectState::Unknown);
            let spacing = TimeDelta::from_std(pace.probe_spacing).unwrap_or(TimeDelta::days(1));
            let next = if ends {
                row.now
            } else {
                soonest(row, row.now + spacing)
            };
            let detail = if ends {
                "two probes in a row found no trace of it"
            } else {
                "a probe found no trace of it; a second one decides"
            };
            Said::because(
                event,
                "PROBED_CLEAN".to_owned(),
                detail.to_owned(),
                evidence,
            )
            .at(next)
        }
        Probe::NoProbe(NoProbe::AssumeSent) => Said::because(
            Event::ProbeHappened,
            "ASSUMED_SENT".to_owned(),
            "nobody can be asked, so it counts as sent".to_owned(),
            json!({ "assumed": true }),
        ),
        Probe::NoProbe(NoProbe::AskPerson) => Said::because(
            Event::ProbeConflict,
            "OUTCOME_UNKNOWN".to_owned(),
            "nobody can be asked whether it was sent; look there and decide".to_owned(),
            Value::Null,
        ),
    }
}

fn lease_lost(row: &Row) -> Said {
    let said = Said::because(
        Event::LeaseLost,
        "LEASE_LOST".to_owned(),
        "its worker did not come back in time".to_owned(),
        Value::Null,
    );
    match row.effect.state {
        EffectState::Sending => said.at(first_probe(row)),
        _ => said.at(row.now),
    }
}

fn timed(
    next: Next,
    event: impl Fn(bool) -> Event,
    reason: String,
    detail: String,
    evidence: Value,
) -> Said {
    match next {
        Next::At(at) => Said::because(event(false), reason, detail, evidence).at(at),
        Next::GiveUp => Said::because(event(true), reason, detail, evidence),
    }
}

/// What was sent may be on its way until the deadline, and be worked on for a while after it.
fn first_probe(row: &Row) -> DateTime<Utc> {
    row.send_deadline_at.unwrap_or(row.now)
        + TimeDelta::from_std(QUARANTINE).unwrap_or(TimeDelta::days(1))
}

fn soonest(row: &Row, at: DateTime<Utc>) -> DateTime<Utc> {
    at.max(row.now + TimeDelta::seconds(1))
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
