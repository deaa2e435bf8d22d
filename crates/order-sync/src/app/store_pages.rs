//! Storing pages: sealed as they came, then their rows in as few transactions as they need.

use chrono::{DateTime, Utc};
use metrics::counter;
use moa_id::RawPageId;
use moa_jobs::{Lease, LeaseLost};
use moa_proto::moa::channel_proxy::v1 as pb;
use sqlx::PgConnection;

use super::App;
use super::collect::{Errand, Poll, Reading};
use super::keep_raw_page::{RawPage, sha256};
use super::read_pages::ReadPage;
use super::seal_contacts::digest;
use super::store_orders::Stored;
use crate::Error;
use crate::clients::channel_proxy::{Page, Rows};
use crate::clients::{convert, convert_inquiry};
use crate::domain::account::Account;
use crate::domain::claim::FetchedClaim;
use crate::domain::inquiry::{self, FetchedInquiry};
use crate::domain::order::FetchedOrder;
use crate::domain::stream::Stream;
use crate::domain::upsert::joined;
use crate::store::parked_rows::{self, ParkedRow};
use crate::store::raw_pages::{self, ParsedPage, Place};
use crate::store::windows;

/// Rows of one transaction, at most.
pub(super) const BATCH: usize = 500;
/// Times a transaction is tried when the database asks for it.
const ATTEMPTS: u32 = 3;
/// Raised when more is read out of a page than before: pages that were stored then count as news once.
const READER: u8 = 2;
/// Of what is kept of a row's reason.
const REASON_CHARS: usize = 200;

