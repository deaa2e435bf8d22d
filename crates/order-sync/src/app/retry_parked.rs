//! Trying parked rows again, so that an upgrade stores them: from the page that was kept, and where that is gone, from
//! the channel.

use std::io::Read;

use chrono::{DateTime, TimeDelta, Utc};
use flate2::read::GzDecoder;
use moa_id::DataKeyId;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_vault::Aad;

use super::App;
use super::keep_raw_page::{RawPage, sha256};
use crate::Error;
use crate::domain::account::Account;
use crate::domain::order::FetchedOrder;
use crate::store::parked_rows::{self, DueRow};
use crate::store::{accounts, raw_pages};

/// Rows of one run, at most: the ones that waited longest.
const ROWS: i64 = 200;
/// A row is tried again so much later at the soonest; each try may cost a call of the channel's quota.
const PAUSE: TimeDelta = TimeDelta::minutes(10);
/// A page is never longer: what unpacks to more is not one of ours.
const MAX_PAGE_BYTES: u64 = 64 * 1024 * 1024;

/// What trying parked rows again came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retried {
    /// Rows that were tried.
    pub tried: usize,
    /// Rows that are stored now.
    pub stored: usize,
    /// Claims and questions that the next sweep reads again.
    pub left_to_sweep: usize,
}

/// What became of one row.
enum Try {
    Stored,
    /// Its list is read again by a sweep.
    LeftToSweep,
    StillRefused(String),
}

impl App {
    /// Tries rows that are parked again. A row that is refused again stays parked with the new reason beside the first.
    #[tracing::instrument(name = "order_sync.retry_parked", skip_all)]
    pub async fn retry_parked(&self) -> Result<Retried, Error> {
        let before = self.clock.now() - PAUSE;
        let mut conn = self.pool.acquire().await?;
        let due = parked_rows::due(&mut conn, before, ROWS).await?;
        drop(conn);
        let mut retried = Retried::default();
        for row in due {
            retried.tried += 1;
            let tried = match self.retry_row(&row).await {
                Ok(tried) => tried,
                // The row's own fault, or the channel's that it cannot be read just now: the others go on.
                Err(error @ Error::Channel { .. }) => Try::StillRefused(error.reason().to_owned()),
                Err(error) => match error.refuses_the_row() {
                    Some(reason) => Try::StillRefused(reason),
                    None => return Err(error),
                },
            };
            let now = self.clock.now();
            let mut conn = self.pool.acquire().await?;
            let reason = match tried {
                Try::Stored => {
                    retried.stored += 1;
                    parked_rows::resolve_row(&mut conn, &row, now).await?;
                    continue;
                }
                Try::LeftToSweep => {
                    retried.left_to_sweep += 1;
                    "read again by the next sweep".to_owned()
                }
                Try::StillRefused(reason) => reason,
            };
            parked_rows::note_retry(&mut conn, &row, &reason, now).await?;
        }
        Ok(retried)
    }

    async fn retry_row(&self, row: &DueRow) -> Result<Try, Error> {
        let mut conn = self.pool.acquire().await?;
        let account = accounts::get(&mut conn, row.merchant_id, row.channel_account_id).await?;
        let Some(account) = account else {
            return Ok(Try::StillRefused("its account is unknown".to_owned()));
        };
        if !row.stream.starts_with("orders.") {
            // Claims and questions are translated as they are read; the same page would else be taken for stored.
            raw_pages::forget_stream_digests(&mut conn, &account, &row.stream).await?;
            return Ok(Try::LeftToSweep);
        }
        drop(conn);
        match self.kept_page(&account, row).await? {
            Some((raw, read_at)) => self.store_from_page(&account, row, raw, read_at).await,
            None => self.store_from_channel(&account, row).await,
        }
    }

