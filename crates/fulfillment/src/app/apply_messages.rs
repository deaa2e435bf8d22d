//! A message with an activation link reached its receiver.

use chrono::{DateTime, Utc};
use moa_id::{EntitlementId, MerchantId, OrderId};
use sqlx::PgConnection;

use super::App;
use crate::domain::Outcome;
use crate::domain::entitlement::TOKEN_KEPT_AFTER_DELIVERY;
use crate::store::entitlements;
use crate::{Error, events};

impl App {
    /// Records the delivery in the caller's transaction. Answers the order that the planner is to look at, so that it
    /// tells the channel: the caller puts it into the queue, after everything else. An entitlement that we do not know
    /// changes nothing.
    #[tracing::instrument(name = "fulfillment.apply_link_sent", skip_all, fields(entitlement.id = %entitlement_id))]
    pub async fn apply_link_sent(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        entitlement_id: EntitlementId,
        delivered_at: DateTime<Utc>,
    ) -> Result<Option<OrderId>, Error> {
        let now = self.clock.now();
        let Some(mut entitlement) =
            entitlements::lock(&mut *conn, merchant_id, entitlement_id).await?
        else {
            tracing::warn!(
                "a link was delivered for entitlement {entitlement_id}, which is not known here"
            );
            return Ok(None);
        };
        if entitlement.link_sent(delivered_at) == Outcome::AlreadyApplied {
            return Ok(None);
        }
        entitlements::save(&mut *conn, &mut entitlement, now).await?;
        let until = delivered_at + TOKEN_KEPT_AFTER_DELIVERY;
        entitlements::let_token_go(&mut *conn, merchant_id, entitlement_id, until).await?;
        self.outbox
            .push_all(
                &mut *conn,
                &[events::entitlement_changed(&self.ids, &entitlement, now)],
            )
            .await?;
        Ok(Some(entitlement.order_id))
    }
}
