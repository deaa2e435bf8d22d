//! Storing rows: a batch in a transaction, guarded by the lease, and in halves when the database refuses a row.

use metrics::counter;
use moa_id::RawPageId;
use moa_jobs::{Lease, LeaseLost};
use sqlx::PgConnection;

use super::App;
use super::collect::{Errand, Poll};
use super::store_orders::Stored;
use crate::Error;
use crate::domain::claim::FetchedClaim;
use crate::domain::inquiry::FetchedInquiry;
use crate::domain::order::FetchedOrder;
use crate::domain::stream::Stream;
use crate::store::parked_rows::{self, ParkedRow};
use crate::store::raw_pages::{self, ParsedPage, Place};

/// Rows of one transaction, at most.
pub(super) const BATCH: usize = 500;
/// Times a transaction is tried when the database asks for it: with two others of its list it may have orders in common,
/// and with one of another look.
const ATTEMPTS: u32 = 4;
/// Of what is kept of a row's reason.
const REASON_CHARS: usize = 200;

/// Rows of pages, translated.
#[derive(Clone, Copy)]
pub(super) enum Batch<'a> {
    Orders(&'a [FetchedOrder]),
    Claims(&'a [FetchedClaim]),
    Inquiries(&'a [FetchedInquiry]),
}

impl<'a> Batch<'a> {
    pub(super) const NOTHING: Self = Self::Orders(&[]);

    /// Two halves, or the key of the only row; none of nothing.
    fn halves(self) -> Option<Result<(Self, Self), &'a str>> {
        fn halve<'a, T>(
            rows: &'a [T],
            batch: impl Fn(&'a [T]) -> Batch<'a>,
            key: impl Fn(&'a T) -> &'a str,
        ) -> Option<Result<(Batch<'a>, Batch<'a>), &'a str>> {
            match rows {
                [] => None,
                [row] => Some(Err(key(row))),
                rows => {
                    let (first, second) = rows.split_at(rows.len() / 2);
                    Some(Ok((batch(first), batch(second))))
                }
            }
        }
        match self {
            Self::Orders(rows) => halve(rows, Batch::Orders, |row| &row.channel_order_id),
            Self::Claims(rows) => halve(rows, Batch::Claims, |row| &row.channel_claim_id),
            Self::Inquiries(rows) => {
                halve(rows, Batch::Inquiries, |row| &row.key.channel_inquiry_id)
            }
        }
    }
}

/// A page that is kept as it came and whose rows are to be stored.
pub(super) struct KeptPage {
    pub(super) raw_page_id: RawPageId,
    pub(super) place: Place,
    pub(super) digest: Vec<u8>,
    /// Hash of what the channel sent.
    pub(super) of_raw: [u8; 32],
    /// Of each row that was translated, with its place in the page.
    pub(super) keys: Vec<(String, i32)>,
}

/// How the storing of pages ends.
pub(super) struct PagesEnd<'a> {
    pub(super) pages: &'a [KeptPage],
    pub(super) parked: &'a [ParkedRow],
    /// Keys of rows that were stored, to release those that were parked before.
    pub(super) stored_keys: &'a [String],
    /// Rows of orders whose contact was erased, in the transactions before this one.
    pub(super) erased: usize,
}

impl App {
    /// Stores a batch. When the database refuses a value in it, its halves, so that one bad row holds up only itself.
    pub(super) async fn keep_batch(
        &self,
        poll: &Poll<'_>,
        batch: Batch<'_>,
        pages: &[KeptPage],
        parked: &mut Vec<ParkedRow>,
    ) -> Result<Stored, Error> {
        let mut kept = Stored::default();
        let mut waiting = vec![batch];
        while let Some(batch) = waiting.pop() {
            match self.transact(poll, batch, None).await {
                Ok(stored) => kept += stored,
                Err(error) => {
                    let Some(reason) = error.refuses_the_row() else {
                        return Err(error);
                    };
                    match batch.halves() {
                        Some(Ok((first, second))) => waiting.extend([second, first]),
                        Some(Err(key)) => parked.extend(self.refused_row(pages, key, &reason)),
                        None => return Err(error),
                    }
                }
            }
        }
        Ok(kept)
    }

