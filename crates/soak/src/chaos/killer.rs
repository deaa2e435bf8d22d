//! Somebody who kills processes.

use std::time::Duration;

use anyhow::Result;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::processes::Processes;
use crate::options::Options;

/// Kills one after another for ever. Ends only when something is wrong: a process that ended by itself.
pub async fn kill_on(processes: &mut Processes, options: &Options, kills: &mut u32) -> Result<()> {
    let mut random = ChaCha8Rng::seed_from_u64(options.seed ^ 0x6b69_6c6c);
    let longest = u64::from(options.kills) * 1000;
    loop {
        let pause = random.random_range(longest / 2..=longest);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        processes.must_run()?;
        let weights = processes.weights();
        let mut lot = random.random_range(0..weights.iter().sum::<u32>());
        let victim = weights.iter().position(|weight| {
            let is_it = lot < *weight;
            lot = lot.saturating_sub(*weight);
            is_it
        });
        if let Some(victim) = victim {
            processes.kill(victim)?;
            *kills += 1;
        }
    }
}
