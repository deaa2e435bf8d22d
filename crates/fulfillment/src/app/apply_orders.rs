//! Takes over what order-sync told us. What speaks against shipping is acted on in the same transaction; everything
//! that needs another service is left to the planner.

use std::collections::BTreeMap;

use moa_id::{MerchantId, OrderId};
use sqlx::PgConnection;

use super::App;
use crate::Error;
use crate::domain::order::OrderSnapshot;
use crate::store::{orders, planning_queue};

impl App {
    /// Applies snapshots of one merchant's orders in the caller's transaction. Old news change nothing.
    #[tracing::instrument(name = "fulfillment.apply_orders", skip_all, fields(orders = snapshots.len()))]
    pub async fn apply_orders(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        snapshots: Vec<OrderSnapshot>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let newest = newest_of_each(snapshots);
        let applied = orders::mirror(&mut *conn, merchant_id, &newest, now).await?;
        let objected: Vec<OrderId> = newest
            .iter()
            .filter(|order| applied.contains(&order.order_id))
            .filter(|order| may_speak_against_a_parcel(order))
            .map(|order| order.order_id)
            .collect();
        if !objected.is_empty() {
            self.object(&mut *conn, merchant_id, &objected, now).await?;
        }
        let erased: Vec<OrderId> = newest
            .iter()
            .filter(|order| order.contact_erased && applied.contains(&order.order_id))
            .map(|order| order.order_id)
            .collect();
        if !erased.is_empty() {
            self.erase_words_of_orders(&mut *conn, merchant_id, &erased)
                .await?;
        }
        planning_queue::push(conn, merchant_id, &applied, now).await?;
        Ok(())
    }
}

/// Whether a parcel of it may have to be stopped; what was packed decides that. Of a line that was cancelled in part more
/// may be packed than remains, and a contact of a later version may be another receiver than a parcel was packed for.
fn may_speak_against_a_parcel(order: &OrderSnapshot) -> bool {
    let mut lines = order.lines.iter();
    order.receiver.contact_version > 1
        || lines.any(|line| line.cancelled_quantity > 0 || line.objection(0).is_some())
}

/// A batch may tell of one order several times, and not in the order of its versions.
fn newest_of_each(snapshots: Vec<OrderSnapshot>) -> Vec<OrderSnapshot> {
    let mut newest: BTreeMap<OrderId, OrderSnapshot> = BTreeMap::new();
    for snapshot in snapshots {
        let is_older = newest
            .get(&snapshot.order_id)
            .is_some_and(|known| known.version >= snapshot.version);
        if !is_older {
            newest.insert(snapshot.order_id, snapshot);
        }
    }
    newest.into_values().collect()
}
