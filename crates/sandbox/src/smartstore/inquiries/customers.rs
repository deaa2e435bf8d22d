//! 고객 문의: questions of people who bought. The list and the answers are APIs of two teams, with codes of their own.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Caller;
use super::super::answer::{Answer, Family, instant, without_nulls};
use super::super::params::Params;
use super::super::people::mask_tail;
use super::super::world::{Inquiry, InquiryAnswer, SmartFact, What};
use super::{Page, midnight};
use crate::shared::Shared;
use crate::world::World;

const LONGEST_DAYS: i64 = 365;

/// `GET /v1/pay-user/inquiries`.
pub async fn list(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Answer, Answer> {
    let params = Params::parse(uri.query());
    let (from, to) = window(&params)?;
    let number = bounded(&params, "page", (1, "4004"), (1_000_000, "4005"))?.unwrap_or(1);
    let size = bounded(&params, "size", (10, "4006"), (200, "4007"))?.unwrap_or(10);
    let answered = match params.get("answered") {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(bad_input("answered")),
    };
    let store = shared.store();
    let all = store
        .world
        .smartstore
        .inquiries(account, from, to)
        .filter(|row| answered.is_none_or(|wanted| row.answer.is_some() == wanted));
    let page = Page::of(all, number, size);
    let content: Vec<Value> = page
        .rows
        .iter()
        .map(|row| describe(&store.world, row))
        .collect();
    let sort = json!({"sorted": true, "unsorted": false, "empty": false});
    Ok(Answer::ok(
        Family::PayUser,
        json!({
            "totalPages": page.pages(),
            "totalElements": page.total,
            "pageable": {
                "pageNumber": page.number - 1, "pageSize": page.size, "sort": sort, "paged": true,
                "unpaged": false, "offset": (page.number - 1) * page.size,
            },
            "first": page.number == 1,
            "last": page.is_last(),
            "number": page.number - 1,
            "sort": sort,
            "numberOfElements": content.len(),
            "size": page.size,
            "empty": content.is_empty(),
            "content": content,
        }),
    ))
}

fn window(params: &Params) -> Result<(DateTime<Utc>, DateTime<Utc>), Answer> {
    let day = |name: &str| {
        let text = params.get(name).unwrap_or_default();
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| bad_input(name))
    };
    let (start, end) = (day("startSearchDate")?, day("endSearchDate")?);
    if start > end {
        return Err(refuse(
            "4002",
            "조회 시작일은 종료일보다 이후일 수 없습니다.",
        ));
    }
    if (end - start).num_days() > LONGEST_DAYS {
        return Err(refuse("4003", "조회 기간은 최대 365일입니다."));
    }
    let after = end.checked_add_days(Days::new(1));
    let ends = (midnight(start), after.and_then(midnight));
    match ends {
        (Some(from), Some(to)) => Ok((from, to)),
        _ => Err(bad_input("startSearchDate")),
    }
}

/// A number inside its limits, each of which has a code.
fn bounded(
    params: &Params,
    name: &str,
    (least, below): (usize, &str),
    (most, above): (usize, &str),
) -> Result<Option<usize>, Answer> {
    let Some(text) = params.get(name) else {
        return Ok(None);
    };
    match text.parse::<usize>() {
        Ok(number) if number < least => Err(refuse(
            below,
            &format!("{name} 항목은 {least} 이상이어야 합니다."),
        )),
        Ok(number) if number > most => Err(refuse(
            above,
            &format!("{name} 항목은 {most} 이하여야 합니다."),
        )),
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(bad_input(name)),
    }
}

