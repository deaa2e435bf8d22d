//! Reading order sheets: lists by day or minute, one box, one order, a box's history.

use axum::Extension;
use axum::extract::{OriginalUri, Path, State};
use axum::http::Uri;
use axum::response::Response;
use chrono::TimeDelta;
use serde::Serialize;
use serde_json::json;

use super::params::{self, Offset, Params, Refusal};
use super::rules::Rules;
use super::wire::{self, Edition, ListAnswer, Sheet};
use super::{Caller, answer};
use crate::shared::Shared;
use crate::world::{Parcel, ParcelStatus, Span};

const GONE: &str = "해당 주문이 취소 또는 반품 되었습니다.";
const GONE_IN_ENGLISH: &str = "The order has been cancelled or returned";
pub const INVALID_ORDER: &str = "유효하지 않은 주문번호 입니다.";
const NOT_YOURS: &str = "다른 판매자의 주문을 조회할 수 없습니다.";

/// `GET …/ordersheets`.
pub async fn list(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let edition = Edition::of_path(uri.path());
    let params = Params::parse(uri.query());
    let rules = shared.coupang.rules();
    let query = Query::read(&params, edition, &rules)?;
    let (now, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let page = store
        .world
        .sheet_page(
            account,
            query.status,
            query.span,
            query.after,
            now,
            query.limit,
        )
        .ok_or_else(|| Refusal::bad_request("nextToken is invalid"))?;
    let shown: Vec<i64> = page.rows.iter().map(|parcel| parcel.id).collect();
    let data: Vec<Sheet<'_>> = page
        .rows
        .iter()
        .filter_map(|parcel| wire::sheet(&store.world, parcel, edition, &rules))
        .collect();
    let body = ListAnswer {
        code: 200,
        message: "OK",
        data,
        next_token: wire::token(page.next),
    };
    let response = answer::ok(&body);
    store.world.look_in_list(&shown, now, real);
    Ok(response)
}

struct Query {
    status: ParcelStatus,
    span: Span,
    after: Option<u64>,
    limit: usize,
}

impl Query {
    fn read(params: &Params, edition: Edition, rules: &Rules) -> Result<Self, Refusal> {
        let offset = if edition == Edition::Old {
            Offset::Refused
        } else {
            Offset::Required
        };
        // The documents disagree about the offset of the end in minute mode.
        let end_offset = if edition == Edition::Old {
            Offset::Refused
        } else {
            Offset::Optional
        };
        let time_frame = params.is_time_frame()?;
        let span = if time_frame {
            let from = params::minute(params, "createdAtFrom", offset)?;
            let to = params::minute(params, "createdAtTo", end_offset)?;
            in_order(from, to)?;
            if to - from >= TimeDelta::days(1) {
                return Err(Refusal::bad_request(if rules.english_refusals {
                    "endTime-startTime range should less than 1 day"
                } else {
                    "endTime-startTime range should less than 0 day"
                }));
            }
            params::moments(from, to)
        } else {
            let from = params::day(params, "createdAtFrom", offset)?;
            let to = params::day(params, "createdAtTo", offset)?;
            in_order(from, to)?;
            if to - from >= TimeDelta::days(31) {
                return Err(Refusal::bad_request(if rules.english_refusals {
                    "endTime-startTime range should less than 32 day."
                } else {
                    "endTime-startTime range should less than31."
                }));
            }
            if rules.exclusive_end {
                Span {
                    until: params::days(to, to).from,
                    ..params::days(from, to)
                }
            } else {
                params::days(from, to)
            }
        };
        let text = params.required("status")?;
        let status = ParcelStatus::parse(text).ok_or_else(|| {
            Refusal::bad_request(format!("status ({text}) is not a valid order status"))
        })?;
        if time_frame {
            return Ok(Self {
                status,
                span,
                after: None,
                limit: usize::MAX,
            });
        }
        let after = match params.get("nextToken") {
            None => None,
            Some(token) => Some(
                wire::place_of(token)
                    .ok_or_else(|| Refusal::bad_request("nextToken is invalid"))?,
            ),
        };
        Ok(Self {
            status,
            span,
            after,
            limit: params.page_size()?,
        })
    }
}

fn in_order<T: PartialOrd>(from: T, to: T) -> Result<(), Refusal> {
    if from > to {
        return Err(Refusal::bad_request(
            "createdAtFrom should be earlier than or equal to createdAtTo",
        ));
    }
    Ok(())
}

fn gone(rules: &Rules) -> &'static str {
    if rules.english_refusals {
        GONE_IN_ENGLISH
    } else {
        GONE
    }
}

