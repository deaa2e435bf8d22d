use moa_id::{ChannelAccountId, MerchantId};

use super::App;
use super::key_warnings::warning_due;
use crate::channel::Credentials;
use crate::domain::account::{
    AccountChange, ChannelAccount, InvalidField, Outcome, parse_base_url, parse_name, parse_quota,
};
use crate::domain::key_calendar::parse_issued_on;
use crate::error::Error;
use crate::events;
use crate::store::accounts;

/// What a person wants changed; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// The version the wish rests on; 0 means any.
    pub expected_version: i64,
    pub name: Option<String>,
    pub base_url: Option<String>,
    pub quota_per_second: Option<i32>,
    /// Empty forgets the day.
    pub key_issued_on: Option<String>,
    /// Entered anew, for another base URL.
    pub credentials: Option<Credentials>,
}

impl App {
    /// Changes what is given. The next call reads it. Does nothing when nothing differs.
    #[tracing::instrument(name = "channel_proxy.update_account", skip_all, fields(channel_account.id = %id))]
    pub async fn update_account(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
        wishes: Wishes,
    ) -> Result<ChannelAccount, Error> {
        let now = self.clock.now();
        let mut tx = moa_service::begin(&self.pool).await?;
        let mut account = accounts::lock(&mut tx, merchant_id, id)
            .await?
            .ok_or(Error::AccountNotFound(id))?;
        if !matches!(wishes.expected_version, 0) && wishes.expected_version != account.version {
            return Err(Error::AccountChanged(account.version));
        }
        let channel = self.channel_of(&account)?;
        let base_url = match &wishes.base_url {
            None => None,
            Some(text) => Some(self.base_url(text, channel.production_url())?),
        };
        let moves = base_url
            .as_ref()
            .is_some_and(|url| *url != account.base_url);
        let entered = credentials_for(moves, wishes.credentials)?;
        let key = match &wishes.key_issued_on {
            // Nobody said when the new ones were issued.
            None if moves => Some(account.key.issued(None, channel.key_life_days())),
            None => None,
            Some(text) => {
                let issued_on = parse_issued_on(text, channel.key_life_days(), now)?;
                Some(account.key.issued(issued_on, channel.key_life_days()))
            }
        };
        let change = AccountChange {
            name: wishes.name.as_deref().map(parse_name).transpose()?,
            base_url,
            quota_per_second: match wishes.quota_per_second {
                None => None,
                Some(asked) => Some(parse_quota(asked, channel.default_quota())?),
            },
            key,
        };
        if account.change(change) == Outcome::Applied {
            if let Some(credentials) = &entered {
                self.replace_credentials(&mut tx, &account, credentials, now)
                    .await?;
            }
            let warning = warning_due(&self.ids, &mut account, now);
            accounts::save(&mut tx, &account, now).await?;
            let changed = events::account_changed(&self.ids, &self.channels, &account, now);
            let events: Vec<_> = [changed].into_iter().chain(warning).collect();
            self.outbox.push_all(&mut tx, &events).await?;
            tx.commit().await?;
            self.outbox.wake();
            if moves {
                self.reopen(&account);
            }
        }
        Ok(account)
    }

    /// Reads a base URL that a person gave, and refuses one that leads where accounts may not call.
    pub fn base_url(&self, text: &str, production: &str) -> Result<String, InvalidField> {
        let base_url = parse_base_url(text, production)?;
        if !self.transport.networks().allow_url(&base_url) {
            return Err(InvalidField::new(
                "base_url",
                "leads into a private, link-local or metadata network; give the channel's public address, or allow \
                 private ones with MOA_CHANNEL_ALLOW_PRIVATE_ADDRESSES=true if a sandbox is meant",
            ));
        }
        if !self.transport.networks().allow_scheme(&base_url) {
            return Err(InvalidField::new(
                "base_url",
                "must begin with https://: without it everybody on the way reads the credentials and the buyers' data; \
                 http:// is for a sandbox at a private address, with MOA_CHANNEL_ALLOW_PRIVATE_ADDRESSES=true",
            ));
        }
        Ok(base_url)
    }
}

/// A signature tells whoever gets it enough to call in the seller's name: keys that were entered for one address are
/// sent to no other, whoever asks for it.
fn credentials_for(
    moves: bool,
    entered: Option<Credentials>,
) -> Result<Option<Credentials>, InvalidField> {
    match (moves, entered) {
        (true, None) => Err(InvalidField::new(
            "credentials",
            "must be entered anew together with another base_url: those that are kept were entered for the old address \
             and are not sent to another one",
        )),
        (false, Some(_)) => Err(InvalidField::new(
            "credentials",
            "are taken here with another base_url only; add new ones beside those in use, test them and promote them",
        )),
        (_, entered) => Ok(entered),
    }
}
