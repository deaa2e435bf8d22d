//! What a merchant offers at a channel, in our words.

use chrono::{DateTime, Utc};
use moa_money::Money;

/// A product as registered at a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelProduct {
    /// The channel's id.
    pub channel_product_id: String,
    /// What it is called.
    pub name: String,
    /// Where it stands.
    pub state: ProductState,
    /// Whose it is.
    pub brand: String,
    /// Its variants; empty when the read does not show them.
    pub listings: Vec<ChannelListing>,
    /// When the read that showed this was sent.
    pub read_at: DateTime<Utc>,
}

/// A sellable variant as offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelListing {
    /// What an order line names; empty while not approved.
    pub channel_listing_id: String,
    /// The buyer's choice.
    pub option_name: String,
    /// The merchant's own code.
    pub sku_code: String,
    /// Its barcode.
    pub barcode: String,
    /// What one piece costs.
    pub price: Option<Money>,
    /// Before discounts.
    pub list_price: Option<Money>,
    /// Absent when the read does not show it.
    pub stock: Option<i64>,
    /// Absent when the read does not show it.
    pub on_sale: Option<bool>,
}

/// Stock, price and sale of one listing as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelOffer {
    /// The listing.
    pub channel_listing_id: String,
    /// How many can be sold.
    pub stock: i64,
    /// What one piece costs.
    pub price: Option<Money>,
    /// Whether it is sold.
    pub on_sale: bool,
    /// When the read that showed this was sent.
    pub read_at: DateTime<Utc>,
}

/// Where a product stands at a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductState {
    /// Not handed in yet.
    Draft,
    /// The channel examines it.
    InReview,
    /// It can be sold.
    Approved,
    /// Some variants can be sold.
    PartlyApproved,
    /// The channel refused it.
    Denied,
    /// It is no more.
    Deleted,
    /// The merchant, or the channel, stopped it.
    Stopped,
    /// Nothing is left of it.
    SoldOut,
    /// The channel's own word that we do not know: kept, never dropped.
    Unknown(String),
}