    /// The page that a row came from, in the open; none when it is gone.
    async fn kept_page(
        &self,
        account: &Account,
        row: &DueRow,
    ) -> Result<Option<(Vec<u8>, DateTime<Utc>)>, Error> {
        let merchant_id = account.merchant_id;
        let mut conn = self.pool.acquire().await?;
        let page = raw_pages::get(&mut conn, merchant_id, row.raw_page_id).await?;
        let Some(page) = page else {
            return Ok(None);
        };
        let key_id = DataKeyId::from_uuid(page.data_key_id);
        let keys = self
            .vault
            .data_keys(&mut conn, merchant_id, &[key_id])
            .await?;
        let Some(key) = keys.get(&key_id) else {
            return Ok(None);
        };
        let place = Aad {
            merchant_id,
            table: "raw_pages",
            column: "sealed",
            row: row.raw_page_id,
        };
        let packed = key.open(&place, &page.sealed)?;
        let mut raw = Vec::new();
        let unpacked = GzDecoder::new(packed.as_slice())
            .take(MAX_PAGE_BYTES)
            .read_to_end(&mut raw);
        match unpacked {
            Ok(_) => Ok(Some((raw, page.read_at))),
            Err(error) => Err(Error::Undecodable {
                table: "raw_pages",
                id: row.raw_page_id.to_string(),
                reason: format!("it does not unpack: {error}"),
            }),
        }
    }

    /// Translates the page anew and stores the row; of a row whose id could never be read, all of its page.
    async fn store_from_page(
        &self,
        account: &Account,
        row: &DueRow,
        raw: Vec<u8>,
        read_at: DateTime<Utc>,
    ) -> Result<Try, Error> {
        let parsed = self
            .channel_proxy
            .parse_orders(account, raw, read_at)
            .await?;
        let is_row = |rejected: &&pb::RejectedRow| match row.has_channel_id() {
            true => rejected.channel_order_id == row.row_key,
            false => rejected.index == row.row_index,
        };
        if let Some(rejected) = parsed.rejected.iter().find(is_row) {
            return Ok(Try::StillRefused(rejected.reason.clone()));
        }
        let orders = parsed.orders.into_iter();
        let wanted =
            orders.filter(|order| !row.has_channel_id() || order.channel_order_id == row.row_key);
        let mut stored = 0;
        for order in wanted {
            match self.translate(account, order, read_at) {
                Ok(order) => {
                    self.store_retried(account, order).await?;
                    stored += 1;
                }
                Err(reason) => return Ok(Try::StillRefused(reason)),
            }
        }
        match stored {
            0 => self.store_from_channel(account, row).await,
            _ => Ok(Try::Stored),
        }
    }

    /// Asks the channel for the order, as it is now.
    async fn store_from_channel(&self, account: &Account, row: &DueRow) -> Result<Try, Error> {
        if !row.has_channel_id() {
            let reason = "its page is gone and its order's id could not be read";
            return Ok(Try::StillRefused(reason.to_owned()));
        }
        let fetched = self
            .channel_proxy
            .fetch_order(account, &row.row_key)
            .await?;
        let page = RawPage {
            stream: "order",
            poll_window_id: None,
            page_number: 0,
            raw: &fetched.raw,
            sha256: sha256(&fetched.raw),
            channel_order_ids: vec![row.row_key.clone()],
            read_at: fetched.read_at,
        };
        let mut tx = moa_service::begin(&self.pool).await?;
        let raw_page_id = self.keep_raw_page(&mut tx, account, page).await?;
        tx.commit().await?;
        if let Some(rejected) = fetched.rejected.first() {
            return Ok(Try::StillRefused(rejected.reason.clone()));
        }
        let Some(order) = fetched.order else {
            return Ok(Try::StillRefused(
                "the channel shows it no more: cancelled or returned".to_owned(),
            ));
        };
        let order = match self.translate(account, order, fetched.read_at) {
            Ok(order) => order,
            Err(reason) => return Ok(Try::StillRefused(reason)),
        };
        self.store_retried(account, order).await?;
        let mut conn = self.pool.acquire().await?;
        raw_pages::mark_parcel_parsed(&mut conn, account, raw_page_id, self.clock.now()).await?;
        raw_pages::delete_of_erased(&mut conn, account, &[raw_page_id]).await?;
        Ok(Try::Stored)
    }

    /// Stores one order. It needs no lease: facts join by the time they were read, whoever writes them.
    async fn store_retried(&self, account: &Account, order: FetchedOrder) -> Result<(), Error> {
        let mut tx = moa_service::begin(&self.pool).await?;
        let stored = self.store_orders(&mut tx, account, &[order], None).await?;
        if stored.changed > 0 {
            raw_pages::forget_digests(&mut tx, account).await?;
        }
        tx.commit().await?;
        if stored.changed > 0 {
            self.outbox.wake();
            self.link_waiting_claims(account).await?;
        }
        Ok(())
    }
}
