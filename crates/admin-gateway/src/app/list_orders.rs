//! Looking at the board.

use chrono::{DateTime, FixedOffset, NaiveTime, Utc};
use moa_id::{MerchantId, OrderId};
use moa_service::PageToken;
use uuid::Uuid;

use super::App;
use crate::domain::story::{self, Entry};
use crate::error::Error;
use crate::store::board::{self, BoardOrder, Summary};
use crate::store::board_search::{self, Search};
use crate::store::timeline;

/// Where the list of orders goes on.
const PAGES: PageToken = PageToken::of("orders");

/// Which orders.
#[derive(Debug)]
pub struct OrderQuery {
    /// Only this channel's.
    pub channel: Option<String>,
    /// Only in this state.
    pub state: Option<String>,
    /// Only those that match.
    pub text: Option<String>,
    /// So many.
    pub limit: i64,
    /// Where to go on.
    pub page_token: String,
}

impl App {
    /// A page of orders, newest first, and the token of the next.
    pub async fn list_orders(
        &self,
        merchant_id: MerchantId,
        query: OrderQuery,
    ) -> Result<(Vec<BoardOrder>, String), Error> {
        let after: Option<(DateTime<Utc>, Uuid)> = PAGES.decode(&query.page_token)?;
        let search = Search {
            merchant_id,
            channel: query.channel.as_deref(),
            state: query.state.as_deref(),
            after,
            limit: query.limit + 1,
        };
        let mut conn = self.db.acquire().await?;
        let mut ids = match &query.text {
            Some(text) => board_search::page_matching(&mut conn, &search, text).await?,
            None => board_search::page(&mut conn, &search).await?,
        };
        let page = usize::try_from(query.limit).unwrap_or(0);
        let more = ids.len() > page;
        ids.truncate(page);
        let orders = board::get_many(&mut conn, merchant_id, &ids).await?;
        let last = orders.last().filter(|_| more);
        let next = last.map(|order| (order.ordered_at, order.order_id));
        Ok((orders, PAGES.encode(next.as_ref())))
    }

    /// One order.
    pub async fn get_order(
        &self,
        merchant_id: MerchantId,
        order_id: OrderId,
    ) -> Result<BoardOrder, Error> {
        let mut conn = self.db.acquire().await?;
        let orders = board::get_many(&mut conn, merchant_id, &[order_id.as_uuid()]).await?;
        orders.into_iter().next().ok_or(Error::OrderNotFound)
    }

    /// What happened to an order, oldest first.
    pub async fn get_timeline(
        &self,
        merchant_id: MerchantId,
        order_id: OrderId,
    ) -> Result<Vec<Entry>, Error> {
        let mut conn = self.db.acquire().await?;
        if !board::exists(&mut conn, merchant_id, order_id.as_uuid()).await? {
            return Err(Error::OrderNotFound);
        }
        let entries = timeline::list(&mut conn, merchant_id, order_id).await?;
        Ok(story::tell(entries))
    }

    /// The board in numbers.
    pub async fn summarize_orders(&self, merchant_id: MerchantId) -> Result<Summary, Error> {
        let mut conn = self.db.acquire().await?;
        board::summarize(&mut conn, merchant_id, midnight_in_korea(self.clock.now())).await
    }
}

/// The beginning of the day that it is in Korea, which knows no summer time.
fn midnight_in_korea(now: DateTime<Utc>) -> DateTime<Utc> {
    let Some(korea) = FixedOffset::east_opt(9 * 3600) else {
        return now;
    };
    now.with_timezone(&korea)
        .with_time(NaiveTime::MIN)
        .single()
        .map_or(now, |midnight| midnight.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_begins_at_midnight_in_korea() {
        for (now, midnight) in [
            ("2026-11-20T14:59:59Z", "2026-11-19T15:00:00Z"),
            ("2026-11-20T15:00:00Z", "2026-11-20T15:00:00Z"),
        ] {
            let now: DateTime<Utc> = now.parse().unwrap();
            assert_eq!(
                midnight_in_korea(now),
                midnight.parse::<DateTime<Utc>>().unwrap()
            );
        }
    }
}
