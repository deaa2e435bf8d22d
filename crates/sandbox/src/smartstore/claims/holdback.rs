//! 보류: the seller keeps a refund or an exchange back until something is settled, and lets it go again.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::super::answer::Answer;
use super::super::world::{Claim, ClaimKind, ClaimStatus, Holdback, SmartFact, What};
use super::super::{Caller, params};
use super::{CHECK_CLAIM, Call, Scene, needed, reason, word};
use crate::shared::Shared;
use crate::world::Fact;

const OF_RETURNS: [&str; 8] = [
    "RETURN_DELIVERYFEE",
    "EXTRAFEEE",
    "RETURN_DELIVERYFEE_AND_EXTRAFEEE",
    "RETURN_PRODUCT_NOT_DELIVERED",
    "ETC",
    "SELLER_CONFIRM_NEED",
    "PURCHASER_CONFIRM_NEED",
    "SELLER_REMIT",
];
const OF_EXCHANGES: [&str; 9] = [
    "EXCHANGE_DELIVERYFEE",
    "EXCHANGE_EXTRAFEE",
    "EXCHANGE_PRODUCT_READY",
    "EXCHANGE_PRODUCT_NOT_DELIVERED",
    "EXCHANGE_HOLDBACK",
    "ETC",
    "SELLER_CONFIRM_NEED",
    "PURCHASER_CONFIRM_NEED",
    "SELLER_REMIT",
];
const MOST_REASON: usize = 500;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default, deserialize_with = "word")]
    holdback_class_type: Option<String>,
    #[serde(default)]
    holdback_return_detail_reason: Option<String>,
    #[serde(default)]
    holdback_exchange_detail_reason: Option<String>,
    #[serde(default)]
    extra_return_fee_amount: Option<i64>,
    #[serde(default)]
    extra_exchange_fee_amount: Option<i64>,
}

/// `POST …/{productOrderId}/claim/return/holdback`.
pub async fn hold_return(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    hold(&shared, account, &id, &bytes, ClaimKind::Return)
}

/// `POST …/{productOrderId}/claim/exchange/holdback`.
pub async fn hold_exchange(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    hold(&shared, account, &id, &bytes, ClaimKind::Exchange)
}

fn hold(
    shared: &Shared,
    account: u32,
    id: &str,
    bytes: &[u8],
    kind: ClaimKind,
) -> Result<Answer, Answer> {
    let body: Request = params::body(bytes)?;
    let class = body.holdback_class_type.as_deref();
    let (class, name, detail, extra_fee) = if kind == ClaimKind::Return {
        (
            reason("holdbackClassType", class, &OF_RETURNS)?,
            "holdbackReturnDetailReason",
            body.holdback_return_detail_reason.as_deref(),
            body.extra_return_fee_amount,
        )
    } else {
        (
            reason("holdbackClassType", class, &OF_EXCHANGES)?,
            "holdbackExchangeDetailReason",
            body.holdback_exchange_detail_reason.as_deref(),
            body.extra_exchange_fee_amount,
        )
    };
    let detail = needed(name, detail, MOST_REASON)?;
    let call = Call {
        shared,
        account,
        id,
    };
    call.decide(|scene| {
        let claim = waiting(scene, kind)?;
        let holdback = Holdback {
            class: class.to_owned(),
            detail: detail.to_owned(),
            extra_fee,
            set_at: SmartFact::moment(scene.now),
            released_at: None,
        };
        Ok(vec![changed(scene, claim, holdback)])
    })
}

/// `POST …/{productOrderId}/claim/return/holdback/release`.
pub async fn release_return(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer, Answer> {
    release(&shared, account, &id, ClaimKind::Return)
}

/// `POST …/{productOrderId}/claim/exchange/holdback/release`.
pub async fn release_exchange(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Answer, Answer> {
    release(&shared, account, &id, ClaimKind::Exchange)
}

fn release(shared: &Shared, account: u32, id: &str, kind: ClaimKind) -> Result<Answer, Answer> {
    let call = Call {
        shared,
        account,
        id,
    };
    call.decide(|scene| {
        let claim = waiting(scene, kind)?;
        let holdback = claim.holdback.clone().ok_or(CHECK_CLAIM)?;
        if !holdback.holds() {
            return Ok(Vec::new());
        }
        let released = Holdback {
            released_at: Some(SmartFact::moment(scene.now)),
            ..holdback
        };
        Ok(vec![changed(scene, claim, released)])
    })
}

/// A claim of this kind that has not come to its end.
fn waiting<'a>(scene: &'a Scene<'_>, kind: ClaimKind) -> Result<&'a Claim, super::ItemRefusal> {
    let claim = scene.claim(kind)?;
    let open = claim.status.is_running() && claim.status != ClaimStatus::ExchangeRedelivering;
    if open { Ok(claim) } else { Err(CHECK_CLAIM) }
}

/// Holding back is no event of the feed.
fn changed(scene: &Scene<'_>, claim: &Claim, holdback: Holdback) -> Fact {
    let row = scene.product_order;
    let what = What::Claimed {
        product_order: row.id,
        claim: Box::new(Claim {
            holdback: Some(holdback),
            ..claim.clone()
        }),
        status: row.status,
        change: None,
    };
    SmartFact::of(scene.now, what)
}
