//! What the call centre hands on: the list, one matter, the seller's answer or confirmation.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, State};
use axum::http::Uri;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::params::{self, Params, Refusal};
use super::questions::{check_vendor, page, week};
use super::wire::Edition;
use super::{Caller, answer, loose};
use crate::shared::Shared;
use crate::store::Store;
use crate::world::{Answer, Counsel, CounselState, CounselWish, Fact, InquiryEvent, World};

const NOT_OPEN: &str = "The inquiry can't be answer. It can do only inquiryStatus:progress, partnerTransferStatus:requestAnswer";
const ENDED: &str = "상담이 종료된 문의입니다 - 522";

/// `GET …/callCenterInquiries`.
pub async fn list(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let edition = Edition::of_path(uri.path());
    let params = Params::parse(uri.query());
    let store = shared.store();
    check_vendor(&params, &store.world, account)?;
    let status = params.required("partnerCounselingStatus")?;
    if !matches!(status, "NONE" | "ANSWER" | "NO_ANSWER" | "TRANSFER") {
        return Err(Refusal::bad_request(format!(
            "partnerCounselingStatus ({status}) should be one of NONE, ANSWER, NO_ANSWER, TRANSFER"
        )));
    }
    let (item, order) = (params.id("vendorItemId")?, params.id("orderId")?);
    let dated = params.get("inquiryStartAt").is_some() || params.get("inquiryEndAt").is_some();
    let span = if dated || (item.is_none() && order.is_none()) {
        Some(week(&params)?)
    } else {
        None
    };
    let rows: Vec<&Counsel> = store
        .world
        .counsels()
        .filter(|counsel| counsel.account == account)
        .filter(|counsel| {
            span.is_none_or(|span| (span.from..span.until).contains(&counsel.asked_at))
        })
        .filter(|counsel| item.is_none_or(|item| counsel.vendor_item_id == item))
        .filter(|counsel| order.is_none_or(|order| counsel.order_id == order))
        .filter(|counsel| match status {
            "ANSWER" => !counsel.is_open(),
            "NO_ANSWER" => counsel.is_open() && counsel.wants == CounselWish::Answer,
            "TRANSFER" => counsel.is_open() && counsel.wants == CounselWish::Confirmation,
            _ => true,
        })
        .collect();
    let data = page(&rows, &params, 30, |counsel| {
        describe(&store.world, counsel, edition)
    })?;
    Ok(answer::ok(
        &json!({"code": 200, "message": "OK", "data": data}),
    ))
}

