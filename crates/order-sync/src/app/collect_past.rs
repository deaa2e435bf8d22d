//! Reading what was left unread, beside the present: the past before the first contact, and times when nothing was
//! read. In order, the oldest first, out of the sweeps' share of the quota.

use moa_id::{ChannelAccountId, MerchantId};
use moa_jobs::Lease;

use super::App;
use super::collect::{Collected, Errand, Poll, Reading};
use super::store_batch::hold;
use crate::Error;
use crate::domain::account::Account;
use crate::domain::coverage::Unread;
use crate::domain::stream::Stream;
use crate::domain::window::next_past;
use crate::store::windows::{self, PollWindow};
use crate::store::{cursors, raw_pages};

/// How long ago a past may begin that a merchant asks for, in days: channels forget older orders.
pub(crate) const OLDEST_PAST_DAYS: i32 = 90;

impl App {
    /// Reads the next part of a stream's unread past under `lease`; none when nothing is left.
    #[tracing::instrument(
        name = "order_sync.collect_past",
        skip_all,
        fields(channel_account.id = %account.channel_account_id, stream = stream.as_str())
    )]
    pub async fn collect_past(
        &self,
        account: &Account,
        stream: Stream,
        lease: &Lease,
    ) -> Result<Option<Collected>, Error> {
        let mut conn = self.pool.acquire().await?;
        let cursor = cursors::get(&mut conn, account, stream).await?;
        let Some(unread) = cursor.progress.unread else {
            return Ok(None);
        };
        let digests = raw_pages::digests(&mut conn, account, stream, 0..i32::MAX).await?;
        drop(conn);
        let poll = Poll {
            account,
            lease,
            errand: Errand::Past,
            late: None,
            cursor,
            window: PollWindow {
                poll_window_id: self.ids.uuid(),
                stream,
                window: next_past(&self.config.windows, unread),
                fence: lease.fence(),
                opened_at: self.clock.now(),
            },
            digests,
        };
        let mut reading = self.read_window(&poll).await?;
        self.close_past(&poll, &mut reading).await?;
        self.after_close(&poll, &reading).await.map(Some)
    }

    async fn close_past(&self, poll: &Poll<'_>, reading: &mut Reading) -> Result<(), Error> {
        let now = self.clock.now();
        let changed = reading.kept.stored.changed;
        reading.tally.changed = i32::try_from(changed).unwrap_or(i32::MAX);
        let window = poll.window.window;
        let part = Unread {
            from: window.from,
            to: window.to,
        };
        let mut tx = moa_service::begin(&self.pool).await?;
        hold(poll.lease, &mut tx).await?;
        windows::close(&mut tx, poll.account, &poll.window, &reading.tally, now).await?;
        cursors::advance_past(&mut tx, poll.account, poll.window.stream, part).await?;
        if reading.kept.stored.changes_known() {
            raw_pages::forget_other_parts(&mut tx, poll.account, poll.window.stream, 0..0).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Notes for people why the past cannot be read on.
    pub(crate) async fn note_past_failure(
        &self,
        account: &Account,
        stream: Stream,
        error: &Error,
    ) -> Result<(), Error> {
        let mut conn = self.pool.acquire().await?;
        cursors::fail_past(&mut conn, account, stream, error.reason()).await
    }

    /// Has the last `days` of an account read again, however often they were read; gives in how many streams. Before
    /// the first contact there is nothing to read again: it looks back by itself.
    pub(crate) async fn start_backfill(
        &self,
        merchant_id: MerchantId,
        channel_account_id: ChannelAccountId,
        days: i32,
    ) -> Result<u64, Error> {
        let since = self.clock.now() - chrono::TimeDelta::days(days.into());
        let mut conn = self.pool.acquire().await?;
        let id = channel_account_id.as_uuid();
        let known = crate::store::coverage::accounts(
            &mut conn,
            merchant_id,
            Some(channel_account_id),
            None,
            1,
        );
        if known.await?.is_empty() {
            return Err(Error::AccountNotFound(channel_account_id));
        }
        let look_back = self.config.windows.first_look_back;
        cursors::leave_unread_since(&mut conn, merchant_id, id, since, look_back).await
    }
}
