use std::pin::Pin;
use std::time::{Duration, Instant};

use futures::Stream;
use moa_proto::moa::feed::v1::feed_service_server::{FeedService, FeedServiceServer};
use moa_proto::moa::feed::v1::{Cursor, Event, SubscribeRequest, SubscribeResponse};
use moa_service::{internal, refusal, timestamp};
use prost::bytes::Bytes;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgPool, Row};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::epoch::{self, EPOCH_MISMATCH, HISTORY, HISTORY_KEPT};
use crate::{BATCH, Outbox};

/// The pause after something was found or written: an older transaction may still be holding the newest rows back.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
/// The pause when nothing happens; a writer in this process wakes us before.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// An empty batch as a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
/// A stream ends after this and the consumer comes again, which tells how far it has come.
const STREAM_LIFETIME: Duration = Duration::from_secs(300);

/// Serves the events of one outbox.
pub struct FeedServer {
    pool: PgPool,
    outbox: Outbox,
    topics: &'static [&'static str],
    cancel: CancellationToken,
}

impl FeedServer {
    /// The feed as a service to add to a server. Streams end when `cancel` is.
    pub fn new(
        pool: PgPool,
        outbox: Outbox,
        topics: &'static [&'static str],
        cancel: CancellationToken,
    ) -> FeedServiceServer<Self> {
        let server = Self {
            pool,
            outbox,
            topics,
            cancel,
        };
        FeedServiceServer::new(server).max_encoding_message_size(moa_service::MAX_MESSAGE_BYTES)
    }

    async fn register(
        &self,
        topic: &str,
        consumer: &str,
        after: Option<Cursor>,
    ) -> Result<Position, Status> {
        let schema = self.outbox.schema();
        let sql = format!(
            "SELECT epoch, pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM {schema}.feed_epoch"
        );
        let (epoch, next_xid): (i64, i64) = sqlx::query_as(AssertSqlSafe(sql))
            .fetch_one(&self.pool)
            .await
            .map_err(internal)?;
        if let Some(after) = after {
            // A transaction that this cluster has not had yet: the cursor comes from another one.
            let foreign = i64::try_from(after.xid).map_or(true, |xid| xid >= next_xid);
            if after.epoch != epoch || foreign {
                return Err(self.mismatch(epoch, after).await);
            }
        }
        let position = Position {
            epoch,
            xid: after.map_or(0, |c| i64::try_from(c.xid).unwrap_or(i64::MAX)),
            seq: after.map_or(0, |c| c.seq),
        };
        let sql = format!(
            "INSERT INTO {schema}.feed_consumers (topic, consumer, xid, seq, seen_at)
             VALUES ($1, $2, $3, $4, now())
             ON CONFLICT (topic, consumer) DO UPDATE SET xid = $3, seq = $4, seen_at = now()"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(topic)
            .bind(consumer)
            .bind(position.xid)
            .bind(position.seq)
            .execute(&self.pool)
            .await
            .map_err(internal)?;
        Ok(position)
    }

    /// The refusal of a cursor that means nothing here, with the word on whether everything after it is still kept.
    async fn mismatch(&self, epoch: i64, after: Cursor) -> Status {
        let kept = match epoch::keeps_all_after(&self.pool, self.outbox.schema(), after.seq).await {
            Ok(kept) => kept,
            Err(error) => return internal(error),
        };
        let way_out = if kept {
            "read again from the oldest event kept"
        } else {
            "rebuild from the owner's lists: events that may be needed are not kept any more"
        };
        refusal(
            Code::FailedPrecondition,
            "feed.moa",
            EPOCH_MISMATCH,
            format!(
                "the cursor (epoch {}, xid {}) is not of this feed, whose epoch is {epoch}: {way_out}",
                after.epoch, after.xid
            ),
            [
                ("epoch", epoch.to_string()),
                (HISTORY, if kept { HISTORY_KEPT } else { "gone" }.to_owned()),
            ],
        )
    }
}

#[tonic::async_trait]
impl FeedService for FeedServer {
    type SubscribeStream = Pin<Box<dyn Stream<Item = Result<SubscribeResponse, Status>> + Send>>;

    async fn subscribe(
        &self,
        request: Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let request = request.into_inner();
        let Some(topic) = self.topics.iter().find(|topic| **topic == request.topic) else {
            return Err(refusal(
                Code::NotFound,
                "feed.moa",
                "FEED_TOPIC_UNKNOWN",
                format!(
                    "there is no such topic; the topics are {}",
                    self.topics.join(", ")
                ),
                [],
            ));
        };
        let consumer = moa_service::parse::parse_text("consumer", &request.consumer, 100)?;
        let position = self.register(topic, &consumer, request.after).await?;
        // One batch ahead at most: what is not taken is not read.
        let (sender, receiver) = mpsc::channel(1);
        let reader = Reader {
            pool: self.pool.clone(),
            outbox: self.outbox.clone(),
            topic,
            position,
            cancel: self.cancel.clone(),
        };
        tokio::spawn(reader.run(sender));
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }
}

