//! The full path against a bare upsert of the same rows.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};

use crate::options::Options;
use crate::world::World;
use crate::yardstick;

/// Rows a second.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub orders: f64,
    pub lines: f64,
}

/// What the rounds came to together.
pub struct Ingest {
    /// Until the last order stood in the hub.
    pub collected: Rate,
    /// Until the channel had accepted the last acknowledgement.
    pub acknowledged: Option<Rate>,
    pub yardstick: Rate,
    /// The same with its rows unfolded in the select list.
    pub select_list: Rate,
}

#[derive(Default)]
struct Sum {
    orders: u64,
    lines: u64,
    collected: Duration,
    /// None once a round took too long.
    acknowledged: Option<Duration>,
    yardstick: Duration,
    select_list: Duration,
}

impl Sum {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    fn rate(&self, time: Duration) -> Rate {
        let rate = |rows: u64| rows as f64 / time.as_secs_f64();
        Rate {
            orders: rate(self.orders),
            lines: rate(self.lines),
        }
    }
}

/// Lets the hub and the yardstick take turns.
pub async fn measure(world: &World, options: &Options) -> Result<Ingest> {
    let mut sum = Sum {
        acknowledged: Some(Duration::ZERO),
        ..Sum::default()
    };
    for round in 1..=options.rounds {
        run_round(world, options.orders / options.rounds, &mut sum).await?;
        eprintln!("  round {round} of {}: {}", options.rounds, described(&sum));
    }
    Ok(Ingest {
        collected: sum.rate(sum.collected),
        acknowledged: sum.acknowledged.map(|time| sum.rate(time)),
        yardstick: sum.rate(sum.yardstick),
        select_list: sum.rate(sum.select_list),
    })
}

async fn run_round(world: &World, count: u32, sum: &mut Sum) -> Result<()> {
    let (before, sent) = (world.collected().await?, world.hub.sandbox.verdict().await?);
    let since: DateTime<Utc> = sqlx::query_scalar("SELECT now()")
        .fetch_one(&world.db)
        .await?;
    world.place_behind_its_back(count).await?;
    world.hub.process.resume()?;
    let started = Instant::now();
    let Some(collected) = world.until_collected(before + i64::from(count)).await? else {
        let now = world.collected().await? - before;
        bail!(
            "only {now} of {count} orders were collected in time{}",
            world.hub.process.log_end()
        );
    };
    sum.collected += collected;
    let wanted = sent.orders_placed + u64::from(count);
    let acknowledged = world.until_acknowledged(wanted).await?;
    sum.acknowledged = match (sum.acknowledged, acknowledged) {
        (Some(earlier), Some(_)) => Some(earlier + started.elapsed()),
        _ => None,
    };

    // What the next round measures is its own orders, not what is left of these.
    if !world.until_settled().await? {
        eprintln!("  the hub has not come to rest in time; what follows is slower for it");
    }

    world.hub.process.pause()?;
    let measured = yardstick::measure(&world.db, since).await?;
    world.hub.process.resume()?;
    sum.orders += measured.orders;
    sum.lines += measured.lines;
    sum.yardstick += measured.time;
    sum.select_list += measured.select_list;
    Ok(())
}

fn described(sum: &Sum) -> String {
    format!(
        "so far {} orders, {} lines; collected in {:.2} s, yardstick {:.2} s",
        sum.orders,
        sum.lines,
        sum.collected.as_secs_f64(),
        sum.yardstick.as_secs_f64()
    )
}
