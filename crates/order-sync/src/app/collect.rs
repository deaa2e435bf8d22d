//! Reading one window of one stream: raw page first, rows second, the mark last.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use futures::future::join;
use metrics::counter;
use moa_jobs::Lease;
use sqlx::PgConnection;
use tokio::sync::mpsc;

use super::App;
use super::page_digest::raw_hash;
use super::store_batch::hold;
use super::store_pages::Kept;
use super::turns::Rank;
use crate::Error;
use crate::clients::channel_proxy::PageQuery;
use crate::domain::account::Account;
use crate::domain::overlap::{LateRule, Shown, Widening};
use crate::domain::stream::{Asked, Stream};
use crate::domain::window::{Look, Progress, Window, WindowRules, next_window};
use crate::store::cursors::{self, Advance, Cursor};
use crate::store::raw_pages::{self, Place};
use crate::store::windows::{self, PollWindow, Tally};
use crate::store::{claims, inquiries, orders, overlaps, rereads};

/// Pages that may wait to be stored while the next one is read. What has gathered is stored together, so that the
/// busier the database is, the fewer transactions it gets.
const PAGES_AHEAD: usize = 9;

/// What reading a window came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collected {
    /// Rows the channel showed.
    pub rows: usize,
    /// Rows that wrote something.
    pub changed: usize,
    /// Orders seen for the first time.
    pub placed: usize,
    /// Rows that could not be stored.
    pub parked: usize,
    /// Since when nothing new has arrived.
    pub quiet_for: TimeDelta,
}

/// What a window is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errand {
    /// What is new.
    Present,
    /// What was left unread.
    Past,
}

/// A poll: of what, and what was known before.
pub(super) struct Poll<'a> {
    pub(super) account: &'a Account,
    pub(super) lease: &'a Lease,
    pub(super) errand: Errand,
    /// Which orders are late when they are first seen by it.
    pub(super) late: Option<LateRule>,
    pub(super) cursor: Cursor,
    pub(super) window: PollWindow,
    /// Of the last pages of such looks, by their place.
    pub(super) digests: HashMap<Place, Vec<u8>>,
}

impl Poll<'_> {
    /// SHA-256 of the page that was stored last at a place, if its rows need not come again. A list of acts is asked for
    /// all of its rows: what stands in it says so each time. So is the past, whose places are those of another window.
    pub(super) fn known(&self, place: Place) -> Option<[u8; 32]> {
        let may_stay = self.errand == Errand::Present && !self.window.stream.shows_acts();
        let digest = may_stay.then(|| self.digests.get(&place)).flatten();
        digest.and_then(|digest| raw_hash(digest))
    }

    /// Places of such looks at which no page stands any more: what stood there may come back and be news.
    fn places_without_page(&self, last_pages: &HashMap<i32, i32>) -> Vec<Place> {
        let has_no_page = |place: &&Place| {
            let last = last_pages.get(&place.part);
            last.is_none_or(|last| place.page > *last)
        };
        self.digests.keys().filter(has_no_page).copied().collect()
    }
}

/// What a poll has come to so far.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) tally: Tally,
    /// The last page of each part.
    pub(super) last_pages: HashMap<i32, i32>,
    /// Parcels that stand in a list of acts.
    pub(super) shown: HashSet<String>,
    pub(super) kept: Kept,
    /// Whether some transaction writes the window.
    pub(super) opened: bool,
}

