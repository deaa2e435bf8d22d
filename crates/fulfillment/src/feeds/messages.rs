//! notification's topic "messages".

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use moa_id::{EntitlementId, MerchantId, OrderId};
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::notification::v1 as pb;
use sqlx::PgConnection;

use super::malformed;
use crate::app::App;
use crate::store::planning_queue;

/// The template whose delivery matters here; its subject is the entitlement.
const ACTIVATION_LINK: &str = "activation_link";

/// Applies confirmed deliveries of activation links.
pub struct MessagesFeed(pub Arc<App>);

#[async_trait]
impl FeedHandler for MessagesFeed {
    async fn apply(
        &self,
        conn: &mut PgConnection,
        events: &[FeedEvent],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut to_plan: BTreeMap<MerchantId, BTreeSet<OrderId>> = BTreeMap::new();
        for event in events {
            let Some(delivered) = event.decode::<pb::MessageDelivered>() else {
                continue;
            };
            let delivered = delivered.map_err(|error| malformed("notification", event, error))?;
            if delivered.template != ACTIVATION_LINK {
                continue;
            }
            let entitlement_id: EntitlementId = delivered
                .subject_id
                .parse()
                .map_err(|error| malformed("notification", event, error))?;
            let order_id = self
                .0
                .apply_link_sent(
                    &mut *conn,
                    event.merchant_id,
                    entitlement_id,
                    event.occurred_at,
                )
                .await?;
            to_plan
                .entry(event.merchant_id)
                .or_default()
                .extend(order_id);
        }
        for (merchant_id, order_ids) in to_plan {
            let order_ids: Vec<OrderId> = order_ids.into_iter().collect();
            let now = self.0.clock.now();
            planning_queue::push(&mut *conn, merchant_id, &order_ids, now).await?;
        }
        Ok(())
    }

    fn after_commit(&self) {
        self.0.wake();
    }
}
