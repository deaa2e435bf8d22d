//! What is wrong, by the outside world's own books beside the hub's.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use e2e::{Order, Verdict};

use crate::ledger::{RefusedCall, Seen};
use crate::merchant::key_of;
use crate::orders::{Key, Kind, Placed};
use crate::world::World;

/// Ids named in a violation.
const SHOWN: usize = 5;

/// Everything that is wrong; nothing is.
pub async fn judge(world: &World) -> Result<Vec<String>> {
    world.look().await?;
    let verdict = world.hub.sandbox.verdict().await?;
    let board = world.hub.admin.orders().await?;
    let (orders, seen) = (world.orders.lock(), world.seen());
    Ok(violations(&orders, &board, &seen, verdict))
}

fn violations(
    placed: &HashMap<Key, Placed>,
    board: &[Order],
    seen: &Seen,
    verdict: Verdict,
) -> Vec<String> {
    let mut wrong = Wrong::default();
    if !verdict.is_clean() {
        wrong.add("the verdict is not clean", format!("{verdict:?}"));
    }
    if verdict.orders_placed != placed.len() as u64 {
        let told = format!("{} of {}", verdict.orders_placed, placed.len());
        wrong.add("the outside world knows of other orders", told);
    }
    let mut on_board: HashMap<Key, &Order> = HashMap::new();
    for order in board {
        let key = key_of(order);
        if !placed.contains_key(&key) {
            wrong.add("on the board and never placed", named(&key));
        }
        if on_board.insert(key.clone(), order).is_some() {
            wrong.add("twice on the board", named(&key));
        }
    }
    let mut owners: HashMap<Key, &Placed> = HashMap::new();
    for (key, order) in placed {
        for parcel in &order.parcels {
            owners.insert((key.0.clone(), parcel.clone()), order);
        }
        match on_board.get(key) {
            Some(shown) => compare(key, order, shown, seen, &mut wrong),
            // Lists do not show what was cancelled before they were read.
            None if order.cancelled => {}
            None => wrong.add("placed and not on the board", named(key)),
        }
    }
    for (parcel, numbers) in &seen.uploads {
        match owners.get(parcel) {
            None => wrong.add("left and never placed", named(parcel)),
            Some(_) if numbers.len() > 1 => wrong.add("left more than once", named(parcel)),
            Some(order)
                if order.kind == Kind::Physical
                    && numbers.as_slice() != [order.tracking_number.as_str()] =>
            {
                wrong.add("left under another number", named(parcel));
            }
            Some(_) => {}
        }
    }
    for call in &seen.refused {
        if !is_look_at_cancelled(call, placed) {
            let RefusedCall {
                channel,
                method,
                path,
                status,
            } = call;
            wrong.add(
                "outside the documents",
                format!("{channel} {method} {path}: {status}"),
            );
        }
    }
    wrong.told()
}

/// An order beside what the board says of it.
fn compare(key: &Key, placed: &Placed, shown: &Order, seen: &Seen, wrong: &mut Wrong) {
    for line in &shown.lines {
        if !placed.parcels.contains(&line.channel_parcel_id) {
            wrong.add("a line in a parcel that was never placed", named(key));
        }
        let has_left = seen.has_left(&key.0, &line.channel_parcel_id);
        let says_so = ["DISPATCHED", "DELIVERED", "CONFIRMED"].contains(&line.state.as_str());
        if says_so && !has_left {
            wrong.add("dispatched on the board only", named(key));
        }
    }
    for parcel in &placed.parcels {
        if !shown
            .lines
            .iter()
            .any(|line| &line.channel_parcel_id == parcel)
        {
            wrong.add("a parcel is not on the board", named(key));
        }
    }
}

/// Coupang answers 400 to a single read of a parcel or an order that was cancelled.
fn is_look_at_cancelled(call: &RefusedCall, placed: &HashMap<Key, Placed>) -> bool {
    if call.channel != "coupang" || call.method != "GET" || call.status != 400 {
        return false;
    }
    let path = call.path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let id = match parts.as_slice() {
        [.., "ordersheets", id] | [.., id, "ordersheets"] => *id,
        _ => return false,
    };
    let is_it = |(key, order): (&Key, &Placed)| {
        order.cancelled
            && key.0 == "coupang"
            && (key.1 == id || order.parcels.iter().any(|parcel| parcel == id))
    };
    placed.iter().any(is_it)
}

fn named(key: &Key) -> String {
    format!("{} {}", key.0, key.1)
}

/// Violations by kind, with a few examples each.
#[derive(Default)]
struct Wrong(BTreeMap<&'static str, Vec<String>>);

impl Wrong {
    fn add(&mut self, kind: &'static str, example: String) {
        self.0.entry(kind).or_default().push(example);
    }

    fn told(self) -> Vec<String> {
        let tell = |(kind, examples): (&str, Vec<String>)| {
            let shown: Vec<&str> = examples.iter().map(String::as_str).take(SHOWN).collect();
            format!("{} × {kind}: {}", examples.len(), shown.join("; "))
        };
        self.0.into_iter().map(tell).collect()
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
