//! The outside world as its own process, and its control desk.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::answers::{Application, LedgerEntry, PlacedOrder, Vendor, Verdict};
use crate::binary::command;
use crate::ports::{Port, PortBlock};
use crate::process::Process;
use crate::wait::{Look, Within, until};
use crate::{Answer, PATIENCE};

/// The outside world.
pub struct Sandbox {
    /// Its control desk.
    pub url: String,
    http: reqwest::Client,
    _process: Process,
}

#[derive(Deserialize)]
struct Placed {
    orders: Vec<PlacedOrder>,
}

#[derive(Deserialize)]
struct Ledger {
    entries: Vec<LedgerEntry>,
    next_after: u64,
}

#[derive(Deserialize)]
struct Accounts {
    coupang: Vec<Vendor>,
    smartstore: Vec<Application>,
}

impl Sandbox {
    /// Starts `moa sandbox` with `variables` and waits until it answers.
    pub async fn start(
        folder: &Path,
        ports: &PortBlock,
        variables: &[(String, String)],
    ) -> Result<Self> {
        let home: PathBuf = folder.join("outside");
        let mut command = command(&["sandbox"])?;
        command
            .env("MOA_HOME", &home)
            .envs(variables.iter().cloned());
        command.envs(ports.sandbox_variables());
        let mut process = Process::spawn("the sandbox", command, &folder.join("sandbox.log"))?;
        let url = ports.url(Port::SandboxControl);
        let http = client()?;
        until(Within(PATIENCE, "the sandbox answers"), async || {
            process.must_run()?;
            let answer = http.get(format!("{url}/control/verdict")).send().await;
            Ok(Look::at(answer.ok(), || "no answer".to_owned()))
        })
        .await?;
        Ok(Self {
            url,
            http,
            _process: process,
        })
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await?;
        Answer::read(answer).await?.ok()
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: serde_json::Value) -> Result<T> {
        let request = self.http.post(format!("{}{path}", self.url)).json(&body);
        Answer::read(request.send().await?).await?.ok()
    }

    /// Buyers buy `count` times, each order with one line.
    pub async fn place_orders(&self, kind: &str, count: usize) -> Result<Vec<PlacedOrder>> {
        self.place(json!({"channel": "coupang", "kind": kind, "count": count, "lines": 1}))
            .await
    }

    /// Buyers buy as the control desk is told to let them.
    pub async fn place(&self, wish: serde_json::Value) -> Result<Vec<PlacedOrder>> {
        let placed: Placed = self.post("/control/orders", wish).await?;
        Ok(placed.orders)
    }

    /// Buys once.
    pub async fn place_order(&self, kind: &str) -> Result<PlacedOrder> {
        let mut orders = self.place_orders(kind, 1).await?;
        orders.pop().context("the sandbox placed no order")
    }

    /// The buyer cancels, or asks to stop what was acknowledged already.
    pub async fn cancel(&self, channel_order_id: &str) -> Result<()> {
        self.cancel_at("coupang", channel_order_id).await
    }

    /// The same at any channel.
    pub async fn cancel_at(&self, channel: &str, channel_order_id: &str) -> Result<()> {
        let path = format!("/control/orders/{channel}/{channel_order_id}/cancel");
        let _answer: serde_json::Value = self.post(&path, json!({})).await?;
        Ok(())
    }

    /// The same at any channel, unless the channel refuses because it is too late; whether it was taken.
    pub async fn cancel_unless_too_late(
        &self,
        channel: &str,
        channel_order_id: &str,
    ) -> Result<bool> {
        let path = format!("/control/orders/{channel}/{channel_order_id}/cancel");
        let request = self.http.post(format!("{}{path}", self.url));
        let answer = Answer::read(request.json(&json!({})).send().await?).await?;
        if answer.status == reqwest::StatusCode::CONFLICT {
            return Ok(false);
        }
        let _cancelled: serde_json::Value = answer.ok()?;
        Ok(true)
    }

    /// What a buyer of an order does, as the control desk is told to let them: `ask`, `return`, `exchange`, ….
    pub async fn buyer(
        &self,
        channel: &str,
        channel_order_id: &str,
        act: &str,
        wish: serde_json::Value,
    ) -> Result<serde_json::Value> {
        let path = format!("/control/orders/{channel}/{channel_order_id}/{act}");
        self.post(&path, wish).await
    }

