//! How a return receipt is written.

use std::borrow::Cow;

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use serde::Serialize;

use super::params::kst;
use super::rules::Rules;
use super::wire::{Edition, Money};
use crate::world::{CompletedBy, Reason, Receipt, ReceiptKind, ReceiptStatus, Release, World};

/// What the way back costs.
const RETURN_FEE: i64 = 3_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptSheet<'a> {
    receipt_id: i64,
    order_id: i64,
    payment_id: i64,
    receipt_type: &'static str,
    receipt_status: &'static str,
    created_at: String,
    modified_at: String,
    requester_name: Cow<'a, str>,
    requester_phone_number: Option<String>,
    requester_real_phone_number: Option<&'static str>,
    requester_address: &'a str,
    requester_address_detail: &'a str,
    requester_zip_code: &'a str,
    cancel_reason_category1: &'static str,
    cancel_reason_category2: &'static str,
    cancel_reason: &'static str,
    reason_code: &'static str,
    reason_code_text: &'static str,
    cancel_count_sum: i64,
    return_delivery_id: i64,
    return_delivery_type: &'static str,
    release_stop_status: &'static str,
    enclose_price: Money,
    fault_by_type: &'static str,
    pre_refund: bool,
    complete_confirm_type: &'static str,
    complete_confirm_date: String,
    return_items: Vec<Item<'a>>,
    return_delivery_dtos: Vec<Delivery<'a>>,
    return_shipping_charge: Money,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    vendor_item_package_id: i64,
    vendor_item_package_name: &'a str,
    vendor_item_id: i64,
    vendor_item_name: String,
    purchase_count: i64,
    cancel_count: i64,
    shipment_box_id: i64,
    seller_product_id: i64,
    seller_product_name: &'a str,
    release_status: &'static str,
    cancel_complete_user: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Delivery<'a> {
    delivery_company_code: &'a str,
    delivery_invoice_no: &'a str,
}

/// Writes one receipt. `None` when it belongs to nothing, which a world never lets happen.
pub fn receipt_sheet<'a>(
    world: &'a World,
    receipt: &'a Receipt,
    edition: Edition,
    now: DateTime<Utc>,
    rules: &Rules,
) -> Option<ReceiptSheet<'a>> {
    let order = world.order(receipt.order_id)?;
    let completed = receipt.status == ReceiptStatus::ReturnsCompleted;
    let modified = receipt.modified_at.with_timezone(&kst());
    Some(ReceiptSheet {
        receipt_id: receipt.id,
        order_id: receipt.order_id,
        payment_id: receipt.order_id + 7,
        receipt_type: match receipt.kind {
            ReceiptKind::Cancel => "CANCEL",
            ReceiptKind::Return => "RETURN",
        },
        receipt_status: receipt.status.as_str(),
        created_at: edition.instant(receipt.created_at),
        modified_at: edition.instant(receipt.modified_at),
        requester_name: rules.name(&order.buyer.name),
        requester_phone_number: rules.safe_number(edition.phone(&order.receiver.safe_number)),
        requester_real_phone_number: None,
        requester_address: &order.address.street,
        requester_address_detail: &order.address.detail,
        requester_zip_code: &order.address.postcode,
        cancel_reason_category1: receipt.reason.categories().0,
        cancel_reason_category2: receipt.reason.categories().1,
        cancel_reason: receipt.reason.text(),
        reason_code: receipt.reason.code(),
        reason_code_text: receipt.reason.text(),
        cancel_count_sum: receipt.count(),
        return_delivery_id: if receipt.kind == ReceiptKind::Cancel {
            0
        } else {
            receipt.id + 1_000_000
        },
        return_delivery_type: if receipt.collections.is_empty() {
            ""
        } else {
            "수기관리"
        },
        release_stop_status: release_stop_status(receipt),
        enclose_price: edition.money(0),
        fault_by_type: receipt.reason.fault(),
        pre_refund: receipt.fast_refund,
        complete_confirm_type: match receipt.completed_by {
            CompletedBy::Nobody => "UNDEFINED",
            CompletedBy::Vendor => "VENDOR_CONFIRM",
            CompletedBy::Coupang => "CS_CONFIRM",
        },
        complete_confirm_date: if completed {
            modified.format("%Y-%m-%dT%H:%M:%S").to_string()
        } else {
            String::new()
        },
        return_items: items(world, receipt, now),
        return_delivery_dtos: receipt
            .collections
            .iter()
            .map(|collection| Delivery {
                delivery_company_code: &collection.carrier,
                delivery_invoice_no: &collection.number,
            })
            .collect(),
        return_shipping_charge: edition.money(shipping_charge(receipt)),
    })
}

fn release_stop_status(receipt: &Receipt) -> &'static str {
    match (receipt.kind, receipt.release) {
        (ReceiptKind::Cancel, _) => "비대상",
        (ReceiptKind::Return, Release::NotShipped) => "미처리",
        (ReceiptKind::Return, Release::Stopped) => "처리(출고중지)",
        (ReceiptKind::Return, Release::AlreadyShipped) if receipt.scanned => "자동처리(이미출고)",
        (ReceiptKind::Return, Release::AlreadyShipped) => "처리(이미출고)",
        (ReceiptKind::Return, Release::Shipped) => "비대상",
    }
}

/// Positive when the seller pays, negative when the buyer does.
fn shipping_charge(receipt: &Receipt) -> i64 {
    match (receipt.release, receipt.reason) {
        (Release::NotShipped | Release::Stopped, _) => 0,
        // There and back.
        (_, Reason::ChangedMind) => -2 * RETURN_FEE,
        _ => RETURN_FEE,
    }
}

/// When the nightly batch after `at` runs, which turns refunded goods that never left from N to S.
fn next_batch(at: DateTime<Utc>) -> DateTime<Utc> {
    let local = at.with_timezone(&kst()) - TimeDelta::minutes(45);
    let midnight = local.date_naive().and_time(NaiveTime::MIN);
    let next = midnight + TimeDelta::days(1) + TimeDelta::minutes(45);
    kst()
        .from_local_datetime(&next)
        .single()
        .map_or(at, |next| next.to_utc())
}

fn items<'a>(world: &'a World, receipt: &Receipt, now: DateTime<Utc>) -> Vec<Item<'a>> {
    let refunded = receipt.status == ReceiptStatus::ReturnsCompleted;
    let release_status = match receipt.release {
        Release::NotShipped if refunded && next_batch(receipt.modified_at) <= now => "S",
        Release::NotShipped => "N",
        Release::Stopped => "S",
        Release::AlreadyShipped => "A",
        Release::Shipped => "Y",
    };
    let prepared = receipt.kind == ReceiptKind::Return && receipt.release == Release::Stopped;
    let write = |item: &crate::world::ReceiptItem| {
        let parcel = world.parcel(item.parcel_id)?;
        let line = parcel
            .lines
            .iter()
            .find(|line| line.vendor_item_id == item.vendor_item_id)?;
        let listing = world.account(parcel.account)?.listings.get(line.listing)?;
        Some(Item {
            vendor_item_package_id: 0,
            vendor_item_package_name: listing.product_name,
            vendor_item_id: item.vendor_item_id,
            vendor_item_name: listing.full_name(),
            purchase_count: line.quantity,
            cancel_count: item.count,
            shipment_box_id: item.parcel_id,
            seller_product_id: listing.seller_product_id,
            seller_product_name: listing.product_name,
            release_status,
            cancel_complete_user: if prepared { "3P_CANCEL" } else { "" },
        })
    };
    receipt.items.iter().filter_map(write).collect()
}