/// Rows of pages, translated.
#[derive(Clone, Copy)]
enum Batch<'a> {
    Orders(&'a [FetchedOrder]),
    Claims(&'a [FetchedClaim]),
    Inquiries(&'a [FetchedInquiry]),
}

impl<'a> Batch<'a> {
    const NOTHING: Self = Self::Orders(&[]);

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

/// What keeping pages came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kept {
    pub(super) stored: Stored,
    /// Rows that could not be stored.
    pub(super) parked: usize,
}

impl std::ops::AddAssign for Kept {
    fn add_assign(&mut self, other: Self) {
        self.stored += other.stored;
        self.parked += other.parked;
    }
}

/// A page that differs from what was stored last at its place.
pub(super) struct News {
    read: ReadPage,
    /// Hash of what the channel sent.
    of_raw: [u8; 32],
    digest: [u8; 32],
    page_number: i32,
}

impl News {
    /// How many rows it holds.
    pub(super) fn rows(&self) -> usize {
        self.read.page.rows.len()
    }
}

/// A page that is kept as it came and whose rows are to be stored.
struct KeptPage {
    raw_page_id: RawPageId,
    place: Place,
    digest: [u8; 32],
    /// Of each row that was translated, with its place in the page.
    keys: Vec<(String, i32)>,
}

/// How the storing of pages ends.
struct PagesEnd<'a> {
    pages: &'a [KeptPage],
    parked: &'a [ParkedRow],
    /// Keys of rows that were stored, to release those that were parked before.
    stored_keys: &'a [String],
    /// Rows of orders whose contact was erased, in the transactions before this one.
    erased: usize,
}

impl App {
    /// Counts a page that was read; none when it is what was stored last at its place.
    pub(super) fn news(
        &self,
        poll: &Poll<'_>,
        reading: &mut Reading,
        read: ReadPage,
    ) -> Option<News> {
        let page = &read.page;
        let tally = &mut reading.tally;
        tally.pages += 1;
        tally.rows += i32::try_from(page.rows.len()).unwrap_or(i32::MAX);
        let first_read = tally.read_at.unwrap_or(page.read_at);
        tally.read_at = Some(first_read.min(page.read_at));
        if poll.window.stream.shows_acts()
            && let Rows::Orders(orders) = &page.rows
        {
            let lines = orders.iter().flat_map(|order| &order.lines);
            let parcels = lines.map(|line| line.channel_parcel_id.clone());
            reading.shown.extend(parcels);
        }
        let of_raw = sha256(&page.raw);
        let digest = digest_of(of_raw, page);
        let is_known = match poll.errand {
            Errand::Present => poll.digests.get(&read.place).map(Vec::as_slice) == Some(&digest),
            // A quiet day reads like the next one: the very same empty page is kept and translated once.
            Errand::Past => {
                let is_empty = page.rows.len() == 0 && page.rejected.is_empty();
                is_empty && poll.digests.values().any(|known| known == &digest)
            }
        };
        (!is_known).then_some(News {
            read,
            of_raw,
            digest,
            page_number: tally.pages - 1,
        })
    }

    /// Keeps pages and their rows. However many pages: their rows are stored together, in one transaction if they are
    /// few enough. The first pages of a window `opens` it.
    pub(super) async fn store_pages(
        &self,
        poll: &Poll<'_>,
        opens: bool,
        news: Vec<News>,
    ) -> Result<Kept, Error> {
        let raw_pages = news.iter().map(|news| RawPage {
            stream: poll.window.stream.as_str(),
            poll_window_id: Some(poll.window.poll_window_id),
            page_number: news.page_number,
            raw: &news.read.page.raw,
            sha256: news.of_raw,
            channel_order_ids: order_ids_of(&news.read.page),
            read_at: news.read.page.read_at,
        });
        let raw_pages: Vec<RawPage<'_>> = raw_pages.collect();
        let mut tx = self.pool.begin().await?;
        hold(poll.lease, &mut tx).await?;
        if opens {
            windows::open(&mut tx, poll.account, &poll.window).await?;
        }
        let raw_page_ids = self
            .keep_raw_pages(&mut tx, poll.account, raw_pages)
            .await?;
        tx.commit().await?;

        let news = news.into_iter().zip(raw_page_ids);
        let news = news.map(|(news, raw_page_id)| {
            let kept = KeptPage {
                raw_page_id,
                place: news.read.place,
                digest: news.digest,
                keys: Vec::new(),
            };
            (kept, news.read.page)
        });
        self.keep_rows(poll, news.collect()).await
    }

    async fn keep_rows(&self, poll: &Poll<'_>, news: Vec<(KeptPage, Page)>) -> Result<Kept, Error> {
        let mut pages = Vec::with_capacity(news.len());
        let mut parked: Vec<ParkedRow> = Vec::new();
        let mut fetched_orders = Vec::new();
        let mut claims: Vec<FetchedClaim> = Vec::new();
        let mut fetched_inquiries = Vec::new();
        for (mut kept, page) in news {
            let (account, read_at) = (poll.account, page.read_at);
            for row in &page.rejected {
                parked.push(self.parked_row(&kept, row.index, &row.channel_order_id, &row.reason));
            }
            let rows = (&mut kept, &mut parked);
            match page.rows {
                Rows::Orders(orders) => fetched_orders.extend(self.translate_rows(
                    rows,
                    orders,
                    |row| &row.channel_order_id,
                    |row| self.translate(account, row, read_at),
                )),
                Rows::Claims(told) => claims.extend(self.translate_rows(
                    rows,
                    told,
                    |row| &row.channel_claim_id,
                    |row| convert::claim(row, read_at),
                )),
                Rows::Inquiries(asked) => fetched_inquiries.extend(self.translate_rows(
                    rows,
                    asked,
                    |row| &row.channel_inquiry_id,
                    |row| convert_inquiry::inquiry(row, read_at),
                )),
            }
            pages.push(kept);
        }

        let orders = joined(fetched_orders);
        let inquiries = inquiry::joined(fetched_inquiries);
        let mut batches: Vec<Batch<'_>> = orders.chunks(BATCH).map(Batch::Orders).collect();
        batches.extend(claims.chunks(BATCH).map(Batch::Claims));
        batches.extend(inquiries.chunks(BATCH).map(Batch::Inquiries));
        let last = batches.pop().unwrap_or(Batch::NOTHING);
        let mut stored = Stored::default();
        for batch in batches {
            stored += self.keep_batch(poll, batch, &pages, &mut parked).await?;
        }
        let mut stored_keys: Vec<String> = Vec::new();
        if poll.cursor.has_parked_rows {
            stored_keys.extend(orders.iter().map(|o| o.channel_order_id.clone()));
            // A claim that could not be read was parked under its order's id.
            stored_keys.extend(claims.iter().map(|c| c.channel_claim_id.clone()));
            stored_keys.extend(claims.iter().map(|c| c.channel_order_id.clone()));
            let asked = inquiries.iter();
            stored_keys.extend(asked.map(|inquiry| inquiry.key.channel_inquiry_id.clone()));
        }
        // The ordinary pages are one transaction: their rows and the note that they are stored.
        let end = PagesEnd {
            pages: &pages,
            parked: &parked,
            stored_keys: &stored_keys,
            erased: stored.erased,
        };
        match self.transact(poll, last, Some(&end)).await {
            Ok(last) => stored += last,
            Err(error) if error.refuses_the_row().is_some() => {
                stored += self.keep_batch(poll, last, &pages, &mut parked).await?;
                let end = PagesEnd {
                    pages: &pages,
                    parked: &parked,
                    stored_keys: &stored_keys,
                    erased: stored.erased,
                };
                self.transact(poll, Batch::NOTHING, Some(&end)).await?;
            }
            Err(error) => return Err(error),
        }
        Ok(Kept {
            stored,
            parked: parked.len(),
        })
    }

    /// Translates the rows of a page; what cannot be is parked.
    fn translate_rows<R, T>(
        &self,
        (page, parked): (&mut KeptPage, &mut Vec<ParkedRow>),
        rows: Vec<R>,
        key: impl Fn(&R) -> &str,
        translate: impl Fn(R) -> Result<T, String>,
    ) -> Vec<T> {
        let mut translated = Vec::with_capacity(rows.len());
        for (index, row) in (0..).zip(rows) {
            let key = key(&row).to_owned();
            match translate(row) {
                Ok(row) => translated.push(row),
                Err(reason) => parked.push(self.parked_row(page, index, &key, &reason)),
            }
            page.keys.push((key, index));
        }
        translated
    }

    /// Stores a batch. When the database refuses a value in it, its halves, so that one bad row holds up only itself.
    async fn keep_batch(
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
    async fn transact(
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
        let mut tx = self.pool.begin().await?;
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
            let may_show_erased = end.erased + stored.erased > 0
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
            parked_rows::resolve(conn, account, stream, end.stored_keys, now).await?;
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

    fn parked_row(&self, page: &KeptPage, index: i32, key: &str, reason: &str) -> ParkedRow {
        let clean = |text: &str| -> String {
            let chars = text.chars().filter(|c| *c != '\0');
            chars.take(REASON_CHARS).collect()
        };
        let row_key = match clean(key) {
            key if key.is_empty() => {
                let head = page.digest.iter().take(8);
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

/// By which a page that was stored is recognised: what the channel sent, and which of its rows were rejected. Those need
/// not be in what it sent: a feed names an order whose detail the channel refuses.
fn digest_of(of_raw: [u8; 32], page: &Page) -> [u8; 32] {
    let mut seen = of_raw.to_vec();
    seen.push(READER);
    for row in &page.rejected {
        for text in [&row.channel_order_id, &row.reason] {
            seen.push(0);
            seen.extend(text.as_bytes());
        }
    }
    sha256(&seen)
}

/// Whose rows a page holds, those that were rejected included: it goes when one of these orders is erased.
fn order_ids_of(page: &Page) -> Vec<String> {
    let rejected = page.rejected.iter().map(|row| &row.channel_order_id);
    let rejected = rejected.filter(|id| !id.is_empty()).cloned();
    let mut ids: Vec<String> = match &page.rows {
        Rows::Orders(rows) => rows.iter().map(|r| r.channel_order_id.clone()).collect(),
        Rows::Claims(rows) => rows.iter().map(|r| r.channel_order_id.clone()).collect(),
        Rows::Inquiries(rows) => rows
            .iter()
            .flat_map(|r| r.channel_order_ids.clone())
            .collect(),
    };
    ids.extend(rejected);
    ids
}
