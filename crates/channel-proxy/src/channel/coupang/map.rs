//! Coupang's words into ours.

use chrono::{DateTime, Utc};
use moa_money::Money;

use super::wire::{self, BadField, Envelope, OrderItem, OrderSheet};
use crate::channel::ParsedOrders;
use crate::channel::json::Json;
use crate::domain::facts::{SeenLine, SeenParcel, Split};
use crate::domain::order::{
    ChannelOrder, ChannelOrderLine, Contact, Discounts, LineState, RejectedRow, merge_parcels,
};
use crate::domain::receiver::Receiver;

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
    let (parcels, mut rejected) = rows(envelope.rows()?, "orderId", |index, row| {
        let sheet = OrderSheet::read(row)?;
        Ok((index, order(sheet, read_at)))
    })?;
    let orders = merge_parcels(parcels, &mut rejected);
    Ok(ParsedOrders { orders, rejected })
}

/// The rows of a page in our words, and those that could not be read. `name` is the field by which a row can be told
/// from garbage, most often its order's id.
pub fn rows<T>(
    page: &[Json<'_>],
    name: &str,
    read: impl Fn(usize, &Json<'_>) -> Result<T, BadField>,
) -> Result<(Vec<T>, Vec<RejectedRow>), BadField> {
    let (mut good, mut rejected) = (Vec::new(), Vec::new());
    let mut nameless = true;
    for (index, row) in page.iter().enumerate() {
        match read(index, row) {
            Ok(row) => good.push(row),
            Err(error) => {
                nameless &= wire::text(row, name).is_empty();
                rejected.push(RejectedRow {
                    index,
                    channel_order_id: wire::text(row, "orderId").chars().take(40).collect(),
                    reason: error.to_string(),
                });
            }
        }
    }
    // A page of which no row even has a name is not a page with bad rows but something else altogether: taking it as
    // read would lose what the channel meant to say.
    if good.is_empty() && nameless && !rejected.is_empty() {
        return Err(wire::bad("data", "none of its rows can be told by name"));
    }
    Ok((good, rejected))
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
    let discounts = discounts(item);
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
        line_total: line_total(item, discounts),
        state,
        tracking_number: sheet.invoice_number.clone(),
        shipping_group: sheet.shipment_box_id.clone(),
        shipping_fee: sheet.shipping_price,
        discounts,
        // Told when it settles and not before (`revenue-history`).
        expected_settlement: None,
    }
}

/// `orderPrice` is the whole line's already; multiplying it again is a common mistake.
fn line_total(item: &OrderItem, discounts: Discounts) -> Option<Money> {
    if item.discount_unclear {
        return None;
    }
    let total = item.order_price?;
    match discounts.total {
        Some(discount) => total.checked_sub(discount).ok(),
        None => Some(total),
    }
}

/// Both kinds of coupons are the seller's, the rest is Coupang's [doc]. Who bears what is known only when the parts make up
/// the whole: older answers tell the whole alone.
fn discounts(item: &OrderItem) -> Discounts {
    let sum = |parts: &[Option<Money>]| {
        let told = parts.iter().copied().flatten();
        told.map(Some)
            .reduce(|sum, part| sum?.checked_add(part?).ok())
            .flatten()
    };
    let coupons = [
        item.instant_coupon_discount,
        item.downloadable_coupon_discount,
    ];
    let parts = sum(&[sum(&coupons), item.coupang_discount]);
    let none = Money::krw(0);
    let whole = item.discount_price.filter(|whole| *whole != none);
    let total = whole.or(parts).or(item.discount_price);
    let adds_up = parts.unwrap_or(none) == total.unwrap_or(none);
    let by_merchant = adds_up.then(|| sum(&coupons).unwrap_or(none));
    Discounts::new(total, by_merchant)
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
        split: split(sheet),
        receiver: Box::new(Receiver {
            name: sheet.receiver.name.clone(),
            postcode: sheet.receiver.post_code.clone(),
            address1: sheet.receiver.addr1.clone(),
            address2: sheet.receiver.addr2.clone(),
        }),
        lines: sheet.items.iter().map(seen_line).collect(),
    }
}

/// Whether a box may leave in parts. A box of one line never does; otherwise the box says so itself.
fn split(sheet: &OrderSheet) -> Split {
    if sheet.split_shipping {
        return Split::Done;
    }
    match sheet.able_split_shipping {
        Some(false) => Split::Impossible,
        _ if sheet.items.len() < 2 => Split::Impossible,
        _ => Split::Possible,
    }
}

/// Digits with a leading zero: `+825021234567` and `0502-123-4567` are one number.
pub fn phone(number: &str) -> String {
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
