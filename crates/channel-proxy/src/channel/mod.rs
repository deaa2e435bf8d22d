//! Marketplaces: what every adapter can do, and the adapters by code.
//!
//! An adapter keeps nothing (but tokens it can get again). `wire` reads the marketplace's own JSON, `map` turns it into
//! our words, `mod` makes the calls through a [`Session`], which knows the account, its quota and the way to the network.

mod body;
mod call;
pub mod coupang;
mod credentials;
mod json;
mod page;
mod session;
mod shape;
pub mod smartstore;
mod topics;
mod trace;
mod transport;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use tokio::time::Instant;

pub use call::{Call, Watch};
pub use credentials::{ActsAs, CoupangCredentials, Credentials, SmartStoreCredentials};
pub use page::Page as WebPage;
pub use session::{Reply, Session};
pub use shape::Shape;
pub use topics::{
    Claims, History, Inquiries, InquiriesQuery, Listings, Operations, Page, PageQuery, ParcelEvent,
    Parcels, ReadQuery, Settlements, SettlementsQuery, Single,
};
pub use transport::{Transport, TransportSettings};

use crate::domain::account::InvalidField;
use crate::domain::buckets::{Bucket, Gate};
use crate::domain::call::CallName;
use crate::domain::capability::Capabilities;
use crate::domain::claim::ChannelClaim;
use crate::domain::facts::ParcelFacts;
use crate::domain::failure::CallFailure;
use crate::domain::order::{ChannelOrder, LineState, RejectedRow};
use crate::domain::permit::{Cargo, Ending};
use crate::domain::quota::CallClass;
use crate::domain::write::WriteAnswer;
use crate::quota::Slot;

/// What a marketplace can be asked and told.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Its code, e.g. "coupang".
    fn code(&self) -> &'static str;

    /// Where its API is.
    fn production_url(&self) -> &str;

    /// Calls a second it documents for one seller.
    fn default_quota(&self) -> u32;

    /// Where the calls of a look, and of the write that follows it, are counted.
    fn gate(&self) -> Gate {
        Gate {
            look: Bucket::WHOLE,
            write: Bucket::WHOLE,
        }
    }

    /// Where an acknowledge is counted.
    fn acknowledge_bucket(&self) -> Bucket {
        Bucket::WHOLE
    }

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// What can be told to it beside acknowledge and dispatch.
    fn operations(&self) -> Option<&dyn Operations> {
        None
    }

    /// Reading single claims.
    fn claims(&self) -> Option<&dyn Claims> {
        None
    }

    /// Reading orders and parcels one by one.
    fn parcels(&self) -> Option<&dyn Parcels> {
        None
    }

    /// What buyers ask.
    fn inquiries(&self) -> Option<&dyn Inquiries> {
        None
    }

    /// What the merchant offers.
    fn listings(&self) -> Option<&dyn Listings> {
        None
    }

    /// What it owes.
    fn settlements(&self) -> Option<&dyn Settlements> {
        None
    }

    /// Days a key lives after it was issued; nothing where keys do not end.
    fn key_life_days(&self) -> Option<u32> {
        None
    }

    /// What a request is, in our words: a stable name, and the ids it is about. A call without a name of its own is
    /// written down as "unnamed" and shares one breaker with the others.
    fn name_call(&self, _request: &reqwest::Request) -> CallName {
        CallName::unnamed()
    }

    /// What is known of a call's answer, to notice what is new in it; nothing for calls that are not compared.
    fn shape(&self, _api: &str) -> Option<&'static Shape> {
        None
    }

    /// Translates a raw page. No network.
    fn parse_orders(&self, raw: &[u8], read_at: DateTime<Utc>)
    -> Result<ParsedOrders, CallFailure>;

    /// A harmless read with the account's credentials.
    async fn test(&self, session: &Session, deadline: Instant) -> Result<(), CallFailure>;

    /// One page of the orders of a window.
    async fn fetch_orders(
        &self,
        session: &Session,
        query: &OrdersQuery,
    ) -> Result<OrdersPage, FetchError>;

    /// One parcel as it is now.
    async fn fetch_parcel(
        &self,
        session: &Session,
        query: &ParcelQuery,
    ) -> Result<ParcelPage, CallFailure>;

    /// One page of the claims of a window.
    async fn fetch_claims(
        &self,
        session: &Session,
        query: &ClaimsQuery,
    ) -> Result<ClaimsPage, FetchError>;

    /// Looks at parcels and their claims inside one reservation. The looks are in the order of `cargos`; the
    /// reservation comes back for the write.
    async fn look(
        &self,
        session: &Session,
        reservation: &crate::quota::Reservation,
        cargos: &[Cargo],
        deadline: Instant,
    ) -> Vec<Result<ParcelFacts, CallFailure>>;

    /// One parcel's detail, to learn what became of a write.
    async fn look_after(
        &self,
        session: &Session,
        parcel: SoughtParcel<'_>,
        deadline: Instant,
    ) -> Result<ParcelFacts, CallFailure>;

    /// Accepts parcels. One answer per parcel, in the same order.
    async fn acknowledge(
        &self,
        session: &Session,
        slot: Slot,
        parcels: &[AcknowledgeParcel],
        deadline: Instant,
    ) -> Vec<WriteAnswer>;

    /// What is wrong with a tracking number before it is sent.
    fn check_tracking(&self, carrier: &str, tracking_number: &str) -> Result<(), WriteAnswer>;

    /// The number that the channel shows once it was told this one: none where it takes none.
    fn shown_number<'a>(&self, _carrier: &str, tracking_number: &'a str) -> &'a str {
        tracking_number
    }

    /// Tells the tracking numbers. One answer per parcel, in the same order. Nothing is sent at or after
    /// `permitted_until`.
    async fn dispatch(
        &self,
        session: &Session,
        slot: Slot,
        parcels: &[DispatchParcel],
        permitted_until: Ending,
    ) -> Vec<WriteAnswer>;
}

