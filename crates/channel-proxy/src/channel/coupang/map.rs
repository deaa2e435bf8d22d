//! Coupang's words into ours.

use chrono::{DateTime, Utc};
use moa_money::Money;

use super::wire::{self, BadField, Envelope, OrderItem, OrderSheet, ReturnRequest};
use crate::channel::ParsedOrders;
use crate::domain::claim::{ChannelClaim, ChannelClaimLine, ClaimKind, ClaimState};
use crate::domain::facts::{SeenLine, SeenParcel};
use crate::domain::order::{
    ChannelOrder, ChannelOrderLine, Contact, LineState, RejectedRow, merge_parcels,
};

/// Where a box stands, in our words.
pub fn state(status: &str) -> LineState {
    match status {
        "ACCEPT" => LineState::Placed,
        "INSTRUCT" => LineState::Acknowledged,
        // NONE_TRACKING is a direct delivery, of which nobody learns that it arrived.
        "DEPARTURE" | "DELIVERING" | "NONE_TRACKING" => LineState::Dispatched,
        "FINAL_DELIVERY" => LineState::Delivered,
        // Documented nowhere; one client looks for it on single reads.
        "CANCEL" => LineState::Cancelled,
        word => LineState::Unknown(word.chars().take(40).collect()),
    }
}

/// A page of order sheets.
pub fn orders(body: &[u8], read_at: DateTime<Utc>) -> Result<ParsedOrders, BadField> {
    let envelope = Envelope::read(body)?;
    sheets(&envelope, read_at)
}

/// The order sheets of an envelope.
pub fn sheets(envelope: &Envelope, read_at: DateTime<Utc>) -> Result<ParsedOrders, BadField> {
    let mut rejected = Vec::new();
    let mut parcels = Vec::new();
    for (index, row) in envelope.rows()?.iter().enumerate() {
        match OrderSheet::read(row) {
            Ok(sheet) => parcels.push((index, order(sheet, read_at))),
            Err(error) => rejected.push(RejectedRow {
                index,
                channel_order_id: wire::text(row, "orderId").chars().take(40).collect(),
                reason: error.to_string(),
            }),
        }
    }
    check_rows(!parcels.is_empty(), &rejected)?;
    let orders = merge_parcels(parcels, &mut rejected);
    Ok(ParsedOrders { orders, rejected })
}

/// One box as an order with that one parcel.
pub fn order(sheet: OrderSheet, read_at: DateTime<Utc>) -> ChannelOrder {
    let lines = sheet.items.iter().map(|item| line(&sheet, item)).collect();
    let (orderer, receiver) = (sheet.orderer, sheet.receiver);
    ChannelOrder {
        channel_order_id: sheet.order_id,
        ordered_at: sheet.ordered_at,
        paid_at: sheet.paid_at,
        lines,
        contact: Contact {
            orderer_name: orderer.name,
            // The safe number of the orderer is the receiver's: Coupang gives no other.
            orderer_phone: phone(&orderer.safe_number),
            receiver_name: receiver.name,
            receiver_phone: phone(&receiver.safe_number),
            postcode: receiver.post_code,
            address1: receiver.addr1,
            address2: receiver.addr2,
            delivery_note: sheet.parcel_print_message,
            email: orderer.email,
        },
        shipping_fee: sheet.shipping_price,
        read_at,
    }
}

fn line(sheet: &OrderSheet, item: &OrderItem) -> ChannelOrderLine {
    let seen = seen_line(item);
    let all_cancelled = item.shipping_count > 0 && seen.cancelled >= item.shipping_count;
    let state = match state(&sheet.status) {
        unknown @ LineState::Unknown(_) => unknown,
        _ if all_cancelled => LineState::Cancelled,
        LineState::Dispatched | LineState::Delivered if !item.confirm_date.is_empty() => {
            LineState::Confirmed
        }
        state => state,
    };
    let product_name = if item.seller_product_name.is_empty() {
        &item.vendor_item_name
    } else {
        &item.seller_product_name
    };
    ChannelOrderLine {
        channel_line_id: item.vendor_item_id.clone(),
        channel_parcel_id: sheet.shipment_box_id.clone(),
        channel_listing_id: item.vendor_item_id.clone(),
        product_name: product_name.clone(),
        option_name: item.seller_product_item_name.clone(),
        sku_code: item.external_vendor_sku_code.clone(),
        quantity: item.shipping_count,
        cancelled_quantity: seen.cancelled,
        held_quantity: seen.held,
        unit_price: item.sales_price,
        line_total: line_total(item),
        state,
        tracking_number: sheet.invoice_number.clone(),
    }
}

