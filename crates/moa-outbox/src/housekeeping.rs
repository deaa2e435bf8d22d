use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, Utc};
use sqlx::{AssertSqlSafe, PgPool};
use tokio_util::sync::CancellationToken;

use crate::epoch::adopt_foreign_rows;

/// Days for which partitions are made ahead.
const AHEAD: u64 = 3;
/// Days an event is kept at least.
const KEEP: u64 = 14;
const EVERY: Duration = Duration::from_secs(3600);
/// When a partition is in use: sooner.
const AGAIN: Duration = Duration::from_secs(60);
/// PostgreSQL says so when a lock was not had in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Makes today's partition and those of the next days. A service calls it before it writes. Events that another database
/// cluster wrote are brought into this one's order.
pub async fn ensure_partitions(pool: &PgPool, schema: &'static str) -> Result<(), sqlx::Error> {
    prepare(pool, schema).await.map(|_| ())
}

/// Gives whether nothing had to be put off.
async fn prepare(pool: &PgPool, schema: &'static str) -> Result<bool, sqlx::Error> {
    adopt_foreign_rows(pool, schema).await?;
    let mut done = true;
    let today = today(pool).await?;
    for ahead in 0..=AHEAD {
        let Some(day) = today.checked_add_days(Days::new(ahead)) else {
            continue;
        };
        let name = partition_name(day);
        let (from, to) = (day, day.succ_opt().unwrap_or(day));
        let exists: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
            .bind(format!("{schema}.{name}"))
            .fetch_one(pool)
            .await?;
        if exists {
            continue;
        }
        let sql = format!(
            "CREATE TABLE IF NOT EXISTS {schema}.{name} PARTITION OF {schema}.outbox
             FOR VALUES FROM ('{from} 00:00+00') TO ('{to} 00:00+00')"
        );
        match alter(pool, sql).await {
            Ok(altered) => done &= altered,
            // Rows of that day already stand in the default partition: they are served from there just as well.
            Err(error) => {
                tracing::warn!(db.schema = schema, error = %error, "the outbox has no partition for {day}; the default one serves");
            }
        }
    }
    Ok(done)
}

/// Changes partitions unless somebody uses them just now; gives whether it was done. Waiting for a long reader would let
/// every writer queue behind us.
async fn alter(pool: &PgPool, sql: String) -> Result<bool, sqlx::Error> {
    let mut tx = moa_service::begin(pool).await?;
    sqlx::query("SET LOCAL lock_timeout = '200ms'")
        .execute(&mut *tx)
        .await?;
    match sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await {
        Ok(_) => {}
        Err(sqlx::Error::Database(error))
            if error.code().as_deref() == Some(LOCK_NOT_AVAILABLE) =>
        {
            return Ok(false);
        }
        Err(error) => return Err(error),
    }
    tx.commit().await?;
    Ok(true)
}

/// Makes partitions ahead and drops those that everybody has passed, until `cancel`.
pub async fn housekeeping(pool: PgPool, schema: &'static str, cancel: CancellationToken) {
    loop {
        let pause = match tidy(&pool, schema).await {
            Ok(true) => EVERY,
            Ok(false) => {
                tracing::debug!(
                    db.schema = schema,
                    "the outbox of {schema} is in use; its partitions wait"
                );
                AGAIN
            }
            Err(error) => {
                tracing::error!(db.schema = schema, error = %error, "the outbox of {schema} could not be tidied: {error}");
                EVERY
            }
        };
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One round; gives whether nothing had to be put off.
async fn tidy(pool: &PgPool, schema: &'static str) -> Result<bool, sqlx::Error> {
    let prepared = prepare(pool, schema).await?;
    let dropped = drop_passed(pool, schema).await?;
    Ok(prepared && dropped)
}

async fn today(pool: &PgPool) -> Result<NaiveDate, sqlx::Error> {
    let now: DateTime<Utc> = sqlx::query_scalar("SELECT now()").fetch_one(pool).await?;
    Ok(now.date_naive())
}

fn partition_name(day: NaiveDate) -> String {
    format!("outbox_{}", day.format("%Y%m%d"))
}

async fn drop_passed(pool: &PgPool, schema: &'static str) -> Result<bool, sqlx::Error> {
    let today = today(pool).await?;
    let Some(oldest_kept) = today.checked_sub_days(Days::new(KEEP)) else {
        return Ok(true);
    };
    let mut done = true;
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text
         FROM pg_inherits i
         JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = to_regclass($1)
         ORDER BY c.relname",
    )
    .bind(format!("{schema}.outbox"))
    .fetch_all(pool)
    .await?;
    for name in names {
        let day = name
            .strip_prefix("outbox_")
            .and_then(|text| NaiveDate::parse_from_str(text, "%Y%m%d").ok());
        let Some(day) = day.filter(|day| *day < oldest_kept) else {
            continue;
        };
        let sql = format!(
            "SELECT DISTINCT f.consumer
             FROM {schema}.feed_consumers f
             WHERE EXISTS (
                 SELECT 1 FROM {schema}.{name} e
                 WHERE e.topic = f.topic AND (e.xid, e.seq) > (f.xid::text::xid8, f.seq))"
        );
        let behind: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(pool)
            .await?;
        if !behind.is_empty() {
            let consumers = behind.join(", ");
            tracing::error!(db.schema = schema, feed.consumers = %consumers, "events of {day} are kept because {consumers} did not read them yet");
            continue;
        }
        if alter(pool, format!("DROP TABLE {schema}.{name}")).await? {
            tracing::info!(db.schema = schema, "dropped the events of {day}");
        } else {
            done = false;
        }
    }
    Ok(done)
}
