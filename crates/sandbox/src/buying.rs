//! What happens by itself: people buy, lists catch up, carriers scan and deliver.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::journal::JournalError;
use crate::shared::Shared;
use crate::smartstore;
use crate::store::Store;
use crate::world::{Fact, InquiryEvent, Order, ParcelStatus, Purchase, Wish};

/// How many facts one round may make, so that nobody waits long for the store.
const ROUND: usize = 200;
/// How long the worker sleeps when nothing is due.
const IDLE: Duration = Duration::from_millis(500);

/// Lets things happen until told to stop.
pub async fn run(shared: Shared, stop: CancellationToken) {
    let mut next_order: Option<Instant> = None;
    while !stop.is_cancelled() {
        let rate = shared.settings().orders_per_second;
        let now = Instant::now();
        let mut failed = false;
        if rate > 0.0 {
            let gap = Duration::from_secs_f64(1.0 / rate);
            let mut due = next_order.unwrap_or(now + gap).min(now + gap);
            let mut orders = 0;
            while due <= now && orders < ROUND {
                due += gap;
                orders += 1;
            }
            if orders > 0 {
                failed |= report(buy(&shared, orders));
            }
            next_order = Some(due);
        } else {
            next_order = None;
        }
        let (events, soonest) = match catch_up(&shared) {
            Ok(done) => done,
            Err(error) => {
                failed |= report(Err(error));
                (0, None)
            }
        };
        if events >= ROUND && !failed {
            tokio::task::yield_now().await;
            continue;
        }
        let mut sleep = IDLE;
        if let Some(due) = next_order {
            sleep = sleep.min(due.saturating_duration_since(Instant::now()));
        }
        if let Some(soonest) = soonest {
            sleep = sleep.min(
                (soonest - shared.clock.world())
                    .to_std()
                    .unwrap_or_default(),
            );
        }
        // A journal that cannot be written is not tried in a hot loop.
        let sleep = if failed {
            Duration::from_secs(1)
        } else {
            sleep
        };
        tokio::select! {
            () = tokio::time::sleep(sleep) => {}
            () = shared.wake.notified() => {}
            () = stop.cancelled() => {}
        }
    }
}

fn report(result: Result<(), JournalError>) -> bool {
    if let Err(error) = &result {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "the sandbox cannot write its journal"
        );
    }
    result.is_err()
}

fn buy(shared: &Shared, orders: usize) -> Result<(), JournalError> {
    let settings = shared.settings();
    let mut store = shared.store();
    let accounts = store.world.accounts().len() as u64;
    let purchases: Vec<Purchase> = (0..orders as u64)
        .map(|step| Purchase {
            account: u32::try_from((store.world.order_count() + step) % accounts.max(1))
                .unwrap_or(0),
            wish: Wish::Mixed,
            lines: None,
            now: shared.clock.world(),
            visibility_delay: settings.visibility_delay,
        })
        .collect();
    place(&mut store, shared.clock.real(), &purchases).map(drop)
}

/// Places orders, and shows at once those that need no waiting.
pub fn place(
    store: &mut Store,
    at: DateTime<Utc>,
    purchases: &[Purchase],
) -> Result<Vec<Order>, JournalError> {
    let mut facts = Vec::with_capacity(purchases.len() * 2);
    let mut orders = Vec::with_capacity(purchases.len());
    for (number, purchase) in (store.world.order_count()..).zip(purchases) {
        let (order, parcels) = store.world.draft(number, *purchase);
        orders.push(order.clone());
        let (id, visible) = (order.id, order.visible_at <= purchase.now);
        facts.push(Fact::OrderPlaced {
            order: Box::new(order),
            parcels,
        });
        if visible {
            facts.push(Fact::OrderVisible { order: id });
        }
    }
    store.record(at, &facts)?;
    Ok(orders)
}

/// Records what became true by time alone. Answers how much that was, and when the next of it is due.
fn catch_up(shared: &Shared) -> Result<(usize, Option<DateTime<Utc>>), JournalError> {
    let settings = shared.settings();
    let now = shared.clock.world();
    let before = |delay: Duration| now - TimeDelta::from_std(delay).unwrap_or_default();
    let mut store = shared.store();
    let (visible, soonest) = store.world.newly_visible(now, ROUND);
    let mut facts: Vec<Fact> = visible
        .into_iter()
        .map(|order| Fact::OrderVisible { order })
        .collect();
    let scanned =
        store
            .world
            .travelling(ParcelStatus::Departure, before(settings.scan_after), ROUND);
    facts.extend(
        scanned
            .into_iter()
            .map(|parcel| Fact::InTransit { parcel, at: now }),
    );
    let delivered = store.world.travelling(
        ParcelStatus::Delivering,
        before(settings.deliver_after),
        ROUND,
    );
    facts.extend(
        delivered
            .into_iter()
            .map(|parcel| Fact::Delivered { parcel, at: now }),
    );
    let (lapsed, next_lapse) = store.world.lapsing(now, ROUND);
    facts.extend(lapsed.into_iter().map(|counsel| Fact::Inquiry {
        event: InquiryEvent::CounselLapsed { counsel, at: now },
    }));
    facts.extend(smartstore::buying::due(&store, settings, now, ROUND));
    store.record(shared.clock.real(), &facts)?;
    let soonest = [soonest, next_lapse].into_iter().flatten().min();
    Ok((facts.len(), soonest))
}
