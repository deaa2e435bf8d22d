//! The hub is killed at work, again and again, and nothing is lost or done twice.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use e2e::{
    Admin, Answer, Effect, Hub, HubOptions, Look, NewShipment, Order, Problem, Shipment, Verdict,
    Within, until,
};
use moa_service::Env;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

/// Chooses the moments, unless `MOA_E2E_SEED` does; any other one must do as well.
const SEED: u64 = 20;
const KILLS: usize = 3;
const PHYSICAL: usize = 5;
const DIGITAL: usize = 3;
/// A killed holder's leases end within 17 s for a seller, and within 15 s for effects that were being looked at; an outcome
/// that was lost while it was sent is settled later.
const SETTLED: Duration = Duration::from_secs(300);

/// How long an unclear outcome is left alone before it is looked for.
const QUARANTINE: Duration = Duration::from_secs(120);

/// What an answer that was lost with the hub may leave behind.
#[derive(Debug, Clone, Copy)]
enum Unclear {
    /// Effects whose outcome nobody knows yet.
    MayRemain,
    /// Nothing, once all were looked for.
    IsLookedFor,
}

/// How far a wave of orders has come when the hub is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    OnTheBoard(usize),
    Acknowledged(u64),
    MessagesSent(u64),
    Dispatched(u64),
}

#[tokio::test]
async fn a_hub_that_is_killed_at_work_loses_nothing_and_does_nothing_twice() -> Result<()> {
    let within = Within(
        SETTLED,
        "every order is dispatched or its outcome is being looked for",
    );
    story(within, Unclear::MayRemain).await
}

#[tokio::test]
#[ignore = "takes some minutes: an outcome that was lost with the hub is not looked for before two have passed"]
async fn an_outcome_that_was_lost_with_the_hub_is_found() -> Result<()> {
    let within = Within(
        2 * SETTLED + QUARANTINE,
        "every order is dispatched and every outcome known",
    );
    story(within, Unclear::IsLookedFor).await
}

async fn story(within: Within<'_>, unclear: Unclear) -> Result<()> {
    let mut hub =
        Hub::start(HubOptions::default().with("MOA_FULFILLMENT_PROBE_SECONDS", 1)).await?;
    let mut placed = HashSet::new();
    let seed = Env::from_process()
        .get("MOA_E2E_SEED")
        .map_or(Ok(SEED), str::parse)?;
    let started = Instant::now();
    for (round, moment) in moments(seed).into_iter().enumerate() {
        let before = hub.sandbox.verdict().await?;
        for (kind, count) in [("physical", PHYSICAL), ("digital", DIGITAL)] {
            let orders = hub.sandbox.place_orders(kind, count).await?;
            placed.extend(orders.into_iter().map(|order| order.channel_order_id));
        }
        tokio::select! {
            reached = until_reached(&hub, moment, before, placed.len()) => reached?,
            failed = work_on(&hub.admin) => failed?,
        }
        println!(
            "seed {seed}, {:.0?}: killed at {moment:?}",
            started.elapsed()
        );
        hub.kill_9()?;
        let postmaster = hub.cluster().postmaster();
        ensure!(postmaster.is_some(), "PostgreSQL must outlive its hub");
        hub.restart().await?;
        assert_eq!(
            hub.cluster().postmaster(),
            postmaster,
            "the surviving server is the one in use"
        );
        let adopted = hub.process.log()?.matches("is adopted").count();
        assert_eq!(
            adopted,
            round + 1,
            "the adoption is told{}",
            hub.process.log_end()
        );
    }

    tokio::select! {
        settled = hub.until(within, async |hub| settled(hub, &placed, unclear).await) => settled?,
        failed = work_on(&hub.admin) => failed?,
    }

    let unknown = hub
        .admin
        .effects()
        .await?
        .iter()
        .filter(|effect| effect.state == "UNKNOWN")
        .count();
    println!(
        "{:.0?}: settled, {unknown} outcomes are being looked for",
        started.elapsed()
    );
    let verdict = hub.sandbox.verdict().await?;
    assert_eq!(verdict.orders_placed, placed.len() as u64);
    assert!(verdict.is_clean(), "{verdict:?}");
    let messages = hub.sandbox.seen("message_accepted").await?;
    let texts: HashSet<String> = messages
        .iter()
        .map(|message| message.detail["text"].to_string())
        .collect();
    assert_eq!(texts.len(), messages.len(), "each link was sent once");
    assert!(messages.len() <= KILLS * DIGITAL);
    Ok(())
}

/// One moment of each kind, in an order and at a count that the seed decides.
fn moments(seed: u64) -> Vec<Moment> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut all = vec![
        Moment::OnTheBoard(random.random_range(1..=PHYSICAL)),
        Moment::Acknowledged(random.random_range(1..=PHYSICAL as u64)),
        Moment::MessagesSent(random.random_range(1..=DIGITAL as u64)),
        Moment::Dispatched(random.random_range(1..=PHYSICAL as u64)),
    ];
    all.shuffle(&mut random);
    all.truncate(KILLS);
    all
}

