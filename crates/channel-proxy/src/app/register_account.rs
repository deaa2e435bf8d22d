use moa_id::{ChannelAccountId, DataKeyId, MerchantId};

use super::App;
use super::open::credentials_aad;
use crate::channel::Credentials;
use crate::domain::account::{
    AccountState, ChannelAccount, InvalidField, KeyDates, parse_name, parse_quota,
};
use crate::error::Error;
use crate::events;
use crate::store::accounts::{self, Inserted, NewAccount};

/// A log-in as the merchant entered it.
pub struct Registration {
    pub request_id: String,
    pub name: String,
    pub base_url: String,
    pub credentials: Credentials,
    pub quota_per_second: i32,
}

impl App {
    /// Registers a log-in, active at once. The same request again answers the first result.
    #[tracing::instrument(name = "channel_proxy.register_account", skip_all)]
    pub async fn register_account(
        &self,
        merchant_id: MerchantId,
        registration: Registration,
    ) -> Result<ChannelAccount, Error> {
        let code = registration.credentials.channel();
        let channel = self.channels.get(code).ok_or_else(|| {
            let codes = self.channels.codes();
            InvalidField::new("credentials", format!("must be for one of: {codes}"))
        })?;
        let now = self.clock.now();
        let account = ChannelAccount {
            merchant_id,
            id: self.ids.next(),
            channel: code.to_owned(),
            name: parse_name(&registration.name)?,
            base_url: self.base_url(&registration.base_url, channel.production_url())?,
            state: AccountState::Active,
            channel_seller_id: registration.credentials.seller_id().to_owned(),
            quota_per_second: parse_quota(registration.quota_per_second, channel.default_quota())?,
            created_at: now,
            last_test: None,
            last_refusal: None,
            credential_strikes: 0,
            key: KeyDates::default(),
            egress: None,
            version: 1,
        };
        let plaintext = registration
            .credentials
            .to_plaintext()
            .map_err(|error| Error::internal("sealing credentials", error))?;
        let request_id = &registration.request_id;

        let mut tx = moa_service::begin(&self.pool).await?;
        if let Some(first) = accounts::find_by_request(&mut tx, merchant_id, request_id).await? {
            return Ok(first);
        }
        let data_key_id: DataKeyId = self.ids.next();
        let keys = self
            .vault
            .create_data_keys(&mut tx, merchant_id, &[data_key_id])
            .await?;
        let data_key = keys.get(&data_key_id).ok_or(Error::BadRow {
            table: "data_keys",
            id: data_key_id.as_uuid(),
            reason: "it was not made",
        })?;
        let sealed = data_key.seal(&credentials_aad(merchant_id, account.id), &plaintext);
        let new = NewAccount {
            account: &account,
            request_id,
            data_key_id,
            sealed_credentials: &sealed,
        };
        match accounts::insert(&mut tx, &new).await? {
            Inserted::New => {
                let event = events::account_changed(&self.ids, &self.channels, &account, now);
                self.outbox.push_all(&mut tx, &[event]).await?;
                tx.commit().await?;
                self.outbox.wake();
                Ok(account)
            }
            Inserted::Exists => {
                // The key just made goes too.
                tx.rollback().await?;
                self.registered_before(merchant_id, request_id, &account)
                    .await
            }
        }
    }

    /// Another request came first: the same one again, or one for the same seller.
    async fn registered_before(
        &self,
        merchant_id: MerchantId,
        request_id: &str,
        account: &ChannelAccount,
    ) -> Result<ChannelAccount, Error> {
        let mut conn = self.pool.acquire().await?;
        if let Some(first) = accounts::find_by_request(&mut conn, merchant_id, request_id).await? {
            return Ok(first);
        }
        let (channel, seller) = (&account.channel, &account.channel_seller_id);
        let existing: Option<ChannelAccountId> =
            accounts::find_by_seller(&mut conn, merchant_id, channel, seller).await?;
        Err(Error::AccountExists(existing.unwrap_or(account.id)))
    }
}
