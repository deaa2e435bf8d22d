use std::sync::Arc;

use moa_id::{InquiryId, MerchantId};
use moa_proto::moa::effects::v1 as effects;
use moa_proto::moa::fulfillment::v1 as pb;
use moa_proto::moa::fulfillment::v1::inquiry_answers_service_server::InquiryAnswersService;
use moa_service::parse::parse_text;
use moa_service::{invalid_field, parse_id, timestamp};
use tonic::{Request, Response, Status};

use crate::Error;
use crate::app::App;
use crate::app::answer_inquiry::{AnswerCommand, Reply};
use crate::domain::placeholder;
use crate::store::inquiry_answers::{self, StandingAnswer};

const MAX_INQUIRIES: usize = 200;
const MAX_TEXT: usize = 2000;
const MAX_ANSWERER: usize = 100;

/// The RPCs about what buyers asked.
pub(super) struct InquiryAnswers {
    pub(super) app: Arc<App>,
}

#[tonic::async_trait]
impl InquiryAnswersService for InquiryAnswers {
    async fn answer_inquiry(
        &self,
        request: Request<pb::AnswerInquiryRequest>,
    ) -> Result<Response<pb::AnswerInquiryResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let text = parse_text("text", &request.text, MAX_TEXT)?;
        placeholder::check("text", &text).map_err(Error::from)?;
        let command = AnswerCommand {
            inquiry_id: parse_id("inquiry_id", &request.inquiry_id)?,
            request_id: parse_text("request_id", &request.request_id, 100)?,
            reply: Reply::Answer(text),
            answered_by: parse_answerer(&request.answered_by)?,
            operator_id: parse_id("operator_id", &request.operator_id)?,
        };
        let standing = self.app.answer_inquiry(merchant_id, command).await?;
        Ok(Response::new(pb::AnswerInquiryResponse {
            answer: Some(standing.into()),
        }))
    }

    async fn confirm_inquiry(
        &self,
        request: Request<pb::ConfirmInquiryRequest>,
    ) -> Result<Response<pb::ConfirmInquiryResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let command = AnswerCommand {
            inquiry_id: parse_id("inquiry_id", &request.inquiry_id)?,
            request_id: parse_text("request_id", &request.request_id, 100)?,
            reply: Reply::Confirmation,
            answered_by: parse_answerer(&request.answered_by)?,
            operator_id: parse_id("operator_id", &request.operator_id)?,
        };
        let standing = self.app.answer_inquiry(merchant_id, command).await?;
        Ok(Response::new(pb::ConfirmInquiryResponse {
            answer: Some(standing.into()),
        }))
    }

    async fn list_inquiry_answers(
        &self,
        request: Request<pb::ListInquiryAnswersRequest>,
    ) -> Result<Response<pb::ListInquiryAnswersResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let count = request.inquiry_ids.len();
        if count == 0 || count > MAX_INQUIRIES {
            let text = format!("must have 1 to {MAX_INQUIRIES} entries");
            return Err(invalid_field("inquiry_ids", text));
        }
        let ids = request.inquiry_ids.iter();
        let ids = ids.map(|id| parse_id::<InquiryId>("inquiry_ids", id));
        let ids: Vec<InquiryId> = ids.collect::<Result<_, _>>()?;
        let mut conn = self.app.db.acquire().await.map_err(Error::from)?;
        let answers = inquiry_answers::of_inquiries(&mut conn, merchant_id, &ids).await;
        let answers = answers.map_err(Error::from)?;
        Ok(Response::new(pb::ListInquiryAnswersResponse {
            answers: answers.into_iter().map(Into::into).collect(),
        }))
    }
}

/// Empty is allowed: as the last time.
fn parse_answerer(text: &str) -> Result<String, Status> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    parse_text("answered_by", text, MAX_ANSWERER)
}

impl From<StandingAnswer> for pb::InquiryAnswer {
    fn from(standing: StandingAnswer) -> Self {
        let answer = standing.answer;
        Self {
            answer_id: answer.answer_id.to_string(),
            inquiry_id: answer.inquiry_id.to_string(),
            channel_parent_answer_id: answer.channel_parent_answer_id,
            is_confirmation: answer.is_confirmation,
            effect_id: answer.effect_id.to_string(),
            state: effect_state(standing.state).into(),
            reason: standing.reason,
            detail: standing.detail,
            operator_id: answer.operator_id.to_string(),
            created_at: Some(timestamp(answer.created_at)),
            updated_at: Some(timestamp(answer.updated_at)),
        }
    }
}

pub(super) fn effect_state(state: moa_effects::EffectState) -> effects::EffectState {
    use moa_effects::EffectState as Ours;
    match state {
        Ours::Pending => effects::EffectState::Pending,
        Ours::Claimed => effects::EffectState::Claimed,
        Ours::Verified => effects::EffectState::Verified,
        Ours::Sending => effects::EffectState::Sending,
        Ours::Confirmed => effects::EffectState::Confirmed,
        Ours::Rejected => effects::EffectState::Rejected,
        Ours::Retryable => effects::EffectState::Retryable,
        Ours::Unknown => effects::EffectState::Unknown,
        Ours::Blocked => effects::EffectState::Blocked,
        Ours::Conflict => effects::EffectState::Conflict,
        Ours::Repair => effects::EffectState::Repair,
        Ours::Dead => effects::EffectState::Dead,
    }
}
