//! Why the lines of an order have not shipped.

use moa_id::{MerchantId, OrderId};

use super::App;
use super::plan_orders::load_facts;
use crate::Error;
use crate::domain::explain::{Explanation, explain};
use crate::store::shipments;

impl App {
    /// One current blocker for every line that has not shipped.
    #[tracing::instrument(name = "fulfillment.explain_order", skip_all, fields(order.id = %order_id))]
    pub async fn explain_order(
        &self,
        merchant_id: MerchantId,
        order_id: OrderId,
    ) -> Result<Vec<Explanation>, Error> {
        let mut tx = moa_service::begin(&self.db).await?;
        // One snapshot for all reads: facts of different moments could contradict each other.
        sqlx::query!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            .execute(&mut *tx)
            .await?;
        let facts = load_facts(&mut tx, merchant_id, &[order_id]).await?.pop();
        let facts = facts.ok_or(Error::OrderNotFound(order_id))?;
        let ids = shipments::living_of_orders(&mut tx, merchant_id, &[order_id]).await?;
        let shipments = shipments::load(&mut tx, merchant_id, &ids).await?;
        tx.commit().await?;
        Ok(explain(&facts, &shipments))
    }
}
