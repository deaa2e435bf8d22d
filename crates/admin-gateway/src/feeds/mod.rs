//! What the board hears of other services. Each feed has a handler; a handler applies hundreds of events in a few
//! statements, inside the transaction that moves the cursor.
//!
//! Rows are replaced by higher versions only. Timeline entries are facts with keys of their own, so an event that comes
//! late adds its entry though its row is skipped.

mod entitlements;
mod listings;
mod messages;
mod orders;
mod parcels;
mod shipments;

use std::collections::HashMap;
use std::sync::Arc;

use moa_outbox::{FeedConsumer, FeedEvent, FeedHandler};
use moa_service::{BoxError, ClientFactory, ServiceName};
use prost::{Message, Name};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::SCHEMA;
use crate::app::board_changes::{BoardChanges, PendingChanges};
use crate::domain::timeline::{Params, TimelineKind};
use crate::store::timeline::NewEntry;

pub use entitlements::EntitlementsFeed;
pub use listings::ListingsFeed;
pub use messages::MessagesFeed;
pub use orders::OrdersFeed;
pub use parcels::ParcelsFeed;
pub use shipments::ShipmentsFeed;

/// Follows every feed until cancelled.
pub async fn follow(
    pool: &PgPool,
    changes: &BoardChanges,
    clients: &ClientFactory,
    cancel: &CancellationToken,
) {
    let follow = |consumer, topic, source, handler: Arc<dyn FeedHandler>| {
        let channel = clients.channel(source);
        FeedConsumer::new(pool.clone(), SCHEMA, consumer, topic, channel, handler)
            .run(cancel.clone())
    };
    let pending = || PendingChanges::new(changes.clone());
    tokio::join!(
        follow(
            "admin_gateway.orders",
            "orders",
            ServiceName::OrderSync,
            Arc::new(OrdersFeed::new(pending())),
        ),
        follow(
            "admin_gateway.shipments",
            "shipments",
            ServiceName::Fulfillment,
            Arc::new(ShipmentsFeed::new(pending())),
        ),
        follow(
            "admin_gateway.parcels",
            "parcels",
            ServiceName::Fulfillment,
            Arc::new(ParcelsFeed::new(pending())),
        ),
        follow(
            "admin_gateway.entitlements",
            "entitlements",
            ServiceName::Fulfillment,
            Arc::new(EntitlementsFeed::new(pending())),
        ),
        follow(
            "admin_gateway.listings",
            "listings",
            ServiceName::Catalog,
            Arc::new(ListingsFeed),
        ),
        follow(
            "admin_gateway.messages",
            "messages",
            ServiceName::Notification,
            Arc::new(MessagesFeed::new(pending())),
        ),
    );
}

/// The payload when it is an `M`.
fn payload<M: Message + Name + Default>(event: &FeedEvent) -> Result<Option<M>, BoxError> {
    Ok(event.decode::<M>().transpose()?)
}

/// Of rows about the same thing, the newest: a statement must not meet one row twice.
fn newest<K: std::hash::Hash + Eq, R>(
    rows: impl IntoIterator<Item = R>,
    key: impl Fn(&R) -> K,
    version: impl Fn(&R) -> i64,
) -> Vec<R> {
    let mut newest: HashMap<K, R> = HashMap::new();
    for row in rows {
        let key = key(&row);
        match newest.get(&key) {
            Some(held) if version(held) >= version(&row) => {}
            _ => {
                newest.insert(key, row);
            }
        }
    }
    newest.into_values().collect()
}

/// Makes the timeline entries of one event.
struct Entries<'a> {
    event: &'a FeedEvent,
    made: Vec<NewEntry>,
}

impl<'a> Entries<'a> {
    fn of(event: &'a FeedEvent) -> Self {
        Self {
            event,
            made: Vec::new(),
        }
    }

    fn add(&mut self, order_id: Uuid, key: String, kind: TimelineKind, params: &[(&str, &str)]) {
        self.add_at(self.event.occurred_at, order_id, key, kind, params);
    }

    fn add_at(
        &mut self,
        at: chrono::DateTime<chrono::Utc>,
        order_id: Uuid,
        key: String,
        kind: TimelineKind,
        params: &[(&str, &str)],
    ) {
        let params: Params = params
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        self.made.push(NewEntry {
            merchant_id: self.event.merchant_id.as_uuid(),
            order_id,
            entry_key: key,
            at,
            kind,
            params,
        });
    }
}

/// The word of a contract's enum without its prefix: `ORDER_STATE_PLACED` is `PLACED`; what is not known here,
/// `UNRECOGNIZED`.
fn word(name: &str, prefix: &str) -> String {
    match name.strip_prefix(prefix) {
        Some("UNSPECIFIED") | None => "UNRECOGNIZED".to_owned(),
        Some(word) => word.to_owned(),
    }
}
