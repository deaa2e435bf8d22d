//! Many orders of one vendor at once: all its parcels are looked at and sent off inside its quota.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use e2e::Order;
use serde_json::json;

use crate::merchant::{key_of, pack_all, ready_orders, send_off_all};
use crate::options::Options;
use crate::orders::{Key, Kind};
use crate::report::Report;
use crate::settle::{board, waiting_effects};
use crate::world::World;

const CHANNEL: &str = "coupang";
const BETWEEN: Duration = Duration::from_millis(500);

/// Places the crowd's orders, packs all that are acknowledged, and tells how long sending them off takes.
pub async fn story(world: &World, options: &Options, report: &mut Report) -> Result<()> {
    let patience = Duration::from_secs(options.patience);
    let vendor = world
        .sellers(CHANNEL)
        .first()
        .context("the sandbox has no vendor")?;
    let wish = json!({
        "channel": CHANNEL, "account": vendor, "kind": "physical", "count": options.crowd, "lines": 1,
    });
    let placed = world.hub.sandbox.place(wish).await?;
    let crowd: HashSet<Key> = placed
        .iter()
        .map(|order| (CHANNEL.to_owned(), order.channel_order_id.clone()))
        .collect();
    world.orders.add(CHANNEL, Kind::Physical, placed);

    let began = Instant::now();
    let ready = until_ready(world, &crowd, patience).await?;
    report.seconds(
        format!("{} of a crowd of {} ready", ready.len(), crowd.len()),
        began.elapsed(),
    );
    pack_all(world, &ready).await?;
    let keys: Vec<Key> = ready.iter().map(key_of).collect();
    let began = Instant::now();
    send_off_all(world, &keys).await?;
    report.seconds("  told to leave", began.elapsed());
    let left = until_left(world, &keys, patience).await?;
    report.seconds(format!("  {left} left"), began.elapsed());
    Ok(())
}

/// Waits until all of the crowd is acknowledged, but for those whose acknowledgement is being looked for.
async fn until_ready(
    world: &World,
    crowd: &HashSet<Key>,
    patience: Duration,
) -> Result<Vec<Order>> {
    let started = Instant::now();
    loop {
        let mut ready = ready_orders(world).await?;
        ready.retain(|order| crowd.contains(&key_of(order)));
        let unclear = unclear(world, crowd).await?.len();
        if ready.len() + unclear >= crowd.len() {
            return Ok(ready);
        }
        if started.elapsed() > patience {
            bail!(
                "only {} of {} orders of one vendor were acknowledged in time; {unclear} are being looked for",
                ready.len(),
                crowd.len()
            );
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

/// Waits until all have left, but for those whose dispatch is being looked for; how many left.
async fn until_left(world: &World, keys: &[Key], patience: Duration) -> Result<usize> {
    let all: HashSet<Key> = keys.iter().cloned().collect();
    let started = Instant::now();
    loop {
        world.look().await?;
        let left = {
            let (orders, seen) = (world.orders.lock(), world.seen());
            let has_left = |key: &&Key| {
                let placed = orders.get(*key);
                placed.is_some_and(|placed| {
                    placed
                        .parcels
                        .iter()
                        .all(|parcel| seen.has_left(&key.0, parcel))
                })
            };
            keys.iter()
                .filter(has_left)
                .cloned()
                .collect::<HashSet<Key>>()
        };
        if left.len() == keys.len() {
            return Ok(left.len());
        }
        let unclear = unclear(world, &all).await?;
        if left.union(&unclear).count() >= keys.len() {
            return Ok(left.len());
        }
        if started.elapsed() > patience {
            bail!(
                "only {} of {} parcels of one vendor left in time",
                left.len(),
                keys.len()
            );
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

/// Those whose next step has an outcome that is not known yet; in a slice also those that have a next try later, which
/// is minutes away after trouble.
async fn unclear(world: &World, of: &HashSet<Key>) -> Result<HashSet<Key>> {
    let mut waiting = waiting_effects(world).await?;
    waiting.retain(|effect| world.slice || effect.state == "UNKNOWN");
    if waiting.is_empty() {
        return Ok(HashSet::new());
    }
    let waits: HashSet<&str> = waiting
        .iter()
        .filter_map(|effect| effect.order_id.as_deref())
        .collect();
    let mut keys = HashSet::new();
    for (key, order) in board(world).await? {
        if of.contains(&key) && waits.contains(order.id.as_str()) {
            keys.insert(key);
        }
    }
    Ok(keys)
}
