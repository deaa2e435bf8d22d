//! How what leaves the house is carried out: through channel-proxy, in batches of one channel account.

pub mod acknowledge;
pub mod answer_inquiry;
pub mod decide_claim;
pub mod dispatch;
pub mod parcels;

use chrono::{DateTime, TimeDelta, Utc};
use moa_effects::{ClaimedEffect, Probe, SendOutcome, Verdict};
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{never_left, parse_timestamp, reason_of};
use serde_json::{Value, json};
use tonic::{Code, Status};

use crate::domain::look::Looked;

/// Evidence as channel-proxy gave it: JSON text, kept as JSON where it is.
fn evidence(json_text: &str) -> Value {
    if json_text.is_empty() {
        return Value::Null;
    }
    serde_json::from_str(json_text)
        .unwrap_or_else(|_| Value::String(json_text.chars().take(2000).collect()))
}

/// A refused call in our words: its stable reason, or the code's name.
fn reason(status: &Status) -> String {
    reason_of(status).unwrap_or_else(|| match status.code() {
        Code::DeadlineExceeded => "CHANNEL_PROXY_TIMED_OUT".to_owned(),
        Code::Unavailable => "CHANNEL_PROXY_UNREACHABLE".to_owned(),
        _ => "CHANNEL_PROXY_FAILED".to_owned(),
    })
}

/// The same for people.
fn detail(status: &Status) -> String {
    format!("channel-proxy: {}", status.message())
}

/// What a look means for an effect.
fn verdict_of(looked: Looked, evidence: Value) -> Verdict {
    match looked {
        Looked::Clear => Verdict::Verified { evidence },
        Looked::AlreadyDone => Verdict::AlreadyDone { evidence },
        Looked::Against(reason, detail) => Verdict::Blocked {
            reason: reason.to_owned(),
            detail,
            evidence,
        },
    }
}

/// When a look that could not be made is made again.
fn look_again(status: &Status, now: DateTime<Utc>) -> DateTime<Utc> {
    let pause = match status.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::Aborted => TimeDelta::seconds(5),
        _ => TimeDelta::seconds(60),
    };
    now + pause
}

/// What came of a whole call that failed. Only a refusal that channel-proxy makes before it does anything proves that
/// nothing left, and that nobody listened for the call.
fn failed_send(status: &Status) -> SendOutcome {
    let (reason, detail) = (reason(status), detail(status));
    let evidence = json!({ "code": format!("{:?}", status.code()) });
    match status.code() {
        Code::InvalidArgument
        | Code::NotFound
        | Code::FailedPrecondition
        | Code::PermissionDenied
        | Code::Unauthenticated
        | Code::Unimplemented
        | Code::ResourceExhausted => SendOutcome::RefusedLater {
            at: None,
            reason,
            detail,
            evidence,
        },
        _ if never_left(status) => SendOutcome::RefusedLater {
            at: None,
            reason,
            detail,
            evidence,
        },
        _ => SendOutcome::Unclear {
            reason,
            detail,
            evidence,
        },
    }
}

/// What came of each write, in the batch's order.
fn send_outcomes(
    batch: &[ClaimedEffect],
    results: Result<Vec<pb::WriteResult>, Status>,
) -> Vec<SendOutcome> {
    let mut results = match results {
        Ok(results) => results,
        Err(status) => return batch.iter().map(|_| failed_send(&status)).collect(),
    };
    let mut outcomes = Vec::with_capacity(batch.len());
    for effect in batch {
        let id = effect.effect_id.to_string();
        let position = results.iter().position(|result| result.effect_id == id);
        outcomes.push(match position {
            Some(position) => send_outcome(results.swap_remove(position)),
            None => SendOutcome::Unclear {
                reason: "ANSWER_MISSING".to_owned(),
                detail: "channel-proxy gave no answer for this effect".to_owned(),
                evidence: Value::Null,
            },
        });
    }
    outcomes
}

fn send_outcome(result: pb::WriteResult) -> SendOutcome {
    let outcome = result.outcome();
    let evidence = evidence(&result.evidence_json);
    let (reason, detail) = (result.reason, result.detail);
    match outcome {
        pb::WriteOutcome::Confirmed => SendOutcome::Confirmed { evidence },
        pb::WriteOutcome::RefusedFinal => SendOutcome::RefusedFinal {
            reason,
            detail,
            evidence,
        },
        pb::WriteOutcome::RefusedLater => {
            let at = result
                .retry_at
                .and_then(|at| parse_timestamp("retry_at", Some(at)).ok());
            SendOutcome::RefusedLater {
                at,
                reason,
                detail,
                evidence,
            }
        }
        pb::WriteOutcome::Blocked => SendOutcome::Blocked {
            reason,
            detail,
            evidence,
        },
        pb::WriteOutcome::Unclear => SendOutcome::Unclear {
            reason,
            detail,
            evidence,
        },
        // A word that this version does not know: whether it happened is not known either.
        pb::WriteOutcome::Unspecified => SendOutcome::Unclear {
            reason: "OUTCOME_NOT_UNDERSTOOD".to_owned(),
            detail,
            evidence,
        },
    }
}

/// What a look at an unknown outcome said.
fn probe_outcome(answer: Result<pb::ProbeEffectResponse, Status>, now: DateTime<Utc>) -> Probe {
    let answer = match answer {
        Ok(answer) => answer,
        Err(status) => {
            return Probe::Later {
                at: look_again(&status, now),
                reason: reason(&status),
                detail: detail(&status),
            };
        }
    };
    let verdict = answer.verdict();
    let evidence = evidence(&answer.evidence_json);
    let (reason, detail) = (answer.reason, answer.detail);
    match verdict {
        pb::ProbeVerdict::Happened => Probe::Happened { evidence },
        pb::ProbeVerdict::Clean => Probe::Clean { evidence },
        pb::ProbeVerdict::Blocked => Probe::Blocked {
            reason,
            detail,
            evidence,
        },
        pb::ProbeVerdict::Conflict => Probe::Conflict {
            reason,
            detail,
            evidence,
        },
        pb::ProbeVerdict::Later | pb::ProbeVerdict::Unspecified => Probe::Later {
            at: now + TimeDelta::seconds(60),
            reason,
            detail,
        },
    }
}
