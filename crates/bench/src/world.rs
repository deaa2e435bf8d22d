//! The hub and the sandbox of a run.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use e2e::{Hub, HubOptions};
use serde_json::json;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::options::Options;

const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// Longer than the delivered pause between two reads of a busy account.
const READS_ARE_DUE: Duration = Duration::from_secs(3);
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

/// Everything that runs.
pub struct World {
    pub hub: Hub,
    pub db: PgPool,
    accounts: u32,
    patience: Duration,
}

impl World {
    /// Starts it, with the demo merchant's accounts, products and mappings registered.
    pub async fn start(options: &Options) -> Result<Self> {
        let mut settings = HubOptions::default()
            .quiet()
            .with_sandbox("MOA_SANDBOX_ACCOUNTS", options.accounts)
            .with_sandbox("MOA_SANDBOX_COUPANG_CALLS_PER_SECOND", options.quota);
        for name in DELIVERED {
            settings = settings.with(name, "");
        }
        let hub = Hub::start(settings).await?;
        let db = PgPoolOptions::new()
            .max_connections(1)
            .connect(&hub.cluster().url_as("moa")?)
            .await?;
        Ok(Self {
            hub,
            db,
            accounts: options.accounts,
            patience: Duration::from_secs(options.patience),
        })
    }

    /// Lets every account have had an order, so that none counts as quiet, and its past read: a first contact reads a
    /// month in thousands of windows, once.
    pub async fn warm_up(&self) -> Result<()> {
        let wish = json!({"channel": "coupang", "kind": "physical", "count": self.accounts});
        self.hub.sandbox.place(wish).await?;
        if self
            .until_collected(i64::from(self.accounts))
            .await?
            .is_none()
        {
            bail!(
                "the first orders were not collected in time{}",
                self.hub.process.log_end()
            );
        }
        let sql =
            "SELECT NOT EXISTS (SELECT FROM order_sync.cursors WHERE unread_to_at IS NOT NULL)";
        let is_read = async || Ok(sqlx::query_scalar(sql).fetch_one(&self.db).await?);
        if self.until(is_read).await?.is_none() {
            bail!(
                "the past of the accounts was not read in time{}",
                self.hub.process.log_end()
            );
        }
        Ok(())
    }

    /// Holds the hub still and lets `count` orders be placed; they wait for [`Self::resume`].
    pub async fn place_behind_its_back(&self, count: u32) -> Result<()> {
        self.hub.process.pause()?;
        let held = Instant::now();
        let wish = json!({"channel": "coupang", "kind": "physical", "count": count});
        self.hub.sandbox.place(wish).await?;
        tokio::time::sleep(READS_ARE_DUE.saturating_sub(held.elapsed())).await;
        Ok(())
    }

    /// How many orders the hub has.
    pub async fn collected(&self) -> Result<i64> {
        let count = sqlx::query_scalar("SELECT count(*) FROM order_sync.orders");
        Ok(count.fetch_one(&self.db).await?)
    }

    /// Some parcels of an account that the merchant prepares.
    pub async fn some_parcels(&self, account_id: &str, count: usize) -> Result<Vec<String>> {
        let sql = "SELECT DISTINCT l.channel_parcel_id
                   FROM order_sync.order_lines AS l
                   JOIN order_sync.orders AS o USING (merchant_id, order_id)
                   WHERE o.channel_account_id = $1::uuid
                     AND l.state = 'ACKNOWLEDGED'
                   LIMIT $2";
        let parcels = sqlx::query_scalar(sql)
            .bind(account_id)
            .bind(i64::try_from(count)?);
        Ok(parcels.fetch_all(&self.db).await?)
    }

    /// The time until the hub has `wanted` orders; none if that takes too long.
    pub async fn until_collected(&self, wanted: i64) -> Result<Option<Duration>> {
        self.until(async || Ok(self.collected().await? >= wanted))
            .await
    }

    /// The time until the channel accepted the acknowledgement of `wanted` orders; none if that takes too long.
    pub async fn until_acknowledged(&self, wanted: u64) -> Result<Option<Duration>> {
        let sandbox = &self.hub.sandbox;
        self.until(async || Ok(sandbox.verdict().await?.orders_acknowledged >= wanted))
            .await
    }

    /// Waits until all that the orders set off has been done too; false if that takes too long.
    pub async fn until_settled(&self) -> Result<bool> {
        let sql = "SELECT NOT EXISTS (SELECT FROM order_sync.parcel_rereads)
                      AND NOT EXISTS (SELECT FROM fulfillment.planning_queue)
                      AND NOT EXISTS (SELECT FROM admin_gateway.board_orders WHERE state = 'PLACED')";
        let settled = async || Ok(sqlx::query_scalar(sql).fetch_one(&self.db).await?);
        Ok(self.until(settled).await?.is_some())
    }

    /// The time until `condition` holds; none if that takes too long.
    pub async fn until(
        &self,
        mut condition: impl AsyncFnMut() -> Result<bool>,
    ) -> Result<Option<Duration>> {
        let started = Instant::now();
        while started.elapsed() < self.patience {
            if condition().await? {
                return Ok(Some(started.elapsed()));
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        Ok(None)
    }

    /// The resident memory of the hub's process.
    pub fn resident_mb(&self) -> Result<f64> {
        let path = format!("/proc/{}/status", self.hub.process.pid());
        let status = std::fs::read_to_string(&path).context("the hub's memory is not known")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        let kilobytes: f64 = kilobytes.context("no VmRSS")?.parse()?;
        Ok(kilobytes * 1024.0 / 1e6)
    }

    /// What the hub says about its start: "ready 120 ms after the database, …".
    pub fn ready_after_database_ms(&self) -> Result<f64> {
        let log = self.hub.process.log()?;
        let before = log.split(" ms after the database").next();
        let number = before.and_then(|text| text.rsplit(' ').next());
        number
            .and_then(|number| number.parse().ok())
            .context("the hub's log does not tell how long the start took")
    }

    /// What the outside world thinks of the hub, in a line.
    pub async fn verdict(&self) -> Result<String> {
        let verdict = self.hub.sandbox.verdict().await?;
        let judged = if verdict.is_clean() {
            "clean"
        } else {
            "NOT CLEAN"
        };
        Ok(format!("the sandbox's verdict is {judged}: {verdict:?}"))
    }

    /// Stops the hub in order.
    pub async fn stop(&mut self) -> Result<()> {
        self.db.close().await;
        self.hub.process.stop().await
    }
}
