//! What buyers ask.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use moa_id::InquiryId;
use moa_proto::moa::fulfillment::v1 as fulfillment;
use moa_proto::moa::order_sync::v1 as pb;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::convert::{filled, time, time_or_epoch};
use super::extract::{Page, Params, PathId, blank_as_default, blank_as_none};
use super::inquiry_answers::InquiryAnswer;
use super::problem::{Problem, ProblemDocument};
use super::words::{InquiryAuthor, InquiryKind, InquiryState};
use crate::clients::effects::missing;
use crate::domain::access::Role;

/// A question, without what was said.
#[derive(Debug, Serialize, ToSchema)]
pub struct Inquiry {
    id: String,
    /// Raised by every change.
    version: i64,
    channel: String,
    channel_account_id: String,
    channel_inquiry_id: String,
    kind: InquiryKind,
    state: InquiryState,
    /// It waits for the merchant.
    open: bool,
    /// It cannot wait: see `urgent_because`.
    urgent: bool,
    /// WORDS, CLAIM, DEADLINE or AGE; null when it is not urgent.
    #[schema(required = true)]
    urgent_because: Option<String>,
    /// The beginning of what was said with digits and mail addresses hidden; "" when erased, and in the answer to one
    /// question alone.
    masked_excerpt: String,
    asked_at: DateTime<Utc>,
    /// Since when the channel waits for the merchant.
    waiting_since: DateTime<Utc>,
    /// null where the channel names no time.
    #[schema(required = true)]
    answer_by: Option<DateTime<Utc>>,
    #[schema(required = true)]
    answered_at: Option<DateTime<Utc>>,
    /// The orders it is about, as far as they are here.
    order_ids: Vec<String>,
    channel_order_ids: Vec<String>,
    /// A demand on one of its orders is undecided.
    has_open_claim: bool,
    /// The operator who looks after it; null: nobody.
    #[schema(required = true)]
    assigned_to: Option<String>,
    #[schema(required = true)]
    product_name: Option<String>,
    #[schema(required = true)]
    category: Option<String>,
    /// Answers and follow-ups.
    message_count: i32,
    /// What was answered from here, oldest first.
    answers: Vec<InquiryAnswer>,
}

/// A page of questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Inquiries {
    inquiries: Vec<Inquiry>,
    /// "" at the end.
    next_page_token: String,
}

/// What was said. Personal data.
#[derive(Serialize, ToSchema)]
pub struct InquiryThread {
    /// It was erased: there is nothing to show.
    erased: bool,
    text: String,
    asked_by: String,
    /// Oldest first.
    messages: Vec<InquiryThreadMessage>,
}

/// A message of a thread.
#[derive(Serialize, ToSchema)]
pub struct InquiryThreadMessage {
    author: InquiryAuthor,
    #[schema(required = true)]
    at: Option<DateTime<Utc>>,
    text: String,
    /// The channel waits for the merchant's answer to this one.
    needs_answer: bool,
}

/// Which questions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InquiryFilter {
    #[serde(default)]
    #[param(required = false)]
    channel: String,
    #[serde(default, deserialize_with = "blank_as_none")]
    #[param(inline, required = false)]
    state: Option<InquiryState>,
    /// Only what waits for the merchant.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(required = false)]
    open: bool,
    /// Only what is open and cannot wait.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(required = false)]
    urgent: bool,
    /// Only what is open, by the time by which the channel wants an answer: the soonest first, what has none last.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(required = false)]
    due: bool,
    /// Only what is with this operator; `me` is who asks.
    #[serde(default)]
    #[param(required = false)]
    assigned_to: String,
    /// Only what is about this order.
    #[serde(default)]
    #[param(required = false)]
    order_id: String,
    /// 1 to 200; 50 when absent.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(minimum = 1, maximum = 200, required = false)]
    page_size: i32,
    #[serde(default)]
    #[param(required = false)]
    page_token: String,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(list_inquiries))
        .routes(routes!(get_inquiry))
        .routes(routes!(reveal_inquiry))
}

/// Questions, newest first.
#[utoipa::path(get, path = "/inquiries", tag = "inquiries", params(InquiryFilter),
    responses((status = 200, body = Inquiries), (status = "4XX", body = ProblemDocument)))]
async fn list_inquiries(
    State(app): State<Gate>,
    who: SignedIn,
    Params(filter): Params<InquiryFilter>,
) -> Result<Json<Inquiries>, Problem> {
    let page = Page {
        page_size: filter.page_size,
        page_token: filter.page_token,
    };
    let request = pb::ListInquiriesRequest {
        merchant_id: who.merchant_id(),
        channel: filter.channel,
        state: filter.state.map_or(0, InquiryState::number),
        open_only: filter.open,
        urgent_only: filter.urgent,
        due_only: filter.due,
        order_id: filter.order_id,
        assigned_to: match filter.assigned_to.as_str() {
            "me" => who.operator().operator_id.to_string(),
            _ => filter.assigned_to,
        },
        page_size: page.size()?,
        page_token: page.page_token,
    };
    let mut client = app.clients.inquiries.clone();
    let response = client.list_inquiries(request).await?.into_inner();
    Ok(Json(Inquiries {
        inquiries: with_answers(&app, &who, response.inquiries).await?,
        next_page_token: response.next_page_token,
    }))
}

