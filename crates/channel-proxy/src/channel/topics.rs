//! What an adapter may offer beside orders, topic by topic. A channel without a topic has none of its traits, and is
//! then refused with `CHANNEL_LACKS_OPERATION`.

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use tokio::time::Instant;

use super::{FetchError, Session};
use crate::domain::buckets::Bucket;
use crate::domain::claim::ChannelClaim;
use crate::domain::effect::EffectKind;
use crate::domain::failure::CallFailure;
use crate::domain::inquiry::{ChannelInquiry, InquiryKind, InquiryState};
use crate::domain::listing::{ChannelOffer, ChannelProduct};
use crate::domain::operation::{ClaimRef, InquiryRef, ListingRef, Operation};
use crate::domain::order::{ChannelOrder, LineState, RejectedRow};
use crate::domain::probe::Trace;
use crate::domain::quota::CallClass;
use crate::domain::settlement::ChannelSettlement;
use crate::domain::write::WriteAnswer;
use crate::quota::Slot;

/// Everything that is told to a channel beside acknowledge and dispatch.
#[async_trait]
pub trait Operations: Send + Sync {
    /// What this channel can be told.
    fn kinds(&self) -> &'static [EffectKind];

    /// What is wrong with it before anything is sent.
    fn check(&self, operation: &Operation) -> Result<(), WriteAnswer>;

    /// Where its call is counted.
    fn bucket(&self, _operation: &Operation) -> Bucket {
        Bucket::WHOLE
    }

    /// Tells it. Whatever the channel says is an answer.
    async fn carry_out(
        &self,
        session: &Session,
        slot: Slot,
        operation: &Operation,
        deadline: Instant,
    ) -> WriteAnswer;

    /// Did it happen? A fresh look, for an outcome that is unknown.
    async fn look_for(
        &self,
        session: &Session,
        operation: &Operation,
        deadline: Instant,
    ) -> Result<Trace, CallFailure>;
}

/// Reading single claims.
#[async_trait]
pub trait Claims: Send + Sync {
    /// One claim as it is now.
    async fn fetch_claim(
        &self,
        session: &Session,
        query: &ReadQuery<ClaimRef>,
    ) -> Result<Single<ChannelClaim>, FetchError>;
}

/// Reading orders and parcels one by one.
#[async_trait]
pub trait Parcels: Send + Sync {
    /// Every parcel of one order as it is now.
    async fn fetch_order(
        &self,
        session: &Session,
        query: &ReadQuery<String>,
    ) -> Result<(Single<ChannelOrder>, Vec<RejectedRow>), FetchError>;

    /// A parcel's way, newest first.
    async fn fetch_history(
        &self,
        session: &Session,
        query: &ReadQuery<String>,
    ) -> Result<History, FetchError>;
}

/// Reading what buyers ask.
#[async_trait]
pub trait Inquiries: Send + Sync {
    /// One page of the questions of a window.
    async fn fetch_inquiries(
        &self,
        session: &Session,
        query: &InquiriesQuery,
    ) -> Result<Page<ChannelInquiry>, FetchError>;

    /// One question as it is now.
    async fn fetch_inquiry(
        &self,
        session: &Session,
        query: &ReadQuery<InquiryRef>,
    ) -> Result<Single<ChannelInquiry>, FetchError>;
}

/// Reading what the merchant offers.
#[async_trait]
pub trait Listings: Send + Sync {
    /// One page of the merchant's products.
    async fn fetch_products(
        &self,
        session: &Session,
        query: &PageQuery,
    ) -> Result<Page<ChannelProduct>, FetchError>;

    /// One product with its listings.
    async fn fetch_product(
        &self,
        session: &Session,
        query: &ReadQuery<String>,
    ) -> Result<Single<ChannelProduct>, FetchError>;

    /// Stock, price and sale of one listing.
    async fn fetch_offer(
        &self,
        session: &Session,
        query: &ReadQuery<ListingRef>,
    ) -> Result<Single<ChannelOffer>, FetchError>;
}

/// Reading what the channel owes.
#[async_trait]
pub trait Settlements: Send + Sync {
    /// One page of what was recognised on some days.
    async fn fetch_settlements(
        &self,
        session: &Session,
        query: &SettlementsQuery,
    ) -> Result<Page<ChannelSettlement>, FetchError>;
}

/// A read of one thing.
#[derive(Debug, Clone)]
pub struct ReadQuery<T> {
    /// What the call is for.
    pub class: CallClass,
    /// Which thing.
    pub what: T,
    /// When the caller goes away.
    pub deadline: Instant,
}

/// A page of everything.
#[derive(Debug, Clone)]
pub struct PageQuery {
    /// What the call is for.
    pub class: CallClass,
    /// Empty for the first page.
    pub page_token: String,
    /// When the caller goes away.
    pub deadline: Instant,
}

/// Which questions, and where to go on.
#[derive(Debug, Clone)]
pub struct InquiriesQuery {
    /// What the call is for.
    pub class: CallClass,
    /// Where they were asked.
    pub kind: InquiryKind,
    /// Only these; absent means all.
    pub state: Option<InquiryState>,
    /// Begin of the window, inside.
    pub from: DateTime<Utc>,
    /// End of the window, outside.
    pub to: DateTime<Utc>,
    /// Empty for the first page.
    pub page_token: String,
    /// When the caller goes away.
    pub deadline: Instant,
}

/// Which settlements, and where to go on.
#[derive(Debug, Clone)]
pub struct SettlementsQuery {
    /// What the call is for.
    pub class: CallClass,
    /// First day, inside.
    pub from: NaiveDate,
    /// Last day, inside.
    pub to: NaiveDate,
    /// Empty for the first page.
    pub page_token: String,
    /// When the caller goes away.
    pub deadline: Instant,
}

/// One page.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The body exactly as received.
    pub raw: Bytes,
    /// In our words.
    pub rows: Vec<T>,
    /// What could not be translated.
    pub rejected: Vec<RejectedRow>,
    /// Empty on the last page.
    pub next_page_token: String,
    /// When the read was sent.
    pub read_at: DateTime<Utc>,
}

/// One thing.
#[derive(Debug, Clone)]
pub struct Single<T> {
    /// The body exactly as received; empty when there is nothing.
    pub raw: Bytes,
    /// Absent when the channel does not show it any more.
    pub found: Option<T>,
    /// When the read was sent.
    pub read_at: DateTime<Utc>,
}

/// A parcel's way.
#[derive(Debug, Clone)]
pub struct History {
    /// The body exactly as received.
    pub raw: Bytes,
    /// Newest first.
    pub events: Vec<ParcelEvent>,
    /// When the read was sent.
    pub read_at: DateTime<Utc>,
}

/// A step of a parcel's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParcelEvent {
    /// Where it stood.
    pub state: LineState,
    /// Since when, where the channel says so.
    pub at: Option<DateTime<Utc>>,
}
