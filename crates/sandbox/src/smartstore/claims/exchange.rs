//! 교환: the goods come back, others leave; or the seller refuses.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::super::answer::Answer;
use super::super::buyer::{claimed, collected, finished};
use super::super::confirm::ItemRefusal;
use super::super::world::{Change, Claim, ClaimKind, ClaimStatus, Method, Shipment, SmartFact};
use super::super::{Caller, couriers, params};
use super::returns::settled;
use super::{CHECK_CLAIM, Call, HELD, needed, word};
use crate::shared::Shared;

const NOT_COLLECTED: ItemRefusal = (
    "104417",
    "교환 상태를 확인해주세요. 재배송 처리를 할 수 없습니다.",
);
const NO_COMPANY: ItemRefusal = ("104118", "택배사를 입력해주세요.");
const BAD_COMPANY: ItemRefusal = ("104119", "택배사 코드를 확인해주세요.");
const NO_NUMBER: ItemRefusal = ("104120", "송장번호를 입력해주세요.");
const BAD_NUMBER: ItemRefusal = ("104122", "유효하지 않은 송장번호입니다.");
const CHANGE_METHOD: ItemRefusal = ("104116", "배송방법을 변경해주세요.");
const MOST_REASON: usize = 500;

/// `POST …/{productOrderId}/claim/exchange/collect/approve`: the goods are back.
pub async fn approve_collect(
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
        let claim = scene.claim(ClaimKind::Exchange)?;
        match claim.status {
            ClaimStatus::CollectDone => Ok(Vec::new()),
            ClaimStatus::Collecting => {
                let row = scene.product_order;
                let (back, change) = (collected(claim, scene.now), Change::CollectDone);
                Ok(vec![claimed(
                    row.id,
                    back,
                    row.status,
                    change,
                    scene.rules,
                    scene.now,
                )])
            }
            _ => Err(CHECK_CLAIM),
        }
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Redelivery {
    #[serde(default)]
    re_delivery_method: Option<Method>,
    #[serde(default, deserialize_with = "word")]
    re_delivery_company: Option<String>,
    #[serde(default)]
    re_delivery_tracking_number: Option<String>,
}

impl Redelivery {
    fn check(&self) -> Result<Method, ItemRefusal> {
        let method = self
            .re_delivery_method
            .filter(|method| method.sends())
            .ok_or(CHANGE_METHOD)?;
        if !method.is_carried() {
            return Ok(method);
        }
        let company = self.re_delivery_company.as_deref().ok_or(NO_COMPANY)?;
        if !couriers::is_known(company) {
            return Err(BAD_COMPANY);
        }
        match self.re_delivery_tracking_number.as_deref() {
            None | Some("") => Err(NO_NUMBER),
            Some(number) if !couriers::fits(company, number) => Err(BAD_NUMBER),
            Some(_) => Ok(method),
        }
    }
}

/// `POST …/{productOrderId}/claim/exchange/dispatch`: others leave.
pub async fn dispatch(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let body: Redelivery = params::body(&bytes)?;
    let call = Call {
        shared: &shared,
        account,
        id: &id,
    };
    call.decide(|scene| {
        let method = body.check()?;
        let claim = scene.claim(ClaimKind::Exchange)?;
        let held = claim.holdback.as_ref().is_some_and(|held| held.holds());
        if let (ClaimStatus::ExchangeRedelivering, Some(sent)) = (claim.status, &claim.redelivery) {
            let same = sent.number == body.re_delivery_tracking_number;
            return if same {
                Ok(Vec::new())
            } else {
                Err(NOT_COLLECTED)
            };
        }
        if claim.status != ClaimStatus::CollectDone {
            return Err(NOT_COLLECTED);
        }
        if held {
            return Err(HELD);
        }
        let moment = SmartFact::moment(scene.now);
        let again = Claim {
            status: ClaimStatus::ExchangeRedelivering,
            approved_at: Some(moment),
            redelivery: Some(Shipment {
                method,
                company: body.re_delivery_company,
                number: body.re_delivery_tracking_number,
                dispatched_on: moment,
                sent_at: moment,
                delivered_at: None,
            }),
            ..claim.clone()
        };
        let row = scene.product_order;
        let change = Change::ClaimRedelivering;
        Ok(vec![claimed(
            row.id,
            again,
            row.status,
            change,
            scene.rules,
            scene.now,
        )])
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rejection {
    #[serde(default)]
    reject_exchange_reason: Option<String>,
}

/// `POST …/{productOrderId}/claim/exchange/reject`.
pub async fn reject(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let body: Rejection = params::body(&bytes)?;
    let text = body.reject_exchange_reason.as_deref();
    let why = needed("rejectExchangeReason", text, MOST_REASON)?;
    let call = Call {
        shared: &shared,
        account,
        id: &id,
    };
    call.decide(|scene| {
        let claim = scene.claim(ClaimKind::Exchange)?;
        match claim.status {
            ClaimStatus::ExchangeReject => Ok(Vec::new()),
            ClaimStatus::ExchangeRequest | ClaimStatus::Collecting => {
                let rejected = Claim {
                    reject_reason: Some(why.to_owned()),
                    ..finished(claim, ClaimStatus::ExchangeReject, scene.now)
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
