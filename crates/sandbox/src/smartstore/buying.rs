//! What happens by itself at SmartStore: people buy, parcels arrive.

use chrono::{DateTime, TimeDelta, Utc};

use super::rules::Rules;
use super::world::{Order, Shopping, SmartFact, What, draft};
use crate::journal::JournalError;
use crate::settings::Settings;
use crate::store::Store;
use crate::world::Fact;

/// Places orders one by one, since each takes from the stock the next one finds. Fewer come back when goods run out.
pub fn place(
    store: &mut Store,
    at: DateTime<Utc>,
    shoppings: &[Shopping],
    rules: &Rules,
) -> Result<Vec<Order>, JournalError> {
    let mut orders = Vec::with_capacity(shoppings.len());
    for shopping in shoppings {
        let Some((order, product_orders)) = draft(&store.world, *shopping) else {
            continue;
        };
        let late = TimeDelta::seconds(rules.feed_delay_seconds.into());
        let moment = SmartFact::moment(shopping.purchase.now);
        let listed = product_orders.first().map_or(moment, |row| row.visible_at);
        let fact = SmartFact {
            at: moment,
            visible_at: listed.max(moment + late),
            what: What::Placed {
                order: order.clone(),
                product_orders,
            },
        };
        store.record(
            at,
            &[Fact::SmartStore {
                fact: Box::new(fact),
            }],
        )?;
        orders.push(order);
    }
    Ok(orders)
}

/// What became true by time alone.
pub fn due(store: &Store, settings: Settings, now: DateTime<Utc>, limit: usize) -> Vec<Fact> {
    let before = |delay| now - TimeDelta::from_std(delay).unwrap_or_default();
    let arrived = store
        .world
        .smartstore
        .travelling(before(settings.deliver_after), limit);
    arrived
        .into_iter()
        .map(|product_order| SmartFact::of(now, What::Delivered { product_order }))
        .collect()
}
