//! Trouble by chance: how often each kind hits the calls of a channel.

use std::collections::{BTreeMap, HashMap};

use super::{Fault, FaultKind};
use crate::world::{Channel, Dice};

/// How long waits are, in milliseconds, for kinds that wait.
const WAIT_MS: u64 = 300;
/// How late an order shows that arrives late, in milliseconds.
pub const LATE_MS: u64 = 15_000;

/// Shares of calls by kind, 0 to 1.
pub type Rates = BTreeMap<FaultKind, f64>;

/// The rates of each channel, with the dice that decide.
pub struct Chances {
    seed: u64,
    by_channel: HashMap<Channel, Chance>,
}

/// Calls and orders have dice of their own, so that the one does not shift the luck of the other.
struct Chance {
    rates: Rates,
    calls: Dice,
    orders: Dice,
}

impl Chances {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            by_channel: HashMap::new(),
        }
    }

    /// Replaces the rates of a channel. The dice begin anew, so that the same calls meet the same trouble.
    pub fn set(&mut self, channel: Channel, mut rates: Rates) {
        rates.retain(|_, rate| *rate > 0.0);
        if rates.is_empty() {
            self.by_channel.remove(&channel);
            return;
        }
        let dice = |stream: &str| Dice::new(self.seed, &format!("{stream}/{channel:?}"), 0);
        let chance = Chance {
            rates,
            calls: dice("call-rates"),
            orders: dice("order-rates"),
        };
        self.by_channel.insert(channel, chance);
    }

    pub fn clear(&mut self) {
        self.by_channel.clear();
    }

    pub fn list(&self) -> Vec<(Channel, &Rates)> {
        self.by_channel
            .iter()
            .map(|(channel, chance)| (*channel, &chance.rates))
            .collect()
    }

    /// What hits this call, if anything: every kind has its own throw, the first that fires decides.
    pub fn strike(&mut self, channel: Channel) -> Option<Fault> {
        let Chance { rates, calls, .. } = self.by_channel.get_mut(&channel)?;
        let mut hit = None;
        for (kind, rate) in rates.iter() {
            // All dice are thrown, so that one kind's luck does not shift that of the others.
            let fires = calls.fraction() < *rate && *kind != FaultKind::LateArrival;
            if fires && hit.is_none() {
                hit = Some(*kind);
            }
        }
        hit.map(|kind| Fault {
            ms: WAIT_MS,
            ..Fault::always(channel, kind)
        })
    }

    /// Whether an order that is placed now arrives late.
    pub fn is_late(&mut self, channel: Channel) -> bool {
        let Some(Chance { rates, orders, .. }) = self.by_channel.get_mut(&channel) else {
            return false;
        };
        rates
            .get(&FaultKind::LateArrival)
            .is_some_and(|rate| orders.fraction() < *rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_brings_the_same_trouble() {
        let luck = |seed| {
            let mut chances = Chances::new(seed);
            let rates = Rates::from([(FaultKind::Error500, 0.3), (FaultKind::Throttle, 0.1)]);
            chances.set(Channel::Coupang, rates);
            let kinds = (0..500).map(|_| chances.strike(Channel::Coupang).map(|fault| fault.kind));
            kinds.collect::<Vec<_>>()
        };
        assert_eq!(luck(7), luck(7));
        assert_ne!(luck(7), luck(8));
        let hits = luck(7)
            .into_iter()
            .filter(|kind| *kind == Some(FaultKind::Error500))
            .count();
        assert!((100..200).contains(&hits), "{hits} of 500");
        assert!(Chances::new(7).strike(Channel::Coupang).is_none());
    }
}
