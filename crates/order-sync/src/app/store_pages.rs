//! Storing pages: sealed as they came, then their rows in as few transactions as they need.

use chrono::{DateTime, Utc};
use moa_proto::moa::channel_proxy::v1 as pb;

use super::App;
use super::collect::{Errand, Poll, Reading};
use super::keep_raw_page::{RawPage, sha256};
use super::page_digest::digest_of;
use super::read_pages::ReadPage;
use super::seal_contacts::digest;
use super::store_batch::{BATCH, Batch, KeptPage, PagesEnd, hold};
use super::store_orders::Stored;
use super::turns::Room;
use crate::Error;
use crate::clients::channel_proxy::{Fetched, Page, Rows};
use crate::clients::{convert, convert_inquiry};
use crate::domain::account::Account;
use crate::domain::claim::FetchedClaim;
use crate::domain::inquiry;
use crate::domain::order::FetchedOrder;
use crate::domain::upsert::joined;
use crate::store::parked_rows::ParkedRow;
use crate::store::raw_pages::Place;
use crate::store::windows;

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
    place: Place,
    page: Page,
    /// Hash of what the channel sent.
    of_raw: [u8; 32],
    digest: Vec<u8>,
    page_number: i32,
    _room: Room,
}

impl News {
    /// How many rows it holds.
    pub(super) fn rows(&self) -> usize {
        self.page.rows.len()
    }
}

impl App {
    /// Counts a page that was read; none when it is what was stored last at its place.
    pub(super) fn news(
        &self,
        poll: &Poll<'_>,
        reading: &mut Reading,
        read: ReadPage,
    ) -> Option<News> {
        let tally = &mut reading.tally;
        tally.pages += 1;
        let last_page = reading.last_pages.entry(read.place.part).or_default();
        *last_page = read.place.page.max(*last_page);
        tally.rows += i32::try_from(read.page.rows()).unwrap_or(i32::MAX);
        let read_at = read.page.read_at();
        let first_read = tally.read_at.unwrap_or(read_at);
        tally.read_at = Some(first_read.min(read_at));
        let page_number = tally.pages - 1;
        let Fetched::Page(page) = read.page else {
            return None;
        };
        if poll.window.stream.shows_acts()
            && let Rows::Orders(orders) = &page.rows
        {
            let lines = orders.iter().flat_map(|order| &order.lines);
            let parcels = lines.map(|line| line.channel_parcel_id.clone());
            reading.shown.extend(parcels);
        }
        let of_raw = sha256(&page.raw);
        let digest = digest_of(of_raw, &page);
        let is_known = match poll.errand {
            Errand::Present => poll.digests.get(&read.place) == Some(&digest),
            // A quiet day reads like the next one: the very same empty page is kept and translated once.
            Errand::Past => {
                let is_empty = page.rows.len() == 0 && page.rejected.is_empty();
                is_empty && poll.digests.values().any(|known| known == &digest)
            }
        };
        (!is_known).then_some(News {
            place: read.place,
            page,
            of_raw,
            digest,
            page_number,
            _room: read.room,
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
            raw: &news.page.raw,
            sha256: news.of_raw,
            channel_order_ids: order_ids_of(&news.page),
            read_at: news.page.read_at,
        });
        let raw_pages: Vec<RawPage<'_>> = raw_pages.collect();
        let mut tx = moa_service::begin(&self.pool).await?;
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
                place: news.place,
                digest: news.digest,
                of_raw: news.of_raw,
                keys: Vec::new(),
            };
            (kept, news.page)
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
