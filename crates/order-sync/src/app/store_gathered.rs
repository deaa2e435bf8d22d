//! Storing pages that gather while more are read.

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use moa_outbox::Gathering;
use tokio::sync::mpsc;

use super::App;
use super::collect::{Poll, Reading};
use super::read_pages::Ahead;
use super::store_batch::BATCH;
use super::store_pages::News;
use super::turns::Rank;
use crate::Error;

/// Transactions that store new orders of one window at once, while turns are free: some work in the database while another
/// makes its rows. A list that has all the turns keeps nobody out for long: whoever waits for one gets the next. Two may
/// hold the same order; then one of them is tried again, and facts join in any order. Of other lists one goes after the
/// other: claims and questions of orders that are not here have no row that would hold the second.
const STORED_AT_ONCE: usize = 3;

/// What has gathered of a window.
#[derive(Default)]
struct Gathered {
    news: Vec<News>,
    rows: usize,
    /// Did not fit.
    left_over: Option<News>,
    /// The last page was news, and the next one comes soon.
    goes_on: bool,
    /// As long as it does: that orders are here comes before what follows from them.
    burst: Option<Gathering>,
}

impl Gathered {
    /// Nothing more comes soon.
    fn pause(&mut self) {
        self.goes_on = false;
        self.burst = None;
    }

    fn is_full(&self) -> bool {
        self.left_over.is_some() || self.rows >= BATCH
    }

    /// What is to be stored together. What did not fit is the first of what comes next.
    fn take(&mut self) -> Vec<News> {
        let news = std::mem::take(&mut self.news);
        self.rows = 0;
        if let Some(first) = self.left_over.take() {
            self.add(first);
        }
        news
    }

    fn add(&mut self, news: News) {
        let rows = self.rows + news.rows();
        if self.news.is_empty() || rows <= BATCH {
            self.rows = rows;
            self.news.push(news);
        } else {
            self.left_over = Some(news);
        }
    }
}

impl App {
    /// Stores what has gathered while more is read, until nobody reads any more.
    pub(super) async fn store_gathered(
        &self,
        poll: &Poll<'_>,
        reading: &mut Reading,
        rank: Rank,
        mut ahead: mpsc::Receiver<Ahead>,
    ) -> Result<(), Error> {
        let at_once = match rank {
            Rank::NewOrders => STORED_AT_ONCE,
            Rank::Rest => 1,
        };
        let mut under_way = FuturesUnordered::new();
        let mut gathered = Gathered::default();
        loop {
            // A page of which more come soon waits for them: one transaction serves them all.
            while gathered.news.is_empty() || (gathered.goes_on && !gathered.is_full()) {
                let told = tokio::select! {
                    Some(kept) = under_way.next() => {
                        reading.kept += kept?;
                        continue;
                    }
                    told = ahead.recv() => told,
                };
                // Nobody reads any more.
                let Some(told) = told else {
                    gathered.pause();
                    break;
                };
                self.gather(poll, reading, &mut gathered, told);
            }
            if gathered.news.is_empty() {
                break;
            }
            let turn = loop {
                if under_way.len() < at_once
                    && let Some(turn) = self.turns.try_take(rank)
                {
                    break turn;
                }
                match under_way.next().await {
                    Some(kept) => reading.kept += kept?,
                    None => {
                        let is_new = rank == Rank::NewOrders;
                        let _burst = is_new.then(|| self.outbox.gather());
                        break self.turns.take(rank).await;
                    }
                }
            };
            while !gathered.is_full()
                && let Ok(told) = ahead.try_recv()
            {
                self.gather(poll, reading, &mut gathered, told);
            }
            let news = gathered.take();
            let opens = !std::mem::replace(&mut reading.opened, true);
            under_way.push(async move {
                let _turn = turn;
                self.store_pages(poll, opens, news).await
            });
        }
        while let Some(kept) = under_way.next().await {
            reading.kept += kept?;
        }
        Ok(())
    }

    fn gather(&self, poll: &Poll<'_>, reading: &mut Reading, gathered: &mut Gathered, told: Ahead) {
        // Of a page that is known there is nothing to store, and others may follow it: what came before does not wait.
        let news = match told {
            Ahead::Page(read) => {
                let goes_on = read.goes_on;
                self.news(poll, reading, read).map(|news| (news, goes_on))
            }
            Ahead::Pause => None,
        };
        let goes_on = news.is_some_and(|(news, goes_on)| {
            gathered.add(news);
            goes_on
        });
        if goes_on {
            gathered.goes_on = true;
            gathered.burst.get_or_insert_with(|| self.outbox.gather());
        } else {
            gathered.pause();
        }
    }
}
