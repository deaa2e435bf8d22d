use chrono::{DateTime, TimeDelta, Utc};
use moa_id::{ChannelAccountId, MerchantId};
use tokio::time::Instant;

use super::App;
use super::open::seller_key;
use crate::domain::account::{ChannelAccount, EgressVerdict, judge_egress};
use crate::domain::breaker::BreakerHealth;
use crate::domain::quota::BucketHealth;
use crate::error::Error;
use crate::store::accounts;

/// How the calls of an account fare.
#[derive(Debug, Clone)]
pub struct AccountHealth {
    pub account: ChannelAccount,
    pub read_at: DateTime<Utc>,
    pub holder: Holder,
    /// Empty when another process calls.
    pub buckets: Vec<BucketHealth>,
    /// By API.
    pub breakers: Vec<(&'static str, BreakerHealth)>,
    pub egress: EgressVerdict,
    pub egress_configured: Option<std::net::IpAddr>,
    pub key_life_days: Option<u32>,
}

/// Which process calls for a seller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    Nobody,
    ThisProcess(Option<DateTime<Utc>>),
    AnotherProcess(DateTime<Utc>),
}

impl App {
    /// How the calls of an account fare. Reads the channel not.
    pub async fn account_health(
        &self,
        merchant_id: MerchantId,
        id: ChannelAccountId,
    ) -> Result<AccountHealth, Error> {
        let mut conn = self.pool.acquire().await?;
        let account = accounts::get(&mut conn, merchant_id, id)
            .await?
            .ok_or(Error::AccountNotFound(id))?;
        let credentials = self.credentials(&mut conn, &account).await?;
        let seller = seller_key(&account, &credentials);
        let held_until = accounts::lease_until(&mut conn, &seller).await?;
        drop(conn);
        let holder = if self.holders.is_ours(&seller).await {
            Holder::ThisProcess(held_until)
        } else {
            held_until.map_or(Holder::Nobody, Holder::AnotherProcess)
        };
        let elsewhere = matches!(holder, Holder::AnotherProcess(_));
        let (buckets, breakers) = if elsewhere {
            (Vec::new(), Vec::new())
        } else {
            let quota = self.quota(&seller, &account);
            let breakers = self.breakers.of(id, &account.base_url);
            let quota = quota.of_account(&account.channel_seller_id);
            (quota.health(), breakers.health())
        };
        let channel = self.channel_of(&account)?;
        Ok(AccountHealth {
            read_at: self.clock.now(),
            holder,
            buckets,
            breakers,
            egress: judge_egress(account.egress, self.egress_address),
            egress_configured: self.egress_address,
            key_life_days: channel.key_life_days(),
            account,
        })
    }

    /// A moment of the monotonic clock as a time of day.
    pub fn time_of(&self, moment: std::time::Instant) -> DateTime<Utc> {
        let left = moment.saturating_duration_since(Instant::now().into_std());
        self.clock.now() + TimeDelta::from_std(left).unwrap_or(TimeDelta::MAX)
    }
}
