//! Storing pages that gather while more are read.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use moa_outbox::Gathering;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::App;
use super::collect::{Poll, Reading};
use super::read_pages::ReadPage;
use super::store_batch::BATCH;
use super::store_pages::News;
use super::turns::Rank;
use crate::Error;

/// Transactions that store new orders of one window at once, while turns are free: one works in the database while the other
/// makes its rows. Both may hold the same order; then one of them is tried again, and facts join in any order. Of other
/// lists one goes after the other: claims and questions of orders that are not here have no row that would hold the second.
const STORED_AT_ONCE: usize = 2;
/// How long after a page of new orders the next one makes a burst with it. A slow channel's next page does not.
const SOON: Duration = Duration::from_millis(300);

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
        // Orders come faster than they are stored, or soon will: that they are here comes before what follows from them.
        let mut burst: Option<Gathering> = None;
        loop {
            let first = match left_over.take() {
                Some(news) => news,
                None => {
                    let waited_enough = sleep_until(Instant::now() + SOON);
                    tokio::pin!(waited_enough);
                    let read = loop {
                        tokio::select! {
                            Some(kept) = under_way.next() => reading.kept += kept?,
                            read = gathered.recv() => break read,
                            () = &mut waited_enough, if burst.is_some() => burst = None,
                        }
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
            if rank == Rank::NewOrders && !gathered.is_closed() {
                burst.get_or_insert_with(|| self.outbox.gather());
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
                        let queueing = || self.outbox.gather();
                        let _burst = (rank == Rank::NewOrders).then(queueing);
                        break self.turns.take(rank).await;
                    }
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
}
