//! How a return receipt is written.

use serde::Serialize;

use super::params::kst;
use super::wire::{Edition, Money};
use crate::world::{Receipt, ReceiptKind, ReceiptStatus, Release, World};

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
    requester_name: &'a str,
    requester_phone_number: String,
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
    return_delivery_dtos: Vec<Delivery>,
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
struct Delivery {
    delivery_company_code: String,
    delivery_invoice_no: String,
}

/// Writes one receipt. `None` when it belongs to nothing, which a world never lets happen.
pub fn receipt_sheet<'a>(
    world: &'a World,
    receipt: &'a Receipt,
    edition: Edition,
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
        requester_name: &order.buyer.name,
        requester_phone_number: edition.phone(&order.receiver.safe_number),
        requester_real_phone_number: None,
        requester_address: &order.address.street,
        requester_address_detail: &order.address.detail,
        requester_zip_code: &order.address.postcode,
        cancel_reason_category1: "고객변심",
        cancel_reason_category2: "단순변심(사유없음)",
        cancel_reason: "필요 없어졌어요",
        reason_code: "CHANGEMIND",
        reason_code_text: "필요 없어짐 (단순 변심)",
        cancel_count_sum: receipt.count(),
        return_delivery_id: if receipt.kind == ReceiptKind::Cancel {
            0
        } else {
            receipt.id + 1_000_000
        },
        return_delivery_type: "",
        release_stop_status: release_stop_status(receipt),
        enclose_price: edition.money(0),
        fault_by_type: "CUSTOMER",
        pre_refund: false,
        complete_confirm_type: if receipt.release == Release::Stopped {
            "VENDOR_CONFIRM"
        } else {
            "UNDEFINED"
        },
        complete_confirm_date: if completed {
            modified.format("%Y-%m-%dT%H:%M:%S").to_string()
        } else {
            String::new()
        },
        return_items: items(world, receipt),
        return_delivery_dtos: Vec::new(),
        return_shipping_charge: edition.money(0),
    })
}

fn release_stop_status(receipt: &Receipt) -> &'static str {
    match (receipt.kind, receipt.release) {
        (ReceiptKind::Cancel, _) => "비대상",
        (ReceiptKind::Return, Release::NotShipped) => "미처리",
        (ReceiptKind::Return, Release::Stopped) => "처리(출고중지)",
        (ReceiptKind::Return, Release::AlreadyShipped) => "처리(이미출고)",
    }
}

fn items<'a>(world: &'a World, receipt: &Receipt) -> Vec<Item<'a>> {
    let release_status = match receipt.release {
        Release::NotShipped => "N",
        Release::Stopped => "S",
        Release::AlreadyShipped => "A",
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
            vendor_item_name: format!("{}, {}, 1개", listing.product_name, listing.item_name),
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
