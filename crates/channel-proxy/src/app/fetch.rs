//! The reads: orders, one parcel, claims. They decide nothing and store nothing.

use moa_id::{ChannelAccountId, MerchantId};

use super::App;
use crate::channel::{
    ClaimsPage, ClaimsQuery, FetchError, OrdersPage, OrdersQuery, ParcelPage, ParcelQuery,
};
use crate::domain::account::ChannelAccount;
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

    async fn noted<T>(
        &self,
        account: &ChannelAccount,
        result: Result<T, FetchError>,
    ) -> Result<T, Error> {
        if let Err(FetchError::Call(failure)) = &result {
            self.note(account, failure).await;
        }
        Ok(result?)
    }
}
