//! `bench`: how fast and how big the hub is, as ratios inside one run.
//!
//! It runs the real binary: `moa sandbox` and `moa up --demo` as own processes, with an own PostgreSQL, in a folder that
//! is gone afterwards. Every setting is the delivered one, except the quota, which is raised at the sandbox and, by the
//! registration, in the hub. Numbers of different machines do not compare, ratios do:
//!
//! - **Ingest.** The hub is held still while orders are placed, so that all of them wait; then the clock runs from
//!   letting it go to the last row in `order_sync.orders`, with everything else that orders set off going on beside it.
//!   The yardstick writes the same rows into tables of the same shape in the same PostgreSQL by bare `unnest` upserts,
//!   500 rows each, over one connection, while the hub is held still again. The two take turns, each when the hub has come to
//!   rest. Beside it, without an aim, the same upserts in their quicker form (see [`yardstick`]).
//! - **Store.** Order-sync's storing alone, in this process: a window of new orders, the same window again, and both beside
//!   a full base (see [`store`]).
//! - **Message.** Digital orders at a steady rate, on accounts that had an order before (quiet ones are read less
//!   often). The sandbox's ledger is the clock, from `order_visible` to `message_accepted`.
//! - **Adapter.** The parcels that are being prepared, listed through channel-proxy and as orders, beside the same pages
//!   read by a bare HTTP client that only signs; one order sheet likewise (here less is better); and how many signatures
//!   one core makes a second beside the bare calls of that second. SmartStore's is made once a token, not once a call.
//! - **Memory** is the resident size of the hub's process, without PostgreSQL; **start** is what the hub says in its log.

mod adapter;
mod bare;
mod ingest;
mod latency;
mod options;
mod played;
mod report;
mod store;
mod world;
mod yardstick;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use options::{Options, Part};
use report::{Report, Row};
use world::World;

/// What the aims of speed and size are.
const INGEST_AIM: f64 = 0.25;
const MESSAGE_AIM_SECONDS: f64 = 5.0;
const MEMORY_AIM_MB: f64 = 150.0;
const START_AIM_MS: f64 = 2000.0;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<Report> {
    let mut report = Report::default();
    eprintln!("starting a sandbox and a hub…");
    let mut world = World::start(options).await?;
    let started_ms = world.ready_after_database_ms()?;
    let at_start = world.resident_mb()?;

    if options.measures(Part::Messages) || options.measures(Part::Ingest) {
        // Quiet accounts are read seldom, which is not what is measured.
        world.warm_up().await?;
    }
    if options.measures(Part::Messages) {
        eprintln!("measuring messages…");
        messages(&world, options, &mut report).await?;
    }
    if options.measures(Part::Ingest) {
        eprintln!("measuring ingest…");
        ingested(&world, options, &mut report).await?;
    }
    if options.measures(Part::Store) {
        eprintln!("measuring the store…");
        store::measure(&world, options, &mut report).await?;
    }
    if options.measures(Part::Adapter) {
        eprintln!("measuring the adapter…");
        adapter::measure(&world, &mut report).await?;
    }

    let after_load = world.resident_mb()?;
    report.add(Row::limit(
        "memory after start",
        at_start,
        MEMORY_AIM_MB,
        "MB",
    ));
    report.add(Row::limit(
        "memory after load",
        after_load,
        MEMORY_AIM_MB,
        "MB",
    ));
    report.add(Row::limit(
        "ready after PostgreSQL",
        started_ms,
        START_AIM_MS,
        "ms",
    ));
    report.note(world.verdict().await?);
    world.stop().await?;
    Ok(report)
}

async fn messages(world: &World, options: &Options, report: &mut Report) -> Result<()> {
    let Some(latency) = latency::measure(world, options).await? else {
        let told = "visible to SMS: not measured, no message came within the time for it";
        report.note(told.to_owned());
        return Ok(());
    };
    let name = format!("visible to SMS, p50 of {}", latency.count());
    let (p50, p99) = (latency.percentile(50), latency.percentile(99));
    report.add(Row::limit(name, p50, MESSAGE_AIM_SECONDS, "s").without_aim());
    report.add(Row::limit(
        "visible to SMS, p99",
        p99,
        MESSAGE_AIM_SECONDS,
        "s",
    ));
    report.note(latency.missing());
    Ok(())
}

async fn ingested(world: &World, options: &Options, report: &mut Report) -> Result<()> {
    let ingest = ingest::measure(world, options).await?;
    let yardstick = ingest.yardstick;
    let row = Row::ratio(
        "ingest",
        ingest.collected.orders,
        yardstick.orders,
        "orders/s",
    );
    report.add(row.at_least(INGEST_AIM));
    let row = Row::ratio("ingest", ingest.collected.lines, yardstick.lines, "lines/s");
    report.add(row.at_least(INGEST_AIM));
    report.add(Row::ratio(
        "beside rows of the select list",
        ingest.collected.orders,
        ingest.select_list.orders,
        "orders/s",
    ));
    match ingest.acknowledged {
        Some(rate) => report.add(Row::ratio(
            "ingest to acknowledged",
            rate.orders,
            yardstick.orders,
            "orders/s",
        )),
        None => report.note("ingest to acknowledged: not done within the time for it".to_owned()),
    }
    Ok(())
}
