//! The reads: orders, one parcel, claims. They decide nothing and store nothing.

use std::collections::BTreeSet;

use moa_id::{ChannelAccountId, MerchantId};

use super::App;
use super::open::Open;
use crate::channel::{
    ClaimsPage, ClaimsQuery, FetchError, OrdersPage, OrdersQuery, ParcelPage, ParcelQuery,
};
use crate::domain::account::ChannelAccount;
use crate::domain::order::LineState;
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
