//! What is read of Coupang beside the lists of orders, by topic.

use async_trait::async_trait;

use super::{Coupang, claims, inquiries, parcels, products, revenue};
use crate::channel::{
    Claims, FetchError, History, Inquiries, InquiriesQuery, Listings, Page, PageQuery, Parcels,
    ReadQuery, Session, Settlements, SettlementsQuery, Single,
};
use crate::domain::claim::ChannelClaim;
use crate::domain::inquiry::ChannelInquiry;
use crate::domain::listing::{ChannelOffer, ChannelProduct};
use crate::domain::operation::{ClaimRef, InquiryRef, ListingRef};
use crate::domain::order::{ChannelOrder, RejectedRow};
use crate::domain::settlement::ChannelSettlement;

#[async_trait]
impl Claims for Coupang {
    async fn fetch_claim(
        &self,
        session: &Session,
        query: &ReadQuery<ClaimRef>,
    ) -> Result<Single<ChannelClaim>, FetchError> {
        claims::single::fetch_claim(session, query).await
    }
}

#[async_trait]
impl Parcels for Coupang {
    async fn fetch_order(
        &self,
        session: &Session,
        query: &ReadQuery<String>,
    ) -> Result<(Single<ChannelOrder>, Vec<RejectedRow>), FetchError> {
        parcels::order::fetch_order(session, query).await
    }

    async fn fetch_history(
        &self,
        session: &Session,
        query: &ReadQuery<String>,
    ) -> Result<History, FetchError> {
        parcels::history::fetch_history(session, query).await
    }
}

#[async_trait]
impl Inquiries for Coupang {
    async fn fetch_inquiries(
        &self,
        session: &Session,
        query: &InquiriesQuery,
    ) -> Result<Page<ChannelInquiry>, FetchError> {
        inquiries::lists::fetch_inquiries(session, query).await
    }

    async fn fetch_inquiry(
        &self,
        session: &Session,
        query: &ReadQuery<InquiryRef>,
    ) -> Result<Single<ChannelInquiry>, FetchError> {
        inquiries::lists::fetch_inquiry(session, query).await
    }
}

#[async_trait]
impl Listings for Coupang {
    async fn fetch_products(
        &self,
        session: &Session,
        query: &PageQuery,
    ) -> Result<Page<ChannelProduct>, FetchError> {
        products::reads::fetch_products(session, query).await
    }

    async fn fetch_product(
        &self,
        session: &Session,
        query: &ReadQuery<String>,
    ) -> Result<Single<ChannelProduct>, FetchError> {
        products::reads::fetch_product(session, query).await
    }

    async fn fetch_offer(
        &self,
        session: &Session,
        query: &ReadQuery<ListingRef>,
    ) -> Result<Single<ChannelOffer>, FetchError> {
        products::reads::fetch_offer(session, query).await
    }
}

#[async_trait]
impl Settlements for Coupang {
    async fn fetch_settlements(
        &self,
        session: &Session,
        query: &SettlementsQuery,
    ) -> Result<Page<ChannelSettlement>, FetchError> {
        revenue::fetch_settlements(session, query).await
    }
}
