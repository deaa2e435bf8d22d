//! Reading what buyers ask, what the merchant offers, and what the channel owes.

use async_trait::async_trait;
use serde_json::json;

use super::inquiries::lists as inquiries;
use super::products::lists as products;
use super::{SmartStore, settlements};
use crate::channel::{
    FetchError, Inquiries, InquiriesQuery, Listings, Page, PageQuery, ReadQuery, Reply, Session,
    Settlements, SettlementsQuery, Single,
};
use crate::domain::inquiry::ChannelInquiry;
use crate::domain::listing::{ChannelOffer, ChannelProduct};
use crate::domain::operation::{InquiryRef, ListingRef};
use crate::domain::settlement::ChannelSettlement;

#[async_trait]
impl Inquiries for SmartStore {
    async fn fetch_inquiries(
        &self,
        session: &Session,
        query: &InquiriesQuery,
    ) -> Result<Page<ChannelInquiry>, FetchError> {
        inquiries::fetch_inquiries(&self.tokens, session, query).await
    }

    async fn fetch_inquiry(
        &self,
        session: &Session,
        query: &ReadQuery<InquiryRef>,
    ) -> Result<Single<ChannelInquiry>, FetchError> {
        inquiries::fetch_inquiry(&self.tokens, session, query).await
    }
}

#[async_trait]
impl Listings for SmartStore {
    async fn fetch_products(
        &self,
        session: &Session,
        query: &PageQuery,
    ) -> Result<Page<ChannelProduct>, FetchError> {
        products::fetch_products(&self.tokens, session, query).await
    }

    async fn fetch_product(
        &self,
        session: &Session,
        query: &ReadQuery<String>,
    ) -> Result<Single<ChannelProduct>, FetchError> {
        products::fetch_product(&self.tokens, session, query).await
    }

    async fn fetch_offer(
        &self,
        session: &Session,
        query: &ReadQuery<ListingRef>,
    ) -> Result<Single<ChannelOffer>, FetchError> {
        products::fetch_offer(&self.tokens, session, query).await
    }
}

#[async_trait]
impl Settlements for SmartStore {
    async fn fetch_settlements(
        &self,
        session: &Session,
        query: &SettlementsQuery,
    ) -> Result<Page<ChannelSettlement>, FetchError> {
        settlements::fetch_settlements(&self.tokens, session, query).await
    }
}

/// What a good answer to a write is evidence of, without a word of its body.
pub fn seen(reply: &Reply) -> String {
    json!({
        "http_status": reply.http_status,
        "sent_at": reply.sent_at,
        "answered_at": reply.answered_at,
    })
    .to_string()
}
