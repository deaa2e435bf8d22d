use moa_id::{ChannelAccountId, MerchantId};

use super::App;
use crate::domain::account::{ChannelAccount, Outcome};
use crate::error::Error;
use crate::events;
use crate::store::accounts;

impl App {
    /// Lets polling and writes begin. Does nothing when they have.
    #[tracing::instrument(name = "channel_proxy.activate_account", skip_all, fields(channel_account.id = %id))]
    pub async fn activate_account(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
    ) -> Result<ChannelAccount, Error> {
        self.change_account(merchant_id, id, ChannelAccount::activate)
            .await
    }

    /// Stops polling and writes. Does nothing when they have stopped.
    #[tracing::instrument(name = "channel_proxy.deactivate_account", skip_all, fields(channel_account.id = %id))]
    pub async fn deactivate_account(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
    ) -> Result<ChannelAccount, Error> {
        self.change_account(merchant_id, id, ChannelAccount::deactivate)
            .await
    }

    async fn change_account(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        change: fn(&mut ChannelAccount) -> Outcome,
    ) -> Result<ChannelAccount, Error> {
        let mut tx = moa_service::begin(&self.pool).await?;
        let mut account = accounts::lock(&mut tx, merchant_id, id)
            .await?
            .ok_or(Error::AccountNotFound(id))?;
        if change(&mut account) == Outcome::Applied {
            let now = self.clock.now();
            accounts::save(&mut tx, &account, now).await?;
            let event = events::account_changed(&self.ids, &self.channels, &account, now);
            self.outbox.push_all(&mut tx, &[event]).await?;
            tx.commit().await?;
            self.outbox.wake();
        }
        Ok(account)
    }
}
