//! The hub and the sandbox of a run.

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Result, ensure};
use e2e::{Hub, HubOptions};
use serde_json::{Map, Value, json};

use crate::ledger::Seen;
use crate::options::Options;
use crate::orders::Orders;

/// The pause between two looks for a write whose outcome is not known.
pub const PROBE_SECONDS: u64 = 10;

/// What the stories shorten; empty, the delivered value holds.
const DELIVERED: [&str; 7] = [
    "MOA_ORDER_SYNC_POLL_MIN",
    "MOA_ORDER_SYNC_POLL_MAX",
    "MOA_ORDER_SYNC_LAG",
    "MOA_ORDER_SYNC_REVISIT",
    "MOA_ORDER_SYNC_REST_MIN",
    "MOA_ORDER_SYNC_REST_MAX",
    "MOA_ORDER_SYNC_LEASE",
];

/// Trouble that passes by itself and says nothing about the call. What a channel says only to callers who are wrong or
/// shut out (an address, a retired API) is left out: then a person has to act.
pub const TROUBLE: [&str; 14] = [
    "error_500",
    "error_after_write",
    "maintenance",
    "reset_before",
    "reset_after",
    "timeout_after_write",
    "torn_body",
    "garbage_body",
    "throttle",
    "latency",
    "late_answer",
    "duplicate_page",
    "reversed_page",
    "unknown_field",
];

/// Everything that runs, and what is known of it.
pub struct World {
    pub hub: Hub,
    /// Codes of the channels that people buy at.
    pub channels: Vec<String>,
    /// What was placed.
    pub orders: Orders,
    /// Whether unknown outcomes may remain.
    pub slice: bool,
    sellers: Vec<(String, Vec<String>)>,
    seen: Mutex<Seen>,
}

impl World {
    /// Starts it, with the demo merchant's accounts, products and mappings registered, and lets trouble begin.
    pub async fn start(options: &Options) -> Result<Self> {
        let mut settings = HubOptions::default()
            .quiet()
            .with_sandbox("MOA_SANDBOX_ACCOUNTS", options.accounts)
            .with("MOA_FULFILLMENT_PROBE_SECONDS", PROBE_SECONDS);
        for name in DELIVERED {
            settings = settings.with(name, "");
        }
        let hub = Hub::start(settings).await?;
        hub.sandbox.write_down_calls().await?;
        // The merchant packs a whole order into one box.
        hub.sandbox.let_packages_share_numbers().await?;
        let sellers = sellers(&hub).await?;
        let channels: Vec<String> = sellers.iter().map(|(code, _)| code.clone()).collect();
        for channel in &channels {
            hub.sandbox
                .spoil_shares(channel, rates(options.faults))
                .await?;
        }
        Ok(Self {
            hub,
            channels,
            orders: Orders::default(),
            slice: options.slice,
            sellers,
            seen: Mutex::default(),
        })
    }

    /// The names that the sandbox's desk knows a channel's sellers by.
    pub fn sellers(&self, channel: &str) -> &[String] {
        let found = self.sellers.iter().find(|(code, _)| code == channel);
        found.map(|(_, names)| names.as_slice()).unwrap_or_default()
    }

    /// What the outside world saw so far; hold it only between waits.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what the outside world saw since the last time.
    pub async fn look(&self) -> Result<()> {
        let after = self.seen().last;
        let entries = self.hub.sandbox.ledger_after(after).await?;
        let mut seen = self.seen();
        for entry in &entries {
            seen.observe(entry);
        }
        Ok(())
    }
}

/// The share of each kind, so that together they hit `percent` of the calls.
pub fn rates(percent: u32) -> Value {
    let share = f64::from(percent) / 100.0 / TROUBLE.len() as f64;
    let mut rates: Map<String, Value> = TROUBLE
        .iter()
        .map(|kind| ((*kind).to_owned(), json!(share)))
        .collect();
    // Hits orders, not calls.
    rates.insert("late_arrival".to_owned(), json!(f64::from(percent) / 100.0));
    Value::Object(rates)
}

pub async fn sellers(hub: &Hub) -> Result<Vec<(String, Vec<String>)>> {
    let vendors = hub.sandbox.vendors().await?;
    let vendors: Vec<String> = vendors.into_iter().map(|row| row.vendor_id).collect();
    let applications = hub.sandbox.applications().await?;
    let applications: Vec<String> = applications.into_iter().map(|row| row.client_id).collect();
    let sellers = vec![
        ("coupang".to_owned(), vendors),
        ("smartstore".to_owned(), applications),
    ];
    let registered = hub.admin.channel_accounts().await?.len();
    let offered: usize = sellers.iter().map(|(_, names)| names.len()).sum();
    ensure!(
        registered == offered,
        "the hub has {registered} accounts of the sandbox's {offered}"
    );
    Ok(sellers)
}
