//! Where a seller's goods leave from and come back to. The first of these lists is what many clients test a key with.

use axum::Extension;
use axum::extract::{OriginalUri, State};
use axum::http::Uri;
use axum::response::Response;
use chrono::DateTime;
use serde_json::{Value, json};

use super::params::{Params, Refusal};
use super::{Caller, answer};
use crate::shared::Shared;

const OUTBOUND_CODE: i64 = 74_010;
const RETURN_CODE: &str = "1000274592";
/// 2 January 2026 in Korea, when the shop opened.
const OPENED: i64 = 1_767_279_600;

fn address() -> Value {
    json!([{
        "addressType": "ROADNAME",
        "countryCode": "KR",
        "companyContactNumber": "02-1234-5678",
        "phoneNumber2": "",
        "returnZipCode": "06164",
        "returnAddress": "서울특별시 강남구 테헤란로 501",
        "returnAddressDetail": "1층",
    }])
}

/// The page numbers of both lists.
fn page(params: &Params) -> Result<(usize, usize), Refusal> {
    let number = params.positive("pageNum", 1)?;
    let size = params.positive("pageSize", 10)?;
    if size > 50 {
        return Err(Refusal::bad_request(
            "pageSize should be less than or equal to 50",
        ));
    }
    Ok((number, size))
}

fn pagination(number: usize, size: usize, total: usize) -> Value {
    json!({
        "currentPage": number, "countPerPage": size, "totalPages": total.div_ceil(size), "totalElements": total,
    })
}

/// `GET …/vendor/shipping-place/outbound`: no envelope.
pub async fn outbound(uri: Uri) -> Result<Response, Refusal> {
    let params = Params::parse(uri.query());
    let (number, size) = page(&params)?;
    let wanted = |name: &str, own: &str| {
        params
            .get(name)
            .is_none_or(|list| list.split(',').any(|one| one.trim() == own))
    };
    let place = json!({
        "outboundShippingPlaceCode": OUTBOUND_CODE,
        "shippingPlaceName": "본사 창고",
        "createDate": "2026/01/02",
        "placeAddresses": address(),
        "remoteInfos": [{
            "remoteInfoId": 31_001, "deliveryCode": "CJGLS", "jeju": 5_000, "notJeju": 5_000, "usable": true,
        }],
        "usable": true,
    });
    let known =
        wanted("placeCodes", &OUTBOUND_CODE.to_string()) && wanted("placeNames", "본사 창고");
    let content: Vec<Value> = Some(place)
        .filter(|_| known && number == 1)
        .into_iter()
        .collect();
    Ok(answer::ok(&json!({
        "content": content, "pagination": pagination(number, size, usize::from(known)),
    })))
}

fn return_center(shared: &Shared, account: u32) -> Value {
    let store = shared.store();
    json!({
        "vendorId": store.world.account(account).map(|known| &known.vendor_id),
        "returnCenterCode": RETURN_CODE,
        "shippingPlaceName": "반품지",
        "deliverCode": "CJGLS",
        "deliverName": "CJ대한통운",
        "goodsflowStatus": "AVAILABLE",
        "errorMessage": "",
        "createdAt": DateTime::from_timestamp(OPENED, 0).map(|at| at.timestamp_millis()),
        "vendorCreditFee02kg": 2_500,
        "vendorCreditFee05kg": 3_000,
        "vendorCreditFee10kg": 4_000,
        "vendorCreditFee20kg": 5_000,
        "returnFee02kg": 2_500,
        "returnFee05kg": 3_000,
        "returnFee10kg": 4_000,
        "returnFee20kg": 5_000,
        "usable": true,
        "placeAddresses": address(),
    })
}

/// `GET …/returnShippingCenters`.
pub async fn return_centers(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Refusal> {
    let (number, size) = page(&Params::parse(uri.query()))?;
    let content: Vec<Value> = (number == 1)
        .then(|| return_center(&shared, account))
        .into_iter()
        .collect();
    Ok(answer::ok(&json!({
        "code": 200, "message": "SUCCESS",
        "data": {"content": content, "pagination": pagination(number, size, 1)},
    })))
}

/// `GET …/return/shipping-places/center-code`: centres by their codes.
pub async fn by_code(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let params = Params::parse(uri.query());
    let codes = params.required("returnCenterCodes")?;
    let data: Vec<Value> = codes
        .split(',')
        .filter(|code| code.trim() == RETURN_CODE)
        .map(|_| return_center(&shared, account))
        .collect();
    Ok(answer::ok(
        &json!({"code": 200, "message": "SUCCESS", "data": data}),
    ))
}
