//! 반품: the seller raises one, takes the goods back, or refuses.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::super::answer::Answer;
use super::super::buyer::{claimed, finished, new_claim};
use super::super::confirm::CHECK_STATUS;
use super::super::rules::Rules;
use super::super::world::{
    Change, Claim, ClaimKind, ClaimStatus, Collect, Method, ProductOrder, Status,
};
use super::super::{Caller, couriers, params};
use super::cancel::REASONS;
use super::{CHECK_CLAIM, Call, HELD, needed, reason, word};
use crate::shared::Shared;
use crate::world::Fact;

/// Reasons that only a return has.
const MORE_REASONS: [&str; 4] = [
    "DROPPED_DELIVERY",
    "BROKEN",
    "WRONG_DELIVERY",
    "WRONG_OPTION",
];
const MOST_REASON: usize = 500;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default, deserialize_with = "word")]
    return_reason: Option<String>,
    #[serde(default)]
    collect_delivery_method: Option<Method>,
    #[serde(default, deserialize_with = "word")]
    collect_delivery_company: Option<String>,
    #[serde(default)]
    collect_tracking_number: Option<String>,
    #[serde(default)]
    return_quantity: Option<i64>,
}

/// `POST …/{productOrderId}/claim/return/request`.
pub async fn request(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let body: Request = params::body(&bytes)?;
    let known = [&REASONS[..], &MORE_REASONS[..]].concat();
    let why = reason("returnReason", body.return_reason.as_deref(), &known)?;
    let method = body
        .collect_delivery_method
        .ok_or_else(|| params::missing("collectDeliveryMethod"))?;
    let company = body.collect_delivery_company;
    if !method.collects() {
        return Err(params::wrong("collectDeliveryMethod"));
    }
    if company
        .as_deref()
        .is_some_and(|code| !couriers::is_known(code))
    {
        return Err(Answer::unreadable());
    }
    let call = Call {
        shared: &shared,
        account,
        id: &id,
    };
    call.decide(|scene| {
        let row = scene.product_order;
        if !can_come_back(row) {
            return Err(CHECK_STATUS);
        }
        let quantity = scene.quantity(body.return_quantity)?;
        let claim = Claim {
            by_seller: true,
            reason: why.to_owned(),
            collect: Some(Collect {
                method,
                company,
                number: body.collect_tracking_number,
                done_at: None,
            }),
            ..new_claim(
                scene.next_claim,
                ClaimKind::Return,
                row,
                quantity,
                scene.now,
            )
        };
        let change = Change::ClaimRequested;
        Ok(vec![claimed(
            row.id,
            claim,
            row.status,
            change,
            scene.rules,
            scene.now,
        )])
    })
}

/// Whether a return or an exchange can be raised: it left the seller, and no other claim runs but an exchange whose
/// new goods are on their way.
pub fn can_come_back(row: &ProductOrder) -> bool {
    matches!(row.status, Status::Delivering | Status::Delivered)
        && row
            .running_claim()
            .is_none_or(|claim| claim.status == ClaimStatus::ExchangeRedelivering)
}

/// `POST …/{productOrderId}/claim/return/approve`.
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
        let claim = scene.claim(ClaimKind::Return)?;
        match claim.status {
            ClaimStatus::ReturnDone => Ok(Vec::new()),
            ClaimStatus::CollectDone if claim.is_held() => Err(HELD),
            ClaimStatus::CollectDone => {
                let row = scene.product_order;
                Ok(vec![refunded(row, claim, scene.rules, scene.now)])
            }
            _ => Err(CHECK_CLAIM),
        }
    })
}

/// The buyer has the money back, by the seller's yes or by time.
pub fn refunded(row: &ProductOrder, claim: &Claim, rules: &Rules, now: DateTime<Utc>) -> Fact {
    let status = if claim.quantity >= row.remaining {
        Status::Returned
    } else {
        claim.status_before
    };
    let done = finished(claim, ClaimStatus::ReturnDone, now);
    claimed(row.id, done, status, Change::ClaimCompleted, rules, now)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rejection {
    #[serde(default)]
    reject_return_reason: Option<String>,
}

/// `POST …/{productOrderId}/claim/return/reject`.
pub async fn reject(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let body: Rejection = params::body(&bytes)?;
    let text = body.reject_return_reason.as_deref();
    let why = needed("rejectReturnReason", text, MOST_REASON)?;
    let call = Call {
        shared: &shared,
        account,
        id: &id,
    };
    call.decide(|scene| {
        let claim = scene.claim(ClaimKind::Return)?;
        match claim.status {
            ClaimStatus::ReturnReject => Ok(Vec::new()),
            ClaimStatus::ReturnRequest | ClaimStatus::Collecting => {
                let rejected = Claim {
                    reject_reason: Some(why.to_owned()),
                    ..finished(claim, ClaimStatus::ReturnReject, scene.now)
                };
                let row = scene.product_order;
                let (status, change) = (settled(row, claim), Change::ClaimRejected);
                Ok(vec![claimed(
                    row.id,
                    rejected,
                    status,
                    change,
                    scene.rules,
                    scene.now,
                )])
            }
            _ => Err(CHECK_CLAIM),
        }
    })
}

/// The status of a product order whose claim came to nothing: as before, or further if it arrived meanwhile.
pub fn settled(row: &ProductOrder, claim: &Claim) -> Status {
    if row.status == Status::Delivered {
        Status::Delivered
    } else {
        claim.status_before
    }
}