async fn until_reached(hub: &Hub, moment: Moment, before: Verdict, placed: usize) -> Result<()> {
    let earlier = placed - PHYSICAL - DIGITAL;
    let within = Within(SETTLED, "the moment to kill the hub has come");
    hub.until(within, async |hub| {
        let now = hub.sandbox.verdict().await?;
        let reached = match moment {
            Moment::OnTheBoard(count) => hub.admin.orders().await?.len() >= earlier + count,
            Moment::Acknowledged(count) => {
                now.orders_acknowledged >= before.orders_acknowledged + count
            }
            Moment::MessagesSent(count) => {
                now.messages_accepted >= before.messages_accepted + count
            }
            Moment::Dispatched(count) => {
                now.dispatches_accepted >= before.dispatches_accepted + count
            }
        };
        Ok(Look::holds(reached, || {
            format!("{moment:?} after {before:?}: {now:?}")
        }))
    })
    .await
}

/// The merchant's work, for ever: packs and sends off whatever is acknowledged. Ends only when something is wrong.
async fn work_on(admin: &Admin) -> Result<()> {
    until(Within(Duration::MAX, "nobody asks for more"), async || {
        for order in admin.orders().await? {
            let is_physical = order
                .lines
                .iter()
                .all(|line| line.kind.as_deref() == Some("PHYSICAL"));
            if is_physical
                && order.state == "ACKNOWLEDGED"
                && order.shipment_state.as_deref().is_none_or(|s| s == "READY")
            {
                send_off(admin, &order).await?;
            }
        }
        Ok(Look::NotYet(String::new()))
    })
    .await
}

/// Under keys, so that a request whose answer was lost with the hub can be made again.
async fn send_off(admin: &Admin, order: &Order) -> Result<()> {
    let id = &order.channel_order_id;
    let number = id.chars().filter(char::is_ascii_digit).collect::<String>();
    let number = format!("{:0>12}", &number[number.len().saturating_sub(12)..]);
    let new = NewShipment {
        order,
        carrier: "CJ_LOGISTICS",
        tracking_number: &number,
    };
    let packed = admin
        .post_once(&format!("pack-{id}"), "/api/v1/shipments", &new.body())
        .await?;
    let Some(packed) = unless_too_early(packed)? else {
        return Ok(());
    };
    let shipment: Shipment = packed.ok()?;
    let path = format!("/api/v1/shipments/{}/dispatch", shipment.id);
    let sent = admin
        .post_once(&format!("send-{id}"), &path, &json!({}))
        .await?;
    unless_too_early(sent)?;
    Ok(())
}

/// The gateway remembers for a minute that a request with this key was under way when the hub died.
fn unless_too_early(answer: Answer) -> Result<Option<Answer>> {
    if answer.status.is_success() {
        return Ok(Some(answer));
    }
    let problem: Problem = answer.problem()?;
    let later = ["IDEMPOTENCY_KEY_IN_PROGRESS", "SERVICE_UNAVAILABLE"];
    ensure!(
        later.contains(&problem.reason.as_str()),
        "refused: {problem:?}"
    );
    Ok(None)
}

/// Every order is on the board once, and has left; or an answer was lost with the hub, and Moa says so.
async fn settled(hub: &Hub, placed: &HashSet<String>, unclear: Unclear) -> Result<Look<()>> {
    let orders = hub.admin.orders().await?;
    let ids: HashSet<&String> = orders.iter().map(|order| &order.channel_order_id).collect();
    ensure!(
        ids.len() == orders.len(),
        "an order stands on the board twice"
    );
    if !placed.iter().all(|id| ids.contains(id)) {
        return Ok(Look::NotYet(format!(
            "{} of {} orders are on the board",
            ids.len(),
            placed.len()
        )));
    }
    let effects = hub.admin.effects().await?;
    let is_settled = |order: &&Order| match unclear {
        Unclear::MayRemain => order.state == "DISPATCHED" || waits_for_an_outcome(order, &effects),
        Unclear::IsLookedFor => {
            order.state == "DISPATCHED"
                && of(order, &effects).all(|effect| effect.state == "CONFIRMED")
        }
    };
    let mut open = orders
        .iter()
        .filter(|order| !is_settled(order))
        .map(|order| describe(order, &effects));
    let first = open.next();
    Ok(Look::holds(first.is_none(), || {
        first.into_iter().chain(open).collect::<Vec<_>>().join("\n")
    }))
}

/// Whether the very next step of an order is one whose answer was lost.
fn waits_for_an_outcome(order: &Order, effects: &[Effect]) -> bool {
    let is_digital = order
        .lines
        .iter()
        .any(|line| line.kind.as_deref() == Some("DIGITAL"));
    of(order, effects)
        .filter(|effect| effect.state == "UNKNOWN")
        .any(|effect| match effect.kind.as_str() {
            "ACKNOWLEDGE" => order.state == "PLACED",
            "MESSAGE" => is_digital,
            kind => kind == "DISPATCH",
        })
}

fn of<'a>(order: &'a Order, effects: &'a [Effect]) -> impl Iterator<Item = &'a Effect> {
    effects
        .iter()
        .filter(|effect| effect.order_id.as_ref() == Some(&order.id))
}

fn describe(order: &Order, effects: &[Effect]) -> String {
    let effects: Vec<String> = of(order, effects)
        .map(|effect| format!("{} {} {:?}", effect.kind, effect.state, effect.reason))
        .collect();
    format!(
        "{} {} {:?}: {}",
        order.channel_order_id,
        order.state,
        order.shipment_state,
        effects.join(", ")
    )
}