/// The envelope of single reads, whose code is text.
#[derive(Serialize)]
struct One<T> {
    code: &'static str,
    message: &'static str,
    data: T,
}

/// `GET …/ordersheets/{shipmentBoxId}`: an object.
pub async fn single(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((_, id)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Refusal> {
    let edition = Edition::of_path(uri.path());
    let rules = shared.coupang.rules();
    let real = shared.clock.real();
    let mut store = shared.store();
    let parcel = id.parse().ok().and_then(|id| store.world.parcel(id));
    let parcel = parcel.ok_or_else(|| Refusal::bad_request(INVALID_ORDER))?;
    if parcel.account != account {
        return Err(Refusal::bad_request(NOT_YOURS));
    }
    let id = parcel.id;
    let response = if parcel.status == ParcelStatus::Cancelled {
        answer::bad_request(gone(&rules))
    } else {
        let data = wire::sheet(&store.world, parcel, edition, &rules);
        answer::ok(&One {
            code: "200",
            message: "OK",
            data,
        })
    };
    // Being told that it is gone is a look, too.
    store.world.look_directly(&[id], real);
    Ok(response)
}

/// `GET …/{orderId}/ordersheets`: an array, one entry per box.
pub async fn by_order(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((_, id)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Refusal> {
    let edition = Edition::of_path(uri.path());
    let rules = shared.coupang.rules();
    let real = shared.clock.real();
    let mut store = shared.store();
    let order = id.parse().ok().and_then(|id| store.world.order(id));
    let order = order.ok_or_else(|| Refusal::bad_request(INVALID_ORDER))?;
    if order.account != account {
        return Err(Refusal::bad_request(NOT_YOURS));
    }
    let ids = order.parcel_ids.clone();
    let alive: Vec<&Parcel> = ids
        .iter()
        .filter_map(|id| store.world.parcel(*id))
        .filter(|parcel| parcel.status != ParcelStatus::Cancelled)
        .collect();
    let response = if alive.is_empty() {
        answer::bad_request(gone(&rules))
    } else {
        let data: Vec<Sheet<'_>> = alive
            .into_iter()
            .filter_map(|parcel| wire::sheet(&store.world, parcel, edition, &rules))
            .collect();
        let old_object = rules.old_order_is_object && edition == Edition::Old;
        if let Some(first) = data.first().filter(|_| old_object) {
            answer::ok(&One {
                code: "200",
                message: "OK",
                data: first,
            })
        } else {
            answer::ok(&One {
                code: "200",
                message: "OK",
                data,
            })
        }
    };
    store.world.look_directly(&ids, real);
    Ok(response)
}

/// `GET …/ordersheets/{shipmentBoxId}/history`: newest first.
pub async fn history(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((_, id)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Refusal> {
    let edition = Edition::of_path(uri.path());
    let rules = shared.coupang.rules();
    let store = shared.store();
    let parcel = id
        .parse()
        .ok()
        .and_then(|id| store.world.parcel_of(account, id));
    let parcel = parcel.ok_or_else(|| Refusal::internal("Internal Exception"))?;
    let tracking = parcel.tracking.as_ref();
    let departure = if parcel.status == ParcelStatus::NoneTracking {
        "NONE_TRACKING"
    } else {
        "DEPARTURE"
    };
    let steps = [
        (
            "FINAL_DELIVERY",
            "배송완료",
            tracking.and_then(|tracking| tracking.delivered_at),
        ),
        (
            "DELIVERING",
            "배송중",
            tracking.and_then(|tracking| tracking.in_transit_at),
        ),
        (
            departure,
            "배송지시",
            tracking.map(|tracking| tracking.uploaded_at),
        ),
        ("INSTRUCT", "상품준비중", parcel.acknowledged_at),
        ("ACCEPT", "결제완료", Some(parcel.created_at)),
    ];
    let details: Vec<_> = steps
        .into_iter()
        .filter_map(|(status, name, at)| {
            let updated_at = edition.instant(at?);
            Some(json!({"deliveryStatus": status, "deliveryStatusDesc": name, "updatedAt": updated_at}))
        })
        .collect();
    let nested = rules.new_history_nests_data && edition == Edition::New;
    let name = if nested { "data" } else { "details" };
    let data = json!({"shipmentBoxId": parcel.id, name: details});
    Ok(answer::ok(&One {
        code: "200",
        message: "OK",
        data,
    }))
}