fn describe(world: &World, row: &Inquiry) -> Value {
    let known = &world.smartstore;
    let order = known.order(row.order_id);
    let part = known.product_order(row.product_order);
    let product = part.and_then(|part| known.product(world.accounts(), part.origin_no));
    let option = part.and_then(|part| {
        let account = world.account(part.account)?;
        part.option_id?;
        Some(account.listings.get(part.listing)?.item_name)
    });
    let answer = row.answer.as_ref();
    without_nulls(json!({
        "inquiryNo": row.id,
        "category": row.category,
        "title": row.title,
        "inquiryContent": row.content,
        "inquiryRegistrationDateTime": instant(row.asked_at),
        "answered": answer.is_some(),
        "answerContentId": answer.map(|answer| answer.id),
        "answerContent": answer.map(|answer| &answer.content),
        "answerTemplateNo": answer.and_then(|answer| answer.template.as_ref()),
        "answerRegistrationDateTime": answer.map(|answer| instant(answer.at)),
        "orderId": row.order_id.to_string(),
        "productNo": product.as_ref().map(|product| product.channel_no.to_string()),
        "productOrderIdList": row.product_order.to_string(),
        "productName": product.map(|product| product.name),
        "productOrderOption": option,
        "customerId": order.map(|order| mask_tail(&order.orderer_id, 4)),
        "customerName": order.map(|order| &order.orderer.name),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    answer_comment: Option<String>,
    #[serde(default)]
    answer_template_id: Option<Value>,
}

/// `POST /v1/pay-merchant/inquiries/{inquiryNo}/answer`.
pub async fn answer(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    write(&shared, account, &id, None, &bytes)
}

/// `PUT /v1/pay-merchant/inquiries/{inquiryNo}/answer/{answerContentId}`.
pub async fn rewrite(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((id, earlier)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    write(&shared, account, &id, Some(&earlier), &bytes)
}

fn write(
    shared: &Shared,
    account: u32,
    id: &str,
    earlier: Option<&str>,
    bytes: &[u8],
) -> Result<Answer, Answer> {
    let bad = || merchant_error("ERR-NC-101001", "잘못된 요청입니다.");
    let body: Comment = serde_json::from_slice(bytes).map_err(|_| bad())?;
    let text = body
        .answer_comment
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(bad)?;
    let mut store = shared.store();
    let known = &store.world.smartstore;
    let found = id.parse().ok().and_then(|id| known.inquiry(id));
    let row = found
        .ok_or_else(|| merchant_error("ERR-NC-101004", "존재하지 않거나 삭제된 문의입니다."))?;
    if row.account != account {
        return Err(merchant_error("ERR-NC-101007", "권한이 없습니다."));
    }
    let answer_id = match (&row.answer, earlier) {
        (Some(_), None) => {
            return Err(merchant_error(
                "ERR-NC-101010",
                "이미 답변이 등록된 문의입니다.",
            ));
        }
        (None, None) => row.id * 10 + 1,
        (Some(answer), Some(earlier)) if answer.id.to_string() == earlier => answer.id,
        (_, Some(_)) => {
            return Err(merchant_error("ERR-NC-101005", "유효하지 않은 답변입니다."));
        }
    };
    let inquiry = row.id;
    let now = shared.clock.world();
    let template = body.answer_template_id.and_then(|template| match template {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    let what = What::InquiryAnswered {
        inquiry,
        answer: InquiryAnswer {
            id: answer_id,
            content: text,
            template,
            at: SmartFact::moment(now),
        },
    };
    store.record(shared.clock.real(), &[SmartFact::of(now, what)])?;
    Ok(Answer::ok(
        Family::PayMerchant,
        json!({
            "code": "SUCCESS",
            "message": "성공",
            "data": {"inquiryNo": inquiry, "inquiryCommentNo": answer_id},
        }),
    ))
}

fn refuse(code: &str, message: &str) -> Answer {
    Answer::error(Family::PayUser, StatusCode::BAD_REQUEST, code, message)
}

fn bad_input(name: &str) -> Answer {
    let message = format!("{name} 항목이 올바르지 않습니다.");
    refuse("4001", "입력값이 올바르지 않습니다.").with_inputs(&[(name, "", &message)])
}

fn merchant_error(code: &str, message: &str) -> Answer {
    Answer::error(Family::PayMerchant, StatusCode::BAD_REQUEST, code, message)
}
