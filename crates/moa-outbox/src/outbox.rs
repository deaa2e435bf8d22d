use std::sync::Arc;
use std::time::Duration;

use moa_proto::moa::feed::v1::Cursor;
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::sync::watch;

use crate::NewEvent;

/// How long a burst keeps a batch of the feed waiting. While a burst lasts, what follows from its events comes that
/// slowly, one batch after the other.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The events of one schema. Clones share the wake-up.
#[derive(Clone)]
pub struct Outbox {
    schema: &'static str,
    written: Arc<watch::Sender<u64>>,
    /// How many write more than can be written at once.
    gathering: Arc<watch::Sender<usize>>,
}

/// A part of a burst, until dropped.
#[must_use]
pub struct Gathering {
    gathering: Arc<watch::Sender<usize>>,
}

impl Drop for Gathering {
    fn drop(&mut self) {
        self.gathering
            .send_modify(|writers| *writers = writers.saturating_sub(1));
    }
}

impl Outbox {
    /// The outbox of `schema`.
    pub fn new(schema: &'static str) -> Self {
        Self {
            schema,
            written: Arc::new(watch::Sender::new(0)),
            gathering: Arc::default(),
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
             SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::text[]),
                    unnest($5::uuid[]), unnest($6::bigint[]), unnest($7::timestamptz[]), unnest($8::bytea[]),
                    unnest($9::text[])",
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

    /// Says that more events are about to be written than can be at once. While anybody says so, each batch of the feed
    /// waits, two seconds at most: on a small machine, applying the first events would hold the writing of the others
    /// back, and afterwards they come in full batches.
    pub fn gather(&self) -> Gathering {
        self.gathering.send_modify(|writers| *writers += 1);
        Gathering {
            gathering: Arc::clone(&self.gathering),
        }
    }

    /// Ends when no burst keeps the feed waiting, or has done so for long enough. Whatever else can wait may ask too.
    pub async fn gathered(&self) {
        let mut gathering = self.gathering.subscribe();
        let over = gathering.wait_for(|writers| *writers == 0);
        // The sender is ours, so waiting ends by the one or by the other.
        drop(tokio::time::timeout(LONGEST_WAIT, over).await);
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
    use tokio::time::Instant;

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
        assert!(began.elapsed() >= LONGEST_WAIT);
        // The burst goes on, and so does the waiting, batch by batch.
        assert!(futures::poll!(Box::pin(outbox.gathered())).is_pending());
    }
}