/// `GET …/v5/vendors/callCenterInquiries/{inquiryId}`: no vendor in the path.
pub async fn single(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Refusal> {
    let number: i64 = id
        .parse()
        .map_err(|_| Refusal::bad_request(format!("Invalid format inquiryId : {id}")))?;
    let store = shared.store();
    let counsel = store
        .world
        .counsel(number)
        .ok_or_else(|| Refusal::not_found("Inquiry not found"))?;
    if counsel.account != account {
        return Err(Refusal::not_found(
            "Vendor id should be same with the vendor id in this inquiry",
        ));
    }
    let data = describe(&store.world, counsel, Edition::of_path(uri.path()));
    Ok(answer::ok(
        &json!({"code": "200", "message": "OK", "data": data}),
    ))
}

fn describe(world: &World, counsel: &Counsel, edition: Edition) -> Value {
    let listing = world
        .account(counsel.account)
        .and_then(|account| account.listing(counsel.vendor_item_id));
    let order = world.order(counsel.order_id);
    let open = counsel.is_open();
    let mut replies = vec![json!({
        "answerId": counsel.note_id(),
        "parentAnswerId": 0,
        "partnerTransferStatus": if open { "requestAnswer" } else { "answered" },
        "partnerTransferCompleteReason": "NONE",
        "answerType": "csAgent",
        "needAnswer": open && counsel.wants == CounselWish::Answer,
        "receptionistName": "쿠팡고객센터",
        "receptionist": "cs_agent",
        "replyAt": edition.later_instant(Some(counsel.asked_at)),
        "content": counsel.content,
    })];
    if let Some(answer) = &counsel.answer {
        let by_vendor = counsel.state != CounselState::Lapsed;
        replies.push(json!({
            "answerId": answer.id,
            "parentAnswerId": counsel.note_id(),
            "partnerTransferStatus": null,
            "partnerTransferCompleteReason": null,
            "answerType": if by_vendor { "vendor" } else { "csAgent" },
            "needAnswer": false,
            "receptionistName": answer.by,
            "receptionist": answer.by,
            "replyAt": edition.later_instant(Some(answer.at)),
            "content": answer.content,
        }));
    }
    json!({
        "inquiryId": counsel.id,
        "inquiryStatus": if is_complete(counsel) { "complete" } else { "progress" },
        "csPartnerCounselingStatus": if open { "requestAnswer" } else { "answered" },
        "vendorItemId": [counsel.vendor_item_id],
        "itemName": listing.map(|listing| listing.full_name()),
        // The words are in the replies; this is what the field always says.
        "content": "상담이력",
        "answeredAt": edition.later_instant(counsel.answer.as_ref().map(|answer| answer.at)),
        "replies": replies,
        "inquiryAt": edition.later_instant(Some(counsel.asked_at)),
        "buyerEmail": "",
        "buyerPhone": order.map(|order| edition.phone(&order.receiver.safe_number)),
        "orderId": counsel.order_id,
        "orderDate": edition.later_instant(order.map(|order| order.ordered_at)),
        "receiptCategory": "배송>배송문의>배송일정",
        "saleStartedAt": "2026-01-02",
        "saleEndedAt": "2999-12-31",
    })
}

/// Whether the call centre has closed the matter: when it was only to be confirmed, or nobody answered.
fn is_complete(counsel: &Counsel) -> bool {
    matches!(
        counsel.state,
        CounselState::Confirmed | CounselState::Lapsed
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    vendor_id: String,
    #[serde(deserialize_with = "loose::number")]
    inquiry_id: i64,
    content: String,
    reply_by: String,
    parent_answer_id: Option<loose::Number>,
}

/// `POST …/callCenterInquiries/{inquiryId}/replies`.
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
    if id != request.inquiry_id.to_string() {
        return Err(Refusal::bad_request(format!(
            "Invalid format inquiryId : {id}"
        )));
    }
    let counsel = own(&store, account, &id)?;
    check_user(&store.world, account, &request.reply_by)?;
    let length = request.content.chars().count();
    if !(2..=1000).contains(&length) {
        return Err(Refusal::bad_request(
            "The reply content length should be between 2 ~ 1000",
        ));
    }
    let parent = request
        .parent_answer_id
        .filter(|parent| parent.0 != 0)
        .ok_or_else(|| Refusal::bad_request("The parentAnswerId is required."))?;
    if is_complete(counsel) {
        return Err(Refusal::bad_request(ENDED));
    }
    if !counsel.is_open() || parent.0 != counsel.note_id() {
        return Err(Refusal::bad_request(NOT_OPEN));
    }
    let answer = Answer {
        id: counsel.id * 10_000 + 2,
        content: request.content,
        by: request.reply_by,
        at,
    };
    let event = InquiryEvent::CounselAnswered {
        counsel: counsel.id,
        answer,
    };
    store.record(real, &[Fact::Inquiry { event }])?;
    Ok(answer::ok(&json!({"code": "200", "message": "OK"})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Confirmation {
    confirm_by: String,
}

/// `POST …/callCenterInquiries/{inquiryId}/confirms`: for what needs no answer.
pub async fn confirm(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((_, id)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let request: Confirmation = params::body(&bytes)?;
    let (at, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let counsel = own(&store, account, &id)?;
    check_user(&store.world, account, &request.confirm_by)?;
    if !counsel.is_open() {
        return Err(Refusal::bad_request(ENDED));
    }
    if counsel.wants == CounselWish::Answer {
        return Err(Refusal::bad_request(
            "답변이 필요한 문의는 확인 처리할 수 없습니다.",
        ));
    }
    let event = InquiryEvent::CounselConfirmed {
        counsel: counsel.id,
        by: request.confirm_by,
        at,
    };
    store.record(real, &[Fact::Inquiry { event }])?;
    Ok(answer::ok(&json!({"code": "200", "message": "OK"})))
}

fn own<'a>(store: &'a Store, account: u32, id: &str) -> Result<&'a Counsel, Refusal> {
    let number: i64 = id
        .parse()
        .map_err(|_| Refusal::bad_request(format!("Invalid format inquiryId : {id}")))?;
    store
        .world
        .counsel(number)
        .filter(|counsel| counsel.account == account)
        .ok_or_else(|| Refusal::not_found("Inquiry not found"))
}

/// 520 is a login that does not exist, 521 one of another vendor.
fn check_user(world: &World, account: u32, user: &str) -> Result<(), Refusal> {
    let own = world
        .account(account)
        .is_some_and(|known| known.wing_id == user);
    if own {
        return Ok(());
    }
    let known = world.accounts().iter().any(|known| known.wing_id == user);
    let code = if known { 521 } else { 520 };
    Err(Refusal::bad_request(format!(
        "userId가 올바르지 않습니다 - {code}"
    )))
}
