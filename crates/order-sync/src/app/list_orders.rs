//! Reads that decide nothing.

use chrono::{DateTime, Utc};
use moa_id::{MerchantId, OrderId};
use moa_proto::moa::feed::v1::Cursor;

use super::App;
use crate::Error;
use crate::domain::order::Order;
use crate::store::cursors::{self, Collection};
use crate::store::order_lists::{self, OrderPage};
use crate::store::orders;

/// A page of orders.
pub(crate) struct Listed {
    pub(crate) orders: Vec<Order>,
    /// What the next page goes on from; absent on the last.
    pub(crate) next: Option<(DateTime<Utc>, OrderId)>,
    /// Where the feed goes on after a rebuild from this list.
    pub(crate) cursor: Cursor,
}

impl App {
    /// A page of orders. The feed's cursor is taken before the first page is read, so that whatever changes while
    /// somebody pages is told by the feed.
    pub(crate) async fn list_orders(
        &self,
        merchant_id: MerchantId,
        page: OrderPage<'_>,
        cursor: Option<Cursor>,
    ) -> Result<Listed, Error> {
        let limit = page.limit;
        let mut conn = self.pool.acquire().await?;
        let cursor = match cursor {
            Some(cursor) => cursor,
            None => self.outbox.current_cursor(&mut conn).await?,
        };
        let listed = order_lists::list(&mut conn, merchant_id, page).await?;
        let is_full = i64::try_from(listed.len()).unwrap_or(i64::MAX) >= limit;
        let next = listed.last().copied().filter(|_| is_full);
        let ids: Vec<OrderId> = listed.iter().map(|(_, id)| *id).collect();
        Ok(Listed {
            orders: orders::load(&mut conn, merchant_id, &ids).await?,
            next,
            cursor,
        })
    }

    /// One order.
    pub(crate) async fn get_order(
        &self,
        merchant_id: MerchantId,
        order_id: OrderId,
    ) -> Result<Order, Error> {
        let mut conn = self.pool.acquire().await?;
        let orders = orders::load(&mut conn, merchant_id, &[order_id]).await?;
        orders
            .into_iter()
            .next()
            .ok_or(Error::OrderNotFound(order_id))
    }

    /// Where collection stands, per account and stream.
    pub(crate) async fn list_collection(
        &self,
        merchant_id: MerchantId,
    ) -> Result<Vec<Collection>, Error> {
        let mut conn = self.pool.acquire().await?;
        cursors::list_collection(&mut conn, merchant_id).await
    }
}
