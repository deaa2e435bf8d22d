//! The seller's cancel, and the seller's yes to the buyer's. There is no call to say no: dispatching says it.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::super::Caller;
use super::super::answer::Answer;
use super::super::buyer::{cancelled, claimed, new_claim};
use super::super::confirm::ItemRefusal;
use super::super::params;
use super::super::world::{Change, Claim, ClaimKind, ClaimStatus, Status};
use super::{CHECK_CLAIM, Call, needed, reason, word};
use crate::shared::Shared;

/// What a seller may give as a reason.
pub const REASONS: [&str; 7] = [
    "INTENT_CHANGED",
    "COLOR_AND_SIZE",
    "WRONG_ORDER",
    "PRODUCT_UNSATISFIED",
    "DELAYED_DELIVERY",
    "SOLD_OUT",
    "INCORRECT_INFO",
];
const NOT_CANCELLABLE: ItemRefusal = ("104203", "취소 가능한 상태가 아닙니다.");
const MOST_DETAIL: usize = 500;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default, deserialize_with = "word")]
    cancel_reason: Option<String>,
    #[serde(default)]
    cancel_detailed_reason: Option<String>,
    #[serde(default)]
    cancel_quantity: Option<i64>,
}

/// `POST …/{productOrderId}/claim/cancel/request`.
pub async fn request(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let body: Request = params::body(&bytes)?;
    let why = reason("cancelReason", body.cancel_reason.as_deref(), &REASONS)?;
    let detail = match body.cancel_detailed_reason.as_deref() {
        None | Some("") => None,
        text => Some(needed("cancelDetailedReason", text, MOST_DETAIL)?.to_owned()),
    };
    let call = Call {
        shared: &shared,
        account,
        id: &id,
    };
    call.decide(|scene| {
        let row = scene.product_order;
        if row.status != Status::Payed || row.running_claim().is_some() {
            return Err(NOT_CANCELLABLE);
        }
        let quantity = scene.quantity(body.cancel_quantity)?;
        let claim = Claim {
            by_seller: true,
            reason: why.to_owned(),
            detail,
            ..new_claim(
                scene.next_claim,
                ClaimKind::Cancel,
                row,
                quantity,
                scene.now,
            )
        };
        let fact = if scene.rules.seller_cancel_waits {
            let change = Change::ClaimRequested;
            claimed(row.id, claim, row.status, change, scene.rules, scene.now)
        } else {
            cancelled(row, claim, scene.rules, scene.now)
        };
        Ok(vec![fact])
    })
}

/// `POST …/{productOrderId}/claim/cancel/approve`.
pub async fn approve(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer, Answer> {
    let call = Call {
        shared: &shared,
        account,
        id: &id,
    };
    call.decide(|scene| {
        let claim = scene.claim(ClaimKind::Cancel)?;
        match claim.status {
            ClaimStatus::CancelDone => Ok(Vec::new()),
            ClaimStatus::CancelRequest | ClaimStatus::Canceling => {
                let row = scene.product_order;
                Ok(vec![cancelled(row, claim.clone(), scene.rules, scene.now)])
            }
            _ => Err(CHECK_CLAIM),
        }
    })
}
