//! From an account's id to a way to its channel.

use std::sync::{Arc, PoisonError};

use moa_id::{ChannelAccountId, MerchantId};
use moa_vault::Aad;
use sqlx::PgConnection;

use super::App;
use crate::channel::{Channel, Credentials, Session};
use crate::domain::account::{AccountState, ChannelAccount, Refusal};
use crate::domain::failure::CallFailure;
use crate::error::Error;
use crate::quota::SellerQuota;
use crate::store::accounts;

/// An account that can be called for.
#[derive(Clone)]
pub struct Open {
    pub account: ChannelAccount,
    pub channel: Arc<dyn Channel>,
    pub session: Session,
}

impl App {
    /// An active account with a way to its channel.
    pub async fn open(&self, merchant_id: MerchantId, id: ChannelAccountId) -> Result<Open, Error> {
        let open = self.open_any(merchant_id, id).await?;
        match open.account.state {
            AccountState::Active => Ok(open),
            AccountState::Inactive => Err(Error::AccountInactive(id)),
        }
    }

    /// An account, active or not. Read anew for each call, so that changes count at once; only opened credentials are
    /// kept, for one version of the account.
    pub async fn open_any(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
    ) -> Result<Open, Error> {
        let mut conn = self.pool.acquire().await?;
        let account = accounts::get(&mut conn, merchant_id, id)
            .await?
            .ok_or(Error::AccountNotFound(id))?;
        let channel = self.channels.get(&account.channel).cloned();
        let channel = channel.ok_or(Error::BadRow {
            table: "channel_accounts",
            id: id.as_uuid(),
            reason: "no adapter for its channel",
        })?;
        let credentials = self.credentials(&mut conn, &account).await?;
        drop(conn);

        let seller = seller_key(&account, &credentials);
        let quota = self.quota(&seller, account.quota_per_second);
        let admission = self.holders.admit(&seller).await?;
        if admission.is_new {
            quota.cool();
        }
        let session = Session::new(
            account.base_url.clone(),
            credentials,
            self.transport.clone(),
            quota.of_account(&account.channel_seller_id),
            admission.hold,
            self.clock.clone(),
        );
        Ok(Open {
            account,
            channel,
            session,
        })
    }

    async fn credentials(
        &self,
        conn: &mut PgConnection,
        account: &ChannelAccount,
    ) -> Result<Arc<Credentials>, Error> {
        let key = (account.merchant_id, account.id);
        let known = self
            .opened
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some((version, credentials)) = known
            && version == account.version
        {
            return Ok(credentials);
        }
        let bad = |reason| Error::BadRow {
            table: "channel_accounts",
            id: account.id.as_uuid(),
            reason,
        };
        let (merchant_id, id) = key;
        let (data_key_id, sealed) = accounts::sealed_credentials(conn, merchant_id, id)
            .await?
            .ok_or(Error::AccountNotFound(id))?;
        let keys = self
            .vault
            .data_keys(conn, merchant_id, &[data_key_id])
            .await?;
        let data_key = keys
            .get(&data_key_id)
            .ok_or_else(|| bad("its data key was destroyed"))?;
        let plaintext = data_key.open(&credentials_aad(merchant_id, id), &sealed)?;
        // The parser's error could quote the secret.
        let credentials = Credentials::from_plaintext(&plaintext)
            .map_err(|_| bad("its sealed credentials are in no known form"))?;
        let credentials = Arc::new(credentials);
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.insert(key, (account.version, Arc::clone(&credentials)));
        Ok(credentials)
    }

    fn quota(&self, seller: &str, capacity: u32) -> Arc<SellerQuota> {
        let mut quotas = self.quotas.lock().unwrap_or_else(PoisonError::into_inner);
        let quota = quotas
            .entry(seller.to_owned())
            .or_insert_with(|| SellerQuota::new(capacity));
        quota.set_capacity(capacity);
        Arc::clone(quota)
    }

    /// Keeps a refusal that the merchant or an operator must see, at most once a minute while it stays the same.
    pub async fn note(&self, account: &ChannelAccount, failure: &CallFailure) {
        if !failure.kind.concerns_account() {
            return;
        }
        let now = self.clock.now();
        let refusal = Refusal {
            at: now,
            reason: failure.kind.reason().to_owned(),
            detail: failure.detail.clone(),
        };
        let known = account.last_refusal.as_ref().is_some_and(|last| {
            last.reason == refusal.reason && now - last.at < chrono::TimeDelta::minutes(1)
        });
        if known {
            return;
        }
        tracing::warn!(
            channel_account.id = %account.id,
            reason = %refusal.reason,
            "the channel refused a call: {}",
            refusal.detail
        );
        let store = async {
            let mut conn = self.pool.acquire().await?;
            accounts::record_refusal(&mut conn, account.merchant_id, account.id, &refusal).await
        };
        if let Err(error) = store.await {
            tracing::warn!(error = %error, "a refusal by the channel is not on the account's screen: {error}");
        }
    }
}

/// Where an account's credentials are sealed.
pub fn credentials_aad(merchant_id: MerchantId, id: ChannelAccountId) -> Aad {
    Aad {
        merchant_id,
        table: "channel_accounts",
        column: "sealed_credentials",
        row: id.as_uuid(),
    }
}

/// A seller at a channel: two accounts that the channel counts together share one quota and one lease.
fn seller_key(account: &ChannelAccount, credentials: &Credentials) -> String {
    format!(
        "{}/{}@{}",
        account.channel,
        credentials.counted_as(),
        account.base_url
    )
}
