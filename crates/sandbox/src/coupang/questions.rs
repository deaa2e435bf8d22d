//! Questions about goods: the list and the seller's answers.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::params::{self, Params, Refusal};
use super::wire::Edition;
use super::{Caller, answer};
use crate::shared::Shared;
use crate::world::{Answer, Fact, InquiryEvent, Question, Span, World};

/// The text of the live answer, its comma included.
const TOO_LONG: &str =
    "time interval needs to be less than or equal to 7 days，pattern should be yyyy-MM-dd";

/// `inquiryStartAt` and `inquiryEndAt`: days, both included, seven at most.
pub fn week(params: &Params) -> Result<Span, Refusal> {
    let day = |name| {
        let text = params.required(name)?;
        params::plain_day(text).ok_or_else(|| Refusal::bad_request(TOO_LONG))
    };
    let (from, to) = (day("inquiryStartAt")?, day("inquiryEndAt")?);
    let length = to - from;
    if length < TimeDelta::zero() || length >= TimeDelta::days(7) {
        return Err(Refusal::bad_request(TOO_LONG));
    }
    Ok(params::days(from, to))
}

/// The rows of one page, written, with the page's place among all.
pub fn page<T>(
    rows: &[T],
    params: &Params,
    most: usize,
    write: impl Fn(&T) -> Value,
) -> Result<Value, Refusal> {
    let number = params.positive("pageNum", 1)?;
    // What happens to larger pages is not known; a live client asks for them and gets on.
    let size = params.positive("pageSize", 10)?.min(most);
    let start = (number - 1).saturating_mul(size);
    let content: Vec<Value> = rows.iter().skip(start).take(size).map(write).collect();
    Ok(json!({
        "content": content,
        "pagination": {
            "currentPage": number,
            "totalPages": rows.len().div_ceil(size),
            "totalElements": rows.len(),
            "countPerPage": size,
        },
    }))
}

/// `vendorId` of the query, which repeats that of the path.
pub fn check_vendor(params: &Params, world: &World, account: u32) -> Result<(), Refusal> {
    super::check_vendor(world, account, params.required("vendorId")?)
}

/// `GET …/onlineInquiries`.
pub async fn list(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let edition = Edition::of_path(uri.path());
    let params = Params::parse(uri.query());
    let store = shared.store();
    check_vendor(&params, &store.world, account)?;
    let answered = match params.required("answeredType")? {
        "ALL" => None,
        "ANSWERED" => Some(true),
        "NOANSWER" => Some(false),
        other => {
            return Err(Refusal::bad_request(format!(
                "answeredType ({other}) should be one of ALL, ANSWERED, NOANSWER"
            )));
        }
    };
    let span = week(&params)?;
    let rows: Vec<&Question> = store
        .world
        .questions()
        .filter(|question| question.account == account && !question.deleted)
        .filter(|question| (span.from..span.until).contains(&question.asked_at))
        .filter(|question| answered.is_none_or(|wanted| wanted != question.answers.is_empty()))
        .collect();
    let data = page(&rows, &params, 50, |question| {
        describe(&store.world, question, edition)
    })?;
    Ok(answer::ok(
        &json!({"code": 200, "message": "OK", "data": data}),
    ))
}

fn describe(world: &World, question: &Question, edition: Edition) -> Value {
    let listing = world
        .account(question.account)
        .and_then(|account| account.listing(question.vendor_item_id));
    let comments: Vec<Value> = question
        .answers
        .iter()
        .map(|answer| {
            json!({
                "inquiryCommentId": answer.id,
                "inquiryId": question.id,
                "content": answer.content,
                "inquiryCommentAt": edition.later_instant(Some(answer.at)),
            })
        })
        .collect();
    json!({
        "inquiryId": question.id,
        "productId": listing.map(|listing| listing.product_id),
        "sellerProductId": listing.map(|listing| listing.seller_product_id),
        "sellerItemId": question.vendor_item_id + 1,
        "vendorItemId": question.vendor_item_id,
        "content": question.content,
        "inquiryAt": edition.later_instant(Some(question.asked_at)),
        "orderIds": question.order_ids,
        "commentDtoList": comments,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    content: String,
    vendor_id: String,
    reply_by: String,
}

/// `POST …/onlineInquiries/{inquiryId}/replies`.
pub async fn reply(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((_, id)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let request: Reply = params::body(&bytes)?;
    let (at, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    super::check_vendor(&store.world, account, &request.vendor_id)?;
    let user = request.reply_by;
    if store
        .world
        .account(account)
        .is_none_or(|known| known.wing_id != user)
    {
        return Err(Refusal::bad_request(format!(
            "replyBy가 올바르지 않습니다. [{user}]"
        )));
    }
    let question = id
        .parse()
        .ok()
        .and_then(|id| store.world.question(id))
        .filter(|question| question.account == account)
        .ok_or_else(|| Refusal::bad_request(format!("존재하지 않는 문의입니다. [{id}]")))?;
    if question.deleted {
        return Err(Refusal::bad_request("삭제된 문의입니다."));
    }
    if request.content.trim().is_empty() {
        return Err(Refusal::bad_request("답변 내용을 입력해주세요."));
    }
    if question
        .answers
        .iter()
        .any(|answer| answer.content == request.content)
    {
        return Err(Refusal::bad_request("동일한 답변이 존재합니다."));
    }
    let serial = i64::try_from(question.answers.len()).unwrap_or_default();
    let question = question.id;
    let answer = Answer {
        id: question * 10 + serial,
        content: request.content,
        by: user,
        at,
    };
    let event = InquiryEvent::QuestionAnswered { question, answer };
    store.record(real, &[Fact::Inquiry { event }])?;
    Ok(answer::ok(&json!({"code": "200", "message": "OK"})))
}
