//! 발송지연 and 배송희망일 변경: the seller ships later, or on another day the buyer agreed to.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;

use super::answer::Answer;
use super::claims::{Call, needed, reason, word};
use super::confirm::{CHECK_STATUS, ItemRefusal};
use super::dispatch::instant;
use super::world::{Delay, Hope, PlaceStatus, ProductOrder, SmartFact, Status, What};
use super::{Caller, kst, params};
use crate::shared::Shared;

const REASONS: [&str; 6] = [
    "PRODUCT_PREPARE",
    "CUSTOMER_REQUEST",
    "CUSTOM_BUILD",
    "RESERVED_DISPATCH",
    "OVERSEA_DELIVERY",
    "ETC",
];
/// How far off a new due date may be. Not documented; longer ones are refused somewhere.
const FURTHEST: TimeDelta = TimeDelta::days(90);
const FURTHEST_HOPE: TimeDelta = TimeDelta::days(30);
const MOST_DETAIL: usize = 500;

const DUE_OUT_OF_RANGE: ItemRefusal = ("104105", "발송기한 입력 범위를 초과하였습니다.");
const NOT_CONFIRMED: ItemRefusal = ("104443", "발주상태를 확인해주세요.");
const NO_HOPE: ItemRefusal = ("104441", "배송희망일 상품이 아닙니다.");
const BAD_DAY: ItemRefusal = ("104444", "배송희망일이 유효하지 않습니다.");
const TOO_FAR: ItemRefusal = ("104445", "배송희망일이 변경 가능한 기간을 초과하였습니다.");
const SAME_DAY: ItemRefusal = ("104446", "기존 배송희망일과 동일합니다.");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DelayRequest {
    #[serde(default, deserialize_with = "instant")]
    dispatch_due_date: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "word")]
    delayed_dispatch_reason: Option<String>,
    /// Spelt differently where it is read.
    #[serde(default)]
    dispatch_delayed_detailed_reason: Option<String>,
}

/// `POST …/{productOrderId}/delay`. A later call overwrites an earlier one.
pub async fn delay(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let body: DelayRequest = params::body(&bytes)?;
    let due_at = body
        .dispatch_due_date
        .ok_or_else(|| params::missing("dispatchDueDate"))?;
    let why = reason(
        "delayedDispatchReason",
        body.delayed_dispatch_reason.as_deref(),
        &REASONS,
    )?;
    let detail = match body.dispatch_delayed_detailed_reason.as_deref() {
        None | Some("") => None,
        text => Some(needed("dispatchDelayedDetailedReason", text, MOST_DETAIL)?.to_owned()),
    };
    let call = Call {
        shared: &shared,
        account,
        id: &id,
    };
    call.decide(|scene| {
        is_waiting(scene.product_order)?;
        if due_at <= scene.now || due_at > scene.now + FURTHEST {
            return Err(DUE_OUT_OF_RANGE);
        }
        let what = What::Delayed {
            product_order: scene.product_order.id,
            due_at,
            delay: Delay {
                reason: why.to_owned(),
                detail,
            },
        };
        Ok(vec![SmartFact::of(scene.now, what)])
    })
}

/// Confirmed, not shipped, and not wanted back.
fn is_waiting(row: &ProductOrder) -> Result<(), ItemRefusal> {
    if row.status != Status::Payed || row.running_claim().is_some() {
        return Err(CHECK_STATUS);
    }
    if row.place_status != PlaceStatus::Ok {
        return Err(NOT_CONFIRMED);
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HopeRequest {
    #[serde(default)]
    hope_delivery_ymd: Option<String>,
    #[serde(default)]
    hope_delivery_hm: Option<String>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    change_reason: Option<String>,
}

/// `POST …/{productOrderId}/hope-delivery/change`.
pub async fn change_hope(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Answer, Answer> {
    let body: HopeRequest = params::body(&bytes)?;
    let day = needed("hopeDeliveryYmd", body.hope_delivery_ymd.as_deref(), 8)?;
    let why = needed("changeReason", body.change_reason.as_deref(), 300)?;
    let region = match body.region.as_deref() {
        None => None,
        text => Some(needed("region", text, 30)?.to_owned()),
    };
    let call = Call {
        shared: &shared,
        account,
        id: &id,
    };
    call.decide(|scene| {
        let row = scene.product_order;
        let known = row.hope.as_ref().ok_or(NO_HOPE)?;
        is_waiting(row)?;
        let date = NaiveDate::parse_from_str(day, "%Y%m%d").map_err(|_| BAD_DAY)?;
        let time = body.hope_delivery_hm.as_deref();
        if time.is_some_and(|text| chrono::NaiveTime::parse_from_str(text, "%H%M").is_err()) {
            return Err(BAD_DAY);
        }
        let today = scene.now.with_timezone(&kst()).date_naive();
        if date < today {
            return Err(BAD_DAY);
        }
        if date - today > FURTHEST_HOPE {
            return Err(TOO_FAR);
        }
        if known.day == day && time.is_none_or(|time| known.time.as_deref() == Some(time)) {
            return Err(SAME_DAY);
        }
        let hope = Hope {
            day: day.to_owned(),
            time: time.map(str::to_owned).or_else(|| known.time.clone()),
            region: region.or_else(|| known.region.clone()),
            change_reason: Some(why.to_owned()),
            changed_at: Some(SmartFact::moment(scene.now)),
        };
        let what = What::HopeChanged {
            product_order: row.id,
            hope,
        };
        Ok(vec![SmartFact::of(scene.now, what).late(scene.rules)])
    })
}
