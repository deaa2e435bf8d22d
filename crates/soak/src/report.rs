//! What happened, in a few lines.

use std::fmt;
use std::time::Duration;

use crate::world::World;

/// Names and values.
#[derive(Default)]
pub struct Report(Vec<(String, String)>);

impl Report {
    /// A duration.
    pub fn seconds(&mut self, name: impl Into<String>, time: Duration) {
        let text = format!("{:.1} s", time.as_secs_f64());
        self.0.push((name.into(), text));
    }

    fn count(&mut self, name: impl Into<String>, count: impl TryInto<u64>) {
        let count: u64 = count.try_into().unwrap_or(u64::MAX);
        self.0.push((name.into(), count.to_string()));
    }

    /// What was placed and what the outside world saw.
    pub fn count_what_happened(&mut self, world: &World) {
        let orders = world.orders.lock();
        let seen = world.seen();
        self.count("orders placed", orders.len());
        let cancelled = orders.values().filter(|order| order.cancelled).count();
        self.count("  cancelled by their buyers", cancelled);
        self.count("parcels that left", seen.uploads.len());
        let mut waits = seen.acknowledged_after.clone();
        waits.sort_by(f64::total_cmp);
        for percent in [50, 99] {
            let rank = (waits.len() * percent).div_ceil(100);
            if let Some(wait) = waits.get(rank.saturating_sub(1)) {
                let name = format!("shown to acknowledged, p{percent}");
                self.seconds(name, Duration::from_secs_f64(wait.max(0.0)));
            }
        }
        for (kind, count) in &seen.kinds {
            self.count(format!("seen: {kind}"), *count);
        }
        for ((channel, status), count) in &seen.calls {
            self.count(format!("calls: {channel} {status}"), *count);
        }
        for (reason, count) in &seen.refusals {
            self.count(format!("refused by the hub: {reason}"), *count);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.0 {
            writeln!(f, "{name:<44}{value:>12}")?;
        }
        Ok(())
    }
}
