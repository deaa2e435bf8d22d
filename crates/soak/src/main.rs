//! `soak`: the hub at work for long, with trouble on the line and the delivered quotas, judged by the outside world.
//!
//! It runs the real binary: `moa sandbox` and `moa up --demo` as own processes, with an own PostgreSQL, in a folder that
//! is gone afterwards. People buy at every channel that the hub speaks to, some cancel at moments that a seed chooses,
//! and the merchant packs and sends off whatever is acknowledged, through the admin API. Every setting is the delivered
//! one but two: a write of unknown outcome is looked for every [`world::PROBE_SECONDS`] seconds instead of every half an
//! hour, since the sandbox shows at once what was written; and the sandbox writes down every call.
//!
//! It ends when everything is settled (a slice sooner: see `--slice`), and fails when
//! - an order that was placed is not on the board, stands there twice, or was never placed;
//! - a parcel left twice, under a number that is not its own, or never, though nobody called it off;
//! - the sandbox's verdict is not clean: quotas, signatures, dispatches after a cancel, doubles, shut-outs;
//! - a channel refused a call as outside its documents (400, 404, 405, 412, 415, 422), single reads of cancelled
//!   Coupang orders aside, which it answers like that.
//!
//! Times are reported and never judged.
//!
//! With `--chaos` another run takes its place: see [`chaos`].

mod buyers;
mod chaos;
mod crowd;
mod judge;
mod ledger;
mod merchant;
mod options;
mod orders;
mod report;
mod settle;
mod world;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Parser;

use options::Options;
use report::Report;
use world::World;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let ended = match options.chaos {
        true => chaos::run(&options).await,
        false => run(&options).await,
    };
    match ended {
        Ok(violations) if violations.is_empty() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("soak: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The violations, which were printed.
async fn run(options: &Options) -> Result<Vec<String>> {
    let mut report = Report::default();
    eprintln!("starting a sandbox and a hub…");
    let mut world = World::start(options).await?;
    let started = Instant::now();
    let worked = work(&world, options, &mut report).await;
    if let Err(error) = worked {
        // What is wrong already says more than that it never ended.
        let violations = judge::judge(&world).await.unwrap_or_default();
        let said = violations.join("\n  ");
        anyhow::bail!("{error:#}\n  {said}{}", world.hub.process.log_end());
    }
    report.seconds("in all", started.elapsed());

    let violations = judge::judge(&world).await?;
    report.count_what_happened(&world);
    println!("{report}");
    if violations.is_empty() {
        println!("nothing is wrong");
    } else {
        println!("WRONG:\n  {}", violations.join("\n  "));
        println!("{}", world.hub.process.log_end());
    }
    world.hub.process.stop().await?;
    Ok(violations)
}

async fn work(world: &World, options: &Options, report: &mut Report) -> Result<()> {
    if options.crowd > 0 {
        eprintln!("{} orders of one Coupang vendor…", options.crowd);
        crowd::story(world, options, report).await?;
    }
    eprintln!(
        "{} orders at {} within {} s…",
        options.orders,
        world.channels.join(" and "),
        options.duration
    );
    let patience = Duration::from_secs(options.patience);
    let began = Instant::now();
    // The merchant works through both: a request that is cut off half-way would be lost on him.
    let lived = async {
        buyers::buy(world, options).await?;
        let last = Instant::now();
        settle::until_settled(world, patience).await?;
        anyhow::Ok(last)
    };
    let last = tokio::select! {
        last = lived => last?,
        failed = merchant::work_on(world) => return failed,
    };
    report.seconds("people bought", last - began);
    report.seconds("settled after the last order", last.elapsed());
    Ok(())
}
