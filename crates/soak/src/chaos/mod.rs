//! Nothing is missed: the channels drop, delay, repeat, turn round and tear what they answer, each is away for a while, the
//! hub's services are killed one after another, and at the end everything that the channels have is in Moa, once and as it
//! is there.
//!
//! Each service is a process of its own, so that one that is killed takes nothing with it. People buy at both channels,
//! some of them cancel and some ask; nobody packs, since what is judged is what is known. Orders are acknowledged as the
//! delivered policy has it.
//!
//! It fails when
//! - an order, a parcel's line, a claim or a question of a channel is not in Moa, stands there twice, or was never there;
//! - a line is not where its channel has it, or a claim is open here and over there;
//! - a channel was away for longer than the alarm takes and no gap of its orders was shown meanwhile, or one that was shown
//!   is not closed at the end;
//! - the sandbox's verdict is not clean.

mod crowd;
mod judge;
mod killer;
mod outages;
mod processes;
mod truth;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use e2e::{Hub, HubOptions, Order};
use serde_json::Value;

use crate::options::Options;
use crate::world::{rates, sellers};
use judge::{Known, Truth};
use processes::Processes;

/// The pause between two looks at everything.
const BETWEEN: Duration = Duration::from_secs(3);

/// What is shorter than delivered: a killed process's lease, which would let the others stand still longer than it lives,
/// and what is read every few minutes, for which the end would wait.
const SETTINGS: [(&str, &str); 5] = [
    ("MOA_ORDER_SYNC_LEASE", "3"),
    ("MOA_ORDER_SYNC_REVISIT", "10"),
    ("MOA_ORDER_SYNC_REST_MIN", "10"),
    ("MOA_ORDER_SYNC_REST_MAX", "20"),
    ("MOA_ORDER_SYNC_INQUIRIES", "10"),
];

/// What was delivered, where stories have something shorter.
const DELIVERED: [&str; 3] = [
    "MOA_ORDER_SYNC_POLL_MIN",
    "MOA_ORDER_SYNC_POLL_MAX",
    "MOA_ORDER_SYNC_LAG",
];

/// What was bought and asked, and what the outages showed.
#[derive(Default)]
pub struct Happened {
    /// By channel and order.
    pub placed: HashMap<(String, String), Vec<String>>,
    /// Questions, by channel and id.
    pub questions: Vec<(String, String)>,
    pub kills: u32,
    /// What was wrong with an alarm.
    pub alarms: Vec<String>,
}

/// Runs it; what was wrong, which was printed.
pub async fn run(options: &Options) -> Result<Vec<String>> {
    eprintln!("starting a sandbox and a hub…");
    let mut hub = start(options).await?;
    let sellers = sellers(&hub).await?;
    let database = hub.cluster().url_as("moa")?;
    // Its accounts, products and mappings are registered; from here on each service is a process of its own.
    hub.kill_9()?;
    let mut processes = Processes::start(&hub.place, &database, &SETTINGS, &DELIVERED)?;
    processes.until_ready(&hub).await?;
    for (channel, _) in &sellers {
        let rates = rates(options.faults);
        hub.sandbox.spoil_shares(channel, rates).await?;
    }
    eprintln!(
        "{} orders within {} s, a kill every {} s…",
        options.orders, options.duration, options.kills
    );
    let began = Instant::now();
    let mut happened = Happened::default();
    let bought = {
        let outages = outages::run(&hub, options);
        tokio::select! {
            both = async { tokio::join!(crowd::buy(&hub, options, &sellers), outages) } => both,
            failed = killer::kill_on(&mut processes, options, &mut happened.kills) => {
                failed?;
                anyhow::bail!("nobody was left to kill");
            }
        }
    };
    let (bought, alarms) = bought;
    let bought = bought?;
    happened.placed = bought.placed;
    happened.questions = bought.questions;
    happened.alarms = alarms?;
    let last = Instant::now();
    let settled = until_settled(&hub, &happened, &mut processes, options).await;
    let mut wrong = match settled {
        Ok(()) => Vec::new(),
        Err(wrong) => wrong,
    };
    wrong.extend(happened.alarms.clone());
    let verdict = hub.sandbox.verdict().await?;
    if !verdict.is_clean() {
        wrong.push(format!("the verdict is not clean: {verdict:?}"));
    }
    println!(
        "{:<44}{:>12}\n{:<44}{:>12}\n{:<44}{:>12}\n{:<44}{:>10.1} s\n{:<44}{:>10.1} s",
        "orders placed",
        happened.placed.len(),
        "questions asked",
        happened.questions.len(),
        "processes killed",
        happened.kills,
        "people bought",
        (last - began).as_secs_f64(),
        "settled after the last order",
        last.elapsed().as_secs_f64(),
    );
    if wrong.is_empty() {
        println!("nothing is missing");
    } else {
        println!("WRONG:\n  {}{}", wrong.join("\n  "), processes.log_ends());
    }
    processes.stop();
    Ok(wrong)
}

async fn start(options: &Options) -> Result<Hub> {
    let mut settings = HubOptions::default()
        .quiet()
        .with_sandbox("MOA_SANDBOX_ACCOUNTS", options.accounts);
    for (name, value) in SETTINGS {
        settings = settings.with(name, value);
    }
    for name in DELIVERED {
        settings = settings.with(name, "");
    }
    Hub::start(settings).await
}

/// Waits until nothing is missing; what is wrong when patience ends.
async fn until_settled(
    hub: &Hub,
    happened: &Happened,
    processes: &mut Processes,
    options: &Options,
) -> Result<(), Vec<String>> {
    let patience = Duration::from_secs(options.patience);
    let started = Instant::now();
    // Trouble is over; what it did must pass by itself.
    if let Err(error) = hub.sandbox.spoil(serde_json::json!([])).await {
        return Err(vec![format!("the sandbox does not answer: {error:#}")]);
    }
    loop {
        let wrong = match look(hub, happened, options).await {
            Ok(wrong) => wrong,
            // The gateway may just be starting again.
            Err(error) => vec![format!("it cannot be compared: {error:#}")],
        };
        if wrong.is_empty() {
            return Ok(());
        }
        if let Err(error) = processes.must_run() {
            return Err(vec![format!("{error:#}")]);
        }
        if started.elapsed() > patience {
            return Err(wrong);
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

async fn look(hub: &Hub, happened: &Happened, options: &Options) -> Result<Vec<String>> {
    let orders: Vec<Order> = hub.admin.orders().await?;
    let claims: Vec<Value> = hub.admin.all("/api/v1/claims", "claims").await?;
    let inquiries: Vec<Value> = hub.admin.all("/api/v1/inquiries", "inquiries").await?;
    let truth: Truth = truth::read(hub, happened)
        .await
        .context("the sandbox's orders cannot be read")?;
    let known = Known {
        orders,
        claims,
        inquiries,
    };
    let mut wrong = judge::compare(&truth, &known);
    // A long outage leaves gaps until what it kept back was read twice.
    if options.outage > 0 {
        let gaps = outages::gaps(hub).await?;
        wrong.extend(gaps.iter().map(|gap| format!("still a gap: {gap:?}")));
    }
    Ok(wrong)
}
