//! 상품 문의: questions about goods. No envelope.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Caller;
use super::super::answer::{Answer, Family, instant, without_nulls};
use super::super::params::Params;
use super::super::world::{Question, SmartFact, What};
use super::Page;
use crate::shared::Shared;

const MOST: usize = 100;

/// `GET /v1/contents/qnas`.
pub async fn list(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Answer, Answer> {
    let params = Params::parse(uri.query());
    let (from, to) = (moment(&params, "fromDate")?, moment(&params, "toDate")?);
    if to < from {
        return Err(invalid("toDate", "조회 종료일은 시작일 이후여야 합니다."));
    }
    let number = whole(&params, "page", 1, 1_000_000)?.unwrap_or(1);
    let size = whole(&params, "size", 1, MOST)?.unwrap_or(MOST);
    let answered = match params.get("answered") {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(invalid("answered", "answered 항목이 올바르지 않습니다.")),
    };
    let store = shared.store();
    let all = store
        .world
        .smartstore
        .questions(account, from, to)
        .filter(|row| answered.is_none_or(|wanted| row.answer.is_some() == wanted));
    let page = Page::of(all, number, size);
    let contents: Vec<Value> = page.rows.iter().map(|row| describe(row)).collect();
    Ok(Answer::ok(
        Family::Contents,
        json!({
            "contents": contents,
            "page": page.number,
            "size": page.size,
            "totalElements": page.total,
            "totalPages": page.pages(),
            "sort": {"sorted": true, "fields": [{"name": "createDate", "direction": "desc"}]},
            "first": page.number == 1,
            "last": page.is_last(),
        }),
    ))
}

fn describe(row: &Question) -> Value {
    without_nulls(json!({
        "questionId": row.id,
        "productId": row.channel_no,
        "productName": row.product_name,
        "question": row.content,
        "answer": row.answer,
        "answered": row.answer.is_some(),
        "maskedWriterId": super::super::people::mask_tail(&row.writer_id, 4),
        "createDate": instant(row.asked_at),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    comment_content: Option<String>,
}

/// `PUT /v1/contents/qnas/{questionId}`: answers, or writes the answer anew.
pub async fn answer(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let body: Comment = serde_json::from_slice(&bytes).map_err(|_| {
        refuse(
            StatusCode::BAD_REQUEST,
            "BAD_REQUEST",
            "요청이 올바르지 않습니다.",
        )
    })?;
    let text = body.comment_content.filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| invalid("commentContent", "답변 내용은 필수입니다."))?;
    let mut store = shared.store();
    let question = id
        .parse()
        .ok()
        .and_then(|id| store.world.smartstore.question(id))
        .filter(|row| row.account == account)
        .map(|row| row.id);
    let question = question.ok_or_else(|| {
        let message = "존재하지 않는 문의입니다.";
        refuse(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    })?;
    let what = What::QuestionAnswered { question, text };
    let fact = SmartFact::of(shared.clock.world(), what);
    store.record(shared.clock.real(), &[fact])?;
    Ok(Answer::nothing(Family::Contents))
}

/// `GET /v1/contents/qnas/templates`.
pub async fn templates() -> Answer {
    Answer::ok(
        Family::Contents,
        json!([
            {"questionType": "PRODUCT", "subject": "상품 안내", "content": "문의해 주셔서 감사합니다."},
            {"questionType": "DELIVERY", "subject": "배송 안내", "content": "주문 후 2일 이내에 발송됩니다."},
        ]),
    )
}

/// A moment with an offset or `Z`; milliseconds may be left out.
fn moment(params: &Params, name: &str) -> Result<DateTime<Utc>, Answer> {
    let text = params.get(name).unwrap_or_default();
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .map_err(|_| invalid(name, &format!("{name} 항목이 올바르지 않습니다.")))
}

fn whole(params: &Params, name: &str, least: usize, most: usize) -> Result<Option<usize>, Answer> {
    params.number(name, least..=most).map_err(|_| {
        invalid(
            name,
            &format!("{name} 항목은 {least} 이상 {most} 이하여야 합니다."),
        )
    })
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::error(Family::Contents, status, code, message)
}

fn invalid(name: &str, message: &str) -> Answer {
    refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
        .with_inputs(&[(name, "Invalid", message)])
}
