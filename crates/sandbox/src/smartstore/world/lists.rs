//! Reading lists: the changed feed, and product orders by one of their times.

use std::ops::Bound;

use chrono::{DateTime, Utc};

use super::model::{ProductOrder, Row, Stage};
use super::words::{Change, RangeType};
use super::{Order, SmartStore};

/// Rows of the feed, and the first one that was left out.
pub struct FeedPage<'a> {
    pub rows: Vec<(&'a ProductOrder, &'a Row)>,
    pub more: Option<(DateTime<Utc>, i64)>,
}

impl SmartStore {
    /// The feed rows of an account that show at `now`, changed inside `from` to `to` (both included) and, at `from`,
    /// with this id or a later one.
    pub fn feed(
        &self,
        account: u32,
        from: (DateTime<Utc>, i64),
        to: DateTime<Utc>,
        only: Option<Change>,
        now: DateTime<Utc>,
        limit: usize,
    ) -> FeedPage<'_> {
        let mut page = FeedPage {
            rows: Vec::new(),
            more: None,
        };
        let (start, end) = ((account, from.0, from.1), (account, to, i64::MAX));
        if start > end {
            return page;
        }
        for (_, at, id) in self
            .feed
            .range((Bound::Included(start), Bound::Included(end)))
        {
            let Some(product_order) = self.product_orders.get(id) else {
                continue;
            };
            let row = product_order.row_at(now).filter(|row| row.at == *at);
            let Some(row) = row.filter(|row| only.is_none_or(|only| row.change == only)) else {
                continue;
            };
            if page.rows.len() == limit {
                page.more = Some((*at, *id));
                break;
            }
            page.rows.push((product_order, row));
        }
        page
    }

    /// Product orders of an account whose time of this kind lies inside `from` to `to` (both included), oldest first.
    pub fn by_time(
        &self,
        account: u32,
        range: RangeType,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = (&Order, &ProductOrder)> {
        let start = (account, range, from, 0);
        let end = (account, range, to, i64::MAX);
        // A range that ends before it starts would panic.
        let found = (start <= end).then(|| self.times.range(start..=end));
        found.into_iter().flatten().filter_map(|(_, _, _, id)| {
            let product_order = self.product_orders.get(id)?;
            Some((self.orders.get(&product_order.order_id)?, product_order))
        })
    }

    /// What has waited for something since `since` or longer.
    pub fn waiting(&self, stage: Stage, since: DateTime<Utc>, limit: usize) -> Vec<&ProductOrder> {
        let first = (stage, DateTime::<Utc>::MIN_UTC, 0);
        self.stages
            .range(first..=(stage, since, i64::MAX))
            .take(limit)
            .filter_map(|(_, _, id)| self.product_orders.get(id))
            .collect()
    }
}
