//! What a channel can do, so that nobody need know it by name.

use chrono::TimeDelta;

use crate::domain::buckets::Bucket;
use crate::domain::inquiry::InquiryKind;

/// The unchanging facts of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// How orders are found.
    pub order_discovery: OrderDiscovery,
    /// How far a poll window reaches back behind the last one.
    pub poll_overlap: TimeDelta,
    /// How long after it was paid an order may stay out of the lists.
    pub visibility_lag: TimeDelta,
    /// How long a write may stay out of the reads.
    pub write_lag: TimeDelta,
    /// Rows of a page of orders at most.
    pub max_orders_per_page: i32,
    /// Rows of a page of claims at most; 0 without such a list.
    pub max_claims_per_page: i32,
    /// Rows of a page of questions at most; 0 without such a list.
    pub max_inquiries_per_page: i32,
    /// Rows of a page of products at most; 0 without such a list.
    pub max_products_per_page: i32,
    /// Parcels of one acknowledge at most.
    pub max_acknowledge_items: i32,
    /// Parcels of one dispatch at most.
    pub max_dispatch_items: i32,
    /// What one tracking number can be told for.
    pub dispatch_granularity: DispatchGranularity,
    /// A parcel may leave in parts.
    pub splits_parcels: bool,
    /// Where buyers ask.
    pub inquiry_kinds: &'static [InquiryKind],
    /// How long the merchant has to answer.
    pub answer_within: Option<TimeDelta>,
    /// How long after it was paid an order should leave.
    pub dispatch_within: Option<TimeDelta>,
    /// Our carrier codes that it takes.
    pub carriers: Vec<&'static str>,
    /// A dispatch refuses a cancel that the buyer asked for.
    pub dispatch_refuses_cancel: bool,
    /// What each list costs to read; a list may cost in several places.
    pub read_costs: Vec<ReadCost>,
}

/// What one read of a list costs while each of its answers holds all that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadCost {
    /// What is read.
    pub list: ReadList,
    /// Where the calls are counted.
    pub bucket: Bucket,
    /// Calls of one read; of a window that is read in slices, of each slice.
    pub calls: i32,
    /// How windows are cut; absent when their length does not matter.
    pub slices: Option<Slices>,
}

/// How the windows of a list are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slices {
    /// Of one call, in whole minutes of the clock.
    pub length: TimeDelta,
    /// Longer windows are not cut.
    pub up_to: TimeDelta,
}

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadList {
    /// Orders by state, at a channel with boxes.
    PlacedOrders,
    /// See [`Self::PlacedOrders`].
    AcknowledgedOrders,
    /// See [`Self::PlacedOrders`].
    DispatchedOrders,
    /// See [`Self::PlacedOrders`].
    DeliveredOrders,
    /// What changed, at a channel with a feed.
    ChangedOrders,
    /// All claims.
    Claims,
    /// Claims that may keep a parcel back.
    OpenClaims,
    /// Completed ones, exchanges, and what was taken back.
    SettledClaims,
    /// Questions of a kind.
    Inquiries(InquiryKind),
}

/// How orders are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    dead_code,
    reason = "the contract's words; which of them an adapter needs is the adapter's"
)]
pub enum OrderDiscovery {
    /// A list per state, by creation time.
    BoxesByState,
    /// A feed of what changed.
    ChangesFeed,
}

/// What one tracking number can be told for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    dead_code,
    reason = "the contract's words; which of them an adapter needs is the adapter's"
)]
pub enum DispatchGranularity {
    /// The channel's parcel.
    WholeParcel,
    /// Each line by itself.
    ByLine,
    /// Pieces of a line.
    ByQuantity,
}
