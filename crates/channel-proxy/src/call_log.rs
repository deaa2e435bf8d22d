//! Calls written down behind the calls: a bounded queue that never makes a call wait or fail, and a writer.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio_util::sync::CancellationToken;

use crate::domain::call::CallRecord;
use crate::store::calls;

/// How many calls may wait to be written: minutes of a busy account.
const QUEUE: usize = 8192;
/// Rows of one statement.
const BATCH: usize = 500;
/// How long a batch waits for company.
const LINGER: Duration = Duration::from_millis(250);
/// How long the writer leaves a failing database alone.
const PAUSE: Duration = Duration::from_secs(2);

/// Where calls are written down.
#[derive(Debug, Clone)]
pub struct CallLog {
    sender: Sender<CallRecord>,
    receiver: Arc<tokio::sync::Mutex<Receiver<CallRecord>>>,
}

impl CallLog {
    /// An empty log. Nothing is written before [`CallLog::keep`].
    pub fn new() -> Self {
        Self::with_capacity(QUEUE)
    }

    fn with_capacity(capacity: usize) -> Self {
        let (sender, receiver) = mpsc::channel(capacity);
        let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
        Self { sender, receiver }
    }

    /// Takes a call. When the queue is full it is dropped and counted: a missing row harms nobody, a waiting call does.
    pub fn note(&self, record: CallRecord) {
        if self.sender.try_send(record).is_err() {
            dropped(1);
        }
    }

    /// Writes until `cancel`, then what is left.
    pub async fn keep(&self, pool: &PgPool, cancel: CancellationToken) {
        let mut receiver = self.receiver.lock().await;
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let room = BATCH.saturating_sub(batch.len());
            let more = cancel.run_until_cancelled(receiver.recv_many(&mut batch, room));
            let stopping = more.await.is_none();
            if !stopping {
                // A row by itself costs as much as a hundred together.
                cancel.run_until_cancelled(tokio::time::sleep(LINGER)).await;
            }
            take(&mut receiver, &mut batch);
            while !batch.is_empty() {
                if !store(pool, &mut batch).await {
                    if cancel.is_cancelled() {
                        dropped(batch.len() + receiver.len());
                        return;
                    }
                    cancel.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
                }
                take(&mut receiver, &mut batch);
            }
            if stopping {
                return;
            }
        }
    }
}

fn take(receiver: &mut Receiver<CallRecord>, batch: &mut Vec<CallRecord>) {
    while batch.len() < BATCH {
        let Ok(record) = receiver.try_recv() else {
            return;
        };
        batch.push(record);
    }
}

/// Empties the batch; gives whether the database took it, or will never.
async fn store(pool: &PgPool, batch: &mut Vec<CallRecord>) -> bool {
    let stored = async {
        let mut conn = pool.acquire().await?;
        calls::insert(&mut conn, batch).await
    };
    match stored.await {
        Ok(()) => {}
        Err(sqlx::Error::Database(error)) if refuses_rows(&*error) => {
            tracing::error!(error = %error, "{} calls cannot be written down: {error}", batch.len());
            dropped(batch.len());
        }
        Err(error) => {
            tracing::warn!(error = %error, "{} calls wait to be written down: {error}", batch.len());
            return false;
        }
    }
    batch.clear();
    true
}

/// SQLSTATE classes 22 and 23: the same rows would be refused again.
fn refuses_rows(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    code.starts_with("22") || code.starts_with("23")
}

fn dropped(count: usize) {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    metrics::counter!("moa_channel_calls_unwritten_total").increment(count);
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::domain::call::CallName;

    fn record(ids: &moa_id::Ids) -> CallRecord {
        CallRecord {
            merchant_id: ids.next(),
            channel_account_id: ids.next(),
            call_id: ids.uuid(),
            channel: "coupang".to_owned(),
            name: CallName::unnamed(),
            called_at: DateTime::UNIX_EPOCH,
            http_status: None,
            duration_ms: 1,
            request_id: String::new(),
            trace_id: String::new(),
            channel_trace_id: String::new(),
            bytes_out: 0,
            bytes_in: 0,
            failure: None,
        }
    }

    #[tokio::test]
    async fn a_full_queue_drops_and_makes_nobody_wait() {
        let log = CallLog::with_capacity(2);
        let ids = moa_id::Ids::seeded(1);
        for _ in 0..5 {
            log.note(record(&ids));
        }
        let mut batch = Vec::new();
        take(&mut *log.receiver.lock().await, &mut batch);
        assert_eq!(batch.len(), 2);
    }
}
