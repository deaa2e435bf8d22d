//! The seller works on a return: the goods are back, the refund may be made, the number they come back under.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::params::{self, Refusal};
use super::stop::{COMPLETED, UNKNOWN};
use super::{Caller, answer, loose};
use crate::shared::Shared;
use crate::store::Store;
use crate::world::{CompletedBy, Fact, Receipt, ReceiptKind, ReceiptStatus, Release, ReturnEvent};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    vendor_id: String,
    #[serde(deserialize_with = "loose::number")]
    receipt_id: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Approval {
    vendor_id: String,
    #[serde(deserialize_with = "loose::number")]
    receipt_id: i64,
    #[serde(deserialize_with = "loose::number")]
    cancel_count: i64,
}

/// `PUT|PATCH …/returnRequests/{receiptId}/receiveConfirmation`: the goods are back.
pub async fn receive(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((_, id)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let request: Request = params::body(&bytes)?;
    let (at, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let receipt = own_receipt(&store, account, &request.vendor_id, &id, request.receipt_id)?;
    let shipped = matches!(receipt.release, Release::Shipped | Release::AlreadyShipped);
    if receipt.status != ReceiptStatus::ReturnsUnchecked || !shipped {
        return Err(wrong_state(receipt));
    }
    let (id, fast) = (receipt.id, receipt.fast_refund);
    let mut facts = vec![Fact::Return {
        event: ReturnEvent::Received { receipt: id, at },
    }];
    if fast {
        facts.push(completed(id, at));
    }
    store.record(real, &facts)?;
    Ok(answer::ok(&json!({"code": "200", "message": "OK"})))
}

/// `PUT|PATCH …/returnRequests/{receiptId}/approval`: the refund may be made.
pub async fn approve(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((_, id)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let request: Approval = params::body(&bytes)?;
    let (at, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let receipt = own_receipt(&store, account, &request.vendor_id, &id, request.receipt_id)?;
    if receipt.count() != request.cancel_count {
        return Err(Refusal::bad_request(super::stop::COUNT_DIFFERS));
    }
    if receipt.status != ReceiptStatus::VendorWarehouseConfirm {
        return Err(wrong_state(receipt));
    }
    let id = receipt.id;
    store.record(real, &[completed(id, at)])?;
    Ok(answer::ok(&json!({"code": "200", "message": "OK"})))
}

fn completed(receipt: i64, at: chrono::DateTime<chrono::Utc>) -> Fact {
    Fact::Return {
        event: ReturnEvent::Completed {
            receipt,
            at,
            by: CompletedBy::Vendor,
        },
    }
}

fn wrong_state(receipt: &Receipt) -> Refusal {
    Refusal::bad_request(format!(
        "처리할 수 없는 반품 상태입니다. [{}]",
        receipt.status.as_str()
    ))
}

/// A return of this vendor that is not over.
fn own_receipt<'a>(
    store: &'a Store,
    account: u32,
    vendor_id: &str,
    id_in_path: &str,
    id_in_body: i64,
) -> Result<&'a Receipt, Refusal> {
    super::check_vendor(&store.world, account, vendor_id)?;
    let receipt = id_in_path
        .parse()
        .ok()
        .filter(|id| *id == id_in_body)
        .and_then(|id| store.world.receipt(id))
        .filter(|receipt| receipt.account == account && receipt.kind == ReceiptKind::Return)
        .filter(|receipt| receipt.status != ReceiptStatus::Withdrawn)
        .ok_or_else(|| Refusal::bad_request(UNKNOWN))?;
    if receipt.status == ReceiptStatus::ReturnsCompleted {
        return Err(Refusal::bad_request(COMPLETED));
    }
    Ok(receipt)
}