impl App {
    /// Reads the next window of a stream under `lease` and stores what is new. The high-water mark moves in the last
    /// transaction, and only while the lease is still ours.
    #[tracing::instrument(
        name = "order_sync.collect",
        skip_all,
        fields(channel_account.id = %account.channel_account_id, stream = stream.as_str())
    )]
    pub async fn collect(
        &self,
        account: &Account,
        stream: Stream,
        lease: &Lease,
    ) -> Result<Collected, Error> {
        let poll = self.begin(account, stream, lease).await?;
        let mut reading = self.read_window(&poll).await?;
        self.close(&poll, &mut reading).await?;
        self.after_close(&poll, &reading).await
    }

    /// Reads all of a window's pages and stores what is new.
    pub(super) async fn read_window(&self, poll: &Poll<'_>) -> Result<Reading, Error> {
        let mut reading = Reading::default();
        let window = poll.window.window;
        let parts = window.parts(self.config.windows.chunk);
        for (part, (from, to)) in window.look.parts().zip(parts) {
            let query = PageQuery {
                stream: poll.window.stream,
                sweep: window.look.is_sweep(),
                from,
                to,
                page_token: String::new(),
                known: None,
            };
            self.collect_part(poll, &mut reading, part, query).await?;
        }
        Ok(reading)
    }

    /// What follows a closed window.
    pub(super) async fn after_close(
        &self,
        poll: &Poll<'_>,
        reading: &Reading,
    ) -> Result<Collected, Error> {
        let account = poll.account;
        // After the commit: whichever of the two transactions ends later sees both the order and its claim.
        if poll.window.stream.shows_claims() || reading.kept.stored.placed > 0 {
            self.link_waiting_claims(account).await?;
        }
        let collected = self.collected(poll, reading);
        if collected.placed > 0 {
            let (count, code) = (collected.placed, &account.channel);
            counter!("moa_order_sync_orders_placed_total", "channel" => code.clone())
                .increment(count as u64);
            tracing::info!(channel.code = %code, "collected {count} new order(s) from {code}");
        }
        Ok(collected)
    }

    async fn begin<'a>(
        &self,
        account: &'a Account,
        stream: Stream,
        lease: &'a Lease,
    ) -> Result<Poll<'a>, Error> {
        let mut conn = self.pool.acquire().await?;
        let cursor = cursors::get(&mut conn, account, stream).await?;
        let oldest_open = match stream {
            // New orders stand inside the overlap; older ones are what the other lists are for.
            Stream::OrdersPlaced => None,
            Stream::OrdersAcknowledged | Stream::OrdersDispatched | Stream::OrdersChanged => {
                orders::oldest_open(&mut conn, account).await?
            }
            Stream::OrdersDelivered => orders::oldest_under_way(&mut conn, account).await?,
            Stream::Claims | Stream::ClaimsSettled => {
                claims::oldest_open(&mut conn, account).await?
            }
            Stream::Inquiries(kind) => inquiries::oldest_open(&mut conn, account, kind).await?,
        };
        let widening = overlaps::get(&mut conn, account).await?;
        let now = self.clock.now();
        let mut rules = self.config.windows_of(account, stream);
        if let Some(widening) = widening {
            rules.overlap += widening.extra(now);
        }
        let window = next_window(&rules, cursor.progress, oldest_open, now);
        let parts = window.look.parts();
        let digests = raw_pages::digests(&mut conn, account, stream, parts).await?;
        Ok(Poll {
            account,
            lease,
            errand: Errand::Present,
            late: late_rule(account, stream, &rules, &cursor.progress, &window),
            cursor,
            window: PollWindow {
                poll_window_id: self.ids.uuid(),
                stream,
                window,
                fence: lease.fence(),
                opened_at: now,
            },
            digests,
        })
    }

    /// Reads the pages of one part of a window and stores what has gathered meanwhile.
    async fn collect_part(
        &self,
        poll: &Poll<'_>,
        reading: &mut Reading,
        part: i32,
        query: PageQuery,
    ) -> Result<(), Error> {
        let (ahead, gathered) = mpsc::channel(PAGES_AHEAD);
        let rank = match (poll.window.stream, poll.errand) {
            (Stream::OrdersPlaced | Stream::OrdersChanged, Errand::Present) => Rank::NewOrders,
            _ => Rank::Rest,
        };
        let read = self.read_pages(poll, (part, rank), query, ahead);
        let store = self.store_gathered(poll, reading, rank, gathered);
        let (read, stored) = join(read, store).await;
        stored?;
        read
    }

    async fn close(&self, poll: &Poll<'_>, reading: &mut Reading) -> Result<(), Error> {
        let now = self.clock.now();
        let Poll {
            account,
            window: poll_window,
            ..
        } = poll;
        let Reading {
            tally,
            shown,
            last_pages,
            kept,
            ..
        } = reading;
        let stored = &kept.stored;
        let Window {
            to, leaves, look, ..
        } = poll_window.window;
        tally.changed = i32::try_from(stored.changed).unwrap_or(i32::MAX);
        tally.late = i32::try_from(stored.late).unwrap_or(i32::MAX);
        let first_contact = poll.cursor.progress.high_water_at.is_none();
        let advance = Advance {
            high_water_at: to,
            swept_at: (look.is_sweep() || first_contact).then_some(now),
            deep_swept_at: (look == Look::DeepSweep || first_contact).then_some(now),
            arrival_at: (stored.changed > 0).then_some(now),
            leaves,
            now,
        };
        let stream = poll_window.stream;
        let mut tx = moa_service::begin(&self.pool).await?;
        hold(poll.lease, &mut tx).await?;
        windows::close(&mut tx, account, poll_window, tally, now).await?;
        cursors::advance(&mut tx, account, stream, &advance).await?;
        if stored.changes_known() {
            let parts = look.parts();
            raw_pages::forget_other_parts(&mut tx, account, stream, parts).await?;
        }
        let left = poll.places_without_page(last_pages);
        if !left.is_empty() {
            raw_pages::forget_places(&mut tx, account, stream, &left).await?;
        }
        if let (Asked::Box(state), Some(read_at)) = (stream.asks(), tally.read_at)
            && stream.shows_acts()
        {
            rereads::satisfied_by(&mut tx, account, state, shown, read_at).await?;
        }
        if look.is_sweep() && stored.late > 0 {
            self.widen_overlap(&mut tx, account, stream, stored.late)
                .await?;
        }
        tx.commit().await?;
        if stored.late > 0 {
            counter!("moa_order_sync_late_arrivals_total", "channel" => account.channel.clone())
                .increment(stored.late as u64);
        }
        Ok(())
    }

    /// Lets ordinary windows reach further back, since only a sweep showed these orders.
    async fn widen_overlap(
        &self,
        conn: &mut PgConnection,
        account: &Account,
        stream: Stream,
        late: usize,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let base = self.config.windows_of(account, stream).overlap;
        let current = overlaps::get(conn, account).await?;
        let widening = Widening::after_late(current, base, now);
        overlaps::save(conn, account, &widening).await?;
        tracing::warn!(
            channel_account.id = %account.channel_account_id,
            "{late} order(s) of {} showed later than windows reach back; they reach {} minutes further now",
            account.channel,
            widening.widened_by.num_minutes()
        );
        Ok(())
    }

    /// Notes a failed poll for people to see; gives how many there were in a row.
    pub(crate) async fn note_failure(
        &self,
        account: &Account,
        stream: Stream,
        error: &Error,
    ) -> Result<u32, Error> {
        // The text of a fault of ours is for the log, not for the screen.
        let detail = match error {
            Error::Channel { detail, .. } => detail.replace('\0', " "),
            other => other.to_string(),
        };
        let mut conn = self.pool.acquire().await?;
        let (said, now) = ((error.reason(), detail.as_str()), self.clock.now());
        let failures = cursors::fail(&mut conn, account, stream, said, now).await?;
        Ok(failures.unsigned_abs())
    }

    fn collected(&self, poll: &Poll<'_>, reading: &Reading) -> Collected {
        let Kept { stored, parked } = reading.kept;
        let quiet_for = match poll.cursor.quiet_since {
            Some(since) if stored.changed == 0 => self.clock.now() - since,
            _ => TimeDelta::zero(),
        };
        Collected {
            rows: usize::try_from(reading.tally.rows).unwrap_or(0),
            changed: stored.changed,
            placed: stored.placed,
            parked,
            quiet_for,
        }
    }
}

/// Which orders are late when this window is the first to show them.
///
/// Ordinary windows: those that the one before should have shown, the channel's visibility lag being over. Sweeps: those
/// that no ordinary window reaches any more; they widen the overlap. What lies in an unread past is nobody's delay.
fn late_rule(
    account: &Account,
    stream: Stream,
    rules: &WindowRules,
    progress: &Progress,
    window: &Window,
) -> Option<LateRule> {
    let mark = progress.high_water_at?;
    let shown = match stream {
        Stream::OrdersPlaced => Shown::WhenOrdered,
        // Of a feed, only what a sweep finds is late.
        Stream::OrdersChanged if window.look.is_sweep() => Shown::WhenPaid,
        _ => return None,
    };
    if progress
        .unread
        .is_some_and(|unread| window.from < unread.to)
    {
        return None;
    }
    Some(match window.look.is_sweep() {
        true => LateRule::of_sweep(mark, rules.overlap, shown),
        false => LateRule::of_window(mark, account.visibility_lag, shown),
    })
}
