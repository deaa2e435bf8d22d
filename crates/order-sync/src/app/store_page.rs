//! Storing one page: sealed as it came, then its rows in as few transactions as they need.

use chrono::{DateTime, Utc};
use metrics::counter;
use moa_id::RawPageId;
use moa_jobs::{Lease, LeaseLost};
use moa_proto::moa::channel_proxy::v1 as pb;
use sqlx::PgConnection;

use super::App;
use super::collect::Poll;
use super::keep_raw_page::{RawPage, sha256};
use super::seal_contacts::digest;
use super::store_orders::Stored;
use crate::Error;
use crate::clients::channel_proxy::{Page, Rows};
use crate::clients::{convert, convert_inquiry};
use crate::domain::account::Account;
use crate::domain::claim::FetchedClaim;
use crate::domain::inquiry::{self, FetchedInquiry};
use crate::domain::order::FetchedOrder;
use crate::domain::upsert::joined;
use crate::domain::window::Stream;
use crate::store::parked_rows::{self, ParkedRow};
use crate::store::raw_pages::{self, Place};
use crate::store::windows;

/// Rows of one transaction, at most.
const BATCH: usize = 500;
/// Times a transaction is tried when the database asks for it.
const ATTEMPTS: u32 = 3;
/// Of what is kept of a row's reason.
const REASON_CHARS: usize = 200;

