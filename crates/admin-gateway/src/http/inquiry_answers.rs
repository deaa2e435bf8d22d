//! What is answered to buyers' questions.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use moa_id::InquiryId;
use moa_proto::moa::fulfillment::v1 as fulfillment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::Acting;
use super::convert::{filled, time_or_epoch};
use super::extract::{Body, PathId};
use super::problem::{Problem, ProblemDocument};
use super::words::EffectState;
use crate::clients::effects::missing;
use crate::domain::access::Role;

/// An answer given from here, and where it stands. Its text is shown by the channel once it has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct InquiryAnswer {
    id: String,
    effect_id: String,
    state: EffectState,
    /// Why it is in this state; null while nothing went wrong.
    #[schema(required = true)]
    reason: Option<String>,
    #[schema(required = true)]
    detail: Option<String>,
    /// It says only that the question was read.
    is_confirmation: bool,
    /// The message that it answers; null for the question itself.
    #[schema(required = true)]
    channel_parent_answer_id: Option<String>,
    operator_id: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// An answer to a question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerInquiry {
    /// 1 to 2000 characters; Coupang's call centre takes 2 to 1000.
    #[schema(min_length = 1, max_length = 2000)]
    text: String,
    /// Who answers, as the channel knows people (Coupang: the WING id). Absent: as the last answer at this account that
    /// the channel took.
    #[serde(default)]
    #[schema(required = false)]
    answered_by: Option<String>,
}

/// A confirmation that a question was read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmInquiry {
    /// As in an answer.
    #[serde(default)]
    #[schema(required = false)]
    answered_by: Option<String>,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(answer_inquiry))
        .routes(routes!(confirm_inquiry))
}

/// Answers a question.
///
/// It is looked at once more, and the channel is told only when nobody has answered meanwhile. A question is answered
/// once; an answer that the channel refused may be given anew. Refuses with INQUIRY_ALREADY_ANSWERED,
/// INQUIRY_ANSWER_UNDER_WAY, INQUIRY_CLOSED, INQUIRY_NOT_ANSWERABLE, PLACEHOLDER_UNFILLED (a gap of a template is left),
/// ANSWERER_UNKNOWN (the channel wants to know who answers), ANSWER_LENGTH.
#[utoipa::path(post, path = "/inquiries/{id}/answer", tag = "inquiries", params(("id" = String, Path)),
    request_body = AnswerInquiry,
    responses((status = 202, body = InquiryAnswer), (status = "4XX", body = ProblemDocument)))]
async fn answer_inquiry(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<InquiryId>,
    Body(body): Body<AnswerInquiry>,
) -> Result<(StatusCode, Json<InquiryAnswer>), Problem> {
    acting.needs(Role::Operator)?;
    let request = fulfillment::AnswerInquiryRequest {
        merchant_id: acting.merchant_id(),
        request_id: acting.request_id(),
        inquiry_id: id.to_string(),
        text: body.text,
        answered_by: body.answered_by.unwrap_or_default(),
        operator_id: acting.operator_id(),
    };
    let mut client = app.clients.inquiry_answers.clone();
    let answer = client.answer_inquiry(request).await?.into_inner().answer;
    let answer = answer.ok_or_else(|| missing("answer"))?;
    Ok((StatusCode::ACCEPTED, Json(answer.into())))
}

/// Confirms that a question was read.
///
/// For what a call centre passed on without asking for an answer (state TO_CONFIRM).
#[utoipa::path(post, path = "/inquiries/{id}/confirm", tag = "inquiries", params(("id" = String, Path)),
    request_body = ConfirmInquiry,
    responses((status = 202, body = InquiryAnswer), (status = "4XX", body = ProblemDocument)))]
async fn confirm_inquiry(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<InquiryId>,
    Body(body): Body<ConfirmInquiry>,
) -> Result<(StatusCode, Json<InquiryAnswer>), Problem> {
    acting.needs(Role::Operator)?;
    let request = fulfillment::ConfirmInquiryRequest {
        merchant_id: acting.merchant_id(),
        request_id: acting.request_id(),
        inquiry_id: id.to_string(),
        answered_by: body.answered_by.unwrap_or_default(),
        operator_id: acting.operator_id(),
    };
    let mut client = app.clients.inquiry_answers.clone();
    let answer = client.confirm_inquiry(request).await?.into_inner().answer;
    let answer = answer.ok_or_else(|| missing("answer"))?;
    Ok((StatusCode::ACCEPTED, Json(answer.into())))
}

impl From<fulfillment::InquiryAnswer> for InquiryAnswer {
    fn from(answer: fulfillment::InquiryAnswer) -> Self {
        Self {
            id: answer.answer_id,
            effect_id: answer.effect_id,
            state: EffectState::of(answer.state),
            reason: filled(answer.reason),
            detail: filled(answer.detail),
            is_confirmation: answer.is_confirmation,
            channel_parent_answer_id: filled(answer.channel_parent_answer_id),
            operator_id: answer.operator_id,
            created_at: time_or_epoch(answer.created_at),
            updated_at: time_or_epoch(answer.updated_at),
        }
    }
}