/// `orderPrice` is the whole line's already; multiplying it again is a common mistake.
fn line_total(item: &OrderItem) -> Option<Money> {
    let total = item.order_price?;
    match item.discount_price {
        Some(discount) => total.checked_sub(discount).ok(),
        None => Some(total),
    }
}

/// A line's counts. `canceled` without a count means all of it.
pub fn seen_line(item: &OrderItem) -> SeenLine {
    let cancelled = if item.canceled && item.cancel_count == 0 {
        item.shipping_count
    } else {
        item.cancel_count
    };
    SeenLine {
        channel_line_id: item.vendor_item_id.clone(),
        quantity: item.shipping_count,
        cancelled,
        held: item.hold_count_for_cancel,
    }
}

/// One box as a look sees it.
pub fn parcel(sheet: &OrderSheet) -> SeenParcel {
    SeenParcel {
        channel_order_id: sheet.order_id.clone(),
        channel_parcel_id: sheet.shipment_box_id.clone(),
        state: state(&sheet.status),
        tracking_number: sheet.invoice_number.clone(),
        lines: sheet.items.iter().map(seen_line).collect(),
    }
}

/// A page of claims with the rows that could not be read.
pub fn claims(
    envelope: &Envelope,
    read_at: DateTime<Utc>,
) -> Result<(Vec<ChannelClaim>, Vec<RejectedRow>), BadField> {
    let (mut claims, mut rejected) = (Vec::new(), Vec::new());
    for (index, row) in envelope.rows()?.iter().enumerate() {
        match ReturnRequest::read(row) {
            Ok(request) => claims.push(claim(request, read_at)),
            Err(error) => rejected.push(RejectedRow {
                index,
                channel_order_id: wire::text(row, "orderId").chars().take(40).collect(),
                reason: error.to_string(),
            }),
        }
    }
    check_rows(!claims.is_empty(), &rejected)?;
    Ok((claims, rejected))
}

/// A page of which no row even names an order is not a page with bad rows but something else altogether: taking it as
/// read would lose what the channel meant to say.
fn check_rows(some_read: bool, rejected: &[RejectedRow]) -> Result<(), BadField> {
    let nameless = rejected.iter().all(|row| row.channel_order_id.is_empty());
    if some_read || rejected.is_empty() || !nameless {
        return Ok(());
    }
    Err(BadField {
        field: "data",
        reason: "none of its rows names an order",
    })
}

/// One cancel, stop or return.
///
/// A stop of a parcel that has not left is reported as a RETURN too: what tells them apart is whether the goods were
/// released. The refund may finish (`RETURNS_COMPLETED`) hours before the release status turns from `N` to `S`.
pub fn claim(request: ReturnRequest, read_at: DateTime<Utc>) -> ChannelClaim {
    let released = |status: &str| {
        request
            .items
            .iter()
            .any(|item| item.release_status == status)
    };
    let unreleased = request.receipt_status == "RELEASE_STOP_UNCHECKED" || released("N");
    let kind = if request.receipt_type == "CANCEL" {
        ClaimKind::Cancel
    } else if unreleased || (released("S") && !released("Y") && !released("A")) {
        ClaimKind::StopShipment
    } else {
        ClaimKind::Return
    };
    let state = match (kind, request.receipt_status.as_str()) {
        (ClaimKind::Cancel, _) | (_, "RETURNS_COMPLETED") => ClaimState::Completed,
        (
            _,
            "RELEASE_STOP_UNCHECKED"
            | "RETURNS_UNCHECKED"
            | "VENDOR_WAREHOUSE_CONFIRM"
            | "REQUEST_COUPANG_CHECK",
        ) => ClaimState::Requested,
        _ => ClaimState::Unknown,
    };
    let lines = request.items.into_iter().map(|item| ChannelClaimLine {
        channel_line_id: item.vendor_item_id,
        channel_parcel_id: item.shipment_box_id,
        quantity: item.cancel_count,
    });
    ChannelClaim {
        channel_claim_id: request.receipt_id,
        channel_order_id: request.order_id,
        kind,
        state,
        lines: lines.collect(),
        requested_at: request.created_at,
        read_at,
        reason: request.reason_code,
    }
}

/// Digits with a leading zero: `+825021234567` and `0502-123-4567` are one number.
fn phone(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("82") {
        Some(rest) if number.trim_start().starts_with('+') => {
            format!("0{}", rest.strip_prefix('0').unwrap_or(rest))
        }
        _ => digits,
    }
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