/// The rows of a page, translated.
enum Batch<'a> {
    Orders(&'a [FetchedOrder]),
    Claims(&'a [FetchedClaim]),
    Inquiries(&'a [FetchedInquiry]),
}

/// How a page's storing ends.
struct PageEnd<'a> {
    raw_page_id: RawPageId,
    place: Place,
    sha256: &'a [u8; 32],
    parked: &'a [ParkedRow],
    /// Keys of rows that were stored, to release those that were parked before.
    stored_keys: &'a [String],
}

impl App {
    /// Keeps a page and its rows; the page that was stored last at this place is only counted.
    pub(super) async fn store_page(
        &self,
        poll: &mut Poll<'_>,
        place: Place,
        page: Page,
    ) -> Result<(), Error> {
        let rows = match &page.rows {
            Rows::Orders(rows) => rows.len(),
            Rows::Claims(rows) => rows.len(),
            Rows::Inquiries(rows) => rows.len(),
        };
        poll.tally.pages += 1;
        poll.tally.rows += i32::try_from(rows).unwrap_or(i32::MAX);
        let first_read = poll.tally.read_at.unwrap_or(page.read_at);
        poll.tally.read_at = Some(first_read.min(page.read_at));
        let sha256 = sha256(&page.raw);
        if poll.digests.get(&place).map(Vec::as_slice) == Some(&sha256) {
            return Ok(());
        }

        let mut tx = self.pool.begin().await?;
        hold(poll.lease, &mut tx).await?;
        if !poll.opened {
            windows::open(&mut tx, poll.account, &poll.window).await?;
        }
        let raw = RawPage {
            stream: poll.window.stream.as_str(),
            poll_window_id: Some(poll.window.poll_window_id),
            page_number: poll.tally.pages - 1,
            raw: &page.raw,
            sha256,
            channel_order_ids: order_ids_of(&page.rows),
            read_at: page.read_at,
        };
        let raw_page_id = self.keep_raw_page(&mut tx, poll.account, raw).await?;
        tx.commit().await?;
        poll.opened = true;
        self.keep_rows(poll, raw_page_id, (place, &sha256), page)
            .await
    }

    async fn keep_rows(
        &self,
        poll: &mut Poll<'_>,
        raw_page_id: RawPageId,
        (place, sha256): (Place, &[u8; 32]),
        page: Page,
    ) -> Result<(), Error> {
        let mut parked: Vec<ParkedRow> = Vec::new();
        let mut park = |index: usize, key: &str, reason: &str| {
            let index = i32::try_from(index).unwrap_or(i32::MAX);
            parked.push(self.parked_row(sha256, index, key, reason));
        };
        for row in &page.rejected {
            let index = usize::try_from(row.index).unwrap_or(0);
            park(index, &row.channel_order_id, &row.reason);
        }
        let mut fetched_orders = Vec::new();
        let mut fetched_claims = Vec::new();
        let mut fetched_inquiries = Vec::new();
        match page.rows {
            Rows::Orders(rows) => {
                for (index, row) in rows.into_iter().enumerate() {
                    let key = row.channel_order_id.clone();
                    match self.translate(poll.account, row, page.read_at) {
                        Ok(order) => fetched_orders.push(order),
                        Err(reason) => park(index, &key, &reason),
                    }
                }
            }
            Rows::Claims(rows) => {
                for (index, row) in rows.into_iter().enumerate() {
                    let key = row.channel_claim_id.clone();
                    match convert::claim(row, page.read_at) {
                        Ok(claim) => fetched_claims.push(claim),
                        Err(reason) => park(index, &key, &reason),
                    }
                }
            }
            Rows::Inquiries(rows) => {
                for (index, row) in rows.into_iter().enumerate() {
                    let key = row.channel_inquiry_id.clone();
                    match convert_inquiry::inquiry(row, page.read_at) {
                        Ok(inquiry) => fetched_inquiries.push(inquiry),
                        Err(reason) => park(index, &key, &reason),
                    }
                }
            }
        }

        let orders = joined(fetched_orders);
        let mut batches: Vec<Batch<'_>> = orders.chunks(BATCH).map(Batch::Orders).collect();
        batches.extend(fetched_claims.chunks(BATCH).map(Batch::Claims));
        let inquiries = inquiry::joined(fetched_inquiries);
        batches.extend(inquiries.chunks(BATCH).map(Batch::Inquiries));
        let last = batches.pop().unwrap_or(Batch::Orders(&[]));
        for batch in &batches {
            self.keep_batch(poll, batch, &mut parked, sha256).await?;
        }
        let mut stored_keys: Vec<String> = Vec::new();
        if poll.cursor.has_parked_rows {
            stored_keys.extend(orders.iter().map(|o| o.channel_order_id.clone()));
            stored_keys.extend(fetched_claims.iter().map(|c| c.channel_claim_id.clone()));
            let asked = inquiries.iter();
            stored_keys.extend(asked.map(|inquiry| inquiry.key.channel_inquiry_id.clone()));
        }
        // The ordinary page is one transaction: its rows and the note that they are stored.
        let end = PageEnd {
            raw_page_id,
            place,
            sha256,
            parked: &parked,
            stored_keys: &stored_keys,
        };
        match self.transact(poll, &last, Some(&end)).await {
            Ok(stored) => poll.stored += stored,
            Err(error) if error.refuses_the_row().is_some() => {
                self.keep_one_by_one(poll, &last, &mut parked, sha256)
                    .await?;
                let end = PageEnd {
                    raw_page_id,
                    place,
                    sha256,
                    parked: &parked,
                    stored_keys: &stored_keys,
                };
                self.transact(poll, &Batch::Orders(&[]), Some(&end)).await?;
            }
            Err(error) => return Err(error),
        }
        poll.parked += parked.len();
        Ok(())
    }

    /// Stores a batch; when the database refuses a value in it, row by row.
    async fn keep_batch(
        &self,
        poll: &mut Poll<'_>,
        batch: &Batch<'_>,
        parked: &mut Vec<ParkedRow>,
        sha256: &[u8; 32],
    ) -> Result<(), Error> {
        match self.transact(poll, batch, None).await {
            Ok(stored) => {
                poll.stored += stored;
                Ok(())
            }
            Err(error) if error.refuses_the_row().is_some() => {
                self.keep_one_by_one(poll, batch, parked, sha256).await
            }
            Err(error) => Err(error),
        }
    }

    /// Stores row by row, so that one bad row holds up only itself.
    async fn keep_one_by_one(
        &self,
        poll: &mut Poll<'_>,
        batch: &Batch<'_>,
        parked: &mut Vec<ParkedRow>,
        sha256: &[u8; 32],
    ) -> Result<(), Error> {
        let rows: Vec<(Batch<'_>, &str)> = match batch {
            Batch::Orders(orders) => orders
                .iter()
                .map(|row| {
                    (
                        Batch::Orders(std::slice::from_ref(row)),
                        row.channel_order_id.as_str(),
                    )
                })
                .collect(),
            Batch::Claims(claims) => claims
                .iter()
                .map(|row| {
                    (
                        Batch::Claims(std::slice::from_ref(row)),
                        row.channel_claim_id.as_str(),
                    )
                })
                .collect(),
            Batch::Inquiries(inquiries) => inquiries
                .iter()
                .map(|row| {
                    (
                        Batch::Inquiries(std::slice::from_ref(row)),
                        row.key.channel_inquiry_id.as_str(),
                    )
                })
                .collect(),
        };
        for (index, (row, key)) in (0..).zip(&rows) {
            match self.transact(poll, row, None).await {
                Ok(stored) => poll.stored += stored,
                Err(error) => match error.refuses_the_row() {
                    Some(reason) => parked.push(self.parked_row(sha256, index, key, &reason)),
                    None => return Err(error),
                },
            }
        }
        Ok(())
    }

    /// One transaction, guarded by the lease, tried again when the database asks for it.
    async fn transact(
        &self,
        poll: &Poll<'_>,
        batch: &Batch<'_>,
        end: Option<&PageEnd<'_>>,
    ) -> Result<Stored, Error> {
        let mut attempt = 1;
        loop {
            match self.transact_once(poll, batch, end).await {
                Err(error) if error.is_transient() && attempt < ATTEMPTS => attempt += 1,
                other => return other,
            }
        }
    }

    async fn transact_once(
        &self,
        poll: &Poll<'_>,
        batch: &Batch<'_>,
        end: Option<&PageEnd<'_>>,
    ) -> Result<Stored, Error> {
        let (account, stream) = (poll.account, poll.window.stream);
        let mut tx = self.pool.begin().await?;
        hold(poll.lease, &mut tx).await?;
        let stored = match batch {
            Batch::Orders([]) => Stored::default(),
            Batch::Orders(orders) => {
                let mark = poll.cursor.progress.high_water_at;
                let finds_late = match stream {
                    Stream::OrdersPlaced => true,
                    // An order shows when it is paid, long after it was placed perhaps: only one that a sweep finds is
                    // late.
                    Stream::OrdersChanged => poll.window.window.sweep,
                    _ => false,
                };
                let late_before = mark.filter(|_| finds_late);
                self.store_orders(&mut tx, account, orders, late_before)
                    .await?
            }
            Batch::Claims(claims) => self.store_claims(&mut tx, account, claims).await?,
            Batch::Inquiries(asked) => self.store_inquiries(&mut tx, account, asked).await?,
        };
        if let Some(end) = end {
            self.end_page(&mut tx, account, stream, end).await?;
        }
        tx.commit().await?;
        if stored.changed > 0 {
            self.outbox.wake();
        }
        Ok(stored)
    }

    async fn end_page(
        &self,
        conn: &mut PgConnection,
        account: &Account,
        stream: Stream,
        end: &PageEnd<'_>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let digest = (end.place, end.sha256.as_slice());
        raw_pages::mark_parsed(conn, account, stream, end.raw_page_id, digest, now).await?;
        if !end.stored_keys.is_empty() {
            parked_rows::resolve(conn, account, end.stored_keys, now).await?;
        }
        // After the release: a row that was refused again stays parked.
        parked_rows::park(conn, account, stream, end.raw_page_id, end.parked, now).await?;
        for row in end.parked {
            tracing::error!(
                channel.code = %account.channel,
                raw_page.id = %end.raw_page_id,
                "a row of {} is parked: {}",
                account.channel,
                row.reason
            );
        }
        counter!("moa_order_sync_parked_rows_total", "channel" => account.channel.clone())
            .increment(end.parked.len() as u64);
        Ok(())
    }

    /// A channel's order in our words, its contact hashed.
    pub(super) fn translate(
        &self,
        account: &Account,
        order: pb::ChannelOrder,
        page_read_at: DateTime<Utc>,
    ) -> Result<FetchedOrder, String> {
        let key_ring = self.vault.key_ring();
        convert::order(order, page_read_at, |contact| {
            digest(key_ring, account.merchant_id, contact)
        })
    }

    fn parked_row(&self, sha256: &[u8; 32], index: i32, key: &str, reason: &str) -> ParkedRow {
        let clean = |text: &str| -> String {
            let chars = text.chars().filter(|c| *c != '\0');
            chars.take(REASON_CHARS).collect()
        };
        let row_key = match clean(key) {
            key if key.is_empty() => {
                let head: String = sha256.iter().take(8).map(|b| format!("{b:02x}")).collect();
                format!("{head}#{index}")
            }
            key => key,
        };
        ParkedRow {
            parked_row_id: self.ids.uuid(),
            row_key,
            row_index: index,
            reason: clean(reason),
        }
    }
}

/// Makes the transaction fail unless the lease is still ours.
pub(super) async fn hold(lease: &Lease, conn: &mut PgConnection) -> Result<(), Error> {
    match lease.guard(conn).await {
        Ok(()) => Ok(()),
        Err(LeaseLost::Unchecked { source, .. }) => Err(source.into()),
        Err(_) => Err(Error::LeaseLost),
    }
}

fn order_ids_of(rows: &Rows) -> Vec<String> {
    match rows {
        Rows::Orders(rows) => rows.iter().map(|r| r.channel_order_id.clone()).collect(),
        Rows::Claims(rows) => rows.iter().map(|r| r.channel_order_id.clone()).collect(),
        Rows::Inquiries(rows) => rows
            .iter()
            .flat_map(|r| r.channel_order_ids.clone())
            .collect(),
    }
}
