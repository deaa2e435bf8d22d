//! What is told about questions.

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::invalid_field;
use moa_service::parse::parse_text;
use tonic::Status;

use super::{Message, missing, note, optional_time};
use crate::domain::inquiry::InquiryKind;
use crate::domain::operation::{InquiryOperation, InquiryRef, InquiryReply, Operation};
use crate::grpc::parse::channel_id;

/// The longest answer, in characters.
const MAX_ANSWER: usize = 2000;

/// What names a question.
pub fn inquiry_ref(field: &str, inquiry: Option<pb::InquiryRef>) -> Result<InquiryRef, Status> {
    let inquiry = inquiry.ok_or_else(|| missing(field))?;
    Ok(InquiryRef {
        kind: inquiry_kind(&format!("{field}.kind"), inquiry.kind)?,
        channel_inquiry_id: channel_id(
            &format!("{field}.channel_inquiry_id"),
            &inquiry.channel_inquiry_id,
        )?,
        asked_at: optional_time(&format!("{field}.asked_at"), inquiry.asked_at)?,
    })
}

/// Where questions are asked.
pub fn inquiry_kind(field: &str, kind: i32) -> Result<InquiryKind, Status> {
    match pb::InquiryKind::try_from(kind) {
        Ok(pb::InquiryKind::Product) => Ok(InquiryKind::Product),
        Ok(pb::InquiryKind::Order) => Ok(InquiryKind::Order),
        Ok(pb::InquiryKind::CallCenter) => Ok(InquiryKind::CallCenter),
        Ok(pb::InquiryKind::Unspecified) | Err(_) => Err(invalid_field(
            field,
            "must be PRODUCT, ORDER or CALL_CENTER",
        )),
    }
}

impl Message for pb::InquiryAnswer {
    const FIELD: &'static str = "inquiry_answer";

    fn read(self) -> Result<Operation, Status> {
        let parent_field = "inquiry_answer.channel_parent_answer_id";
        let channel_parent_answer_id = match self.channel_parent_answer_id.as_str() {
            "" => String::new(),
            id => channel_id(parent_field, id)?,
        };
        Ok(Operation::Inquiry(InquiryOperation {
            inquiry: inquiry_ref("inquiry_answer.inquiry", self.inquiry)?,
            reply: InquiryReply::Answer {
                text: parse_text("inquiry_answer.text", &self.text, MAX_ANSWER)?,
                answered_by: note("inquiry_answer.answered_by", &self.answered_by)?,
                channel_parent_answer_id,
            },
        }))
    }
}

impl Message for pb::InquiryConfirmation {
    const FIELD: &'static str = "inquiry_confirmation";

    fn read(self) -> Result<Operation, Status> {
        let confirmed_by = note("inquiry_confirmation.confirmed_by", &self.confirmed_by)?;
        Ok(Operation::Inquiry(InquiryOperation {
            inquiry: inquiry_ref("inquiry_confirmation.inquiry", self.inquiry)?,
            reply: InquiryReply::Confirm { confirmed_by },
        }))
    }
}
