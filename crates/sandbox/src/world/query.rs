//! Reading lists: by account, state and time, from the ordered sets.

use std::collections::BTreeSet;
use std::ops::{Bound, RangeBounds};

use chrono::{DateTime, Utc};

use super::exchange::Exchange;
use super::model::{Parcel, ParcelStatus};
use super::receipt::{Receipt, ReceiptKind, ReceiptStatus};
use super::{Message, World};

/// A stretch of world time; the end is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// Rows of a list, and the place to go on from when there are more.
pub struct Page<'a, T> {
    pub rows: Vec<&'a T>,
    pub next: Option<u64>,
}

/// The lists a receipt can stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReceiptGroup {
    Cancelled,
    StopUnchecked,
    /// On their way back, or back with the seller.
    Unchecked,
    CoupangCheck,
    Completed,
    Withdrawn,
}

impl ReceiptGroup {
    pub fn of(receipt: &Receipt) -> Self {
        match (receipt.kind, receipt.status) {
            (ReceiptKind::Cancel, _) => Self::Cancelled,
            (ReceiptKind::Return, ReceiptStatus::ReleaseStopUnchecked) => Self::StopUnchecked,
            (
                ReceiptKind::Return,
                ReceiptStatus::ReturnsUnchecked | ReceiptStatus::VendorWarehouseConfirm,
            ) => Self::Unchecked,
            (ReceiptKind::Return, ReceiptStatus::RequestCoupangCheck) => Self::CoupangCheck,
            (ReceiptKind::Return, ReceiptStatus::Withdrawn) => Self::Withdrawn,
            (ReceiptKind::Return, ReceiptStatus::ReturnsCompleted) => Self::Completed,
        }
    }
}

/// Account, status, creation and place of a parcel, in which order lists are kept.
type SheetKey = (u32, ParcelStatus, DateTime<Utc>, usize);

impl World {
    /// Parcels of one status created inside `span` that lists show at `now`, oldest first, after the place of an
    /// earlier page. `None` when that place means nothing to this account.
    pub fn sheet_page(
        &self,
        account: u32,
        status: ParcelStatus,
        span: Span,
        after: Option<u64>,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Option<Page<'_, Parcel>> {
        let start = match after {
            None => Bound::Included((account, status, span.from, 0)),
            Some(place) => {
                let place = usize::try_from(place).ok()?;
                let parcel = self
                    .parcels
                    .get(place)
                    .filter(|parcel| parcel.account == account)?;
                Bound::Excluded((account, status, parcel.created_at, place))
            }
        };
        let end = Bound::Excluded((account, status, span.until, 0));
        let mut page = Page {
            rows: Vec::new(),
            next: None,
        };
        if span.from >= span.until || !ordered(&start, &end) {
            return Some(page);
        }
        let mut last = None;
        let mut current = self
            .sheets
            .range((start, end))
            .filter(|(_, _, _, place)| self.snapshot(*place, now).is_none())
            .filter_map(|(_, _, at, place)| Some((*at, *place, self.parcels.get(*place)?)))
            .peekable();
        let mut former = self.former((start, end), now).into_iter().peekable();
        loop {
            let older = match (current.peek(), former.peek()) {
                (Some(now), Some(then)) => (then.0, then.1) < (now.0, now.1),
                (None, then) => then.is_some(),
                (Some(_), None) => false,
            };
            let next = if older { former.next() } else { current.next() };
            let Some((_, place, parcel)) = next else {
                break;
            };
            if parcel.visible_at > now {
                continue;
            }
            if page.rows.len() == limit {
                page.next = last;
                break;
            }
            page.rows.push(parcel);
            last = Some(place as u64);
        }
        Some(page)
    }

    /// Parcels that stood in this range before they changed lately, in its order.
    fn former(
        &self,
        range: (Bound<SheetKey>, Bound<SheetKey>),
        now: DateTime<Utc>,
    ) -> Vec<(DateTime<Utc>, usize, &Parcel)> {
        let mut found: Vec<_> = self
            .stale
            .keys()
            .filter_map(|place| Some((*place, &self.snapshot(*place, now)?.parcel)))
            .filter(|(place, parcel)| {
                range.contains(&(parcel.account, parcel.status, parcel.created_at, *place))
            })
            .map(|(place, parcel)| (parcel.created_at, place, parcel))
            .collect();
        found.sort_by_key(|(at, place, _)| (*at, *place));
        found
    }

