//! Reading the pages of one part of a window, ahead of whoever stores them.

use std::time::Duration;

use tokio::sync::mpsc;

use super::App;
use super::turns::{Rank, Room};
use crate::Error;
use crate::clients::channel_proxy::{Page, PageQuery};
use crate::domain::account::Account;
use crate::store::raw_pages::Place;

/// Pages of one part of a window, at most: 50 rows each make half a million orders of a month.
const MAX_PAGES: i32 = 10_000;
/// Times that a page is asked for within one window, at most.
const PAGE_TRIES: u32 = 3;

/// A page that waits to be stored.
pub(super) struct ReadPage {
    pub(super) place: Place,
    pub(super) page: Page,
    _room: Room,
}

impl App {
    /// Reads page by page, until the last one or until nobody stores them any more.
    pub(super) async fn read_pages(
        &self,
        account: &Account,
        (part, rank): (i32, Rank),
        mut query: PageQuery,
        ahead: mpsc::Sender<ReadPage>,
    ) -> Result<(), Error> {
        for number in 0..MAX_PAGES {
            let page = self.read_page(account, &query).await?;
            let next = page.next_page_token.clone();
            let read = ReadPage {
                place: Place { part, page: number },
                page,
                _room: self.turns.room(rank).await,
            };
            if ahead.send(read).await.is_err() || next.is_empty() {
                return Ok(());
            }
            if next == query.page_token {
                return Err(endless("the channel's list leads from a page to itself"));
            }
            query.page_token = next;
        }
        Err(endless("the channel's list has too many pages"))
    }

    /// Reads a page, and again when it meets trouble that passes: of a hundred pages one does more often than not, and a
    /// window that is given up begins anew. Not the first page, which loses nothing: whether the channel is there at all
    /// shows by it.
    async fn read_page(&self, account: &Account, query: &PageQuery) -> Result<Page, Error> {
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
