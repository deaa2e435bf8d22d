use moa_effects::BlockSelector;
use moa_id::{EntitlementId, MerchantId};
use sqlx::PgConnection;

use crate::app::App;
use crate::domain::Outcome;
use crate::error::Error;
use crate::events;
use crate::store::messages;

const REASON: &str = "ENTITLEMENT_REVOKED";

impl App {
    /// Stops the link of an entitlement that was taken back, unless it has left already.
    pub(crate) async fn revoke_link(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        entitlement_id: EntitlementId,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let selector = BlockSelector::Subject(entitlement_id.as_uuid());
        let detail = "the order was cancelled before the link was sent";
        let blocked = self
            .ledger
            .block_pending(&mut *conn, merchant_id, selector, REASON, detail)
            .await?;
        if blocked.is_empty() {
            return Ok(());
        }
        let mut told = Vec::new();
        for mut message in messages::lock_by_effects(&mut *conn, merchant_id, &blocked).await? {
            if message.fail(REASON) == Outcome::Applied {
                messages::save(&mut *conn, &message, now).await?;
                told.push(events::message_failed(&self.ids, &message, now));
            }
        }
        self.outbox.push_all(conn, &told).await?;
        Ok(())
    }
}
