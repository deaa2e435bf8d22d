//! Finding orders by whom they are of.

use moa_id::OrderId;
use moa_proto::moa::order_sync::v1::FindOrdersByPersonRequest;
use moa_service::parse_id;
use uuid::Uuid;

use super::App;
use crate::error::Error;
use crate::store::board::{self, BoardOrder};
use crate::store::operators::Operator;

/// Whose orders. Never printed.
pub struct PersonQuery {
    /// The whole name; "" for any.
    pub name: String,
    /// The whole number or its last four digits; "" for any.
    pub phone: String,
    /// So many; 0 for the usual number.
    pub page_size: i32,
    /// Where to go on.
    pub page_token: String,
}

impl App {
    /// A page of orders that a person ordered or receives, newest first, and the token of the next. order-sync finds and
    /// records them; one that has not come to the board yet is left out and is there a moment later.
    #[tracing::instrument(name = "admin_gateway.find_by_person", skip_all)]
    pub async fn find_by_person(
        &self,
        operator: &Operator,
        query: PersonQuery,
    ) -> Result<(Vec<BoardOrder>, String), Error> {
        let request = FindOrdersByPersonRequest {
            merchant_id: operator.merchant_id.to_string(),
            name: query.name,
            phone: query.phone,
            operator_id: operator.operator_id.to_string(),
            page_size: query.page_size,
            page_token: query.page_token,
        };
        let mut client = self.clients.order_sync.clone();
        let found = client.find_orders_by_person(request).await?.into_inner();
        let ids = found.order_ids.iter();
        let ids = ids.map(|id| parse_id::<OrderId>("order_ids", id).map(|id| id.as_uuid()));
        let ids: Vec<Uuid> = ids.collect::<Result<_, _>>()?;
        let mut conn = self.db.acquire().await?;
        let orders = board::get_many(&mut conn, operator.merchant_id, &ids).await?;
        Ok((orders, found.next_page_token))
    }
}
