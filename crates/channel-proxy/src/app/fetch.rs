//! The reads. They decide nothing and store nothing.

use std::collections::BTreeSet;

use moa_id::{ChannelAccountId, MerchantId};

use super::App;
use super::open::Open;
use crate::channel::{
    Channel, ClaimsPage, ClaimsQuery, FetchError, History, InquiriesQuery, OrdersPage, OrdersQuery,
    Page, PageQuery, ParcelPage, ParcelQuery, ReadQuery, SettlementsQuery, Single,
};
use crate::domain::account::ChannelAccount;
use crate::domain::claim::ChannelClaim;
use crate::domain::inquiry::ChannelInquiry;
use crate::domain::listing::{ChannelOffer, ChannelProduct};
use crate::domain::operation::{ClaimRef, InquiryRef, ListingRef};
use crate::domain::order::{ChannelOrder, LineState, RejectedRow};
use crate::domain::settlement::ChannelSettlement;
use crate::error::Error;

impl App {
    /// One page of the orders of a window.
    #[tracing::instrument(name = "channel_proxy.fetch_orders", skip_all, fields(channel_account.id = %id))]
    pub async fn fetch_orders(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        query: &OrdersQuery,
    ) -> Result<OrdersPage, Error> {
        let open = self.open(merchant_id, id).await?;
        let result = open.channel.fetch_orders(&open.session, query).await;
        if let Ok(page) = &result {
            self.note_unknown_states(&open, page);
        }
        self.noted(&open.account, result).await
    }

    /// One parcel as it is now.
    #[tracing::instrument(name = "channel_proxy.fetch_parcel", skip_all, fields(channel_account.id = %id))]
    pub async fn fetch_parcel(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        query: &ParcelQuery,
    ) -> Result<ParcelPage, Error> {
        let open = self.open(merchant_id, id).await?;
        let result = open.channel.fetch_parcel(&open.session, query).await;
        self.noted(&open.account, result.map_err(FetchError::Call))
            .await
    }

    /// One page of the claims of a window.
    #[tracing::instrument(name = "channel_proxy.fetch_claims", skip_all, fields(channel_account.id = %id))]
    pub async fn fetch_claims(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        query: &ClaimsQuery,
    ) -> Result<ClaimsPage, Error> {
        let open = self.open(merchant_id, id).await?;
        let result = open.channel.fetch_claims(&open.session, query).await;
        self.noted(&open.account, result).await
    }

    /// One claim as it is now.
    #[tracing::instrument(name = "channel_proxy.fetch_claim", skip_all, fields(channel_account.id = %id))]
    pub async fn fetch_claim(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        query: &ReadQuery<ClaimRef>,
    ) -> Result<Single<ChannelClaim>, Error> {
        let open = self.open(merchant_id, id).await?;
        let claims = open.channel.claims();
        let claims = claims.ok_or_else(|| lacks(open.channel.as_ref(), "FETCH_CLAIM"))?;
        let result = claims.fetch_claim(&open.session, query).await;
        self.noted(&open.account, result).await
    }

    /// Every parcel of one order as it is now.
    #[tracing::instrument(name = "channel_proxy.fetch_order", skip_all, fields(channel_account.id = %id))]
    pub async fn fetch_order(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        query: &ReadQuery<String>,
    ) -> Result<(Single<ChannelOrder>, Vec<RejectedRow>), Error> {
        let open = self.open(merchant_id, id).await?;
        let parcels = open.channel.parcels();
        let parcels = parcels.ok_or_else(|| lacks(open.channel.as_ref(), "FETCH_ORDER"))?;
        let result = parcels.fetch_order(&open.session, query).await;
        self.noted(&open.account, result).await
    }

    /// A parcel's way, newest first.
    #[tracing::instrument(name = "channel_proxy.fetch_history", skip_all, fields(channel_account.id = %id))]
    pub async fn fetch_history(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        query: &ReadQuery<String>,
    ) -> Result<History, Error> {
        let open = self.open(merchant_id, id).await?;
        let parcels = open.channel.parcels();
        let parcels =
            parcels.ok_or_else(|| lacks(open.channel.as_ref(), "FETCH_PARCEL_HISTORY"))?;
        let result = parcels.fetch_history(&open.session, query).await;
        self.noted(&open.account, result).await
    }

