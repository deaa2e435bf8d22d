//! The hub is killed at work, again and again, and nothing is lost or done twice.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{
    Admin, Answer, Effect, Hub, HubOptions, Look, NewShipment, Order, Problem, Shipment, Verdict,
    Within, until,
};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

/// Chooses the moments; any other one must do as well.
const SEED: u64 = 20;
const KILLS: usize = 3;
const PHYSICAL: usize = 5;
const DIGITAL: usize = 3;
/// A killed holder's leases end on the next start (17 s for a seller), those of its effects after a minute.
const SETTLED: Duration = Duration::from_secs(180);

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
    let mut hub = Hub::start(HubOptions::default()).await?;
    let mut placed = HashSet::new();
    for (round, moment) in moments().into_iter().enumerate() {
        let before = hub.sandbox.verdict().await?;
        for (kind, count) in [("physical", PHYSICAL), ("digital", DIGITAL)] {
            let orders = hub.sandbox.place_orders(kind, count).await?;
            placed.extend(orders.into_iter().map(|order| order.channel_order_id));
        }
        tokio::select! {
            reached = until_reached(&hub, moment, before, placed.len()) => reached?,
            failed = work_on(&hub.admin) => failed?,
        }
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

    let within = Within(
        SETTLED,
        "every order is dispatched or its outcome is being looked for",
    );
    tokio::select! {
        settled = hub.until(within, async |hub| settled(hub, &placed).await) => settled?,
        failed = work_on(&hub.admin) => failed?,
    }

    let verdict = hub.sandbox.verdict().await?;
    assert_eq!(verdict.orders_placed, placed.len() as u64);
    assert!(verdict.is_clean(), "seed {SEED}: {verdict:?}");
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
fn moments() -> Vec<Moment> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
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

/// Every order is on the board once, and has left; or an answer was lost with the hub, and Moa says so and looks for it.
async fn settled(hub: &Hub, placed: &HashSet<String>) -> Result<Look<()>> {
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
    let open: Vec<String> = orders
        .iter()
        .filter(|order| order.state != "DISPATCHED" && !is_looked_for(order, &effects))
        .map(|order| describe(order, &effects))
        .collect();
    Ok(Look::holds(open.is_empty(), || open.join("\n")))
}

fn is_looked_for(order: &Order, effects: &[Effect]) -> bool {
    let is_digital = order
        .lines
        .iter()
        .any(|line| line.kind.as_deref() == Some("DIGITAL"));
    of(order, effects)
        .any(|effect| effect.state == "UNKNOWN" && (effect.service == "fulfillment" || is_digital))
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