/// All adapters by code.
#[derive(Clone)]
pub struct Channels(Arc<[Arc<dyn Channel>]>);

impl Channels {
    /// These adapters.
    pub fn new(channels: impl IntoIterator<Item = Arc<dyn Channel>>) -> Self {
        Self(channels.into_iter().collect())
    }

    /// The adapter of a code.
    pub fn get(&self, code: &str) -> Option<&Arc<dyn Channel>> {
        self.0.iter().find(|channel| channel.code() == code)
    }

    /// All adapters.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Channel> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// All codes, for a message.
    pub fn codes(&self) -> String {
        let codes: Vec<_> = self.0.iter().map(|channel| channel.code()).collect();
        codes.join(", ")
    }
}

/// A raw page in our words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParsedOrders {
    /// What could be translated.
    pub orders: Vec<ChannelOrder>,
    /// What could not.
    pub rejected: Vec<RejectedRow>,
}

/// Which orders, and where to go on.
#[derive(Debug, Clone)]
pub struct OrdersQuery {
    /// What the call is for.
    pub class: CallClass,
    /// The channel's box to look into; absent for what changed, at channels that tell so.
    pub state: Option<LineState>,
    /// Begin of the window, inside.
    pub from: DateTime<Utc>,
    /// End of the window, outside.
    pub to: DateTime<Utc>,
    /// Empty for the first page.
    pub page_token: String,
    /// When the caller goes away.
    pub deadline: Instant,
}

/// One page of orders.
#[derive(Debug, Clone)]
pub struct OrdersPage {
    /// The body exactly as received.
    pub raw: Bytes,
    /// In our words.
    pub parsed: ParsedOrders,
    /// Empty on the last page.
    pub next_page_token: String,
    /// When the read was sent.
    pub read_at: DateTime<Utc>,
}

/// Which parcel.
#[derive(Debug, Clone)]
pub struct ParcelQuery {
    /// What the call is for.
    pub class: CallClass,
    /// The parcel.
    pub channel_parcel_id: String,
    /// When the caller goes away.
    pub deadline: Instant,
}

/// One parcel.
#[derive(Debug, Clone)]
pub struct ParcelPage {
    /// The body exactly as received.
    pub raw: Bytes,
    /// Absent when the channel says it was cancelled or returned.
    pub order: Option<ChannelOrder>,
    /// When the read was sent.
    pub read_at: DateTime<Utc>,
}

/// Which claims, and where to go on.
#[derive(Debug, Clone)]
pub struct ClaimsQuery {
    /// What the call is for.
    pub class: CallClass,
    /// Begin of the window, inside.
    pub from: DateTime<Utc>,
    /// End of the window, outside.
    pub to: DateTime<Utc>,
    /// Empty for the first page.
    pub page_token: String,
    /// Which of the channel's lists; none means all.
    pub lists: Vec<ClaimList>,
    /// When the caller goes away.
    pub deadline: Instant,
}

/// What claims a read is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimList {
    /// Cancels, stop requests and returns.
    Returns,
    /// Exchanges.
    Exchanges,
    /// Demands that buyers took back.
    Withdrawals,
    /// Of the returns, those that may keep a parcel back.
    OpenReturns,
    /// Of the returns, those that are completed.
    CompletedReturns,
}

impl ClaimsQuery {
    /// Whether a list is asked for, by itself or as a part of all returns.
    pub fn wants(&self, list: ClaimList) -> bool {
        let is_part = matches!(list, ClaimList::OpenReturns | ClaimList::CompletedReturns);
        self.lists.is_empty()
            || self.lists.contains(&list)
            || (is_part && self.lists.contains(&ClaimList::Returns))
    }
}

/// One page of claims.
#[derive(Debug, Clone)]
pub struct ClaimsPage {
    /// The body exactly as received.
    pub raw: Bytes,
    /// In our words.
    pub claims: Vec<ChannelClaim>,
    /// What could not be translated.
    pub rejected: Vec<RejectedRow>,
    /// Empty on the last page.
    pub next_page_token: String,
    /// When the read was sent.
    pub read_at: DateTime<Utc>,
}

/// A parcel of which a write's trace is sought.
#[derive(Debug, Clone, Copy)]
pub struct SoughtParcel<'a> {
    /// Its order.
    pub channel_order_id: &'a str,
    /// Its id when the write left.
    pub channel_parcel_id: &'a str,
    /// The lines that left, when only a part of the parcel did: they stand in a parcel of another id then.
    pub line_ids: &'a [String],
}

/// A parcel to accept.
#[derive(Debug, Clone)]
pub struct AcknowledgeParcel {
    /// Its order.
    pub channel_order_id: String,
    /// Its id.
    pub channel_parcel_id: String,
}

/// A parcel that left.
#[derive(Debug, Clone)]
pub struct DispatchParcel {
    /// What left.
    pub cargo: Cargo,
    /// Our carrier code.
    pub carrier: String,
    /// The waybill number.
    pub tracking_number: String,
    /// When the lines that wait will leave, of a first part.
    pub planned: Vec<(String, NaiveDate)>,
}

/// Why a page could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The question is wrong.
    #[error(transparent)]
    Question(#[from] InvalidField),
    /// The call failed.
    #[error(transparent)]
    Call(#[from] CallFailure),
}
