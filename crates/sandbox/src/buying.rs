//! What happens by itself: people buy, lists catch up, carriers scan and deliver.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::journal::JournalError;
use crate::shared::Shared;
use crate::smartstore;
use crate::store::Store;
use crate::world::{Channel, Fact, InquiryEvent, Order, ParcelStatus, Purchase, Wish};

/// How many facts one round may make, so that nobody waits long for the store.
const ROUND: usize = 200;
/// How long the worker sleeps when nothing is due.
const IDLE: Duration = Duration::from_millis(500);

/// Lets things happen until told to stop.
pub async fn run(shared: Shared, stop: CancellationToken) {
    let (mut trickle, mut smartstore_trickle) = (Trickle::default(), Trickle::default());
    while !stop.is_cancelled() {
        let settings = shared.settings();
        let now = Instant::now();
        let mut failed = false;
        let orders = trickle.due(settings.orders_per_second, now);
        if orders > 0 {
            failed |= report(buy(&shared, orders));
        }
        let orders = smartstore_trickle.due(settings.smartstore_orders_per_second, now);
        if orders > 0 {
            failed |= report(smartstore::buying::buy(&shared, orders));
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
        for due in [trickle.next, smartstore_trickle.next]
            .into_iter()
            .flatten()
        {
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

/// Orders at an even pace.
#[derive(Debug, Default)]
struct Trickle {
    next: Option<Instant>,
}

impl Trickle {
    /// How many orders are due, at so many a second; more than a round's worth wait for the next one.
    fn due(&mut self, rate: f64, now: Instant) -> usize {
        if rate <= 0.0 {
            self.next = None;
            return 0;
        }
        let gap = Duration::from_secs_f64(1.0 / rate);
        let mut due = self.next.unwrap_or(now + gap).min(now + gap);
        let mut orders = 0;
        while due <= now && orders < ROUND {
            due += gap;
            orders += 1;
        }
        self.next = Some(due);
        orders
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
            visibility_delay: settings.visibility_delay
                + shared.faults.late_arrival(Channel::Coupang),
        })
        .collect();
    let placed = place(&mut store, shared.clock.real(), &purchases)?;
    if placed.is_empty() && !purchases.is_empty() && !shared.sold_out.swap(true, Ordering::Relaxed)
    {
        tracing::warn!("nobody can buy at Coupang any more: everything is sold out or not on sale");
    } else if !placed.is_empty() {
        shared.sold_out.store(false, Ordering::Relaxed);
    }
    Ok(())
}

/// Places orders, and shows at once those that need no waiting. Who finds everything sold out buys nothing.
pub fn place(
    store: &mut Store,
    at: DateTime<Utc>,
    purchases: &[Purchase],
) -> Result<Vec<Order>, JournalError> {
    let mut facts = Vec::with_capacity(purchases.len() * 2);
    let mut orders = Vec::with_capacity(purchases.len());
    let mut number = store.world.order_count();
    let mut taken = HashMap::new();
    for purchase in purchases {
        let (order, parcels) = store.world.draft_after(number, *purchase, &mut taken);
        if parcels.is_empty() {
            continue;
        }
        number += 1;
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
    facts.extend(smartstore::buying::due(
        &store,
        settings,
        &shared.smartstore.rules(),
        now,
        ROUND,
    ));
    store.record(shared.clock.real(), &facts)?;
    let soonest = [soonest, next_lapse].into_iter().flatten().min();
    Ok((facts.len(), soonest))
}
