//! Coupang's seller API (WING).

mod calls;
mod capability;
mod carriers;
mod claims;
mod errors;
mod inquiries;
mod lists;
mod look;
mod map;
mod names;
mod operations;
mod pages;
mod parcels;
mod products;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod readers;
mod reads;
mod revenue;
mod shapes;
pub(crate) mod sign;
mod topic_shapes;
mod windows;
mod wire;
mod writes;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::channel::{
    AcknowledgeParcel, Channel, Claims, ClaimsPage, ClaimsQuery, DispatchParcel, FetchError,
    Inquiries, Listings, Operations, OrdersPage, OrdersQuery, ParcelPage, ParcelQuery, Parcels,
    ParsedOrders, Session, Settlements, Shape, SoughtParcel,
};
use crate::domain::call::CallName;
use crate::domain::capability::Capabilities;
use crate::domain::facts::ParcelFacts;
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::permit::{Cargo, Ending};
use crate::domain::quota::CallClass;
use crate::domain::write::WriteAnswer;
use crate::quota::{Reservation, Slot};

/// The channel's code.
pub const CODE: &str = "coupang";

/// Its production address.
pub const PRODUCTION_URL: &str = "https://api-gateway.coupang.com";

/// Calls a second of one vendor, since the notice of March 2026.
const DEFAULT_QUOTA: u32 = 5;

/// Days a key lives after WING issued it; the button for a new one opens 14 days before (developer portal).
const KEY_LIFE_DAYS: u32 = 180;

/// The adapter. Stateless.
#[derive(Debug, Clone)]
pub struct Coupang {
    production_url: String,
}

impl Coupang {
    /// An adapter whose accounts call `production_url` unless they name another address.
    pub fn new(production_url: impl Into<String>) -> Self {
        let production_url = production_url.into();
        Self { production_url }
    }
}

#[async_trait]
impl Channel for Coupang {
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

    fn key_life_days(&self) -> Option<u32> {
        Some(KEY_LIFE_DAYS)
    }

    fn name_call(&self, request: &reqwest::Request) -> CallName {
        names::name_call(request)
    }

    fn shape(&self, api: &str) -> Option<&'static Shape> {
        shapes::shape(api)
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

    fn parse_orders(
        &self,
        raw: &[u8],
        read_at: DateTime<Utc>,
    ) -> Result<ParsedOrders, CallFailure> {
        map::orders(raw, read_at).map_err(|error| calls::malformed(&error))
    }

    /// The newest minute of the order list: the call that matters, and the cheapest of its kind.
    async fn test(&self, session: &Session, deadline: Instant) -> Result<(), CallFailure> {
        let now = windows::korean(session.now() - TimeDelta::minutes(1));
        let path = calls::vendor_path(session, "v5", "ordersheets");
        let query = lists::orders_query("ACCEPT", &windows::Span::Minutes(now, now), "");
        let slot = session.slot(CallClass::Gate, deadline).await?;
        let (_, envelope) = calls::read(session, slot, &path, &query)
            .await
            .map_err(|refusal| refusal.failure)?;
        envelope.rows().map_err(|error| calls::malformed(&error))?;
        Ok(())
    }

    async fn fetch_orders(
        &self,
        session: &Session,
        query: &OrdersQuery,
    ) -> Result<OrdersPage, FetchError> {
        lists::fetch_orders(session, query).await
    }

    async fn fetch_parcel(
        &self,
        session: &Session,
        query: &ParcelQuery,
    ) -> Result<ParcelPage, CallFailure> {
        lists::fetch_parcel(session, query).await
    }

    async fn fetch_claims(
        &self,
        session: &Session,
        query: &ClaimsQuery,
    ) -> Result<ClaimsPage, FetchError> {
        claims::lists::fetch_claims(session, query).await
    }

    async fn look(
        &self,
        session: &Session,
        reservation: &Reservation,
        cargos: &[Cargo],
        deadline: Instant,
    ) -> Vec<Result<ParcelFacts, CallFailure>> {
        look::look(session, reservation, cargos, deadline).await
    }

    async fn look_after(
        &self,
        session: &Session,
        parcel: SoughtParcel<'_>,
        deadline: Instant,
    ) -> Result<ParcelFacts, CallFailure> {
        let slot = session.slot(CallClass::Gate, deadline).await?;
        let (parcel, read) = if parcel.line_ids.is_empty() {
            look::sheet(session, slot, parcel.channel_parcel_id).await?
        } else {
            look::part(session, slot, parcel).await?
        };
        Ok(ParcelFacts {
            parcel,
            claims: Vec::new(),
            reads: vec![read],
        })
    }

    async fn acknowledge(
        &self,
        session: &Session,
        slot: Slot,
        parcels: &[AcknowledgeParcel],
        deadline: Instant,
    ) -> Vec<WriteAnswer> {
        writes::acknowledge(session, slot, parcels, deadline).await
    }

    fn check_tracking(&self, carrier: &str, tracking_number: &str) -> Result<(), WriteAnswer> {
        carriers::check(carrier, tracking_number)
    }

    async fn dispatch(
        &self,
        session: &Session,
        slot: Slot,
        parcels: &[DispatchParcel],
        permitted_until: Ending,
    ) -> Vec<WriteAnswer> {
        writes::dispatch(session, slot, parcels, permitted_until).await
    }
}

/// What a write is refused with when its permit ended while it waited.
fn permit_expired() -> CallFailure {
    CallFailure::without_effect(
        FailureKind::PermitExpired,
        "the look at the channel was more than 5 s old before the first byte could leave; inspect the lines again",
    )
}
