//! From an account's id to a way to its channel.

use std::sync::{Arc, PoisonError};

use chrono::TimeDelta;
use moa_id::{ChannelAccountId, MerchantId};
use moa_vault::Aad;
use sqlx::PgConnection;

use super::App;
use crate::channel::{Channel, Credentials, Session, Watch};
use crate::domain::account::{AccountState, ChannelAccount, EgressReport, Refusal};
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::permit::{Cargo, Part};
use crate::error::Error;
use crate::quota::SellerQuota;
use crate::store::accounts::{self, Strike};

/// Refusals of credentials that stand so close together are those of calls that were under way together.
const AT_ONCE: TimeDelta = TimeDelta::seconds(15);

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
            AccountState::Active if open.account.credentials_paused() => {
                Err(rests(&open.account).into())
            }
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
        let credentials = self.credentials(&mut conn, &account).await?;
        drop(conn);
        self.way_to(account, credentials).await
    }

    /// An account, active or not, with other credentials than those in use, for a trial: a refusal of them does not stop
    /// the account's calls.
    pub async fn open_with(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        credentials: Credentials,
    ) -> Result<Open, Error> {
        let account = self.account(merchant_id, id).await?;
        let mut open = self.way_to(account, Arc::new(credentials)).await?;
        open.session = open.session.for_trial();
        Ok(open)
    }

    async fn way_to(
        &self,
        account: ChannelAccount,
        credentials: Arc<Credentials>,
    ) -> Result<Open, Error> {
        let channel = Arc::clone(self.channel_of(&account)?);
        let seller = seller_key(&account, &credentials);
        let quota = self.quota(&seller, &account);
        let admission = self.holders.admit(&seller).await?;
        if admission.is_new {
            quota.cool();
        }
        let watch = Watch {
            merchant_id: account.merchant_id,
            channel_account_id: account.id,
            channel: Arc::clone(&channel),
            log: self.calls.clone(),
            breakers: self.breakers.of(account.id, &account.base_url),
            drift: self.drift.clone(),
            ids: self.ids.clone(),
            key_expires_at: account.key.expires_at,
        };
        let session = Session::new(
            account.base_url.clone(),
            credentials,
            self.transport.clone(),
            quota.of_account(&account.channel_seller_id),
            admission.hold,
            self.clock.clone(),
            watch,
        );
        Ok(Open {
            account,
            channel,
            session,
        })
    }

    /// An account as it is now.
    pub async fn account(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
    ) -> Result<ChannelAccount, Error> {
        let mut conn = self.pool.acquire().await?;
        let account = accounts::get(&mut conn, merchant_id, id).await?;
        account.ok_or(Error::AccountNotFound(id))
    }

    /// The adapter of an account.
    pub fn channel_of(&self, account: &ChannelAccount) -> Result<&Arc<dyn Channel>, Error> {
        self.channels.get(&account.channel).ok_or(Error::BadRow {
            table: "channel_accounts",
            id: account.id.as_uuid(),
            reason: "no adapter for its channel",
        })
    }

    /// Lets calls go again that the credentials used until now had stopped.
    pub fn reopen(&self, account: &ChannelAccount) {
        let quotas = self.quotas.lock().unwrap_or_else(PoisonError::into_inner);
        // What stopped the account stands wherever its calls were counted, also with credentials it has no more.
        for quota in quotas.values().filter(|quota| quota.serves(account.id)) {
            quota
                .of_account(&account.channel_seller_id)
                .reopen_for_test();
        }
        drop(quotas);
        self.breakers
            .of(account.id, &account.base_url)
            .let_through();
    }

    pub async fn credentials(
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

    pub fn quota(&self, seller: &str, account: &ChannelAccount) -> Arc<SellerQuota> {
        let mut quotas = self.quotas.lock().unwrap_or_else(PoisonError::into_inner);
        let quota = quotas
            .entry(seller.to_owned())
            .or_insert_with(|| SellerQuota::new(account.quota_per_second));
        quota.set_capacity(account.id, account.quota_per_second);
        Arc::clone(quota)
    }

    /// Keeps a refusal that the merchant or an operator must see, at most once a minute while it stays the same.
    pub async fn note(&self, account: &ChannelAccount, failure: &CallFailure) {
        // What rests was told when it came to rest.
        if !failure.kind.concerns_account() || failure.is_resting {
            return;
        }
        let now = self.clock.now();
        if let Some(address) = failure.seen_from {
            let report = EgressReport { address, at: now };
            self.keep_egress(account, Some(report)).await;
        }
        let refusal = Refusal {
            at: now,
            reason: failure.kind.reason().to_owned(),
            detail: failure.detail.clone(),
        };
        let of_keys = failure.kind.refuses_credentials();
        let (strike, quiet) = match of_keys {
            true => (Strike::Credentials { at_once: AT_ONCE }, AT_ONCE),
            false => (Strike::None, TimeDelta::minutes(1)),
        };
        let known = account
            .last_refusal
            .as_ref()
            .is_some_and(|last| last.reason == refusal.reason && now - last.at < quiet);
        // Keys that were put to use a moment ago have no strike yet, whatever those before them met.
        if known && !(of_keys && account.credential_strikes == 0) {
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
            accounts::record_refusal(&mut conn, account.merchant_id, account.id, &refusal, strike)
                .await
        };
        if let Err(error) = store.await {
            tracing::warn!(error = %error, "a refusal by the channel is not on the account's screen: {error}");
        }
    }
}

