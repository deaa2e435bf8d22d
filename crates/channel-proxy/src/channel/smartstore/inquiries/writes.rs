//! Answering what buyers ask.

use reqwest::Method;
use serde_json::json;
use tokio::time::Instant;

use super::lists::{asked_at, look};
use crate::channel::smartstore::calls::{Call, always, exchange};
use crate::channel::smartstore::token::Tokens;
use crate::channel::smartstore::topics::seen;
use crate::channel::smartstore::writes::{self, refused};
use crate::channel::{FetchError, Session, trace};
use crate::domain::buckets::Bucket;
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::inquiry::InquiryKind;
use crate::domain::inquiry_probe::replied;
use crate::domain::operation::{InquiryOperation, InquiryReply};
use crate::domain::probe::{Finding, Trace};
use crate::domain::quota::CallClass;
use crate::domain::write::WriteAnswer;
use crate::quota::Slot;

const ANSWER_QUESTION: Bucket = Bucket("contents/qnas/answer");
const ANSWER_INQUIRY: Bucket = Bucket("pay-merchant/inquiries/answer");

/// What is wrong before anything is sent.
pub fn check(operation: &InquiryOperation) -> Result<(), WriteAnswer> {
    let not_answerable = |detail: String| Err(refused("INQUIRY_NOT_ANSWERABLE", detail));
    if let Err(field) = asked_at(&operation.inquiry) {
        return not_answerable(field.to_string());
    }
    let id = &operation.inquiry.channel_inquiry_id;
    if id.is_empty() || id.len() > 20 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return not_answerable("a question of SmartStore is named by a number".to_owned());
    }
    match &operation.reply {
        InquiryReply::Answer { .. } => Ok(()),
        InquiryReply::Confirm { .. } => {
            not_answerable("a question of SmartStore is answered, not confirmed".to_owned())
        }
    }
}

/// Where the call is counted.
pub fn bucket(operation: &InquiryOperation) -> Bucket {
    if operation.inquiry.kind == InquiryKind::Product {
        ANSWER_QUESTION
    } else {
        ANSWER_INQUIRY
    }
}

/// The answer is personal data: it stands in no evidence.
pub async fn carry_out(
    tokens: &Tokens,
    session: &Session,
    slot: Slot,
    operation: &InquiryOperation,
    deadline: Instant,
) -> WriteAnswer {
    let InquiryReply::Answer { text, .. } = &operation.reply else {
        slot.unused();
        return refused("INQUIRY_NOT_ANSWERABLE", "SmartStore has no such call");
    };
    let id = &operation.inquiry.channel_inquiry_id;
    let (method, path, body) = if operation.inquiry.kind == InquiryKind::Product {
        let path = format!("/v1/contents/qnas/{id}");
        (Method::PUT, path, json!({"commentContent": text}))
    } else {
        let path = format!("/v1/pay-merchant/inquiries/{id}/answer");
        (Method::POST, path, json!({"answerComment": text}))
    };
    let call = Call {
        method: &method,
        path: &path,
        query: "",
        body: Some(&body),
    };
    let refusal = match exchange(tokens, session, slot, call, deadline, &always).await {
        Ok((reply, _)) => return WriteAnswer::confirmed().with_evidence(seen(&reply)),
        Err(refusal) => refusal,
    };
    let answer = writes::whole_refusal(&refusal);
    match refusal.code.as_str() {
        "ERR-NC-101004" | "NOT_FOUND" => WriteAnswer {
            reason: "INQUIRY_NOT_FOUND".to_owned(),
            ..answer
        },
        // Perhaps by this very answer: a look tells whose words stand there.
        "ERR-NC-101010" => match look_for(tokens, session, operation, deadline).await {
            Ok(trace) if trace.finding == Finding::Happened => {
                WriteAnswer::confirmed().with_evidence(trace.evidence)
            }
            _ => WriteAnswer {
                reason: "INQUIRY_ALREADY_ANSWERED".to_owned(),
                ..answer
            },
        },
        _ => answer,
    }
}

/// Did it happen?
pub async fn look_for(
    tokens: &Tokens,
    session: &Session,
    operation: &InquiryOperation,
    deadline: Instant,
) -> Result<Trace, CallFailure> {
    let asked = (CallClass::Poll, deadline);
    let sight = match look(tokens, session, &operation.inquiry, asked).await {
        Ok(sight) => sight,
        Err(FetchError::Call(failure)) => return Err(failure),
        Err(FetchError::Question(field)) => {
            return Err(CallFailure::without_effect(
                FailureKind::Refused,
                field.to_string(),
            ));
        }
    };
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
