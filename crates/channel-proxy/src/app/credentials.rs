//! Keys old and new side by side: added, tested, promoted, retired.

use chrono::NaiveDate;
use moa_id::{ChannelAccountId, CredentialsId, DataKeyId, MerchantId};
use moa_vault::{Aad, DataKeys};
use sqlx::PgConnection;
use tokio::time::Instant;

use super::App;
use super::key_warnings::warning_due;
use super::open::credentials_aad;
use crate::channel::Credentials;
use crate::domain::account::{AccountTest, ChannelAccount, InvalidField};
use crate::domain::credential_set::{CredentialSet, MAX_WAITING, SetState, Step};
use crate::domain::key_calendar::parse_issued_on;
use crate::error::Error;
use crate::events;
use crate::store::accounts;
use crate::store::credentials::{self, Sealed};

/// Sets that a list shows.
const LIST_LIMIT: i64 = 50;

/// Credentials as the merchant entered them.
pub struct NewCredentials {
    pub request_id: String,
    pub credentials: Credentials,
    pub key_issued_on: String,
}

fn set_aad(merchant_id: MerchantId, id: CredentialsId) -> Aad {
    Aad {
        merchant_id,
        table: "channel_credentials",
        column: "sealed_credentials",
        row: id.as_uuid(),
    }
}

impl App {
    /// Keeps new credentials beside those in use. The same request again answers the first result.
    #[tracing::instrument(name = "channel_proxy.add_credentials", skip_all, fields(channel_account.id = %account_id))]
    pub async fn add_credentials(
        &self,
        merchant_id: MerchantId,
        account_id: ChannelAccountId,
        new: NewCredentials,
    ) -> Result<CredentialSet, Error> {
        let now = self.clock.now();
        let plaintext = new
            .credentials
            .to_plaintext()
            .map_err(|error| Error::internal("sealing credentials", error))?;
        let mut tx = moa_service::begin(&self.pool).await?;
        let account = self.locked(&mut tx, merchant_id, account_id).await?;
        let before = credentials::find_by_request(&mut tx, merchant_id, &new.request_id).await?;
        if let Some(first) = before {
            return Ok(first);
        }
        let channel = self.channel_of(&account)?;
        same_seller(&account, &new.credentials)?;
        let key_issued_on = parse_issued_on(&new.key_issued_on, channel.key_life_days(), now)?;
        let waiting = credentials::count_waiting(&mut tx, merchant_id, account_id).await?;
        if usize::try_from(waiting).unwrap_or(usize::MAX) >= MAX_WAITING {
            return Err(Error::CredentialsTooMany);
        }
        let set = CredentialSet {
            id: self.ids.next(),
            account_id,
            state: SetState::Pending,
            key_issued_on,
            last_test: None,
            created_at: now,
            changed_at: now,
        };
        let data_key_id: DataKeyId = self.ids.next();
        let keys = self
            .vault
            .create_data_keys(&mut tx, merchant_id, &[data_key_id])
            .await?;
        let key = data_key(&keys, data_key_id)?;
        let sealed = key.seal(&set_aad(merchant_id, set.id), &plaintext);
        let sealed = (data_key_id, sealed);
        credentials::insert(&mut tx, merchant_id, &new.request_id, &set, &sealed).await?;
        tx.commit().await?;
        Ok(set)
    }

    /// Sets beside those in use, the newest first.
    pub async fn list_credentials(
        &self,
        merchant_id: MerchantId,
        account_id: ChannelAccountId,
    ) -> Result<(ChannelAccount, Vec<CredentialSet>), Error> {
        let mut conn = self.pool.acquire().await?;
        let account = accounts::get(&mut conn, merchant_id, account_id)
            .await?
            .ok_or(Error::AccountNotFound(account_id))?;
        let sets = credentials::list(&mut conn, merchant_id, account_id, LIST_LIMIT).await?;
        Ok((account, sets))
    }