impl App {
    /// The channel takes our calls: what it said about our address and our credentials before is over.
    pub async fn note_worked(&self, account: &ChannelAccount) {
        if account.egress.is_some() {
            self.keep_egress(account, None).await;
        }
        if account.credential_strikes > 0 {
            let store = async {
                let mut conn = self.pool.acquire().await?;
                accounts::forget_strikes(&mut conn, account.merchant_id, account.id).await
            };
            if let Err(error) = store.await {
                tracing::warn!(error = %error, "refusals of an account's credentials are still counted: {error}");
            }
        }
    }

    async fn keep_egress(&self, account: &ChannelAccount, report: Option<EgressReport>) {
        let store = async {
            let mut conn = self.pool.acquire().await?;
            accounts::record_egress(&mut conn, account.merchant_id, account.id, report).await
        };
        if let Err(error) = store.await {
            tracing::warn!(error = %error, "where the channel saw us is not on the account's screen: {error}");
        }
    }
}

/// Why nothing is called for an account whose credentials the channel refused again.
fn rests(account: &ChannelAccount) -> CallFailure {
    let last = account.last_refusal.as_ref();
    let kinds = [FailureKind::SignatureRefused, FailureKind::KeyExpired];
    let kind = kinds
        .into_iter()
        .find(|kind| last.is_some_and(|last| last.reason == kind.reason()))
        .unwrap_or(FailureKind::CredentialsRefused);
    CallFailure::without_effect(
        kind,
        "the channel refused the credentials twice, so this account's calls rest; enter new keys at the account, or test \
         it if the keys are right",
    )
    .resting()
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

/// Refuses parts of parcels where the channel takes only whole ones.
pub fn splits<'a>(open: &Open, mut cargos: impl Iterator<Item = &'a Cargo>) -> Result<(), Error> {
    let parts = cargos.any(|cargo| *cargo.part() != Part::Whole);
    if parts && !open.channel.capabilities().splits_parcels {
        return Err(Error::LacksOperation {
            channel: open.channel.code(),
            operation: "SPLIT_DISPATCH",
        });
    }
    Ok(())
}

/// A seller at a channel: two accounts that the channel counts together share one quota and one lease.
pub fn seller_key(account: &ChannelAccount, credentials: &Credentials) -> String {
    format!(
        "{}/{}@{}",
        account.channel,
        credentials.counted_as(),
        account.base_url
    )
}
