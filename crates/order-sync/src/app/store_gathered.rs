//! Storing pages that gather while more are read.

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;

use super::App;
use super::collect::{Poll, Reading};
use super::read_pages::ReadPage;
use super::store_batch::BATCH;
use super::store_pages::News;
use super::turns::{Rank, Turn};
use crate::Error;

/// Transactions that store new orders of one window at once, while turns are free: one works in the database while the other
/// makes its rows. Both may hold the same order; then one of them is tried again, and facts join in any order. Of other
/// lists one goes after the other: claims and questions of orders that are not here have no row that would hold the second.
const STORED_AT_ONCE: usize = 2;

impl App {
    /// Stores what has gathered while more is read, until nobody reads any more.
    pub(super) async fn store_gathered(
        &self,
        poll: &Poll<'_>,
        reading: &mut Reading,
        rank: Rank,
        mut gathered: mpsc::Receiver<ReadPage>,
    ) -> Result<(), Error> {
        let at_once = match rank {
            Rank::NewOrders => STORED_AT_ONCE,
            Rank::Rest => 1,
        };
        let mut under_way = FuturesUnordered::new();
        let mut left_over: Option<News> = None;
        loop {
            let first = match left_over.take() {
                Some(news) => news,
                None => {
                    let read = tokio::select! {
                        Some(kept) = under_way.next() => {
                            reading.kept += kept?;
                            continue;
                        }
                        read = gathered.recv() => read,
                    };
                    match read {
                        Some(read) => match self.news(poll, reading, read) {
                            Some(news) => news,
                            // Nothing to store, nothing to wait for.
                            None => continue,
                        },
                        None => break,
                    }
                }
            };
            let turn = loop {
                if under_way.len() < at_once
                    && let Some(turn) = self.turns.try_take(rank)
                {
                    break turn;
                }
                match under_way.next().await {
                    Some(kept) => reading.kept += kept?,
                    None => break self.queue_for_turn(rank).await,
                }
            };
            let mut rows = first.rows();
            let mut news = vec![first];
            while let Ok(next) = gathered.try_recv() {
                let Some(next) = self.news(poll, reading, next) else {
                    continue;
                };
                rows += next.rows();
                if rows > BATCH {
                    left_over = Some(next);
                    break;
                }
                news.push(next);
            }
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

    async fn queue_for_turn(&self, rank: Rank) -> Turn<'_> {
        // Orders come faster than they are stored: that they are here comes before what follows from them.
        let _burst = (rank == Rank::NewOrders).then(|| self.outbox.gather());
        self.turns.take(rank).await
    }
}
