use std::sync::Arc;
use std::time::Duration;

use moa_proto::moa::feed::v1::Cursor;
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::NewEvent;

/// How long a burst keeps the feed waiting. What follows from an event may come that much later, not more.
const LONGEST_BURST: Duration = Duration::from_secs(2);

/// The events of one schema. Clones share the wake-up.
#[derive(Clone)]
pub struct Outbox {
    schema: &'static str,
    written: Arc<watch::Sender<u64>>,
    burst: Arc<watch::Sender<Burst>>,
}

#[derive(Debug, Default)]
struct Burst {
    writers: usize,
    since: Option<Instant>,
}

/// A part of a burst, until dropped.
#[must_use]
pub struct Gathering {
    burst: Arc<watch::Sender<Burst>>,
}

impl Drop for Gathering {
    fn drop(&mut self) {
        self.burst.send_modify(|burst| {
            burst.writers = burst.writers.saturating_sub(1);
            if burst.writers == 0 {
                burst.since = None;
            }
        });
    }
}

impl Outbox {
    /// The outbox of `schema`.
    pub fn new(schema: &'static str) -> Self {
        Self {
            schema,
            written: Arc::new(watch::Sender::new(0)),
            burst: Arc::default(),
        }
    }

    /// Appends events in the caller's transaction, in one statement. After the commit, [`wake`](Self::wake) the feed.
    pub async fn push_all(
        &self,
        conn: &mut PgConnection,
        events: &[NewEvent],
    ) -> Result<(), sqlx::Error> {
        if events.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "INSERT INTO {schema}.outbox
                 (event_id, merchant_id, topic, type, aggregate_id, aggregate_version, occurred_at, payload, traceparent)
             SELECT *
             FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::bigint[],
                         $7::timestamptz[], $8::bytea[], $9::text[])",
            schema = self.schema
        );
        let column = |pick: fn(&NewEvent) -> &str| events.iter().map(pick).collect::<Vec<_>>();
        sqlx::query(AssertSqlSafe(sql))
            .bind(events.iter().map(|e| e.event_id).collect::<Vec<_>>())
            .bind(events.iter().map(|e| e.merchant_id).collect::<Vec<_>>())
            .bind(column(|e| e.topic))
            .bind(column(|e| &e.type_name))
            .bind(events.iter().map(|e| e.aggregate_id).collect::<Vec<_>>())
            .bind(events.iter().map(|e| e.version).collect::<Vec<_>>())
            .bind(events.iter().map(|e| e.occurred_at).collect::<Vec<_>>())
            .bind(
                events
                    .iter()
                    .map(|e| e.payload.as_slice())
                    .collect::<Vec<_>>(),
            )
            .bind(column(|e| &e.traceparent))
            .execute(conn)
            .await?;
        Ok(())
    }

    /// Tells the feed that something was committed. Without it the feed notices by itself within half a second.
    pub fn wake(&self) {
        self.written.send_modify(|count| *count += 1);
    }

    /// Says that more events are about to be written than can be at once. While anybody says so, at most two seconds from
    /// the first on, the feed waits: on a small machine, applying the first events would hold the writing of the others
    /// back, and afterwards they come in full batches.
    pub fn gather(&self) -> Gathering {
        self.burst.send_modify(|burst| {
            burst.writers += 1;
            burst.since.get_or_insert_with(Instant::now);
        });
        Gathering {
            burst: Arc::clone(&self.burst),
        }
    }

    /// Ends when no burst keeps the feed waiting.
    pub(crate) async fn gathered(&self) {
        let mut burst = self.burst.subscribe();
        let Some(since) = burst.borrow_and_update().since else {
            return;
        };
        // One burst after another is one wait: the limit is that of the first.
        let until = since + LONGEST_BURST;
        let over = burst.wait_for(|burst| burst.since.is_none());
        // The sender is ours, so waiting ends by the one or by the other.
        drop(tokio::time::timeout_at(until, over).await);
    }

    /// Where to go on after reading the owner's state in a snapshot not older than this call: every event of a
    /// transaction that this snapshot does not contain comes after it.
    pub async fn current_cursor(&self, conn: &mut PgConnection) -> Result<Cursor, sqlx::Error> {
        let sql = format!(
            "SELECT epoch, (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint - 1 FROM {}.feed_epoch",
            self.schema
        );
        let (epoch, xid): (i64, i64) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(conn).await?;
        Ok(Cursor {
            epoch,
            xid: xid.unsigned_abs(),
            seq: i64::MAX,
        })
    }

    pub(crate) fn schema(&self) -> &'static str {
        self.schema
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_feed_waits_for_a_burst_but_not_for_ever() {
        let outbox = Outbox::new("owner");
        outbox.gathered().await;

        let (first, second) = (outbox.gather(), outbox.gather());
        let mut waiting = Box::pin(outbox.gathered());
        assert!(futures::poll!(&mut waiting).is_pending());
        drop(first);
        assert!(futures::poll!(&mut waiting).is_pending());
        drop(second);
        waiting.await;

        let began = Instant::now();
        let _endless = outbox.gather();
        outbox.gathered().await;
        assert!(began.elapsed() >= LONGEST_BURST);
        // The burst goes on, and the feed with it.
        assert!(futures::poll!(Box::pin(outbox.gathered())).is_ready());
    }
}
