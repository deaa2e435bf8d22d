//! The seller answers a stop request: the goods stay, or they have left already.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::params::{self, Refusal};
use super::{Caller, answer, couriers, invoices, loose};
use crate::shared::Shared;
use crate::store::Store;
use crate::world::{
    CompletedBy, Fact, Parcel, ParcelStatus, Receipt, ReceiptStatus, Release, ReturnEvent, Tracking,
};

pub const UNKNOWN: &str = "취소반품접수내역이 존재하지 않습니다.";
pub const COUNT_DIFFERS: &str = "취소반품접수수량과 cancelCount가 일치하지 않습니다.";
pub const COMPLETED: &str = "이미 반품이 완료 되었습니다.";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stopped {
    vendor_id: String,
    #[serde(deserialize_with = "loose::number")]
    receipt_id: i64,
    #[serde(deserialize_with = "loose::number")]
    cancel_count: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AlreadyShipped {
    vendor_id: String,
    #[serde(deserialize_with = "loose::number")]
    receipt_id: i64,
    delivery_company_code: String,
    #[serde(deserialize_with = "loose::text")]
    invoice_number: String,
}

/// `PUT|PATCH …/returnRequests/{receiptId}/stoppedShipment`.
pub async fn stopped(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((_, id)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let request: Stopped = params::body(&bytes)?;
    let (world_now, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let receipt = open_receipt(&store, account, &request.vendor_id, &id, request.receipt_id)?;
    if receipt.count() != request.cancel_count {
        return Err(Refusal::bad_request(COUNT_DIFFERS));
    }
    if parcels(&store, receipt).any(|parcel| parcel.status > ParcelStatus::Departure) {
        return Err(Refusal::internal("출고 되어 처리할 수 없습니다."));
    }
    let receipt = receipt.id;
    store.record(
        real,
        &[Fact::StopConfirmed {
            receipt,
            at: world_now,
        }],
    )?;
    Ok(answer::written(
        json!({"resultCode": "SUCCESS", "resultMessage": "출고중지 처리가 완료되었습니다."}),
    ))
}

/// `PUT|PATCH …/returnRequests/{receiptId}/completedShipment`.
pub async fn already_shipped(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((_, id)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let request: AlreadyShipped = params::body(&bytes)?;
    let (world_now, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let receipt = open_receipt(&store, account, &request.vendor_id, &id, request.receipt_id)?;
    let code = request.delivery_company_code;
    let courier = couriers::find(&code)
        .ok_or_else(|| Refusal::bad_request(format!("invalid delivery company code:{code}")))?;
    let parcel_id = receipt
        .items
        .first()
        .map(|item| item.parcel_id)
        .unwrap_or_default();
    if request.invoice_number.is_empty() || courier.check(&request.invoice_number).is_err() {
        let message = format!("송장번호가 유효하지 않습니다. [합포장번호 : {parcel_id}]");
        return Err(Refusal::bad_request(message));
    }
    let tracking = Tracking {
        carrier: code,
        number: request.invoice_number,
        uploaded_at: world_now,
        in_transit_at: None,
        delivered_at: None,
    };
    if parcels(&store, receipt)
        .any(|parcel| invoices::used_elsewhere(&store.world, parcel, &tracking))
    {
        let message = format!("NOT_ALLOW_INVOICE_NUMBER_RE_UPLOAD [{}]", tracking.number);
        return Err(Refusal::bad_request(message));
    }
    let receipt = receipt.id;
    let mut facts = vec![Fact::ShippedAnyway { receipt, tracking }];
    if shared.coupang.rules().already_shipped_completes {
        facts.push(Fact::Return {
            event: ReturnEvent::Completed {
                receipt,
                at: world_now,
                by: CompletedBy::Vendor,
            },
        });
    }
    store.record(real, &facts)?;
    // The documents show this reply with everything inside `data`.
    Ok(answer::ok(&json!({"data": {
        "code": "200", "message": "OK", "resultCode": "SUCCESS", "resultMessage": "이미출고 처리가 완료되었습니다.",
    }})))
}

/// The receipt of a call, if it still waits for this answer.
fn open_receipt<'a>(
    store: &'a Store,
    account: u32,
    vendor_id: &str,
    id_in_path: &str,
    id_in_body: i64,
) -> Result<&'a Receipt, Refusal> {
    super::check_vendor(&store.world, account, vendor_id)?;
    let id: i64 = id_in_path
        .parse()
        .map_err(|_| Refusal::bad_request(UNKNOWN))?;
    let receipt = store
        .world
        .receipt(id)
        .filter(|receipt| receipt.account == account && id == id_in_body)
        .filter(|receipt| receipt.status != ReceiptStatus::Withdrawn);
    let receipt = receipt.ok_or_else(|| Refusal::bad_request(UNKNOWN))?;
    match (receipt.status, receipt.release) {
        (ReceiptStatus::ReleaseStopUnchecked, Release::NotShipped)
        | (ReceiptStatus::ReturnsUnchecked, Release::NotShipped) => Ok(receipt),
        (ReceiptStatus::ReturnsCompleted, _) => Err(Refusal::bad_request(COMPLETED)),
        (status, _) => {
            let message = format!(
                "상품준비중 또는 배송지시 상태의 주문이 아닙니다. [{}]",
                status.as_str()
            );
            Err(Refusal::bad_request(message))
        }
    }
}

fn parcels<'a>(store: &'a Store, receipt: &'a Receipt) -> impl Iterator<Item = &'a Parcel> {
    receipt
        .items
        .iter()
        .filter_map(|item| store.world.parcel(item.parcel_id))
}
