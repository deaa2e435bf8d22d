//! From an order's place in the channel's list to the text message handed over, by the sandbox's ledger.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use e2e::LedgerEntry;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use crate::options::Options;
use crate::world::World;

/// How long each message took, shortest first, in seconds.
pub struct Latency {
    seconds: Vec<f64>,
    placed: usize,
}

impl Latency {
    /// Messages that came.
    pub fn count(&self) -> usize {
        self.seconds.len()
    }

    /// The shortest time that is not exceeded by `percent` of the messages.
    pub fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.seconds.len() * percent).div_ceil(100);
        let found = self.seconds.get(rank.saturating_sub(1));
        found.copied().unwrap_or(f64::NAN)
    }

    /// Tells of messages that never came; they are in no percentile.
    pub fn missing(&self) -> String {
        match self.placed.saturating_sub(self.count()) {
            0 => String::new(),
            missing => format!("visible to SMS: {missing} message(s) did not come in time"),
        }
    }
}

/// Places digital orders at a steady rate and waits for their messages; none if there was not one.
pub async fn measure(world: &World, options: &Options) -> Result<Option<Latency>> {
    let sandbox = &world.hub.sandbox;
    let earlier = sandbox.ledger().await?.last().map_or(0, |entry| entry.seq);
    let vendors = sandbox.vendors().await?;
    let mut ticks = interval(Duration::from_secs(1) / options.message_rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let wanted = usize::try_from(options.message_rate * options.message_seconds)?;
    for vendor in vendors.iter().cycle().take(wanted) {
        ticks.tick().await;
        let wish = json!({"channel": "coupang", "kind": "digital", "lines": 1, "account": vendor.vendor_id});
        sandbox.place(wish).await?;
    }
    let all = u64::try_from(wanted)?;
    // What is missing then is told below.
    world
        .until(async || Ok(sandbox.verdict().await?.messages_accepted >= all))
        .await?;
    let orders = orders_of_effects(world).await?;
    let seconds = matched(&sandbox.ledger_after(earlier).await?, &orders)?;
    Ok((!seconds.is_empty()).then_some(Latency {
        seconds,
        placed: wanted,
    }))
}

/// Which order a message is about: the ledger knows the effect's id that the message carries, the hub the rest.
async fn orders_of_effects(world: &World) -> Result<HashMap<String, String>> {
    let sql = "SELECT m.effect_id::text, o.channel_order_id
               FROM notification.messages AS m
               JOIN order_sync.orders AS o USING (merchant_id, order_id)
               WHERE m.sender = 'SOLAPI'";
    let rows: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&world.db).await?;
    Ok(rows.into_iter().collect())
}

fn matched(ledger: &[LedgerEntry], orders: &HashMap<String, String>) -> Result<Vec<f64>> {
    let mut visible: HashMap<&str, DateTime<Utc>> = HashMap::new();
    let mut seconds = Vec::new();
    for entry in ledger {
        match (entry.kind.as_str(), entry.channel_order_id.as_deref()) {
            ("order_visible", Some(order)) => {
                visible.insert(order, entry.at);
            }
            ("message_accepted", _) => {
                let order =
                    order_of(entry, orders).context("a message carries no effect of the hub's")?;
                if let Some(since) = visible.get(order) {
                    seconds.push((entry.at - since).as_seconds_f64());
                }
            }
            _ => {}
        }
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds)
}

fn order_of<'a>(message: &LedgerEntry, orders: &'a HashMap<String, String>) -> Option<&'a str> {
    let fields = message.detail.get("custom_fields")?.as_object()?;
    let mut values = fields.values().filter_map(|value| value.as_str());
    values
        .find_map(|value| orders.get(value))
        .map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_measured_values() {
        let seconds = (1..=200).map(f64::from).collect();
        let latency = Latency {
            seconds,
            placed: 201,
        };
        assert_eq!(
            (latency.percentile(50), latency.percentile(99)),
            (100.0, 198.0)
        );
        assert!(latency.missing().contains("1 message"));
    }
}