    /// Receipts of some groups created inside `span` that lists show at `now`, oldest first, after the id of an earlier page's last row.
    pub fn receipt_page(
        &self,
        account: u32,
        groups: &[ReceiptGroup],
        span: Span,
        after: Option<u64>,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Option<Page<'_, Receipt>> {
        let cursor = match after {
            None => None,
            Some(id) => {
                let receipt = self
                    .receipts
                    .get(&i64::try_from(id).ok()?)
                    .filter(|row| row.account == account)?;
                Some((receipt.created_at, receipt.id))
            }
        };
        let mut found = BTreeSet::new();
        for group in groups {
            let start = match cursor {
                None => Bound::Included((account, *group, span.from, 0)),
                Some((created_at, id)) => Bound::Excluded((account, *group, created_at, id)),
            };
            let end = Bound::Excluded((account, *group, span.until, 0));
            if span.from >= span.until || !ordered(&start, &end) {
                continue;
            }
            let rows = self
                .receipt_groups
                .range((start, end))
                .filter(|(_, _, created_at, _)| *created_at + self.lag() <= now)
                .take(limit.saturating_add(1));
            found.extend(rows.map(|(_, _, created_at, id)| (*created_at, *id)));
        }
        let more = found.len() > limit;
        let rows: Vec<&Receipt> = found
            .into_iter()
            .take(limit)
            .filter_map(|(_, id)| self.receipts.get(&id))
            .collect();
        let next = rows
            .last()
            .filter(|_| more)
            .and_then(|row| u64::try_from(row.id).ok());
        Some(Page { rows, next })
    }

    /// Receipts that buyers took back inside `span`, oldest first.
    pub fn withdrawals(&self, account: u32, span: Span) -> Vec<&Receipt> {
        if span.from >= span.until {
            return Vec::new();
        }
        self.withdrawals
            .range((account, span.from, 0)..(account, span.until, 0))
            .filter_map(|(_, _, id)| self.receipts.get(id))
            .collect()
    }

    /// Exchanges asked for inside `span`, oldest first, after the id of an earlier page's last row.
    pub fn exchange_page(
        &self,
        account: u32,
        span: Span,
        wanted: impl Fn(&Exchange) -> bool,
        after: Option<u64>,
        limit: usize,
    ) -> Option<Page<'_, Exchange>> {
        let start = match after {
            None => Bound::Included((account, span.from, 0)),
            Some(id) => {
                let exchange = self
                    .exchanges
                    .get(&i64::try_from(id).ok()?)
                    .filter(|row| row.account == account)?;
                Bound::Excluded((account, exchange.created_at, exchange.id))
            }
        };
        let end = Bound::Excluded((account, span.until, 0));
        let mut page = Page {
            rows: Vec::new(),
            next: None,
        };
        if span.from >= span.until || !ordered(&start, &end) {
            return Some(page);
        }
        let rows = self
            .exchange_times
            .range((start, end))
            .filter_map(|(_, _, id)| self.exchanges.get(id))
            .filter(|exchange| wanted(exchange));
        for exchange in rows {
            if page.rows.len() == limit {
                page.next = page
                    .rows
                    .last()
                    .and_then(|row: &&Exchange| u64::try_from(row.id).ok());
                break;
            }
            page.rows.push(exchange);
        }
        Some(page)
    }

    /// Orders that lists show from `now` on, and when the next one will be.
    pub fn newly_visible(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> (Vec<i64>, Option<DateTime<Utc>>) {
        let due: Vec<i64> = self
            .hidden
            .iter()
            .take_while(|(at, _)| *at <= now)
            .take(limit)
            .map(|(_, id)| *id)
            .collect();
        (
            due.clone(),
            self.hidden.iter().nth(due.len()).map(|(at, _)| *at),
        )
    }

    /// Parcels on their way in `status` that were handed over at or before `uploaded_by`.
    pub fn travelling(
        &self,
        status: ParcelStatus,
        uploaded_by: DateTime<Utc>,
        limit: usize,
    ) -> Vec<i64> {
        let first = (status, DateTime::<Utc>::MIN_UTC, 0);
        let due = self
            .travelling
            .range(first..=(status, uploaded_by, usize::MAX))
            .take(limit);
        due.filter_map(|(_, _, place)| self.parcels.get(*place))
            .map(|parcel| parcel.id)
            .collect()
    }

    pub fn message(&self, id: &str) -> Option<&Message> {
        self.messages.get(*self.message_places.get(id)?)
    }

    /// What an account has paid for messages so far.
    pub fn spent(&self, account: u32) -> i64 {
        self.spent.get(&account).copied().unwrap_or_default()
    }

    /// Messages, newest first: those to a number, of a group, or all.
    pub fn messages(
        &self,
        to: Option<&str>,
        group: Option<&str>,
    ) -> Box<dyn Iterator<Item = &Message> + '_> {
        let places = match (to, group) {
            (Some(to), _) => self.messages_to.get(to),
            (None, Some(group)) => self.messages_of_group.get(group),
            (None, None) => return Box::new(self.messages.iter().rev()),
        };
        Box::new(
            places
                .into_iter()
                .flatten()
                .rev()
                .filter_map(|place| self.messages.get(*place)),
        )
    }
}

/// A range whose start lies behind its end would panic; a cursor outside the asked window makes one.
fn ordered<T: Ord>(start: &Bound<T>, end: &Bound<T>) -> bool {
    match (start, end) {
        (Bound::Included(start) | Bound::Excluded(start), Bound::Excluded(end)) => start < end,
        _ => true,
    }
}
