//! What every counter of the sandbox reaches.

use std::ops::Deref;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::calls::Recent;
use crate::clock::Clock;
use crate::config::Config;
use crate::coupang;
use crate::faults::Faults;
use crate::journal::JournalError;
use crate::settings::Settings;
use crate::slack::Buckets;
use crate::smartstore::Counter;
use crate::solapi::Signatures;
use crate::store::Store;
use crate::world::Fact;

/// A cheap handle to one sandbox.
#[derive(Clone)]
pub struct Shared(Arc<Inner>);

pub struct Inner {
    pub clock: Clock,
    /// Wakes the worker that lets things happen by themselves.
    pub wake: Notify,
    pub faults: Faults,
    pub coupang: coupang::Counter,
    pub calls: Recent,
    /// Whether it was said that nothing is left to buy.
    pub sold_out: AtomicBool,
    pub signatures: Signatures,
    pub buckets: Buckets,
    pub smartstore: Counter,
    store: Mutex<Store>,
    settings: Mutex<Settings>,
    addresses: Mutex<Addresses>,
}

/// Where the counters stand, once they stand.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    pub control: String,
    pub coupang: String,
    pub smartstore: String,
    pub solapi: String,
    pub slack: String,
}

impl Shared {
    pub fn open(config: &Config) -> Result<Self, JournalError> {
        let clock = Clock::default();
        let store = Store::open(config, clock.real())?;
        clock.set_offset(store.world.clock_offset_seconds);
        Ok(Self(Arc::new(Inner {
            clock,
            wake: Notify::new(),
            faults: Faults::new(config.seed),
            coupang: coupang::Counter::new(config),
            calls: Recent::default(),
            sold_out: AtomicBool::new(false),
            signatures: Signatures::default(),
            buckets: Buckets::default(),
            smartstore: Counter::default(),
            store: Mutex::new(store),
            settings: Mutex::new(Settings::of(config)),
            addresses: Mutex::new(Addresses::default()),
        })))
    }

    /// The world and its memory. Hold it briefly: everybody waits.
    pub fn store(&self) -> MutexGuard<'_, Store> {
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn settings(&self) -> Settings {
        *self
            .0
            .settings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        change(
            &mut self
                .0
                .settings
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        self.0.wake.notify_one();
    }

    pub fn addresses(&self) -> Addresses {
        self.0
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub fn set_addresses(&self, addresses: Addresses) {
        *self
            .0
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = addresses;
    }

    /// Records one fact that no answer depends on; a journal that fails is reported where people look.
    pub fn note(&self, fact: Fact) {
        let now = self.0.clock.real();
        if let Err(error) = self.store().record(now, &[fact]) {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the sandbox cannot write its journal"
            );
        }
    }
}

impl Deref for Shared {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
