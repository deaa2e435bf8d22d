//! Naver SmartStore's Commerce API.
//!
//! An account is an application of the API centre; a token is all that is kept of it between calls. Calls are counted by
//! application and API, two a second each.

mod calls;
mod capability;
mod carriers;
mod claim_writes;
mod claims;
mod errors;
mod halves;
mod inquiries;
mod lists;
mod look;
mod map;
mod names;
mod operations;
mod parcel_writes;
mod products;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod readers;
mod reads;
mod settlements;
mod shapes;
pub(crate) mod sign;
mod token;
mod topics;
mod windows;
mod wire;
mod writes;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::time::Instant;
use url::Url;

use crate::channel::{
    AcknowledgeParcel, Channel, Claims, ClaimsPage, ClaimsQuery, Credentials, DispatchParcel,
    FetchError, Inquiries, Listings, Operations, OrdersPage, OrdersQuery, ParcelPage, ParcelQuery,
    Parcels, ParsedOrders, Session, Settlements, Shape, SmartStoreCredentials, SoughtParcel,
};
use crate::domain::buckets::{Bucket, Gate};
use crate::domain::call::CallName;
use crate::domain::capability::Capabilities;
use crate::domain::facts::ParcelFacts;
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::permit::{Cargo, Ending};
use crate::domain::quota::CallClass;
use crate::domain::write::WriteAnswer;
use crate::quota::{Reservation, Slot};

pub use sign::check_secret;

/// The channel's code.
pub const CODE: &str = "smartstore";

/// Its production address.
pub const PRODUCTION_URL: &str = "https://api.commerce.naver.com";

/// Calls a second of one application at each API. Not published; what own-store applications report. The channel lets
/// double of it through at once and takes it off the next second, so bursts are not relied on.
const DEFAULT_QUOTA: u32 = 2;

/// Where calls are counted: by API.
mod buckets {
    use crate::domain::buckets::Bucket;

    pub const TOKEN: Bucket = Bucket("oauth2/token");
    pub const FEED: Bucket = Bucket("product-orders/last-changed-statuses");
    pub const QUERY: Bucket = Bucket("product-orders/query");
    pub const LIST: Bucket = Bucket("product-orders");
    pub const CONFIRM: Bucket = Bucket("product-orders/confirm");
    pub const DISPATCH: Bucket = Bucket("product-orders/dispatch");
}

/// The adapter. Keeps tokens in memory, which products are being changed, and which ids were refused lately; nothing
/// else.
#[derive(Debug, Clone)]
pub struct SmartStore {
    production_url: String,
    tokens: Arc<token::Tokens>,
    product_locks: Arc<products::ProductLocks>,
    foreign: Arc<halves::Foreign>,
}

impl SmartStore {
    /// An adapter whose accounts call `production_url` unless they name another address.
    pub fn new(production_url: impl Into<String>) -> Self {
        Self {
            production_url: production_url.into(),
            tokens: Arc::default(),
            product_locks: Arc::default(),
            foreign: Arc::default(),
        }
    }
}

