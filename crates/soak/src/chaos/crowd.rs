//! People who buy, change their minds, and ask.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use e2e::Hub;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::options::Options;

/// The longest that somebody thinks before a cancel or a question, in milliseconds: before the order was read, or after.
const LONGEST_THOUGHT_MS: u64 = 30_000;

/// What they did.
#[derive(Default)]
pub struct Bought {
    /// Parcels by channel and order.
    pub placed: HashMap<(String, String), Vec<String>>,
    /// By channel and id.
    pub questions: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy)]
enum Thought {
    Cancel,
    Ask,
}

/// What they will do, when, and about which order; the number keeps two of one moment apart.
type Thoughts = BTreeMap<(Instant, u64), (Thought, (String, String))>;

/// Lets people buy evenly over the time there is, and ends after the last of them has done what he thought of.
pub async fn buy(
    hub: &Hub,
    options: &Options,
    sellers: &[(String, Vec<String>)],
) -> Result<Bought> {
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    let mut bought = Bought::default();
    let mut thoughts = Thoughts::new();
    let mut count = 0;
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for second in 1..=u64::from(options.duration) {
        ticks.tick().await;
        let due = u64::from(options.orders) * second / u64::from(options.duration);
        while count < due {
            let some = random.random_range(1..=10).min(due - count);
            for (key, parcels) in buy_some(hub, sellers, &mut random, some).await? {
                count += 1;
                let after = Duration::from_millis(random.random_range(0..LONGEST_THOUGHT_MS));
                let lot = random.random_range(0..100);
                let thought = match lot {
                    _ if lot < options.cancels => Some(Thought::Cancel),
                    _ if lot < options.cancels + options.questions => Some(Thought::Ask),
                    _ => None,
                };
                if let Some(thought) = thought {
                    thoughts.insert((Instant::now() + after, count), (thought, key.clone()));
                }
                bought.placed.insert(key, parcels);
            }
        }
        act(hub, &mut thoughts, &mut bought).await?;
    }
    while !thoughts.is_empty() {
        ticks.tick().await;
        act(hub, &mut thoughts, &mut bought).await?;
    }
    Ok(bought)
}

type Purchases = Vec<((String, String), Vec<String>)>;

async fn buy_some(
    hub: &Hub,
    sellers: &[(String, Vec<String>)],
    random: &mut ChaCha8Rng,
    count: u64,
) -> Result<Purchases> {
    let (channel, names) = sellers.choose(random).context("there is no channel")?;
    let seller = names.choose(random).context("there is no seller")?;
    // Digital goods would leave by themselves.
    let wish = json!({"channel": channel, "account": seller, "kind": "physical", "count": count});
    let orders = hub.sandbox.place(wish).await?;
    let purchases = orders.into_iter().map(|order| {
        let key = (channel.clone(), order.channel_order_id);
        (key, order.channel_parcel_ids)
    });
    Ok(purchases.collect())
}

async fn act(hub: &Hub, thoughts: &mut Thoughts, bought: &mut Bought) -> Result<()> {
    let now = Instant::now();
    while let Some(entry) = thoughts.first_entry() {
        if entry.key().0 > now {
            break;
        }
        let (thought, (channel, order)) = entry.remove();
        match thought {
            Thought::Cancel => {
                hub.sandbox.cancel_unless_too_late(&channel, &order).await?;
            }
            Thought::Ask => {
                let wish = json!({"kind": "product"});
                let asked = hub.sandbox.buyer(&channel, &order, "ask", wish).await?;
                let id = asked.get("inquiry_id").context("the question has no id")?;
                let id = match id {
                    Value::String(id) => id.clone(),
                    id => id.to_string(),
                };
                bought.questions.push((channel, id));
            }
        }
    }
    Ok(())
}
