//! Answers, and each documented refusal in our words. What is answered is personal data: it stands in no evidence.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::lists::{self, Sight};
use crate::channel::coupang::calls::{encoded, tell, vendor_id, vendor_path};
use crate::channel::coupang::errors::Refusal;
use crate::channel::coupang::writes::{evidence, number, whole_refusal};
use crate::channel::{Session, trace};
use crate::domain::failure::CallFailure;
use crate::domain::inquiry::InquiryKind;
use crate::domain::inquiry_probe::replied;
use crate::domain::operation::{InquiryOperation, InquiryReply};
use crate::domain::probe::{Finding, Trace};
use crate::domain::quota::CallClass;
use crate::domain::write::{WriteAnswer, WriteOutcome};
use crate::quota::Slot;

fn refused(reason: &str, detail: impl Into<String>) -> WriteAnswer {
    WriteAnswer::new(WriteOutcome::RefusedFinal, reason, detail)
}

/// What is wrong before anything is sent.
pub fn check(operation: &InquiryOperation) -> Result<(), WriteAnswer> {
    let inquiry = &operation.inquiry;
    if let Err(field) = lists::check(inquiry) {
        return Err(refused(
            "INQUIRY_NOT_ANSWERABLE",
            format!("{} {}", field.field, field.reason),
        ));
    }
    let is_call_center = inquiry.kind == InquiryKind::CallCenter;
    let by = match &operation.reply {
        InquiryReply::Answer { answered_by, .. } => answered_by,
        InquiryReply::Confirm { confirmed_by } => confirmed_by,
    };
    if by.is_empty() {
        return Err(refused(
            "ANSWERER_UNKNOWN",
            "Coupang wants to know who answers: give a WING id of this vendor",
        ));
    }
    match &operation.reply {
        InquiryReply::Confirm { .. } if !is_call_center => Err(refused(
            "INQUIRY_NOT_ANSWERABLE",
            "a product question is answered, not confirmed",
        )),
        InquiryReply::Answer {
            text,
            channel_parent_answer_id,
            ..
        } if is_call_center => {
            if !(2..=1000).contains(&text.chars().count()) {
                return Err(refused(
                    "ANSWER_LENGTH",
                    "an answer to the call centre has 2 to 1000 characters",
                ));
            }
            if channel_parent_answer_id.is_empty() {
                return Err(refused(
                    "INQUIRY_NOT_ANSWERABLE",
                    "the message that is answered must be named",
                ));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

pub async fn carry_out(
    session: &Session,
    slot: Slot,
    operation: &InquiryOperation,
    deadline: Instant,
) -> WriteAnswer {
    let (path, body) = call(session, operation);
    match tell(session, slot, Method::POST, (&path, ""), Some(&body)).await {
        Ok((reply, _)) => WriteAnswer::confirmed().with_evidence(evidence(&reply, None)),
        Err(refusal) => refused_answer(session, operation, &refusal, deadline).await,
    }
}

fn call(session: &Session, operation: &InquiryOperation) -> (String, Value) {
    let id = &operation.inquiry.channel_inquiry_id;
    let vendor = vendor_id(session);
    let path = |list: &str, action: &str| {
        vendor_path(session, "v4", &format!("{list}/{}/{action}", encoded(id)))
    };
    match (&operation.reply, operation.inquiry.kind) {
        (InquiryReply::Confirm { confirmed_by }, _) => (
            path("callCenterInquiries", "confirms"),
            json!({"confirmBy": confirmed_by}),
        ),
        (
            InquiryReply::Answer {
                text,
                answered_by,
                channel_parent_answer_id,
            },
            InquiryKind::CallCenter,
        ) => (
            path("callCenterInquiries", "replies"),
            json!({
                "vendorId": vendor,
                "inquiryId": number(id),
                "content": text,
                "replyBy": answered_by,
                "parentAnswerId": number(channel_parent_answer_id),
            }),
        ),
        (
            InquiryReply::Answer {
                text, answered_by, ..
            },
            _,
        ) => (
            path("onlineInquiries", "replies"),
            json!({"content": text, "vendorId": vendor, "replyBy": answered_by}),
        ),
    }
}

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// The same answer is there already.
    Done,
    /// Final, and why.
    Reason(&'static str),
    /// Answered, closed or never asked for: a look tells which.
    State(&'static str),
    /// Not about the question at all.
    Other,
}

/// The documented refusals, which are told apart by their text alone.
fn meaning(refusal: &Refusal) -> Meaning {
    let says = |words: &[&str]| words.iter().any(|word| refusal.message.contains(word));
    if says(&["동일한 답변이 존재합니다"]) {
        return Meaning::Done;
    }
    if says(&["userId가 올바르지 않습니다", "replyBy"]) {
        return Meaning::Reason("ANSWERER_UNKNOWN");
    }
    if says(&["상담이 종료된 문의입니다"]) {
        return Meaning::State("INQUIRY_CLOSED");
    }
    if says(&["can't be answer", "확인 처리할 수 없습니다"]) {
        return Meaning::State("INQUIRY_NOT_ANSWERABLE");
    }
    if says(&["length should be between"]) {
        return Meaning::Reason("ANSWER_LENGTH");
    }
    if says(&["존재하지 않는 문의", "삭제된 문의"]) || refusal.is_inquiry_gone() {
        return Meaning::Reason("INQUIRY_NOT_FOUND");
    }
    Meaning::Other
}

/// A refusal that quotes the answer is told without its text: what was said to a buyer stands in no log.
fn silent(refusal: &Refusal, reply: &InquiryReply) -> Refusal {
    let quotes = match reply {
        InquiryReply::Answer { text, .. } => refusal.message.contains(text.as_str()),
        InquiryReply::Confirm { .. } => false,
    };
    let mut refusal = refusal.clone();
    if quotes {
        "the channel's words quote the answer and are left out".clone_into(&mut refusal.message);
        refusal.failure.detail = format!(
            "the channel refused the answer ({})",
            refusal.http_status.unwrap_or_default()
        );
    }
    refusal
}

async fn refused_answer(
    session: &Session,
    operation: &InquiryOperation,
    refusal: &Refusal,
    deadline: Instant,
) -> WriteAnswer {
    let answer = whole_refusal(&silent(refusal, &operation.reply));
    let evidence = answer.evidence.clone();
    match meaning(refusal) {
        Meaning::Other => answer,
        Meaning::Done => WriteAnswer::confirmed().with_evidence(evidence),
        Meaning::Reason(reason) => refused(reason, answer.detail).with_evidence(evidence),
        Meaning::State(reason) => {
            let look = lists::look(session, &operation.inquiry, CallClass::Poll, deadline).await;
            after_second_look(operation, look, reason, answer.detail).with_evidence(evidence)
        }
    }
}

fn after_second_look(
    operation: &InquiryOperation,
    look: Result<Sight, CallFailure>,
    reason: &str,
    detail: String,
) -> WriteAnswer {
    match look {
        Err(failure) => WriteAnswer::new(
            WriteOutcome::Unclear,
            reason,
            format!("{detail}; perhaps it was done before, and the look failed: {failure}"),
        ),
        Ok(sight) => match replied(sight.inquiry.as_ref(), &operation.reply) {
            Finding::Happened => WriteAnswer::confirmed(),
            Finding::Clean => refused(reason, detail),
            Finding::Blocked { reason, detail } | Finding::Conflict { reason, detail } => {
                refused(reason, detail)
            }
        },
    }
}

/// Did it happen?
pub async fn look_for(
    session: &Session,
    operation: &InquiryOperation,
    deadline: Instant,
) -> Result<Trace, CallFailure> {
    let sight = lists::look(session, &operation.inquiry, CallClass::Poll, deadline).await?;
    let facts = sight.inquiry.as_ref().map(|inquiry| {
        json!({
            "channel_inquiry_id": inquiry.channel_inquiry_id,
            "messages": inquiry.messages.len(),
        })
    });
    Ok(Trace {
        finding: replied(sight.inquiry.as_ref(), &operation.reply),
        evidence: trace::of("inquiry", facts.unwrap_or_default(), &sight.reads),
    })
}

#[cfg(test)]
#[path = "writes_tests.rs"]
mod tests;
