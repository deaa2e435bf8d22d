//! World, ledger, verdict and journal, which change together or not at all.

use chrono::{DateTime, Utc};

use crate::config::Config;
use crate::journal::{Journal, JournalError};
use crate::ledger::Ledger;
use crate::smartstore::world::ProductOrder;
use crate::verdict::{FRESH, Judge, TRANSPORT};
use crate::world::{Fact, Tracking, Upload, World};

pub struct Store {
    pub world: World,
    pub ledger: Ledger,
    pub judge: Judge,
    journal: Journal,
    opened_at: DateTime<Utc>,
}

impl Store {
    /// Makes the world of a seed, and replays what a journal remembers of it.
    pub fn open(config: &Config, now: DateTime<Utc>) -> Result<Self, JournalError> {
        let mut store = Self {
            world: World::new(config.seed, config.accounts),
            ledger: Ledger::default(),
            judge: Judge::default(),
            journal: Journal::Nowhere,
            opened_at: now,
        };
        if let Some(home) = &config.home {
            store.journal = Journal::open(home, config.seed, |at, fact| store.admit(at, &fact))?;
        }
        Ok(store)
    }

    /// Makes facts true: written down first, so that an answer never tells more than the journal.
    pub fn record(&mut self, at: DateTime<Utc>, facts: &[Fact]) -> Result<(), JournalError> {
        if facts.is_empty() {
            return Ok(());
        }
        self.journal.append(at, facts)?;
        for fact in facts {
            self.admit(at, fact);
        }
        Ok(())
    }

    /// An upload as it stands at `now`, with what its sender knew.
    pub fn upload(&self, parcel_id: i64, tracking: Tracking, now: DateTime<Utc>) -> Upload {
        let parcel = self.world.parcel(parcel_id);
        Upload {
            parcel: parcel_id,
            tracking,
            arrived_at: now,
            withdrawn_at: parcel.and_then(|parcel| parcel.withdrawn_at),
            looks: parcel.map(|parcel| parcel.looks).unwrap_or_default(),
            looks_complete: now - self.opened_at > FRESH + TRANSPORT,
        }
    }

    /// The same for a product order of SmartStore.
    pub fn smartstore_upload(
        &self,
        product_order: &ProductOrder,
        tracking: Tracking,
        now: DateTime<Utc>,
    ) -> Upload {
        Upload {
            parcel: product_order.id,
            tracking,
            arrived_at: now,
            withdrawn_at: product_order.withdrawn_at,
            looks: product_order.looks,
            looks_complete: now - self.opened_at > FRESH + TRANSPORT,
        }
    }

    fn admit(&mut self, at: DateTime<Utc>, fact: &Fact) {
        self.world.apply(at, fact);
        self.ledger.add(at, fact, &self.world);
        self.judge.observe(fact);
    }
}
