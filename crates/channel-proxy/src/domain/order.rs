//! A customer's purchase as a channel shows it, in our words.

use std::fmt;

use chrono::{DateTime, Utc};
use moa_money::Money;

/// One purchase on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelOrder {
    /// The channel's id, as text.
    pub channel_order_id: String,
    /// When it was placed, where the channel says so.
    pub ordered_at: Option<DateTime<Utc>>,
    /// When it was paid, where the channel says so.
    pub paid_at: Option<DateTime<Utc>>,
    /// What was bought.
    pub lines: Vec<ChannelOrderLine>,
    /// Who bought it and where it goes.
    pub contact: Contact,
    /// What the buyer pays for shipping, of the parcels seen in one page.
    pub shipping_fee: Option<Money>,
    /// When the read that showed this was sent.
    pub read_at: DateTime<Utc>,
}

/// One product and quantity in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelOrderLine {
    /// Unique inside the order.
    pub channel_line_id: String,
    /// The unit of acknowledge and dispatch.
    pub channel_parcel_id: String,
    /// The listing it was sold under.
    pub channel_listing_id: String,
    /// As the seller named it.
    pub product_name: String,
    /// The buyer's choice.
    pub option_name: String,
    /// The merchant's own code.
    pub sku_code: String,
    /// Bought, before any cancel.
    pub quantity: i32,
    /// Cancelled of it.
    pub cancelled_quantity: i32,
    /// Waiting for a cancel to be decided.
    pub held_quantity: i32,
    /// Of one piece.
    pub unit_price: Option<Money>,
    /// What the buyer pays for the line, all its pieces, after discounts.
    pub line_total: Option<Money>,
    /// Where it stands.
    pub state: LineState,
    /// Whose number is at the channel; empty until dispatched.
    pub tracking_number: String,
    /// Lines with the same word here travel for one fee.
    pub shipping_group: String,
    /// What the buyer pays for the whole group's way.
    pub shipping_fee: Option<Money>,
    /// Whose the discounts on it are.
    pub discounts: Discounts,
    /// What the channel expects to pay the merchant for it, where it says so before it settles.
    pub expected_settlement: Option<Money>,
}

/// The discounts on a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Discounts {
    /// All of them, whoever bears them; absent when the channel does not say.
    pub total: Option<Money>,
    /// What of them the merchant bears; absent when the channel does not say who bears what.
    pub by_merchant: Option<Money>,
}

impl Discounts {
    /// Discounts of which the merchant bears `by_merchant`, as far as that can be so: a share that is no part of the whole says
    /// nothing about who bears it.
    pub fn new(total: Option<Money>, by_merchant: Option<Money>) -> Self {
        let is_part = |total: Money, share: Money| {
            let share_fits = (0..=total.amount_minor).contains(&share.amount_minor);
            share_fits && share.currency == total.currency
        };
        let by_merchant =
            by_merchant.filter(|share| total.is_some_and(|total| is_part(total, *share)));
        Self { total, by_merchant }
    }
}

/// Where a line stands at the channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineState {
    /// Paid.
    Placed,
    /// Accepted by the merchant.
    Acknowledged,
    /// On its way.
    Dispatched,
    /// Arrived.
    Delivered,
    /// The buyer confirmed the purchase.
    Confirmed,
    /// Cancelled as a whole.
    Cancelled,
    /// Came back.
    Returned,
    /// The channel's own word that we do not know: kept, never dropped.
    Unknown(String),
}

/// Personal data of one order. Prints as `***`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// Who paid.
    pub orderer_name: String,
    /// Digits with a leading zero.
    pub orderer_phone: String,
    /// Who gets it.
    pub receiver_name: String,
    /// Digits with a leading zero.
    pub receiver_phone: String,
    /// Five digits in Korea.
    pub postcode: String,
    /// Street and house.
    pub address1: String,
    /// Flat.
    pub address2: String,
    /// The buyer's words to the carrier.
    pub delivery_note: String,
    /// Empty when the channel gives none.
    pub email: String,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A row of a page that could not be translated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Position in the page.
    pub index: usize,
    /// The channel's order id where it could be read.
    pub channel_order_id: String,
    /// Field and reason, without the value.
    pub reason: String,
}

