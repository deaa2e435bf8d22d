//! When everything is settled.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use e2e::{Effect, Order};

use crate::ledger::Seen;
use crate::merchant::key_of;
use crate::orders::{Key, Placed};
use crate::world::World;

/// The pause between two looks at the whole board.
const BETWEEN: Duration = Duration::from_secs(2);
/// How often is told how far it is.
const TELL_EVERY: Duration = Duration::from_secs(30);
/// Orders described when patience ends.
const SHOWN: usize = 10;

/// States of an effect whose outcome is not known yet, or whose next try has its time.
const WAITING: [&str; 2] = ["UNKNOWN", "RETRYABLE"];
/// Open states of an effect.
const OPEN: [&str; 4] = ["PENDING", "CLAIMED", "VERIFIED", "SENDING"];

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Everything in it has left, and the board says so.
    Left,
    /// It was called off, and the hub keeps it back.
    CalledOff,
    /// Neither.
    Open,
}

/// Waits until every order has left or is called off, and no effect is open; in a slice, what is open may be a write
/// whose outcome is being looked for or whose next try has its time.
pub async fn until_settled(world: &World, patience: Duration) -> Result<()> {
    let started = Instant::now();
    let mut told = started;
    loop {
        let open = open_ones(world).await?;
        if open.is_empty() {
            return Ok(());
        }
        if started.elapsed() > patience {
            let shown: Vec<&str> = open.iter().map(String::as_str).take(SHOWN).collect();
            bail!(
                "{} are not settled after {} s:\n  {}",
                open.len(),
                patience.as_secs(),
                shown.join("\n  ")
            );
        }
        if told.elapsed() > TELL_EVERY {
            eprintln!("  {} are not settled yet", open.len());
            told = Instant::now();
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

/// What is not settled, in words.
async fn open_ones(world: &World) -> Result<Vec<String>> {
    world.look().await?;
    let board = board(world).await?;
    let mut waiting = waiting_effects(world).await?;
    let waits: HashSet<&str> = waiting
        .iter()
        .filter_map(|effect| effect.order_id.as_deref())
        .collect();
    let mut open = Vec::new();
    {
        let (orders, seen) = (world.orders.lock(), world.seen());
        for (key, placed) in orders.iter() {
            let Some(order) = board.get(key) else {
                // Lists do not show what was cancelled before they were read.
                if !placed.cancelled {
                    open.push(format!("{key:?} is not on the board"));
                }
                continue;
            };
            let is_excused =
                || waits.contains(order.id.as_str()) || has_left_by_both(key, placed, order, &seen);
            let is_open = standing(key, placed, order, &seen) == Standing::Open;
            if is_open && !(world.slice && is_excused()) {
                open.push(described(key, placed, order, &waiting));
            }
        }
    }
    if open.is_empty() && !world.slice {
        for state in OPEN {
            waiting.extend(world.hub.admin.effects_in(state).await?);
        }
        open.extend(waiting.iter().map(|effect| {
            format!(
                "effect {} {} is {} {:?}",
                effect.kind, effect.id, effect.state, effect.reason
            )
        }));
    }
    Ok(open)
}

/// Effects whose outcome is not known yet, or whose next try has its time.
pub async fn waiting_effects(world: &World) -> Result<Vec<Effect>> {
    let mut waiting = Vec::new();
    for state in WAITING {
        waiting.extend(world.hub.admin.effects_in(state).await?);
    }
    Ok(waiting)
}

/// The board by channel and number.
pub async fn board(world: &World) -> Result<HashMap<Key, Order>> {
    let orders = world.hub.admin.orders().await?;
    Ok(orders
        .into_iter()
        .map(|order| (key_of(&order), order))
        .collect())
}

/// Where an order stands, by the outside world and the board.
pub fn standing(key: &Key, placed: &Placed, order: &Order, seen: &Seen) -> Standing {
    let all_left = placed
        .parcels
        .iter()
        .all(|parcel| seen.has_left(&key.0, parcel));
    if placed.cancelled {
        let kept_back = order.hold.is_some() || order.state == "CANCELLED";
        return if kept_back || all_left {
            Standing::CalledOff
        } else {
            Standing::Open
        };
    }
    let says_so = ["DISPATCHED", "DELIVERED", "CONFIRMED"].contains(&order.state.as_str());
    if all_left && says_so {
        Standing::Left
    } else {
        Standing::Open
    }
}

/// Whether it left by the outside world and by the hub's own word. The order's state is the channel's word, and reading
/// it again takes its turn behind everything else.
fn has_left_by_both(key: &Key, placed: &Placed, order: &Order, seen: &Seen) -> bool {
    order.shipment_state.as_deref() == Some("DISPATCHED")
        && placed
            .parcels
            .iter()
            .all(|parcel| seen.has_left(&key.0, parcel))
}

fn described(key: &Key, placed: &Placed, order: &Order, waiting: &[Effect]) -> String {
    let effects: Vec<String> = waiting
        .iter()
        .filter(|effect| effect.order_id.as_deref() == Some(order.id.as_str()))
        .map(|effect| format!("{} {} {:?}", effect.kind, effect.state, effect.reason))
        .collect();
    format!(
        "{key:?} {:?} is {}, shipment {:?}, hold {:?}, {:?}, cancelled {}; {}",
        placed.kind,
        order.state,
        order.shipment_state,
        order.hold.as_ref().map(|hold| &hold.reason),
        placed.step,
        placed.cancelled,
        effects.join(", ")
    )
}