    /// A harmless read with a set. A refusal is an answer, kept with the set; it does not stop the account's calls.
    #[tracing::instrument(name = "channel_proxy.test_credentials", skip_all, fields(channel_account.id = %account_id))]
    pub async fn test_credentials(
        &self,
        merchant_id: MerchantId,
        account_id: ChannelAccountId,
        id: CredentialsId,
        deadline: Instant,
    ) -> Result<CredentialSet, Error> {
        let mut conn = self.pool.acquire().await?;
        let entered_for = accounts::get(&mut conn, merchant_id, account_id)
            .await?
            .ok_or(Error::AccountNotFound(account_id))?
            .base_url;
        let mut set = credentials::get(&mut conn, merchant_id, account_id, id)
            .await?
            .ok_or(Error::CredentialsNotFound(id))?;
        set.test().map_err(Error::Credentials)?;
        let sealed = self.sealed_set(&mut conn, merchant_id, id).await?;
        let keys = self
            .vault
            .data_keys(&mut conn, merchant_id, &[sealed.0])
            .await?;
        drop(conn);
        let key = data_key(&keys, sealed.0)?;
        let plaintext = key.open(&set_aad(merchant_id, id), &sealed.1)?;
        // The parser's error could quote the secret.
        let credentials = Credentials::from_plaintext(&plaintext).map_err(|_| unreadable(id))?;

        let open = self.open_with(merchant_id, account_id, credentials).await?;
        // The account moved meanwhile, and the set is destroyed.
        if open.account.base_url != entered_for {
            return Err(Error::AccountChanged(open.account.version));
        }
        open.session.quota().reopen_for_test();
        let result = open.channel.test(&open.session, deadline).await;
        let refusal = result
            .err()
            .map(|failure| (failure.kind.reason().to_owned(), failure.detail));
        let test = AccountTest {
            tested_at: self.clock.now(),
            refusal,
        };
        let mut conn = self.pool.acquire().await?;
        credentials::record_test(&mut conn, merchant_id, id, &test).await?;
        set.last_test = Some(test);
        Ok(set)
    }

    /// Puts a set to use; what was in use stays beside it. Does nothing when it is in use already.
    #[tracing::instrument(name = "channel_proxy.promote_credentials", skip_all, fields(channel_account.id = %account_id))]
    pub async fn promote_credentials(
        &self,
        merchant_id: MerchantId,
        account_id: ChannelAccountId,
        id: CredentialsId,
    ) -> Result<ChannelAccount, Error> {
        let now = self.clock.now();
        let mut tx = moa_service::begin(&self.pool).await?;
        let mut account = self.locked(&mut tx, merchant_id, account_id).await?;
        let set = credentials::get(&mut tx, merchant_id, account_id, id)
            .await?
            .ok_or(Error::CredentialsNotFound(id))?;
        if set.promote().map_err(Error::Credentials)? == Step::Done {
            return Ok(account);
        }
        let life_days = self.channel_of(&account)?.key_life_days();
        self.trade_places(&mut tx, &account, &set, now).await?;
        account.credential_strikes = 0;
        account.use_keys(account.key.issued(set.key_issued_on, life_days));
        let warning = warning_due(&self.ids, &mut account, now);
        accounts::save(&mut tx, &account, now).await?;
        let changed = events::account_changed(&self.ids, &self.channels, &account, now);
        let events: Vec<_> = [changed].into_iter().chain(warning).collect();
        self.outbox.push_all(&mut tx, &events).await?;
        tx.commit().await?;
        self.outbox.wake();
        // What the old keys met says nothing about the new ones.
        self.reopen(&account);
        Ok(account)
    }

    /// Seals the set's secrets where the account's stand, and the account's where the set's stood. Each data key goes
    /// with the secrets that it sealed first.
    async fn trade_places(
        &self,
        conn: &mut PgConnection,
        account: &ChannelAccount,
        set: &CredentialSet,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), Error> {
        let merchant_id = account.merchant_id;
        let new = self.sealed_set(conn, merchant_id, set.id).await?;
        let old = accounts::sealed_credentials(conn, merchant_id, account.id)
            .await?
            .ok_or(Error::AccountNotFound(account.id))?;
        let keys = self
            .vault
            .data_keys(conn, merchant_id, &[new.0, old.0])
            .await?;
        let (new_key, old_key) = (data_key(&keys, new.0)?, data_key(&keys, old.0)?);
        let on_account = credentials_aad(merchant_id, account.id);
        let new_plain = new_key.open(&set_aad(merchant_id, set.id), &new.1)?;
        let old_plain = old_key.open(&on_account, &old.1)?;

        let known = credentials::promoted(conn, merchant_id, account.id).await?;
        let previous = CredentialSet {
            id: known.as_ref().map_or_else(|| self.ids.next(), |set| set.id),
            account_id: account.id,
            state: SetState::Previous,
            key_issued_on: account.key.issued_on,
            last_test: None,
            created_at: known.map_or(account.created_at, |set| set.created_at),
            changed_at: now,
        };
        let sealed = old_key.seal(&set_aad(merchant_id, previous.id), &old_plain);
        credentials::become_previous(conn, merchant_id, &previous, &(old.0, sealed)).await?;
        let sealed = new_key.seal(&on_account, &new_plain);
        credentials::leave(conn, merchant_id, set.id, SetState::Promoted, now).await?;
        accounts::save_credentials(conn, merchant_id, account.id, new.0, &sealed).await
    }

