use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use moa_proto::moa::feed::v1::feed_service_client::FeedServiceClient;
use moa_proto::moa::feed::v1::{Cursor, SubscribeRequest, SubscribeResponse};
use moa_service::{BoxError, ServiceChannel, metadata_of, reason_of};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use tokio_util::sync::CancellationToken;

use crate::FeedEvent;
use crate::epoch::{EPOCH_MISMATCH, HISTORY, HISTORY_KEPT};

const SHORTEST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);
/// The feed sends a sign of life more often than this; silence means the connection is dead.
const SILENCE: Duration = Duration::from_secs(45);

/// What a service does with another's events.
#[async_trait]
pub trait FeedHandler: Send + Sync {
    /// Applies a batch inside the transaction that moves the cursor: no network here. An event whose version is not
    /// higher than the one held must change nothing. An error rolls the batch back, and it comes again.
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError>;

    /// After the commit: wake whoever waits for what was applied.
    fn after_commit(&self) {}
}

/// Follows one topic of one service and applies it exactly once.
pub struct FeedConsumer {
    pool: PgPool,
    schema: &'static str,
    consumer: &'static str,
    topic: &'static str,
    channel: ServiceChannel,
    handler: Arc<dyn FeedHandler>,
}

/// Why following a feed stopped for a moment.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the feed's owner refused or went away: {0}")]
    Feed(#[from] tonic::Status),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("an event cannot be applied")]
    Handler(#[source] BoxError),
    #[error("{0}")]
    Malformed(String),
    #[error("the feed was silent")]
    Silent,
}

impl FeedConsumer {
    /// A consumer with its registered name, e.g. "fulfillment.orders"; its cursor stands in `schema`.
    pub fn new(
        pool: PgPool,
        schema: &'static str,
        consumer: &'static str,
        topic: &'static str,
        channel: ServiceChannel,
        handler: Arc<dyn FeedHandler>,
    ) -> Self {
        Self {
            pool,
            schema,
            consumer,
            topic,
            channel,
            handler,
        }
    }

    /// Follows until `cancel`; comes back after every failure.
    pub async fn run(self, cancel: CancellationToken) {
        let mut backoff = SHORTEST_BACKOFF;
        loop {
            let failure = tokio::select! {
                () = cancel.cancelled() => return,
                result = self.follow(&mut backoff) => result.err(),
            };
            let Some(failure) = failure else {
                // The owner ended the stream in good order, as it does now and then, or we begin again.
                continue;
            };
            self.report(&failure, backoff);
            tokio::select! {
                () = cancel.cancelled() => return,
                () = tokio::time::sleep(backoff) => backoff = (backoff * 2).min(LONGEST_BACKOFF),
            }
        }
    }

    /// Forgets a cursor that means nothing to the owner any more, so that all events that are kept come again. Those that
    /// were applied change nothing, since their versions are known.
    async fn start_over(&self, refused: Cursor, status: &tonic::Status) -> Result<(), sqlx::Error> {
        let consumer = self.consumer;
        // Another process may have begun again already.
        let sql = format!(
            "DELETE FROM {}.feed_cursors WHERE consumer = $1 AND (epoch, xid, seq) = ($2, $3, $4)",
            self.schema
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(consumer)
            .bind(refused.epoch)
            .bind(i64::try_from(refused.xid).unwrap_or(i64::MAX))
            .bind(refused.seq)
            .execute(&self.pool)
            .await?;
        metrics::counter!("moa_feed_restarts_total", "consumer" => consumer).increment(1);
        tracing::warn!(
            feed.consumer = consumer,
            "feed {consumer} begins again at the oldest event kept: {}",
            status.message()
        );
        Ok(())
    }

    fn report(&self, failure: &Failure, backoff: Duration) {
        metrics::counter!("moa_feed_failures_total", "consumer" => self.consumer).increment(1);
        let consumer = self.consumer;
        if let Failure::Feed(status) = failure {
            if reason_of(status).as_deref() == Some(EPOCH_MISMATCH) {
                tracing::error!(
                    feed.consumer = consumer,
                    "feed {consumer} must be rebuilt: {}",
                    status.message()
                );
                return;
            }
            // A service that starts or restarts is away for a moment; that is no one's alarm.
            if backoff < LONGEST_BACKOFF {
                tracing::debug!(feed.consumer = consumer, error = %failure, "feed {consumer} waits: {failure}");
                return;
            }
        }
        let error = chain(failure);
        tracing::error!(feed.consumer = consumer, error = %error, "feed {consumer} is held up: {error}");
    }

    async fn follow(&self, backoff: &mut Duration) -> Result<(), Failure> {
        let mut cursor = self.load().await?;
        let mut client = FeedServiceClient::new(self.channel.clone())
            .max_decoding_message_size(moa_service::MAX_MESSAGE_BYTES);
        let request = SubscribeRequest {
            topic: self.topic.to_owned(),
            consumer: self.consumer.to_owned(),
            after: cursor,
        };
        let mut stream = match (client.subscribe(request).await, cursor) {
            (Err(status), Some(refused)) if may_start_over(&status) => {
                return Ok(self.start_over(refused, &status).await?);
            }
            (subscribed, _) => subscribed?.into_inner(),
        };
        loop {
            let next = tokio::time::timeout(SILENCE, stream.message()).await;
            let Some(response) = next.map_err(|_| Failure::Silent)?? else {
                return Ok(());
            };
            if response.events.is_empty() {
                *backoff = SHORTEST_BACKOFF;
                continue;
            }
            let Some(moved) = self.apply(cursor, response).await? else {
                // Another process moved the cursor: it is ahead of us, so go on from there.
                return Ok(());
            };
            cursor = Some(moved);
            *backoff = SHORTEST_BACKOFF;
        }
    }

    /// Applies a batch; when it fails, its events one by one, so that a bad one holds up only what comes after it.
    async fn apply(
        &self,
        cursor: Option<Cursor>,
        response: SubscribeResponse,
    ) -> Result<Option<Cursor>, Failure> {
        let mut events = Vec::with_capacity(response.events.len());
        let mut cursors = Vec::with_capacity(response.events.len());
        for event in response.events {
            let place = event.cursor.or(response.cursor);
            cursors.push(
                place.ok_or_else(|| Failure::Malformed("an event without a cursor".to_owned()))?,
            );
            events.push(FeedEvent::try_from(event).map_err(Failure::Malformed)?);
        }
        let Some(end) = cursors.last().copied() else {
            return Ok(cursor);
        };
        match self.apply_events(cursor, &events, end).await {
            Err(Failure::Handler(_)) if events.len() > 1 => {}
            other => return other,
        }
        let mut at = cursor;
        for (event, place) in events.iter().zip(cursors) {
            at = self
                .apply_events(at, std::slice::from_ref(event), place)
                .await?;
            if at.is_none() {
                return Ok(None);
            }
        }
        Ok(at)
    }

    async fn apply_events(
        &self,
        from: Option<Cursor>,
        events: &[FeedEvent],
        to: Cursor,
    ) -> Result<Option<Cursor>, Failure> {
        let mut tx = moa_service::begin(&self.pool).await?;
        if !self.move_cursor(&mut tx, from, to).await? {
            return Ok(None);
        }
        let applied = self.handler.apply(&mut tx, events).await;
        applied.map_err(Failure::Handler)?;
        tx.commit().await?;
        self.handler.after_commit();
        if let Some(last) = events.last() {
            metrics::gauge!("moa_feed_applied_at_seconds", "consumer" => self.consumer)
                .set(last.occurred_at.timestamp_millis() as f64 / 1000.0);
        }
        Ok(Some(to))
    }

    async fn load(&self) -> Result<Option<Cursor>, sqlx::Error> {
        let sql = format!(
            "SELECT epoch, xid, seq FROM {}.feed_cursors WHERE consumer = $1",
            self.schema
        );
        let row: Option<(i64, i64, i64)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(self.consumer)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|(epoch, xid, seq)| Cursor {
            epoch,
            xid: xid.unsigned_abs(),
            seq,
        }))
    }

    /// Moves the cursor if it still stands where we think; the row's lock keeps a second process out until we commit.
    async fn move_cursor(
        &self,
        conn: &mut PgConnection,
        from: Option<Cursor>,
        to: Cursor,
    ) -> Result<bool, sqlx::Error> {
        let xid = |cursor: Cursor| i64::try_from(cursor.xid).unwrap_or(i64::MAX);
        let schema = self.schema;
        let sql = match from {
            Some(_) => format!(
                "UPDATE {schema}.feed_cursors
                 SET epoch = $2, xid = $3, seq = $4, updated_at = now()
                 WHERE consumer = $1 AND (epoch, xid, seq) = ($5, $6, $7)"
            ),
            None => format!(
                "INSERT INTO {schema}.feed_cursors (consumer, epoch, xid, seq, updated_at)
                 VALUES ($1, $2, $3, $4, now())
                 ON CONFLICT (consumer) DO NOTHING"
            ),
        };
        let mut query = sqlx::query(AssertSqlSafe(sql))
            .bind(self.consumer)
            .bind(to.epoch)
            .bind(xid(to))
            .bind(to.seq);
        if let Some(from) = from {
            query = query.bind(from.epoch).bind(xid(from)).bind(from.seq);
        }
        Ok(query.execute(conn).await?.rows_affected() == 1)
    }
}

/// Whether the owner refuses the cursor while it still has every event after it.
fn may_start_over(status: &tonic::Status) -> bool {
    reason_of(status).as_deref() == Some(EPOCH_MISMATCH)
        && metadata_of(status).get(HISTORY).map(String::as_str) == Some(HISTORY_KEPT)
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