    /// An order as its channel has it.
    pub async fn order(&self, channel: &str, channel_order_id: &str) -> Result<serde_json::Value> {
        self.get(&format!("/control/orders/{channel}/{channel_order_id}"))
            .await
    }

    /// Spoils shares of a channel's calls, by kind of trouble.
    pub async fn spoil_shares(&self, channel: &str, rates: serde_json::Value) -> Result<()> {
        let wish = json!({"channel": channel, "rates": rates});
        self.put("/control/faults", wish).await
    }

    /// Makes every call an entry of the ledger.
    pub async fn write_down_calls(&self) -> Result<()> {
        self.put("/control/verbose", json!({"enabled": true})).await
    }

    /// Lets several packages of SmartStore leave under one number, of which the documents say nothing.
    pub async fn let_packages_share_numbers(&self) -> Result<()> {
        self.put("/control/smartstore", json!({"reuse_numbers": true}))
            .await
    }

    async fn put(&self, path: &str, body: serde_json::Value) -> Result<()> {
        let request = self.http.put(format!("{}{path}", self.url)).json(&body);
        let _rules: serde_json::Value = Answer::read(request.send().await?).await?.ok()?;
        Ok(())
    }

    /// Spoils the rows of these orders in every answer: channel, order and what is wrong with it.
    pub async fn poison(&self, orders: &[(&str, &str, &str)]) -> Result<()> {
        let orders: Vec<_> = orders
            .iter()
            .map(|(channel, order, poison)| {
                json!({"channel": channel, "channel_order_id": order, "poison": poison})
            })
            .collect();
        self.put("/control/poison", json!({"orders": orders})).await
    }

    /// Spoils answers by the rules of `PUT /control/faults`.
    pub async fn spoil(&self, faults: serde_json::Value) -> Result<()> {
        self.put("/control/faults", json!({"faults": faults})).await
    }

    /// How many more answers will be spoilt by rules that end.
    pub async fn still_to_spoil(&self) -> Result<u64> {
        let rules: serde_json::Value = self.get("/control/faults").await?;
        let rules = rules
            .get("faults")
            .and_then(serde_json::Value::as_array)
            .into_iter()
            .flatten();
        Ok(rules.filter_map(|rule| rule.get("times")?.as_u64()).sum())
    }

    /// What the outside world thinks of the hub.
    pub async fn verdict(&self) -> Result<Verdict> {
        self.get("/control/verdict").await
    }

    /// Everything the outside world saw, in order.
    pub async fn ledger(&self) -> Result<Vec<LedgerEntry>> {
        self.ledger_after(0).await
    }

    /// What it saw after entry number `after`.
    pub async fn ledger_after(&self, mut after: u64) -> Result<Vec<LedgerEntry>> {
        let mut entries = Vec::new();
        loop {
            let page: Ledger = self
                .get(&format!("/control/ledger?after={after}&limit=1000"))
                .await?;
            if page.entries.is_empty() {
                return Ok(entries);
            }
            after = page.next_after;
            entries.extend(page.entries);
        }
    }

    /// What the outside world saw of one kind.
    pub async fn seen(&self, kind: &str) -> Result<Vec<LedgerEntry>> {
        let mut entries = self.ledger().await?;
        entries.retain(|entry| entry.kind == kind);
        Ok(entries)
    }

    /// The applications that its SmartStore accepts.
    pub async fn applications(&self) -> Result<Vec<Application>> {
        let accounts: Accounts = self.get("/control/accounts").await?;
        Ok(accounts.smartstore)
    }

    /// The sellers' log-ins that it accepts.
    pub async fn vendors(&self) -> Result<Vec<Vendor>> {
        let accounts: Accounts = self.get("/control/accounts").await?;
        Ok(accounts.coupang)
    }
}

/// A client whose calls end.
pub(crate) fn client() -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder().connect_timeout(Duration::from_secs(5));
    Ok(builder.timeout(Duration::from_secs(30)).build()?)
}