#[async_trait]
impl Channel for SmartStore {
    fn code(&self) -> &'static str {
        CODE
    }

    fn production_url(&self) -> &str {
        &self.production_url
    }

    fn default_quota(&self) -> u32 {
        DEFAULT_QUOTA
    }

    fn capabilities(&self) -> Capabilities {
        capability::capabilities()
    }

    fn operations(&self) -> Option<&dyn Operations> {
        Some(self)
    }

    fn claims(&self) -> Option<&dyn Claims> {
        Some(self)
    }

    fn parcels(&self) -> Option<&dyn Parcels> {
        Some(self)
    }

    fn inquiries(&self) -> Option<&dyn Inquiries> {
        Some(self)
    }

    fn listings(&self) -> Option<&dyn Listings> {
        Some(self)
    }

    fn settlements(&self) -> Option<&dyn Settlements> {
        Some(self)
    }

    fn name_call(&self, request: &reqwest::Request) -> CallName {
        names::name_call(request)
    }

    fn shape(&self, api: &str) -> Option<&'static Shape> {
        shapes::shape(api)
    }

    fn gate(&self) -> Gate {
        Gate {
            look: buckets::QUERY,
            write: buckets::DISPATCH,
        }
    }

    fn acknowledge_bucket(&self) -> Bucket {
        buckets::CONFIRM
    }

    fn parse_orders(
        &self,
        raw: &[u8],
        read_at: DateTime<Utc>,
    ) -> Result<ParsedOrders, CallFailure> {
        let body = wire::body(raw).map_err(|error| errors::malformed(&error))?;
        map::orders(&body, read_at).map_err(|error| errors::malformed(&error))
    }

    /// A token of its own proves the credentials; a look at the newest changes proves that orders may be read.
    async fn test(&self, session: &Session, deadline: Instant) -> Result<(), CallFailure> {
        let proved = self.tokens.prove(session, deadline).await;
        proved.map_err(|refusal| refusal.failure)?;
        let now = session.now();
        let query = OrdersQuery {
            class: CallClass::Gate,
            state: None,
            from: now - chrono::TimeDelta::minutes(1),
            to: now,
            page_token: String::new(),
            deadline,
        };
        match self.fetch_orders(session, &query).await {
            Ok(_) => Ok(()),
            Err(FetchError::Call(failure)) => Err(failure),
            Err(FetchError::Question(field)) => Err(CallFailure::without_effect(
                FailureKind::Fault,
                field.to_string(),
            )),
        }
    }

    async fn fetch_orders(
        &self,
        session: &Session,
        query: &OrdersQuery,
    ) -> Result<OrdersPage, FetchError> {
        lists::fetch_orders((&self.tokens, &self.foreign), session, query).await
    }

    async fn fetch_parcel(
        &self,
        session: &Session,
        query: &ParcelQuery,
    ) -> Result<ParcelPage, CallFailure> {
        lists::fetch_parcel(&self.tokens, session, query).await
    }

    async fn fetch_claims(
        &self,
        session: &Session,
        query: &ClaimsQuery,
    ) -> Result<ClaimsPage, FetchError> {
        lists::fetch_claims((&self.tokens, &self.foreign), session, query).await
    }

    async fn look(
        &self,
        session: &Session,
        reservation: &Reservation,
        cargos: &[Cargo],
        deadline: Instant,
    ) -> Vec<Result<ParcelFacts, CallFailure>> {
        look::look(&self.tokens, session, reservation, cargos, deadline).await
    }

    async fn look_after(
        &self,
        session: &Session,
        parcel: SoughtParcel<'_>,
        deadline: Instant,
    ) -> Result<ParcelFacts, CallFailure> {
        let ids = [parcel.channel_parcel_id];
        let looks = look::look_after(&self.tokens, session, &ids, deadline).await;
        looks.into_iter().next().unwrap_or_else(|| Err(unseen()))
    }

    async fn acknowledge(
        &self,
        session: &Session,
        slot: Slot,
        parcels: &[AcknowledgeParcel],
        deadline: Instant,
    ) -> Vec<WriteAnswer> {
        writes::acknowledge(&self.tokens, session, slot, parcels, deadline).await
    }

    fn check_tracking(&self, carrier: &str, tracking_number: &str) -> Result<(), WriteAnswer> {
        writes::check_tracking(carrier, tracking_number)
    }

    fn shown_number<'a>(&self, carrier: &str, tracking_number: &'a str) -> &'a str {
        match carriers::delivery(carrier) {
            Some(carriers::Delivery::Direct) => "",
            _ => tracking_number,
        }
    }

    async fn dispatch(
        &self,
        session: &Session,
        slot: Slot,
        parcels: &[DispatchParcel],
        permitted_until: Ending,
    ) -> Vec<WriteAnswer> {
        writes::dispatch(&self.tokens, session, slot, parcels, permitted_until).await
    }
}

fn credentials(session: &Session) -> Result<&SmartStoreCredentials, CallFailure> {
    match session.credentials() {
        Credentials::SmartStore(smartstore) => Ok(smartstore),
        Credentials::Coupang(_) => Err(CallFailure::without_effect(
            FailureKind::CredentialsRefused,
            "the account's credentials are of another channel",
        )),
    }
}

/// The address of a path of the API.
fn path_url(session: &Session, path: &str, query: &str) -> Result<Url, CallFailure> {
    let mut url = Url::parse(session.base_url()).map_err(|error| unsendable(&error))?;
    url.set_path(&format!("/external{path}"));
    url.set_query((!query.is_empty()).then_some(query));
    Ok(url)
}

fn unsendable(error: &dyn std::fmt::Display) -> CallFailure {
    CallFailure::without_effect(
        FailureKind::Refused,
        format!("the account's base URL or keys make no request: {error}"),
    )
}

fn unseen() -> CallFailure {
    CallFailure::without_effect(FailureKind::Fault, "the look at the channel gave no facts")
}

/// What a write is refused with when its permit ended while it waited.
fn permit_expired() -> CallFailure {
    CallFailure::without_effect(
        FailureKind::PermitExpired,
        "the look at the channel was more than 5 s old before the first byte could leave; inspect the lines again",
    )
}