    /// One page of the questions of a window.
    #[tracing::instrument(name = "channel_proxy.fetch_inquiries", skip_all, fields(channel_account.id = %id))]
    pub async fn fetch_inquiries(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        query: &InquiriesQuery,
    ) -> Result<Page<ChannelInquiry>, Error> {
        let open = self.open(merchant_id, id).await?;
        let inquiries = open.channel.inquiries();
        let inquiries = inquiries.ok_or_else(|| lacks(open.channel.as_ref(), "FETCH_INQUIRIES"))?;
        let result = inquiries.fetch_inquiries(&open.session, query).await;
        self.noted(&open.account, result).await
    }

    /// One question as it is now.
    #[tracing::instrument(name = "channel_proxy.fetch_inquiry", skip_all, fields(channel_account.id = %id))]
    pub async fn fetch_inquiry(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        query: &ReadQuery<InquiryRef>,
    ) -> Result<Single<ChannelInquiry>, Error> {
        let open = self.open(merchant_id, id).await?;
        let inquiries = open.channel.inquiries();
        let inquiries = inquiries.ok_or_else(|| lacks(open.channel.as_ref(), "FETCH_INQUIRIES"))?;
        let result = inquiries.fetch_inquiry(&open.session, query).await;
        self.noted(&open.account, result).await
    }

    /// One page of the merchant's products.
    #[tracing::instrument(name = "channel_proxy.fetch_products", skip_all, fields(channel_account.id = %id))]
    pub async fn fetch_products(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        query: &PageQuery,
    ) -> Result<Page<ChannelProduct>, Error> {
        let open = self.open(merchant_id, id).await?;
        let listings = open.channel.listings();
        let listings = listings.ok_or_else(|| lacks(open.channel.as_ref(), "FETCH_PRODUCTS"))?;
        let result = listings.fetch_products(&open.session, query).await;
        self.noted(&open.account, result).await
    }

    /// One product with its listings.
    #[tracing::instrument(name = "channel_proxy.fetch_product", skip_all, fields(channel_account.id = %id))]
    pub async fn fetch_product(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        query: &ReadQuery<String>,
    ) -> Result<Single<ChannelProduct>, Error> {
        let open = self.open(merchant_id, id).await?;
        let listings = open.channel.listings();
        let listings = listings.ok_or_else(|| lacks(open.channel.as_ref(), "FETCH_PRODUCTS"))?;
        let result = listings.fetch_product(&open.session, query).await;
        self.noted(&open.account, result).await
    }

    /// Stock, price and sale of one listing.
    #[tracing::instrument(name = "channel_proxy.fetch_offer", skip_all, fields(channel_account.id = %id))]
    pub async fn fetch_offer(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        query: &ReadQuery<ListingRef>,
    ) -> Result<Single<ChannelOffer>, Error> {
        let open = self.open(merchant_id, id).await?;
        let listings = open.channel.listings();
        let listings = listings.ok_or_else(|| lacks(open.channel.as_ref(), "FETCH_PRODUCTS"))?;
        let result = listings.fetch_offer(&open.session, query).await;
        self.noted(&open.account, result).await
    }

    /// One page of what was recognised on some days.
    #[tracing::instrument(name = "channel_proxy.fetch_settlements", skip_all, fields(channel_account.id = %id))]
    pub async fn fetch_settlements(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        query: &SettlementsQuery,
    ) -> Result<Page<ChannelSettlement>, Error> {
        let open = self.open(merchant_id, id).await?;
        let settlements = open.channel.settlements();
        let settlements =
            settlements.ok_or_else(|| lacks(open.channel.as_ref(), "FETCH_SETTLEMENTS"))?;
        let result = settlements.fetch_settlements(&open.session, query).await;
        self.noted(&open.account, result).await
    }

    /// Of every page, since an unknown state keeps its line from leaving.
    fn note_unknown_states(&self, open: &Open, page: &OrdersPage) {
        let lines = page.parsed.orders.iter().flat_map(|order| &order.lines);
        let unknown: BTreeSet<&str> = lines
            .filter_map(|line| match &line.state {
                LineState::Unknown(word) => Some(word.as_str()),
                _ => None,
            })
            .collect();
        for word in unknown {
            let (merchant_id, code) = (open.account.merchant_id, open.channel.code());
            self.drift
                .unknown_state(merchant_id, code, word, page.read_at);
        }
    }

    async fn noted<T>(
        &self,
        account: &ChannelAccount,
        result: Result<T, FetchError>,
    ) -> Result<T, Error> {
        match &result {
            Ok(_) => self.note_worked(account).await,
            Err(FetchError::Call(failure)) => self.note(account, failure).await,
            Err(FetchError::Question(_)) => {}
        }
        Ok(result?)
    }
}

fn lacks(channel: &dyn Channel, operation: &'static str) -> Error {
    Error::LacksOperation {
        channel: channel.code(),
        operation,
    }
}
