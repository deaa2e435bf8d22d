//! fulfillment's `entitlements`: a digital product may be delivered, or not any more.

use std::sync::Arc;

use async_trait::async_trait;
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::fulfillment::v1 as pb;
use moa_service::BoxError;
use sqlx::PgConnection;

use crate::app::{App, GrantedEntitlement};

/// Plans links, and stops those of revoked entitlements.
pub(crate) struct EntitlementsFeed(pub(crate) Arc<App>);

#[async_trait]
impl FeedHandler for EntitlementsFeed {
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        let mut granted = Vec::new();
        let mut revoked = Vec::new();
        for event in events {
            if let Some(message) = event.decode::<pb::EntitlementGranted>() {
                let entitlement = message?
                    .entitlement
                    .ok_or("an EntitlementGranted without entitlement")?;
                granted.push(GrantedEntitlement {
                    merchant_id: event.merchant_id,
                    entitlement_id: entitlement.entitlement_id.parse()?,
                    order_id: entitlement.order_id.parse()?,
                });
            } else if let Some(message) = event.decode::<pb::EntitlementChanged>() {
                let entitlement = message?
                    .entitlement
                    .ok_or("an EntitlementChanged without entitlement")?;
                if entitlement.state() == pb::EntitlementState::Revoked {
                    revoked.push((event.merchant_id, entitlement.entitlement_id.parse()?));
                }
            }
        }
        self.0.plan_links(&mut *conn, &granted).await?;
        for (merchant_id, entitlement_id) in revoked {
            self.0
                .revoke_link(&mut *conn, merchant_id, entitlement_id)
                .await?;
        }
        Ok(())
    }

    fn after_commit(&self) {
        self.0.wake();
    }
}
