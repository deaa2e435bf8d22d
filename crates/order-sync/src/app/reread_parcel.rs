//! Reading single parcels again after fulfillment acted on them: the channel may have changed the address.

use std::collections::HashSet;

use chrono::TimeDelta;
use moa_jobs::Lease;

use super::App;
use super::keep_raw_page::{RawPage, sha256};
use super::store_batch::hold;
use crate::Error;
use crate::clients::channel_proxy::Parcel;
use crate::domain::account::{Account, Discovery};
use crate::domain::state::LineState;
use crate::domain::stream::Stream;
use crate::store::raw_pages;
use crate::store::rereads::{self, Reread};

/// After so many failures the lists alone have to show it.
const MAX_ATTEMPTS: i32 = 10;
/// The longest pause between two attempts.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// More than these cost more calls than the list that shows them all.
const FEW: usize = 5;

/// What a parcel read showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parcels {
    /// It is there; what differed is stored.
    There,
    /// Cancelled or returned: the claims say which.
    Gone,
}

impl App {
    /// Reads the account's queued parcels again: a few alone; of many, those that no list has shown yet wait for their
    /// list. Where there are lists, it is a few at a time also of those that a list did not show: it may lag, and the
    /// next one shows most. Gives the streams to be read at once.
    pub async fn reread_due_parcels(
        &self,
        account: &Account,
        lease: &Lease,
    ) -> Result<HashSet<Stream>, Error> {
        let mut streams = HashSet::new();
        let mut left = match account.discovery {
            Discovery::BoxesByState => FEW,
            Discovery::ChangesFeed => usize::MAX,
        };
        loop {
            let due = self.due_rereads(account, 2 * FEW as i64).await?;
            let (alone, listed) = split(&due, account.discovery);
            streams.extend(listed);
            if alone.is_empty() || left == 0 {
                return Ok(streams);
            }
            for reread in alone.into_iter().take(left) {
                left -= 1;
                match self.reread_parcel(account, reread, lease).await {
                    Ok(Parcels::There) => {}
                    Ok(Parcels::Gone) => streams.extend([Stream::Claims, Stream::ClaimsSettled]),
                    Err(Error::LeaseLost) => return Err(Error::LeaseLost),
                    Err(error) => self.put_off_reread(account, reread, &error).await?,
                }
            }
        }
    }

    /// Reads one parcel and stores what differs.
    async fn reread_parcel(
        &self,
        account: &Account,
        reread: &Reread,
        lease: &Lease,
    ) -> Result<Parcels, Error> {
        let id = &reread.channel_parcel_id;
        let parcel = self.channel_proxy.fetch_parcel(account, id).await?;
        let Parcel {
            raw,
            order,
            read_at,
        } = parcel;

        let order_ids = order.iter().map(|order| order.channel_order_id.clone());
        let page = RawPage {
            stream: "parcel",
            poll_window_id: None,
            page_number: 0,
            raw: &raw,
            sha256: sha256(&raw),
            channel_order_ids: order_ids.collect(),
            read_at,
        };
        let mut tx = moa_service::begin(&self.pool).await?;
        hold(lease, &mut tx).await?;
        let raw_page_id = self.keep_raw_page(&mut tx, account, page).await?;
        tx.commit().await?;

        let Some(order) = order else {
            let mut conn = self.pool.acquire().await?;
            rereads::delete(&mut conn, account, reread).await?;
            return Ok(Parcels::Gone);
        };
        let order = self
            .translate(account, order, read_at)
            .map_err(|reason| Error::Channel {
                reason: "CHANNEL_MALFORMED_ANSWER".to_owned(),
                detail: reason,
                retry_after: None,
            })?;
        let mut tx = moa_service::begin(&self.pool).await?;
        hold(lease, &mut tx).await?;
        let stored = self.store_orders(&mut tx, account, &[order], None).await?;
        if stored.changed > 0 {
            raw_pages::forget_digests(&mut tx, account).await?;
        }
        let now = self.clock.now();
        raw_pages::mark_parcel_parsed(&mut tx, account, raw_page_id, now).await?;
        if stored.erased > 0 {
            raw_pages::delete_of_erased(&mut tx, account, &[raw_page_id]).await?;
        }
        rereads::delete(&mut tx, account, reread).await?;
        tx.commit().await?;
        if stored.changed > 0 {
            self.outbox.wake();
        }
        Ok(Parcels::There)
    }

    /// Puts a parcel off whose read failed; after many failures it leaves the queue to the lists.
    async fn put_off_reread(
        &self,
        account: &Account,
        reread: &Reread,
        error: &Error,
    ) -> Result<(), Error> {
        let mut conn = self.pool.acquire().await?;
        if reread.attempts + 1 >= MAX_ATTEMPTS {
            tracing::error!(
                channel_account.id = %account.channel_account_id,
                error = %error.chain(),
                "a parcel could not be read again {MAX_ATTEMPTS} times; the lists will show it: {}",
                error.chain()
            );
            return rereads::delete(&mut conn, account, reread).await;
        }
        let doubled = TimeDelta::seconds(5) * (1 << reread.attempts.clamp(0, 8));
        let pause = match error {
            Error::Channel {
                retry_after: Some(after),
                ..
            } => TimeDelta::from_std(*after).unwrap_or(LONGEST_PAUSE),
            _ => doubled.min(LONGEST_PAUSE),
        };
        let until = self.clock.now() + pause;
        rereads::put_off(&mut conn, account, reread, error.reason(), until).await
    }

    /// The account's parcels that are due.
    async fn due_rereads(&self, account: &Account, limit: i64) -> Result<Vec<Reread>, Error> {
        let mut conn = self.pool.acquire().await?;
        rereads::due(&mut conn, account, self.clock.now(), limit).await
    }
}

/// Those to be read alone, and the lists that show the others. A feed does not tell of what the merchant accepted.
fn split(due: &[Reread], discovery: Discovery) -> (Vec<&Reread>, HashSet<Stream>) {
    let has_lists = discovery == Discovery::BoxesByState;
    let waits_for_list = |reread: &&Reread| has_lists && due.len() > FEW && !reread.list_tried;
    let (listed, alone): (Vec<&Reread>, Vec<&Reread>) = due.iter().partition(waits_for_list);
    let streams = listed.iter().map(|reread| match reread.line_state {
        LineState::Dispatched => Stream::OrdersDispatched,
        _ => Stream::OrdersAcknowledged,
    });
    (alone, streams.collect())
}
