//! Buyers ask.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::ControlError;
use super::fields::Fields;
use super::orders::{check_channel, unknown};
use crate::shared::Shared;
use crate::world::{CounselWish, Fact, InquiryEvent};

/// What a buyer asks who is given no words.
pub const USUAL_QUESTION: &str = "언제 배송되나요?";

/// `POST /control/orders/{channel}/{channel_order_id}/ask`; a question about the product unless said otherwise.
pub async fn ask(
    State(shared): State<Shared>,
    Path((channel, order)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Json<Value>, ControlError> {
    check_channel(&channel)?;
    let mut fields = Fields::read(&bytes)?;
    let kind = fields.text("kind")?.unwrap_or_else(|| "product".to_owned());
    let text = fields.text("text")?;
    let text = text.unwrap_or_else(|| USUAL_QUESTION.to_owned());
    let item = fields.whole("vendor_item_id", 1..=u64::MAX)?;
    let confirmation = fields.truth("confirmation_only")?.unwrap_or(false);
    fields.finish()?;
    if !(1..=1_000).contains(&text.chars().count()) {
        return Err(ControlError::field("text", "must have 1 to 1000 letters"));
    }
    let now = shared.clock.world();
    let mut store = shared.store();
    let found = order
        .parse()
        .ok()
        .and_then(|id| store.world.order(id))
        .ok_or_else(|| unknown(&order))?;
    let (id, account) = (found.id, found.account);
    let items: Vec<i64> = found
        .parcel_ids
        .iter()
        .filter_map(|id| store.world.parcel(*id))
        .flat_map(|parcel| parcel.lines.iter().map(|line| line.vendor_item_id))
        .collect();
    let wanted = item.and_then(|item| i64::try_from(item).ok());
    let item = items
        .into_iter()
        .find(|item| wanted.is_none_or(|wanted| wanted == *item))
        .ok_or_else(|| ControlError::field("vendor_item_id", "is not in the order"))?;
    let event = match kind.as_str() {
        "product" => InquiryEvent::QuestionAsked {
            question: store.world.draft_question(account, id, item, text, now),
        },
        "call_center" => {
            let wish = if confirmation {
                CounselWish::Confirmation
            } else {
                CounselWish::Answer
            };
            InquiryEvent::CounselAsked {
                counsel: store
                    .world
                    .draft_counsel(account, id, item, text, wish, now),
            }
        }
        other => {
            let reason = format!("\"{other}\" is not one of product, call_center");
            return Err(ControlError::field("kind", reason));
        }
    };
    let inquiry = event.inquiry_id();
    store.record(shared.clock.real(), &[Fact::Inquiry { event }])?;
    drop(store);
    shared.wake.notify_one();
    Ok(Json(json!({"result": "asked", "inquiry_id": inquiry})))
}

/// `POST /control/questions/{channel}/{inquiry}/delete`: the buyer takes a question about goods away.
pub async fn delete(
    State(shared): State<Shared>,
    Path((channel, id)): Path<(String, String)>,
) -> Result<Json<Value>, ControlError> {
    check_channel(&channel)?;
    let mut store = shared.store();
    let question = id
        .parse()
        .ok()
        .and_then(|id| store.world.question(id))
        .filter(|question| !question.deleted)
        .map(|question| question.id)
        .ok_or_else(|| {
            ControlError::plain(
                StatusCode::NOT_FOUND,
                format!("coupang has no question {id}"),
            )
        })?;
    let event = InquiryEvent::QuestionDeleted { question };
    store.record(shared.clock.real(), &[Fact::Inquiry { event }])?;
    Ok(Json(json!({"result": "deleted"})))
}
