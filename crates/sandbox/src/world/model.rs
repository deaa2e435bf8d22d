//! Orders, parcels and receipts as the marketplace keeps them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::dice::Dice;
use super::people::Person;
use super::places::Address;

/// One payment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    pub id: i64,
    /// Index of the account that sells.
    pub account: u32,
    pub ordered_at: DateTime<Utc>,
    pub paid_at: DateTime<Utc>,
    /// When lists begin to show it (world time).
    pub visible_at: DateTime<Utc>,
    pub buyer: Person,
    pub receiver: Person,
    pub address: Address,
    pub note: Option<String>,
    /// The means of ordering, in Korean, as the channel reports it.
    pub device: String,
    pub parcel_ids: Vec<i64>,
    /// How often the buyer changed where it goes.
    #[serde(default)]
    pub moves: u64,
}

/// What is shipped together: Coupang's shipment box.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Parcel {
    pub id: i64,
    pub order_id: i64,
    pub account: u32,
    pub created_at: DateTime<Utc>,
    pub visible_at: DateTime<Utc>,
    pub status: ParcelStatus,
    pub lines: Vec<Line>,
    pub shipping_price: i64,
    pub remote_price: Option<i64>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub tracking: Option<Tracking>,
    /// When the buyer confirmed the purchase.
    #[serde(default)]
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Whether goods of one parcel were sent as two, of which this is one.
    #[serde(default)]
    pub split: bool,
    /// Since when (real time) this parcel should not be shipped: all of it cancelled, or some of it asked to stop.
    #[serde(skip)]
    pub withdrawn_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    pub looks: Looks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ParcelStatus {
    Accept,
    Instruct,
    Departure,
    Delivering,
    FinalDelivery,
    NoneTracking,
    /// Gone from every list; single reads refuse.
    Cancelled,
}

impl ParcelStatus {
    /// The statuses a list can be asked for.
    pub const LISTED: [Self; 6] = [
        Self::Accept,
        Self::Instruct,
        Self::Departure,
        Self::Delivering,
        Self::FinalDelivery,
        Self::NoneTracking,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "ACCEPT",
            Self::Instruct => "INSTRUCT",
            Self::Departure => "DEPARTURE",
            Self::Delivering => "DELIVERING",
            Self::FinalDelivery => "FINAL_DELIVERY",
            Self::NoneTracking => "NONE_TRACKING",
            Self::Cancelled => "CANCELLED",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::LISTED
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// One option and how many of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    /// Index in the account's listings.
    pub listing: usize,
    pub vendor_item_id: i64,
    pub quantity: i64,
    pub price: i64,
    /// Won, off the whole line.
    #[serde(default)]
    pub discounts: Discounts,
    pub cancelled: i64,
    /// Waiting for a refund.
    pub held: i64,
    /// The day it will be sent, after other goods of its parcel left before it.
    #[serde(default)]
    pub planned_day: Option<NaiveDate>,
}

/// What a line costs less, in won, by who bears it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discounts {
    /// The seller, on every purchase.
    pub instant: i64,
    /// The seller, by a coupon that the buyer took.
    pub coupon: i64,
    /// The channel.
    pub channel: i64,
}

impl Discounts {
    /// Of all that is sold, some goes at a discount. The same dice give the same.
    pub fn draw(dice: &mut Dice, amount: i64) -> Self {
        let round = |amount: i64| amount / 10 * 10;
        let (instant, coupon, channel) = (dice.percent(20), dice.percent(15), dice.percent(15));
        Self {
            instant: if instant { round(amount / 10) } else { 0 },
            coupon: if coupon {
                round(amount / 20).min(1_000)
            } else {
                0
            },
            channel: if channel { round(amount / 25) } else { 0 },
        }
    }

    /// What the seller bears.
    pub fn by_seller(self) -> i64 {
        self.instant + self.coupon
    }

    pub fn total(self) -> i64 {
        self.by_seller() + self.channel
    }

    /// The share of `count` pieces out of `quantity`, without what rounding leaves over.
    pub fn of_pieces(self, count: i64, quantity: i64) -> Self {
        let share = |amount: i64| amount * count / quantity.max(1);
        Self {
            instant: share(self.instant),
            coupon: share(self.coupon),
            channel: share(self.channel),
        }
    }
}

impl Line {
    /// What may still be shipped or cancelled.
    pub fn open(&self) -> i64 {
        self.quantity - self.cancelled - self.held
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracking {
    pub carrier: String,
    pub number: String,
    /// World time of the upload.
    pub uploaded_at: DateTime<Utc>,
    pub in_transit_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
}

/// When (real time) the account was last shown this parcel. Kept in memory only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks {
    /// By a read of this very parcel, its order or its receipts.
    pub direct_at: Option<DateTime<Utc>>,
    /// As a row of a list.
    pub list_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discounts_are_parts_of_what_they_lower() {
        let mut drawn = (0, 0);
        for number in 0..400 {
            let amount = 900 + i64::try_from(number).unwrap() * 331;
            let off = Discounts::draw(&mut Dice::new(7, "discounts", number), amount);
            assert!(off.total() < amount && off.by_seller() <= off.total());
            assert!(off.of_pieces(1, 3).total() <= off.total());
            assert_eq!(off.of_pieces(3, 3), off);
            drawn.0 += i32::from(off.by_seller() > 0);
            drawn.1 += i32::from(off.channel > 0);
        }
        assert!(
            drawn.0 > 40 && drawn.1 > 20,
            "both kinds are played: {drawn:?}"
        );
    }
}
