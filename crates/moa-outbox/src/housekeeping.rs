use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, Utc};
use sqlx::{AssertSqlSafe, PgPool};
use tokio_util::sync::CancellationToken;

/// Days for which partitions are made ahead.
const AHEAD: u64 = 3;
/// Days an event is kept at least.
const KEEP: u64 = 14;
const EVERY: Duration = Duration::from_secs(3600);

/// Makes today's partition and those of the next days. A service calls it before it writes.
pub async fn ensure_partitions(pool: &PgPool, schema: &'static str) -> Result<(), sqlx::Error> {
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
        if let Err(error) = sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await {
            // Rows of that day already stand in the default partition: they are served from there just as well.
            tracing::warn!(db.schema = schema, error = %error, "the outbox has no partition for {day}; the default one serves");
        }
    }
    Ok(())
}

/// Makes partitions ahead and drops those that everybody has passed, until `cancel`.
pub async fn housekeeping(pool: PgPool, schema: &'static str, cancel: CancellationToken) {
    loop {
        let result = match ensure_partitions(&pool, schema).await {
            Ok(()) => drop_passed(&pool, schema).await,
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            tracing::error!(db.schema = schema, error = %error, "the outbox of {schema} could not be tidied: {error}");
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

async fn today(pool: &PgPool) -> Result<NaiveDate, sqlx::Error> {
    let now: DateTime<Utc> = sqlx::query_scalar("SELECT now()").fetch_one(pool).await?;
    Ok(now.date_naive())
}

fn partition_name(day: NaiveDate) -> String {
    format!("outbox_{}", day.format("%Y%m%d"))
}

async fn drop_passed(pool: &PgPool, schema: &'static str) -> Result<(), sqlx::Error> {
    let today = today(pool).await?;
    let Some(oldest_kept) = today.checked_sub_days(Days::new(KEEP)) else {
        return Ok(());
    };
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
        let sql = format!("DROP TABLE {schema}.{name}");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await?;
        tracing::info!(db.schema = schema, "dropped the events of {day}");
    }
    Ok(())
}