/// One question, without what was said.
#[utoipa::path(get, path = "/inquiries/{id}", tag = "inquiries", params(("id" = String, Path)),
    responses((status = 200, body = Inquiry), (status = "4XX", body = ProblemDocument)))]
async fn get_inquiry(
    State(app): State<Gate>,
    who: SignedIn,
    PathId(id): PathId<InquiryId>,
) -> Result<Json<Inquiry>, Problem> {
    let request = pb::GetInquiryRequest {
        merchant_id: who.merchant_id(),
        inquiry_id: id.to_string(),
    };
    let mut client = app.clients.inquiries.clone();
    let listed = client.get_inquiry(request).await?.into_inner().inquiry;
    let listed = listed.ok_or_else(|| missing("inquiry"))?;
    let mut inquiries = with_answers(&app, &who, vec![listed]).await?;
    let inquiry = inquiries.pop().ok_or_else(|| missing("inquiry"))?;
    Ok(Json(inquiry))
}

/// What was said about a question.
///
/// Personal data: each look is recorded with the operator.
#[utoipa::path(post, path = "/inquiries/{id}/reveal", tag = "inquiries", params(("id" = String, Path)),
    responses((status = 200, body = InquiryThread), (status = "4XX", body = ProblemDocument)))]
async fn reveal_inquiry(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<InquiryId>,
) -> Result<Json<InquiryThread>, Problem> {
    acting.needs(Role::Operator)?;
    let request = pb::GetInquiryThreadRequest {
        merchant_id: acting.merchant_id(),
        inquiry_id: id.to_string(),
        operator_id: acting.operator_id(),
    };
    let mut client = app.clients.inquiries.clone();
    let response = client.get_inquiry_thread(request).await?.into_inner();
    let thread = response.thread.unwrap_or_default();
    let messages = thread
        .messages
        .into_iter()
        .map(|message| InquiryThreadMessage {
            author: InquiryAuthor::of(message.author),
            at: time(message.at),
            text: message.text,
            needs_answer: message.needs_answer,
        });
    Ok(Json(InquiryThread {
        erased: response.erased,
        messages: messages.collect(),
        text: thread.text,
        asked_by: thread.asked_by,
    }))
}

async fn with_answers(
    app: &Gate,
    who: &SignedIn,
    listed: Vec<pb::ListedInquiry>,
) -> Result<Vec<Inquiry>, Problem> {
    let mut inquiries: Vec<Inquiry> = listed.into_iter().map(Inquiry::from).collect();
    if inquiries.is_empty() {
        return Ok(inquiries);
    }
    let request = fulfillment::ListInquiryAnswersRequest {
        merchant_id: who.merchant_id(),
        inquiry_ids: inquiries.iter().map(|inquiry| inquiry.id.clone()).collect(),
    };
    let mut client = app.clients.inquiry_answers.clone();
    let answers = client
        .list_inquiry_answers(request)
        .await?
        .into_inner()
        .answers;
    let mut by_inquiry: HashMap<String, Vec<InquiryAnswer>> = HashMap::new();
    for answer in answers {
        let id = answer.inquiry_id.clone();
        by_inquiry.entry(id).or_default().push(answer.into());
    }
    for inquiry in &mut inquiries {
        inquiry.answers = by_inquiry.remove(&inquiry.id).unwrap_or_default();
    }
    Ok(inquiries)
}

impl From<pb::ListedInquiry> for Inquiry {
    fn from(listed: pb::ListedInquiry) -> Self {
        let urgent = listed.urgency() == pb::InquiryUrgency::Urgent;
        let inquiry = listed.inquiry.unwrap_or_default();
        let open = !matches!(
            inquiry.state(),
            pb::InquiryState::Answered | pb::InquiryState::Closed
        );
        Self {
            id: inquiry.inquiry_id,
            version: inquiry.version,
            channel: inquiry.channel,
            channel_account_id: inquiry.channel_account_id,
            channel_inquiry_id: inquiry.channel_inquiry_id,
            kind: InquiryKind::of(inquiry.kind),
            state: InquiryState::of(inquiry.state),
            open,
            urgent,
            urgent_because: filled(listed.urgent_because),
            masked_excerpt: listed.masked_excerpt,
            asked_at: time_or_epoch(inquiry.asked_at),
            waiting_since: time_or_epoch(inquiry.waiting_since),
            answer_by: time(inquiry.answer_by),
            answered_at: time(inquiry.answered_at),
            order_ids: listed.order_ids,
            channel_order_ids: inquiry.channel_order_ids,
            has_open_claim: listed.has_open_claim,
            assigned_to: filled(listed.assigned_to),
            product_name: filled(inquiry.product_name),
            category: filled(inquiry.category),
            message_count: inquiry.message_count,
            answers: Vec::new(),
        }
    }
}
