//! The seller cancels: goods that wait are gone at once, goods that are being prepared are stopped.
//!
//! The envelope is odd: when nothing could be cancelled, the code in the body is 400 and the status 200.

use std::collections::HashMap;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::loose::Number;
use super::params::{self, Refusal};
use super::{Caller, answer, orders};
use crate::shared::Shared;
use crate::world::{
    CompletedBy, Fact, Order, ParcelStatus, Reason, Receipt, ReceiptItem, ReceiptKind,
    ReceiptStatus, Release, ReturnEvent, World,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    order_id: Option<Number>,
    #[serde(default)]
    vendor_item_ids: Vec<Number>,
    #[serde(default)]
    receipt_counts: Vec<Number>,
    big_cancel_code: Option<String>,
    middle_cancel_code: Option<String>,
    vendor_id: Option<String>,
    user_id: Option<String>,
}

/// `POST …/orders/{orderId}/cancel`.
pub async fn cancel(
    State(shared): State<Shared>,
    Extension(Caller(account)): Extension<Caller>,
    Path((_, id)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let request: Request = params::body(&bytes)?;
    let (world_now, real) = (shared.clock.world(), shared.clock.real());
    let mut store = shared.store();
    let reason = check(&store.world, account, &request)?;
    let order = id
        .parse()
        .ok()
        .filter(|id| Some(Number(*id)) == request.order_id)
        .and_then(|id| store.world.order(id))
        .filter(|order| order.account == account)
        .ok_or_else(|| Refusal::bad_request(orders::INVALID_ORDER))?;
    let order_id = order.id;
    let (mut gone, mut stopped, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    let mut taken = HashMap::new();
    for (Number(item), Number(count)) in request.vendor_item_ids.iter().zip(&request.receipt_counts)
    {
        match pick(&store.world, order, *item, *count, &mut taken) {
            Ok(found) => {
                for (status, item) in found {
                    if status == ParcelStatus::Accept {
                        gone.push(item);
                    } else {
                        stopped.push(item);
                    }
                }
            }
            Err(reason) => failed.push((*item, reason)),
        }
    }
    let (mut facts, mut receipts) = (Vec::new(), Map::new());
    let mut serial = store.world.receipt_count();
    for (kind, items) in [(ReceiptKind::Cancel, gone), (ReceiptKind::Return, stopped)] {
        if items.is_empty() {
            continue;
        }
        let receipt = store
            .world
            .draft_receipt(serial, order_id, kind, items, world_now);
        serial += 1;
        let receipt = completed(receipt, reason);
        receipts.insert(receipt.id.to_string(), describe(&receipt));
        facts.push(match kind {
            ReceiptKind::Cancel => Fact::Cancelled { receipt },
            ReceiptKind::Return => Fact::Return {
                event: ReturnEvent::SellerStopped { receipt },
            },
        });
    }
    store.record(real, &facts)?;
    drop(store);
    let code = if receipts.is_empty() { "400" } else { "200" };
    let mut message = format!("[요청번호] {} \\r\\n", uuid::Uuid::new_v4());
    for (item, reason) in &failed {
        message.push_str(&format!("[{item}]<= {reason} \\r\\n"));
    }
    let failed: Vec<i64> = failed.into_iter().map(|(item, _)| item).collect();
    Ok(answer::ok(&json!({
        "code": code,
        "message": message,
        "data": {"receiptMap": receipts, "orderId": order_id, "failedVendorItemIds": failed},
    })))
}

/// What makes the whole call fail; answers why the seller cancels.
fn check(world: &World, account: u32, request: &Request) -> Result<Reason, Refusal> {
    let missing = |name: &str| Refusal::bad_request(format!("{name}은(는) 필수값입니다."));
    let present = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    if request.order_id.is_none() {
        return Err(missing("orderId"));
    }
    if request.vendor_item_ids.is_empty() {
        return Err(missing("vendorItemIds"));
    }
    if request.receipt_counts.is_empty() {
        return Err(missing("receiptCounts"));
    }
    for (name, value) in [
        ("bigCancelCode", &request.big_cancel_code),
        ("middleCancelCode", &request.middle_cancel_code),
        ("vendorId", &request.vendor_id),
        ("userId", &request.user_id),
    ] {
        if !present(value) {
            return Err(missing(name));
        }
    }
    super::check_vendor(
        world,
        account,
        request.vendor_id.as_deref().unwrap_or_default(),
    )?;
    if request.vendor_item_ids.len() != request.receipt_counts.len() {
        return Err(Refusal::bad_request(
            "vendorItemIds와 receiptCounts의 개수가 일치하지 않습니다.",
        ));
    }
    if request.receipt_counts.iter().any(|count| count.0 < 1) {
        return Err(Refusal::bad_request("receiptCounts는 0보다 커야 합니다."));
    }
    let user = request.user_id.as_deref().unwrap_or_default();
    if world
        .account(account)
        .is_none_or(|known| known.wing_id != user)
    {
        return Err(Refusal::bad_request(format!(
            "userId가 올바르지 않습니다. [{user}]"
        )));
    }
    let codes = (
        request.big_cancel_code.as_deref().unwrap_or_default(),
        request.middle_cancel_code.as_deref().unwrap_or_default(),
    );
    match codes {
        ("CANERR", "CCTTER") => Ok(Reason::SoldOut),
        ("CANERR", "CCPNER") => Ok(Reason::Undeliverable),
        ("CANERR", "CCPRER") => Ok(Reason::PriceError),
        (big, middle) => Err(Refusal::bad_request(format!(
            "취소사유 코드가 올바르지 않습니다. [{big}, {middle}]"
        ))),
    }
}

/// Takes `count` of an option from the parcels that can still be cancelled, or says why not.
fn pick(
    world: &World,
    order: &Order,
    vendor_item_id: i64,
    count: i64,
    taken: &mut HashMap<(i64, i64), i64>,
) -> Result<Vec<(ParcelStatus, ReceiptItem)>, &'static str> {
    let (mut found, mut known, mut cancellable, mut left) = (Vec::new(), false, false, count);
    for parcel in order.parcel_ids.iter().filter_map(|id| world.parcel(*id)) {
        for line in parcel
            .lines
            .iter()
            .filter(|line| line.vendor_item_id == vendor_item_id)
        {
            known = true;
            if !matches!(parcel.status, ParcelStatus::Accept | ParcelStatus::Instruct) {
                continue;
            }
            cancellable = true;
            let before = taken.entry((parcel.id, vendor_item_id)).or_default();
            let part = left.min(line.open() - *before);
            if part > 0 {
                left -= part;
                found.push((
                    parcel.status,
                    ReceiptItem {
                        parcel_id: parcel.id,
                        vendor_item_id,
                        count: part,
                    },
                ));
            }
        }
    }
    if !known {
        return Err("주문에 없는 상품입니다");
    }
    if !cancellable {
        return Err("결제완료 또는 상품준비중 상태의 상품만 취소할 수 있습니다");
    }
    if left > 0 {
        return Err("취소 가능한 개수보다 요청한 개수가 더 많습니다");
    }
    for (_, item) in &found {
        *taken
            .entry((item.parcel_id, item.vendor_item_id))
            .or_default() += item.count;
    }
    Ok(found)
}

/// The receipt of a cancel that needs nobody's answer. For goods that are stopped the reason is forced.
fn completed(receipt: Receipt, reason: Reason) -> Receipt {
    match receipt.kind {
        ReceiptKind::Cancel => Receipt { reason, ..receipt },
        ReceiptKind::Return => Receipt {
            status: ReceiptStatus::ReturnsCompleted,
            release: Release::Stopped,
            completed_by: CompletedBy::Vendor,
            reason: Reason::SoldOut,
            ..receipt
        },
    }
}

fn describe(receipt: &Receipt) -> Value {
    let mut items: Vec<i64> = receipt
        .items
        .iter()
        .map(|item| item.vendor_item_id)
        .collect();
    items.dedup();
    json!({
        "receiptId": receipt.id,
        "receiptType": match receipt.kind {
            ReceiptKind::Cancel => "CANCEL",
            ReceiptKind::Return => "STOP_SHIPMENT",
        },
        "vendorItemIds": items,
        "totalCount": receipt.count(),
    })
}
