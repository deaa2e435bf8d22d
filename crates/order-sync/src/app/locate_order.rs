//! Why an order is not here: from orders, parked rows, raw pages, claims and windows.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use moa_id::{ChannelAccountId, MerchantId};

use super::App;
use crate::Error;
use crate::domain::claim::Claim;
use crate::domain::stream::Stream;
use crate::domain::whereabouts::{Traces, Whereabouts, whereabouts};
use crate::store::parked_rows::{self, WaitingRow};
use crate::store::whereabouts::{self as traces, MinuteReadings, NamingPage, StoredOrder};
use crate::store::{accounts, claims, coverage};

/// Pages of one answer, at most.
const MAX_PAGES: i64 = 20;
/// Claims of one answer, at most.
const MAX_CLAIMS: usize = 20;

/// Which order is looked for.
#[derive(Debug, Clone)]
pub(crate) struct LocateOrder {
    pub(crate) channel_account_id: ChannelAccountId,
    pub(crate) channel_order_id: String,
    /// As the channel's own screen shows it.
    pub(crate) ordered_at: Option<DateTime<Utc>>,
}

/// What was found.
pub(crate) struct LocatedOrder {
    pub(crate) whereabouts: Whereabouts,
    pub(crate) order: Option<StoredOrder>,
    pub(crate) parked_rows: Vec<WaitingRow>,
    pub(crate) pages: Vec<NamingPage>,
    pub(crate) waiting_claims: Vec<Claim>,
    pub(crate) minutes: Vec<StreamMinute>,
}

/// How the order's minute was read in one list.
pub(crate) struct StreamMinute {
    pub(crate) stream: Stream,
    pub(crate) readings: MinuteReadings,
    pub(crate) counts_from: DateTime<Utc>,
    /// Empty when the last read succeeded.
    pub(crate) failure_reason: String,
    /// It lies in a past that is still to be collected.
    pub(crate) is_unread: bool,
}

/// Whether a page holds orders: a page of claims names orders that it does not show.
fn shows_orders(page: &NamingPage) -> bool {
    page.stream.starts_with("order") || page.stream == "parcel"
}

impl App {
    /// Follows the traces of one order.
    #[tracing::instrument(name = "order_sync.locate_order", skip_all)]
    pub(crate) async fn locate_order(
        &self,
        merchant_id: MerchantId,
        asked: LocateOrder,
    ) -> Result<LocatedOrder, Error> {
        let now = self.clock.now();
        let id = asked.channel_account_id;
        let key = asked.channel_order_id.as_str();
        let mut conn = self.pool.acquire().await?;
        let account = accounts::get(&mut conn, merchant_id, id).await?;
        let account = account.ok_or(Error::AccountNotFound(id))?;
        let order = traces::order(&mut conn, &account, key).await?;
        let parked_rows = parked_rows::of_order(&mut conn, &account, key).await?;
        let pages = traces::pages(&mut conn, &account, key, MAX_PAGES).await?;
        let keys = [asked.channel_order_id.clone()];
        let mut waiting_claims = claims::waiting_for(&mut conn, &account, &keys).await?;
        waiting_claims.truncate(MAX_CLAIMS);

        let ordered_at = asked
            .ordered_at
            .or(order.as_ref().and_then(|order| order.ordered_at));
        let mut minutes = Vec::new();
        if let Some(at) = ordered_at {
            let minute = at.duration_trunc(TimeDelta::minutes(1)).unwrap_or(at);
            let counts_from = minute + TimeDelta::minutes(1) + account.visibility_lag;
            let mut read = traces::minute(&mut conn, &account, minute, counts_from).await?;
            let cursors = coverage::cursors(&mut conn, merchant_id, &[id.as_uuid()]).await?;
            for stream in Stream::of(account.discovery) {
                if stream.shows_claims() {
                    continue;
                }
                let cursor = cursors.get(&(id.as_uuid(), stream.as_str().to_owned()));
                let unread = cursor.and_then(|cursor| cursor.never_read());
                let failing = cursor.filter(|cursor| cursor.consecutive_failures > 0);
                minutes.push(StreamMinute {
                    stream: *stream,
                    readings: read.remove(stream.as_str()).unwrap_or_default(),
                    counts_from,
                    failure_reason: failing
                        .map(|cursor| cursor.last_failure_reason.clone())
                        .unwrap_or_default(),
                    is_unread: unread.is_some_and(|past| past.from <= minute && minute < past.to),
                });
            }
        }
        let found = Traces {
            is_stored: order.is_some(),
            is_parked: !parked_rows.is_empty(),
            pages: pages.iter().filter(|page| shows_orders(page)).count(),
            ordered_at,
            is_covered: !minutes.is_empty() && minutes.iter().all(|m| m.readings.counted > 0),
        };
        Ok(LocatedOrder {
            whereabouts: whereabouts(&found, self.config.keep, now),
            order,
            parked_rows,
            pages,
            waiting_claims,
            minutes,
        })
    }

    /// Rows that wait for an upgrade or a person, the newest first.
    pub(crate) async fn list_parked_rows(
        &self,
        merchant_id: MerchantId,
        page: parked_rows::Page,
    ) -> Result<Vec<WaitingRow>, Error> {
        let mut conn = self.pool.acquire().await?;
        parked_rows::list(&mut conn, merchant_id, page).await
    }
}
