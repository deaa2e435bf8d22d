//! Marketplaces: what every adapter can do, and the adapters by code.
//!
//! An adapter is stateless. `wire` reads the marketplace's own JSON, `map` turns it into our words, `mod` makes the
//! calls through a [`Session`], which knows the account, its quota and the way to the network.

mod call;
pub mod coupang;
mod credentials;
mod page;
mod session;
mod shape;
mod transport;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use tokio::time::Instant;

pub use call::{Call, Watch};
pub use credentials::{CoupangCredentials, Credentials};
pub use page::Page;
pub use session::{Reply, Session};
pub use shape::Shape;
pub use transport::{Transport, TransportSettings};

use crate::domain::account::InvalidField;
use crate::domain::call::CallName;
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
        channel_parcel_id: &str,
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
    /// The channel's box to look into.
    pub state: LineState,
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
    /// When the caller goes away.
    pub deadline: Instant,
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
