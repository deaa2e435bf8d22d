//! SmartStore's words into ours.
//!
//! An order is their order; a line and a parcel are both their product order, which is confirmed, shipped and claimed by
//! itself.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use moa_money::Money;
use serde_json::Value;

use super::claims::claims;
use super::wire::{self, BadField, Detail, Person, ProductOrder};
use crate::channel::ParsedOrders;
use crate::domain::claim::{ChannelClaim, ClaimKind};
use crate::domain::facts::{SeenLine, SeenParcel, Split};
use crate::domain::order::{
    ChannelOrder, ChannelOrderLine, Contact, Discounts, LineState, RejectedRow, merge_parcels,
};
use crate::domain::receiver::Receiver;

/// A page of details: by ids, by condition, or as kept.
pub fn orders(body: &Value, read_at: DateTime<Utc>) -> Result<ParsedOrders, BadField> {
    let (details, mut rejected) = details(body)?;
    let mut packages = HashSet::new();
    let parcels = details.into_iter().filter(|(_, detail)| is_bought(detail));
    let parcels = parcels.map(|(index, detail)| {
        // Product orders that ship together name one fee each time.
        let package = (
            detail.order.order_id.clone(),
            detail.product.package_number.clone(),
        );
        let counts = package.1.is_empty() || packages.insert(package);
        let mut order = order(detail, read_at);
        order.shipping_fee = order.shipping_fee.filter(|_| counts);
        (index, order)
    });
    let parcels: Vec<_> = parcels.collect();
    let orders = merge_parcels(parcels, &mut rejected);
    Ok(ParsedOrders { orders, rejected })
}

/// Rows with their positions, and those that cannot be read.
pub type Details = (Vec<(usize, Detail)>, Vec<RejectedRow>);

/// The rows of a page with their positions, and those that cannot be read.
pub fn details(body: &Value) -> Result<Details, BadField> {
    let (mut details, mut rejected) = (Vec::new(), Vec::new());
    for (index, row) in wire::detail_rows(body)?.into_iter().enumerate() {
        match Detail::read(row) {
            Ok(detail) => details.push((index, detail)),
            Err(error) => rejected.push(RejectedRow {
                index,
                channel_order_id: wire::named_order(row),
                reason: error.to_string(),
            }),
        }
    }
    // A page of which no row even names an order is something else altogether: taking it as read would lose what the
    // channel meant to say.
    let nameless = rejected.iter().all(|row| row.channel_order_id.is_empty());
    if details.is_empty() && !rejected.is_empty() && nameless {
        return Err(wire::bad("data", "none of its rows names an order"));
    }
    Ok((details, rejected))
}

/// Not paid yet, or never paid, is no order of ours: a payment moves the feed's row again.
fn is_bought(detail: &Detail) -> bool {
    let status = detail.product.product_order_status.as_str();
    !matches!(status, "PAYMENT_WAITING" | "CANCELED_BY_NOPAYMENT")
}

/// Where a product order stands, in our words.
pub fn state(product: &ProductOrder) -> LineState {
    match product.product_order_status.as_str() {
        // `CANCEL` means that the confirmation was undone.
        "PAYED" => match product.place_order_status.as_str() {
            "OK" => LineState::Acknowledged,
            _ => LineState::Placed,
        },
        "DELIVERING" => LineState::Dispatched,
        // What was exchanged had arrived; what goes out instead hangs on its claim.
        "DELIVERED" | "EXCHANGED" => LineState::Delivered,
        "PURCHASE_DECIDED" => LineState::Confirmed,
        "CANCELED" => LineState::Cancelled,
        "RETURNED" => LineState::Returned,
        word => LineState::Unknown(word.chars().take(40).collect()),
    }
}

