//! What a channel owes, in our words.

use chrono::NaiveDate;
use moa_money::Money;

/// One line of what a channel owes for a sale, or takes back for a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSettlement {
    /// What for.
    pub kind: SettlementKind,
    /// Empty for amounts of no order.
    pub channel_order_id: String,
    /// Empty for an order's shipping.
    pub channel_line_id: String,
    /// How many pieces.
    pub quantity: i32,
    /// Korean calendar days, where the channel names them.
    pub sold_on: Option<NaiveDate>,
    /// When the sale counts.
    pub recognised_on: Option<NaiveDate>,
    /// When the money comes, or the larger part of it.
    pub settles_on: Option<NaiveDate>,
    /// When the rest comes.
    pub finally_settles_on: Option<NaiveDate>,
    /// What was sold.
    pub sale: Option<Money>,
    /// Given off by the merchant.
    pub merchant_discount: Option<Money>,
    /// The channel's fee; without VAT where the channel names that apart.
    pub fee: Option<Money>,
    /// Its VAT, where the channel names it apart.
    pub fee_vat: Option<Money>,
    /// What the merchant gets.
    pub settlement: Option<Money>,
    /// What was sold.
    pub product_name: String,
    /// The merchant's own code.
    pub sku_code: String,
}

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettlementKind {
    /// Goods sold.
    Sale,
    /// Goods taken back.
    Refund,
    /// Freight paid by a buyer.
    Shipping,
    /// Freight given back.
    ShippingRefund,
}
