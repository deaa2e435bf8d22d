//! Reading the pages of one part of a window, ahead of whoever stores them.

use std::pin::pin;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::App;
use super::collect::Poll;
use super::turns::{PAGES_OF_A_SEAT, Rank, Room, Seat};
use crate::Error;
use crate::clients::channel_proxy::{Fetched, PageQuery};
use crate::domain::account::Account;
use crate::store::raw_pages::Place;

/// Pages of one part of a window, at most: 50 rows each make half a million orders of a month.
const MAX_PAGES: i32 = 10_000;
/// Times that a page is asked for within one window, at most.
const PAGE_TRIES: u32 = 3;
/// Pages of a list that wait for the end of a burst, two seconds each at most: a sweep of hundreds is to end, too.
const PAGES_THAT_WAIT: i32 = 30;
/// How soon the next page of a list comes, else those before it are stored without it.
const SOON: Duration = Duration::from_millis(100);

/// A page that waits to be stored.
pub(super) struct ReadPage {
    pub(super) place: Place,
    pub(super) page: Fetched,
    /// The next one comes soon.
    pub(super) goes_on: bool,
    pub(super) room: Room,
}

/// What a reader tells whoever stores.
pub(super) enum Ahead {
    Page(ReadPage),
    /// The next page takes longer than it was said to: by its channel, or for want of room.
    Pause,
}

impl App {
    /// Reads page by page, until the last one or until nobody stores them any more.
    pub(super) async fn read_pages(
        &self,
        poll: &Poll<'_>,
        (part, rank): (i32, Rank),
        mut query: PageQuery,
        ahead: mpsc::Sender<Ahead>,
    ) -> Result<(), Error> {
        let mut seat: Option<Seat> = None;
        for number in 0..MAX_PAGES {
            if rank == Rank::Rest && !query.stream.shows_claims() && number < PAGES_THAT_WAIT {
                // Other lists are read in numbers too, and what they show is mostly known. Claims are never late.
                self.outbox.gathered().await;
            }
            let place = Place { part, page: number };
            query.known = poll.known(place);
            let page = tokio::select! {
                page = self.read_seated(poll.account, &query, &mut seat, &ahead) => page?,
                () = ahead.closed() => return Ok(()),
            };
            let next = page.next_page_token().to_owned();
            let room = match self.turns.try_room(rank) {
                Some(room) => room,
                None => {
                    drop(ahead.send(Ahead::Pause).await);
                    tokio::select! {
                        room = self.turns.room(rank) => room,
                        () = ahead.closed() => return Ok(()),
                    }
                }
            };
            // A sweep shows mostly what is known: it has nothing to fill a transaction with.
            let reads_on = rank == Rank::NewOrders && !query.sweep && !next.is_empty();
            // Once it took long, it will again.
            let is_slow = number > 0 && seat.is_none();
            if (number + 1) % i32::from(PAGES_OF_A_SEAT) == 0 {
                seat = None;
            }
            if reads_on && !is_slow && seat.is_none() {
                seat = self.turns.try_seat();
            }
            let read = ReadPage {
                place,
                page,
                goes_on: reads_on && seat.is_some(),
                room,
            };
            if ahead.send(Ahead::Page(read)).await.is_err() || next.is_empty() {
                return Ok(());
            }
            if next == query.page_token {
                return Err(endless("the channel's list leads from a page to itself"));
            }
            query.page_token = next;
            if reads_on && seat.is_none() {
                seat = tokio::select! {
                    seat = self.turns.seat() => seat,
                    () = ahead.closed() => return Ok(()),
                };
            }
        }
        Err(endless("the channel's list has too many pages"))
    }

    /// Reads a page. When it takes long, its seat is given back and what came before is not kept waiting.
    async fn read_seated(
        &self,
        account: &Account,
        query: &PageQuery,
        seat: &mut Option<Seat>,
        ahead: &mpsc::Sender<Ahead>,
    ) -> Result<Fetched, Error> {
        let mut read = pin!(self.read_page(account, query));
        if seat.is_some() {
            if let Ok(page) = timeout(SOON, &mut read).await {
                return page;
            }
            *seat = None;
            // Nobody stores any more: that shows with the page.
            drop(ahead.send(Ahead::Pause).await);
        }
        read.await
    }

    /// Reads a page, and again when it meets trouble that passes: of a hundred pages one does more often than not, and a
    /// window that is given up begins anew. Not the first page, which loses nothing: whether the channel is there at all
    /// shows by it.
    async fn read_page(&self, account: &Account, query: &PageQuery) -> Result<Fetched, Error> {
        let mut tries = 1;
        loop {
            let error = match self.channel_proxy.fetch_page(account, query).await {
                Ok(page) => return Ok(page),
                Err(error) => error,
            };
            match error.passes_after() {
                Some(pause) if !query.page_token.is_empty() && tries < PAGE_TRIES => {
                    tries += 1;
                    tokio::time::sleep(pause).await;
                }
                _ => return Err(error),
            }
        }
    }
}

fn endless(detail: &str) -> Error {
    Error::Channel {
        reason: "CHANNEL_MALFORMED_ANSWER".to_owned(),
        detail: detail.to_owned(),
        retry_after: Some(Duration::from_secs(60)),
    }
}
