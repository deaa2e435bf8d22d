//! Which lanes are under way in this process.

use std::collections::HashMap;

use tokio::task::Id;

use crate::ledger::{BusyLane, Row};
use crate::{ClaimedEffect, EffectKind};

/// Tasks under way: batches by lane, and probes.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    batches: HashMap<Id, BusyLane>,
    probes: HashMap<Id, ()>,
}

impl Lanes {
    pub(super) fn batches(&self) -> usize {
        self.batches.len()
    }

    pub(super) fn probes(&self) -> usize {
        self.probes.len()
    }

    pub(super) fn begin_batch(&mut self, task: Id, lane: BusyLane) {
        self.batches.insert(task, lane);
    }

    pub(super) fn begin_probe(&mut self, task: Id) {
        self.probes.insert(task, ());
    }

    pub(super) fn end(&mut self, task: Id) {
        self.batches.remove(&task);
        self.probes.remove(&task);
    }

    /// Lanes that have as many batches under way as their kind allows.
    pub(super) fn full(&self, width: impl Fn(EffectKind) -> usize) -> Vec<BusyLane> {
        let mut under_way: HashMap<BusyLane, usize> = HashMap::new();
        for lane in self.batches.values() {
            *under_way.entry(*lane).or_default() += 1;
        }
        under_way.retain(|lane, number| *number >= width(lane.kind));
        under_way.into_keys().collect()
    }
}

/// Claimed rows by lane, the earliest due first in each.
pub(super) fn group(mut rows: Vec<Row>) -> Vec<(BusyLane, Vec<ClaimedEffect>)> {
    rows.sort_by_key(|row| (row.effect.next_attempt_at, row.effect.effect_id));
    let mut groups: Vec<(BusyLane, Vec<ClaimedEffect>)> = Vec::new();
    let mut places: HashMap<BusyLane, usize> = HashMap::new();
    for row in rows {
        let lane = BusyLane {
            kind: row.effect.kind,
            merchant_id: row.effect.merchant_id,
            account_id: row.effect.account_id,
        };
        let place = *places.entry(lane).or_insert(groups.len());
        if place == groups.len() {
            groups.push((lane, Vec::new()));
        }
        if let Some((_, batch)) = groups.get_mut(place) {
            batch.push(row.into_claimed());
        }
    }
    groups
}
