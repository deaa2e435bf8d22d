//! The breakers of each account, by API: [`crate::domain::breaker`] with a clock, shared by all calls of this process.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moa_id::ChannelAccountId;
use tokio::time::Instant;

use crate::domain::breaker::{Breaker, BreakerHealth, Health, Pass};

/// One account's breakers at one address.
#[derive(Debug, Default)]
pub struct AccountBreakers {
    by_api: Mutex<BTreeMap<&'static str, Breaker>>,
}

/// All breakers. An account that is sent to another address begins anew.
#[derive(Debug, Clone, Default)]
pub struct Breakers {
    accounts: Arc<Mutex<HashMap<ChannelAccountId, AtAddress>>>,
}

/// An address, and the breakers of the account that calls it.
type AtAddress = (String, Arc<AccountBreakers>);

impl Breakers {
    /// The breakers of an account whose channel is at this address.
    pub fn of(&self, account: ChannelAccountId, base_url: &str) -> Arc<AccountBreakers> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let (address, breakers) = accounts.entry(account).or_default();
        if address != base_url {
            base_url.clone_into(address);
            *breakers = Arc::default();
        }
        Arc::clone(breakers)
    }
}

impl AccountBreakers {
    fn by_api(&self) -> MutexGuard<'_, BTreeMap<&'static str, Breaker>> {
        self.by_api.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leave for a call, or when to ask again.
    pub fn admit(self: &Arc<Self>, api: &'static str) -> Result<Leave, std::time::Instant> {
        let pass = self.by_api().entry(api).or_default().admit(now())?;
        Ok(Leave {
            breakers: Arc::clone(self),
            api,
            pass: Some(pass),
        })
    }

    /// Lets a test through.
    pub fn let_through(&self) {
        for breaker in self.by_api().values_mut() {
            breaker.let_through(now());
        }
    }

    /// How each API fares.
    pub fn health(&self) -> Vec<(&'static str, BreakerHealth)> {
        let now = now();
        let by_api = self.by_api();
        let health = by_api
            .iter()
            .map(|(api, breaker)| (*api, breaker.health(now)));
        health.collect()
    }
}

fn now() -> std::time::Instant {
    Instant::now().into_std()
}

/// Leave for one call; dropped without a result it counts as given up.
#[derive(Debug)]
pub struct Leave {
    breakers: Arc<AccountBreakers>,
    api: &'static str,
    pass: Option<Pass>,
}

impl Leave {
    /// What the call showed.
    pub fn settle(mut self, health: Health) {
        if let Some(pass) = self.pass.take() {
            let mut by_api = self.breakers.by_api();
            by_api
                .entry(self.api)
                .or_default()
                .settle(pass, health, now());
        }
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take() {
            let mut by_api = self.breakers.by_api();
            by_api.entry(self.api).or_default().abandon(pass, now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::breaker::BreakerState;

    #[test]
    fn an_ill_api_stops_neither_the_others_nor_the_account_at_another_address() {
        let breakers = Breakers::default();
        let account = moa_id::Ids::seeded(1).next();
        let first = breakers.of(account, "http://a");
        while let Ok(leave) = first.admit("x.list") {
            leave.settle(Health::Ill);
        }
        assert!(breakers.of(account, "http://a").admit("x.list").is_err());
        assert!(breakers.of(account, "http://a").admit("x.get").is_ok());
        assert!(breakers.of(account, "http://b").admit("x.list").is_ok());
    }

    #[test]
    fn a_probe_given_up_makes_room_for_the_next() {
        let breakers = Arc::new(AccountBreakers::default());
        while let Ok(leave) = breakers.admit("x") {
            leave.settle(Health::Ill);
        }
        breakers.let_through();
        let probe = breakers.admit("x").unwrap();
        assert!(breakers.admit("x").is_err());
        drop(probe);
        breakers.admit("x").unwrap().settle(Health::Well);
        let (_, health) = breakers.health().remove(0);
        assert_eq!(health.state, BreakerState::Closed);
    }
}