/// Makes one order of the parcels that a page shows of it, in the order of first sight.
///
/// A page may repeat a parcel; the repeat is dropped. One line in two parcels of one order is rejected, since a line
/// is told apart by its id alone.
pub fn merge_parcels(
    parcels: Vec<(usize, ChannelOrder)>,
    rejected: &mut Vec<RejectedRow>,
) -> Vec<ChannelOrder> {
    let mut orders: Vec<ChannelOrder> = Vec::with_capacity(parcels.len());
    let mut places = std::collections::HashMap::new();
    for (index, parcel) in parcels {
        let place = *places
            .entry(parcel.channel_order_id.clone())
            .or_insert(orders.len());
        let Some(order) = orders.get_mut(place) else {
            orders.push(parcel);
            continue;
        };
        if repeats(order, &parcel) {
            continue;
        }
        if let Some(line) = parcel.lines.iter().find(|line| knows(order, line)) {
            rejected.push(RejectedRow {
                index,
                channel_order_id: parcel.channel_order_id.clone(),
                reason: format!(
                    "line {} stands in two parcels of one order",
                    line.channel_line_id
                ),
            });
            continue;
        }
        order.shipping_fee = match (order.shipping_fee, parcel.shipping_fee) {
            (Some(a), Some(b)) => a.checked_add(b).ok().or(Some(a)),
            (a, b) => a.or(b),
        };
        order.lines.extend(parcel.lines);
    }
    orders
}

fn repeats(order: &ChannelOrder, parcel: &ChannelOrder) -> bool {
    parcel.lines.iter().all(|line| order.lines.contains(line))
}

fn knows(order: &ChannelOrder, line: &ChannelOrderLine) -> bool {
    let mut ids = order.lines.iter().map(|known| &known.channel_line_id);
    ids.any(|id| *id == line.channel_line_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(order: &str, parcel: &str, line: &str) -> ChannelOrder {
        ChannelOrder {
            channel_order_id: order.to_owned(),
            ordered_at: None,
            paid_at: None,
            contact: Contact::default(),
            shipping_fee: Some(Money::krw(3000)),
            read_at: DateTime::UNIX_EPOCH,
            lines: vec![ChannelOrderLine {
                channel_line_id: line.to_owned(),
                channel_parcel_id: parcel.to_owned(),
                channel_listing_id: line.to_owned(),
                product_name: "머그컵".to_owned(),
                option_name: String::new(),
                sku_code: String::new(),
                quantity: 1,
                cancelled_quantity: 0,
                held_quantity: 0,
                unit_price: None,
                line_total: None,
                state: LineState::Placed,
                tracking_number: String::new(),
                shipping_group: parcel.to_owned(),
                shipping_fee: None,
                discounts: Discounts::default(),
                expected_settlement: None,
            }],
        }
    }

    #[test]
    fn parcels_of_one_order_become_one_order_with_all_lines_and_fees() {
        let page = [
            ("1", "10", "a"),
            ("2", "20", "a"),
            ("1", "11", "b"),
            ("1", "10", "a"),
        ];
        let page = page.into_iter().map(|(o, p, l)| parcel(o, p, l));
        let mut rejected = Vec::new();
        let orders = merge_parcels(page.enumerate().collect(), &mut rejected);
        assert_eq!(orders.len(), 2);
        assert_eq!(orders[0].lines.len(), 2, "the repeated parcel is dropped");
        assert_eq!(orders[0].shipping_fee, Some(Money::krw(6000)));
        assert_eq!(rejected, []);
    }

    #[test]
    fn one_line_in_two_parcels_is_rejected_by_name() {
        let page = vec![(0, parcel("1", "10", "a")), (1, parcel("1", "11", "a"))];
        let mut rejected = Vec::new();
        let orders = merge_parcels(page, &mut rejected);
        assert_eq!(orders.len(), 1);
        assert_eq!(rejected[0].index, 1);
        assert!(rejected[0].reason.contains("two parcels"));
    }

    #[test]
    fn a_share_that_is_no_part_of_the_whole_says_nothing_about_who_bears_it() {
        let won = |amount| Some(Money::krw(amount));
        for (total, share, by_merchant) in [
            (won(1000), won(0), won(0)),
            (won(1000), won(1000), won(1000)),
            (won(1000), won(1001), None),
            (won(1000), won(-1), None),
            (won(0), won(0), won(0)),
            (won(1000), None, None),
            (None, won(500), None),
            (won(i64::MAX), won(i64::MIN), None),
        ] {
            let discounts = Discounts::new(total, share);
            assert_eq!(discounts.by_merchant, by_merchant, "{share:?} of {total:?}");
            assert_eq!(discounts.total, total);
        }
    }

    #[test]
    fn a_contact_prints_nothing() {
        let contact = Contact {
            receiver_name: "홍길동".to_owned(),
            ..Contact::default()
        };
        assert_eq!(format!("{contact:?}"), "***");
    }
}
