//! People who buy, and some who change their minds.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use crate::options::Options;
use crate::orders::{Key, Kind};
use crate::world::World;

/// The longest that a buyer thinks before a cancel, in milliseconds: before the acknowledgement, between it and the
/// dispatch, or after.
const LONGEST_THOUGHT_MS: u64 = 60_000;
/// Percent of digital goods.
const DIGITAL: u32 = 10;

/// Lets people buy evenly over the time there is, and ends after the last cancel.
pub async fn buy(world: &World, options: &Options) -> Result<()> {
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    let mut cancels: BTreeMap<(Instant, u64), Key> = BTreeMap::new();
    let mut placed = 0;
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for second in 1..=u64::from(options.duration) {
        ticks.tick().await;
        let due = u64::from(options.orders) * second / u64::from(options.duration);
        while placed < due {
            // Some at once for one seller, as after an advertisement.
            let count = random.random_range(1..=10).min(due - placed);
            let orders = buy_some(world, &mut random, count).await?;
            for key in orders {
                placed += 1;
                if random.random_range(0..100) < options.cancels {
                    let thought = Duration::from_millis(random.random_range(0..LONGEST_THOUGHT_MS));
                    cancels.insert((Instant::now() + thought, placed), key);
                }
            }
        }
        cancel_due(world, &mut cancels).await?;
    }
    while !cancels.is_empty() {
        ticks.tick().await;
        cancel_due(world, &mut cancels).await?;
    }
    Ok(())
}

async fn buy_some(world: &World, random: &mut ChaCha8Rng, count: u64) -> Result<Vec<Key>> {
    let Some(channel) = world.channels.choose(random) else {
        anyhow::bail!("there is no channel to buy at");
    };
    let Some(seller) = world.sellers(channel).choose(random) else {
        anyhow::bail!("{channel} has no seller");
    };
    let (kind, word) = if random.random_range(0..100) < DIGITAL {
        (Kind::Digital, "digital")
    } else {
        (Kind::Physical, "physical")
    };
    let wish = json!({"channel": channel, "account": seller, "kind": word, "count": count});
    let orders = world.hub.sandbox.place(wish).await?;
    let keys = orders
        .iter()
        .map(|order| (channel.clone(), order.channel_order_id.clone()))
        .collect();
    world.orders.add(channel, kind, orders);
    Ok(keys)
}

async fn cancel_due(world: &World, cancels: &mut BTreeMap<(Instant, u64), Key>) -> Result<()> {
    let now = Instant::now();
    while let Some(entry) = cancels.first_entry() {
        if entry.key().0 > now {
            break;
        }
        let key = entry.remove();
        let sandbox = &world.hub.sandbox;
        if sandbox.cancel_unless_too_late(&key.0, &key.1).await? {
            world.orders.cancelled(&key);
        }
    }
    Ok(())
}