    /// Puts entered credentials to use and destroys all others of the account, those in use until now included.
    pub(super) async fn replace_credentials(
        &self,
        conn: &mut PgConnection,
        account: &ChannelAccount,
        entered: &Credentials,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<(), Error> {
        let (merchant_id, id) = (account.merchant_id, account.id);
        same_seller(account, entered)?;
        let plaintext = entered
            .to_plaintext()
            .map_err(|error| Error::internal("sealing credentials", error))?;
        let (in_use, _) = accounts::sealed_credentials(conn, merchant_id, id)
            .await?
            .ok_or(Error::AccountNotFound(id))?;
        let mut over = credentials::waiting_keys(conn, merchant_id, id).await?;
        over.push(in_use);
        let data_key_id: DataKeyId = self.ids.next();
        let keys = self
            .vault
            .create_data_keys(conn, merchant_id, &[data_key_id])
            .await?;
        let key = data_key(&keys, data_key_id)?;
        let sealed = key.seal(&credentials_aad(merchant_id, id), &plaintext);
        accounts::save_credentials(conn, merchant_id, id, data_key_id, &sealed).await?;
        credentials::retire_all(conn, merchant_id, id, now).await?;
        self.vault
            .destroy_data_keys(conn, merchant_id, &over)
            .await?;
        Ok(())
    }

    /// Destroys a set that is not in use, in every copy and backup. Does nothing when that was done.
    #[tracing::instrument(name = "channel_proxy.retire_credentials", skip_all, fields(channel_account.id = %account_id))]
    pub async fn retire_credentials(
        &self,
        merchant_id: MerchantId,
        account_id: ChannelAccountId,
        id: CredentialsId,
    ) -> Result<CredentialSet, Error> {
        let now = self.clock.now();
        let mut tx = moa_service::begin(&self.pool).await?;
        self.locked(&mut tx, merchant_id, account_id).await?;
        let mut set = credentials::get(&mut tx, merchant_id, account_id, id)
            .await?
            .ok_or(Error::CredentialsNotFound(id))?;
        if set.retire().map_err(Error::Credentials)? == Step::Go {
            let (data_key_id, _) = self.sealed_set(&mut tx, merchant_id, id).await?;
            credentials::leave(&mut tx, merchant_id, id, SetState::Retired, now).await?;
            self.vault
                .destroy_data_keys(&mut tx, merchant_id, &[data_key_id])
                .await?;
            tx.commit().await?;
            (set.state, set.changed_at) = (SetState::Retired, now);
        }
        Ok(set)
    }

    async fn locked(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        id: ChannelAccountId,
    ) -> Result<ChannelAccount, Error> {
        accounts::lock(conn, merchant_id, id)
            .await?
            .ok_or(Error::AccountNotFound(id))
    }

    async fn sealed_set(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        id: CredentialsId,
    ) -> Result<Sealed, Error> {
        let sealed = credentials::sealed(conn, merchant_id, id).await?;
        sealed.ok_or_else(|| unreadable(id))
    }

    /// When keys of this channel that were issued on a day end.
    pub fn key_ends_at(
        &self,
        account: &ChannelAccount,
        issued_on: Option<NaiveDate>,
    ) -> Option<chrono::DateTime<chrono::Utc>> {
        let channel = self.channels.get(&account.channel)?;
        account
            .key
            .issued(issued_on, channel.key_life_days())
            .expires_at
    }
}

fn data_key(keys: &DataKeys, id: DataKeyId) -> Result<&moa_vault::DataKey, Error> {
    keys.get(&id).ok_or(Error::BadRow {
        table: "data_keys",
        id: id.as_uuid(),
        reason: "it was destroyed or never made",
    })
}

fn unreadable(id: CredentialsId) -> Error {
    Error::BadRow {
        table: "channel_credentials",
        id: id.as_uuid(),
        reason: "its sealed credentials are missing or in no known form",
    }
}

/// Another seller's keys would collect another shop's orders under this account.
fn same_seller(account: &ChannelAccount, credentials: &Credentials) -> Result<(), InvalidField> {
    if credentials.channel() != account.channel {
        return Err(InvalidField::new(
            "credentials",
            format!("must be for {}, as the account is", account.channel),
        ));
    }
    if credentials.seller_id() != account.channel_seller_id {
        return Err(InvalidField::new(
            "credentials",
            format!(
                "are of the seller {} and the account is of {}; register another account for another seller",
                credentials.seller_id(),
                account.channel_seller_id
            ),
        ));
    }
    Ok(())
}