/// One product order as an order with that one line.
fn order(detail: Detail, read_at: DateTime<Utc>) -> ChannelOrder {
    let seen = seen_line(&detail);
    let Detail {
        order,
        product,
        delivery,
        ..
    } = detail;
    let state = state(&product);
    let receiver = product.receiver;
    let shipping_group = match product.package_number {
        none if none.is_empty() => product.product_order_id.clone(),
        package => package,
    };
    let line = ChannelOrderLine {
        channel_line_id: product.product_order_id.clone(),
        channel_parcel_id: product.product_order_id,
        channel_listing_id: listing_id(&product.product_id, &product.option_code),
        product_name: product.product_name,
        option_name: product.product_option,
        sku_code: if product.option_manage_code.is_empty() {
            product.seller_product_code
        } else {
            product.option_manage_code
        },
        quantity: product.initial_quantity,
        cancelled_quantity: seen.cancelled,
        held_quantity: seen.held,
        unit_price: sum(product.unit_price, product.option_price),
        line_total: product.payment_amount,
        state,
        tracking_number: delivery.tracking_number,
        shipping_group,
        shipping_fee: product.delivery_fee,
        discounts: Discounts::new(product.discount, product.seller_discount),
        expected_settlement: product.expected_settlement,
    };
    ChannelOrder {
        channel_order_id: order.order_id,
        ordered_at: order.order_date.or(order.payment_date),
        paid_at: order.payment_date,
        lines: vec![line],
        contact: contact(order.orderer, receiver, product.shipping_memo),
        shipping_fee: product.delivery_fee,
        read_at,
    }
}

fn contact(orderer: Person, receiver: Person, delivery_note: String) -> Contact {
    Contact {
        orderer_name: orderer.name,
        orderer_phone: phone(&orderer.phone),
        receiver_name: receiver.name,
        receiver_phone: phone(&receiver.phone),
        postcode: receiver.zip_code,
        address1: receiver.base_address,
        address2: receiver.detailed_address,
        delivery_note,
        email: String::new(),
    }
}

/// What is sold: a product of the channel, and its option where it has some.
pub fn listing_id(product_id: &str, option_code: &str) -> String {
    if option_code.is_empty() {
        product_id.to_owned()
    } else {
        format!("{product_id}-{option_code}")
    }
}

fn sum(a: Option<Money>, b: Option<Money>) -> Option<Money> {
    match (a, b) {
        (Some(a), Some(b)) => a.checked_add(b).ok().or(Some(a)),
        (a, b) => a.or(b),
    }
}

/// A line's counts. A seller's cancel may show as `CANCELED` alone; a present nobody took yet must not leave, since it
/// has no address.
pub fn seen_line(detail: &Detail) -> SeenLine {
    let product = &detail.product;
    let quantity = product.initial_quantity;
    let all_gone = matches!(product.product_order_status.as_str(), "CANCELED");
    let remaining = product.remain_quantity.unwrap_or(quantity).min(quantity);
    let cancelled = if all_gone {
        quantity
    } else {
        quantity - remaining
    };
    let waits_for_recipient = product.gift_receiving_status == "WAIT_FOR_RECEIVING";
    let asked = |claim: &ChannelClaim| {
        let cancels = claim.kind == ClaimKind::Cancel && claim.is_open();
        cancels.then(|| claim.lines.first().map_or(quantity, |line| line.quantity))
    };
    let asked = match claims(detail, DateTime::UNIX_EPOCH) {
        Ok(claims) => claims.iter().filter_map(asked).fold(0, i32::saturating_add),
        // One of them may be a cancel of all.
        Err(_) => quantity,
    };
    let held = if waits_for_recipient { quantity } else { asked };
    SeenLine {
        channel_line_id: product.product_order_id.clone(),
        quantity,
        cancelled,
        held: held.min(quantity - cancelled),
    }
}

/// One product order as a look sees it.
pub fn parcel(detail: &Detail) -> SeenParcel {
    SeenParcel {
        channel_order_id: detail.order.order_id.clone(),
        channel_parcel_id: detail.product.product_order_id.clone(),
        state: state(&detail.product),
        tracking_number: detail.delivery.tracking_number.clone(),
        // A product order is one line.
        split: Split::Impossible,
        receiver: Box::new(Receiver {
            name: detail.product.receiver.name.clone(),
            postcode: detail.product.receiver.zip_code.clone(),
            address1: detail.product.receiver.base_address.clone(),
            address2: detail.product.receiver.detailed_address.clone(),
        }),
        lines: vec![seen_line(detail)],
    }
}

/// Digits with a leading zero; a masked number (presents) is none.
pub fn phone(number: &str) -> String {
    if number.contains('*') {
        return String::new();
    }
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