    /// A row that the database refused, parked beside the page that it came from last.
    fn refused_row(&self, pages: &[KeptPage], key: &str, reason: &str) -> Option<ParkedRow> {
        pages.iter().rev().find_map(|page| {
            let (_, index) = page.keys.iter().find(|(of_row, _)| of_row == key)?;
            Some(self.parked_row(page, *index, key, reason))
        })
    }

    /// One transaction, guarded by the lease, tried again when the database asks for it.
    pub(super) async fn transact(
        &self,
        poll: &Poll<'_>,
        batch: Batch<'_>,
        end: Option<&PagesEnd<'_>>,
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
        batch: Batch<'_>,
        end: Option<&PagesEnd<'_>>,
    ) -> Result<Stored, Error> {
        let account = poll.account;
        let mut tx = moa_service::begin(&self.pool).await?;
        hold(poll.lease, &mut tx).await?;
        let stored = match batch {
            Batch::Orders([]) => Stored::default(),
            Batch::Orders(orders) => {
                self.store_orders(&mut tx, account, orders, poll.late)
                    .await?
            }
            Batch::Claims(claims) => self.store_claims(&mut tx, account, claims).await?,
            Batch::Inquiries(asked) => self.store_inquiries(&mut tx, account, asked).await?,
        };
        if let Some(end) = end {
            self.end_pages(&mut tx, poll, end).await?;
            // Claims and questions do not say whether their order's contact was erased.
            // A row that could not be read does not say so either.
            let may_show_erased = end.erased + stored.erased > 0
                || !end.parked.is_empty()
                || matches!(poll.window.stream, Stream::Claims | Stream::Inquiries(_));
            if may_show_erased {
                let ids: Vec<RawPageId> = end.pages.iter().map(|page| page.raw_page_id).collect();
                raw_pages::delete_of_erased(&mut tx, account, &ids).await?;
            }
        }
        tx.commit().await?;
        if stored.changed > 0 {
            self.outbox.wake();
        }
        Ok(stored)
    }

    async fn end_pages(
        &self,
        conn: &mut PgConnection,
        poll: &Poll<'_>,
        end: &PagesEnd<'_>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let (account, stream) = (poll.account, poll.window.stream);
        let pages = end.pages.iter();
        match poll.errand {
            Errand::Present => {
                let parsed: Vec<ParsedPage<'_>> = pages
                    .map(|page| ParsedPage {
                        raw_page_id: page.raw_page_id,
                        place: page.place,
                        sha256: &page.digest,
                    })
                    .collect();
                raw_pages::mark_parsed(conn, account, stream, &parsed, now).await?;
            }
            // A past is read once: its pages are nobody's repeat, nor to be taken for those of the present.
            Errand::Past => {
                for page in pages {
                    raw_pages::mark_parcel_parsed(conn, account, page.raw_page_id, now).await?;
                }
            }
        }
        if !end.stored_keys.is_empty() {
            let opened_at = poll.window.opened_at;
            parked_rows::resolve(conn, account, stream, end.stored_keys, opened_at, now).await?;
        }
        // After the release: a row that was refused again stays parked.
        parked_rows::park(conn, account, stream, end.parked, now).await?;
        for row in end.parked {
            tracing::error!(
                channel.code = %account.channel,
                raw_page.id = %row.raw_page_id,
                "a row of {} is parked: {}",
                account.channel,
                row.reason
            );
        }
        counter!("moa_order_sync_parked_rows_total", "channel" => account.channel.clone())
            .increment(end.parked.len() as u64);
        Ok(())
    }

    pub(super) fn parked_row(
        &self,
        page: &KeptPage,
        index: i32,
        key: &str,
        reason: &str,
    ) -> ParkedRow {
        let clean = |text: &str| -> String {
            let chars = text.chars().filter(|c| *c != '\0');
            chars.take(REASON_CHARS).collect()
        };
        let row_key = match clean(key) {
            key if key.is_empty() => {
                let head = page.of_raw.iter().take(8);
                let head: String = head.map(|b| format!("{b:02x}")).collect();
                format!("{head}#{index}")
            }
            key => key,
        };
        ParkedRow {
            parked_row_id: self.ids.uuid(),
            raw_page_id: page.raw_page_id,
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
