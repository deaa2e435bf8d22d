//! Forgets whom messages reached, with the contact of their order.

use moa_id::{MerchantId, OrderId};
use sqlx::PgConnection;

use crate::app::App;
use crate::effects::traces::RECIPIENT;
use crate::error::Error;
use crate::store::messages;

impl App {
    /// Forgets the keyed hashes of the recipients of these orders' messages, in the transaction that learnt of the
    /// erasure: with the key at hand a phone number is found by trying all. That the messages were sent stays.
    pub(crate) async fn forget_recipients(
        &self,
        conn: &mut PgConnection,
        merchant_id: MerchantId,
        order_ids: &[OrderId],
    ) -> Result<(), Error> {
        let effects = messages::effects_of_orders(&mut *conn, merchant_id, order_ids).await?;
        if effects.is_empty() {
            return Ok(());
        }
        // Effects before messages, as whoever settles them locks them.
        self.ledger
            .forget_evidence(&mut *conn, merchant_id, &effects, RECIPIENT)
            .await?;
        messages::forget_recipients(conn, merchant_id, &effects).await
    }
}