#[derive(Debug, Clone, Copy)]
struct Position {
    epoch: i64,
    xid: i64,
    seq: i64,
}

struct Reader {
    pool: PgPool,
    outbox: Outbox,
    topic: &'static str,
    position: Position,
    cancel: CancellationToken,
}

impl Reader {
    async fn run(mut self, sender: mpsc::Sender<Result<SubscribeResponse, Status>>) {
        let mut written = self.outbox.subscribe();
        let started = Instant::now();
        let mut last_sent = Instant::now();
        let mut pause = SHORTEST_PAUSE;
        while started.elapsed() < STREAM_LIFETIME {
            let gathered = self.cancel.run_until_cancelled(self.outbox.gathered());
            if gathered.await.is_none() {
                return;
            }
            let batch = match self.next_batch().await {
                Ok(batch) => batch,
                Err(error) => {
                    // The consumer comes again; whether it is told no longer matters to us.
                    drop(sender.send(Err(internal(error))).await);
                    return;
                }
            };
            let found = !batch.is_empty();
            if found || last_sent.elapsed() >= SIGN_OF_LIFE {
                let response = SubscribeResponse {
                    events: batch,
                    cursor: Some(self.cursor()),
                };
                if sender.send(Ok(response)).await.is_err() {
                    return;
                }
                last_sent = Instant::now();
            }
            if found {
                pause = SHORTEST_PAUSE;
                continue;
            }
            tokio::select! {
                () = self.cancel.cancelled() => return,
                () = sender.closed() => return,
                changed = written.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    pause = SHORTEST_PAUSE;
                }
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        }
    }

    fn cursor(&self) -> Cursor {
        Cursor {
            epoch: self.position.epoch,
            xid: self.position.xid.unsigned_abs(),
            seq: self.position.seq,
        }
    }

    async fn next_batch(&mut self) -> Result<Vec<Event>, sqlx::Error> {
        let rows = sqlx::query(AssertSqlSafe(batch_sql(self.outbox.schema())))
            .bind(self.topic)
            .bind(self.position.xid.to_string())
            .bind(self.position.seq)
            .fetch_all(&self.pool)
            .await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in &rows {
            self.position.xid = row.try_get("position_xid")?;
            self.position.seq = row.try_get("seq")?;
            events.push(self.event(row)?);
        }
        Ok(events)
    }

    fn event(&self, row: &PgRow) -> Result<Event, sqlx::Error> {
        let payload: Vec<u8> = row.try_get("payload")?;
        Ok(Event {
            event_id: row.try_get::<Uuid, _>("event_id")?.to_string(),
            merchant_id: row.try_get::<Uuid, _>("merchant_id")?.to_string(),
            topic: self.topic.to_owned(),
            r#type: row.try_get("type")?,
            aggregate_id: row.try_get::<Uuid, _>("aggregate_id")?.to_string(),
            aggregate_version: row.try_get("aggregate_version")?,
            occurred_at: Some(timestamp(row.try_get("occurred_at")?)),
            payload: Bytes::from(payload),
            cursor: Some(self.cursor()),
            traceparent: row.try_get("traceparent")?,
        })
    }
}

/// The next batch behind a position. In an `ORDER BY`, a bare name means the output column: the text of an xid sorts by
/// no index, and every batch would sort all that is left of the feed. So the columns are named with their table.
fn batch_sql(schema: &str) -> String {
    format!(
        "SELECT o.xid::text::bigint AS position_xid, o.seq, o.event_id, o.merchant_id, o.type, o.aggregate_id,
                o.aggregate_version, o.occurred_at, o.payload, o.traceparent
         FROM {schema}.outbox o
         WHERE o.topic = $1
           AND (o.xid, o.seq) > ($2::text::xid8, $3)
           AND o.xid < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY o.xid, o.seq
         LIMIT {BATCH}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DDL;

    #[sqlx::test(migrations = false)]
    async fn a_batch_is_read_along_the_index_without_sorting_the_backlog(pool: PgPool) {
        let ddl = DDL.replace("{{schema}}", "owner");
        let sql = format!("CREATE SCHEMA owner; {ddl}");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&pool)
            .await
            .unwrap();
        let mut conn = pool.acquire().await.unwrap();
        // An empty table is cheap to sort; a plan that can sort only would still be forced to.
        sqlx::raw_sql(
            "SET enable_sort = off; SET enable_seqscan = off; SET enable_bitmapscan = off",
        )
        .execute(&mut *conn)
        .await
        .unwrap();
        let explain = format!("EXPLAIN {}", batch_sql("owner"));
        let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain))
            .bind("orders")
            .bind("1000")
            .bind(1_i64)
            .fetch_all(&mut *conn)
            .await
            .unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains("Index Scan"), "{plan}");
        assert!(!plan.contains("Sort"), "{plan}");
    }
}
