//! The daily partitions of the log of calls: made ahead, dropped when they are old.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, Utc};
use sqlx::{AssertSqlSafe, PgPool};
use tokio_util::sync::CancellationToken;

/// Days for which partitions are made ahead.
const AHEAD: u64 = 3;
/// Days a call is kept.
pub const KEEP_DAYS: u64 = 30;
const EVERY: Duration = Duration::from_secs(3600);
/// When a partition is in use: sooner.
const AGAIN: Duration = Duration::from_secs(60);
/// PostgreSQL says so when a lock was not had in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";
const PREFIX: &str = "channel_calls_";

/// Makes today's partition and those of the next days.
pub async fn ensure(pool: &PgPool) -> Result<(), sqlx::Error> {
    prepare(pool, today(pool).await?).await.map(|_| ())
}

/// Makes partitions ahead and drops old ones, until `cancel`.
pub async fn housekeeping(pool: &PgPool, cancel: CancellationToken) {
    loop {
        let pause = match tidy(pool).await {
            Ok(true) => EVERY,
            Ok(false) => AGAIN,
            Err(error) => {
                tracing::error!(error = %error, "the log of calls could not be tidied: {error}");
                AGAIN
            }
        };
        if cancel
            .run_until_cancelled(tokio::time::sleep(pause))
            .await
            .is_none()
        {
            return;
        }
    }
}

/// One round; gives whether nothing had to be put off.
async fn tidy(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let today = today(pool).await?;
    let prepared = prepare(pool, today).await?;
    let dropped = drop_old(pool, today).await?;
    Ok(prepared && dropped)
}

async fn today(pool: &PgPool) -> Result<NaiveDate, sqlx::Error> {
    let now: DateTime<Utc> = sqlx::query_scalar("SELECT now()").fetch_one(pool).await?;
    Ok(now.date_naive())
}

async fn prepare(pool: &PgPool, today: NaiveDate) -> Result<bool, sqlx::Error> {
    let mut done = true;
    for ahead in 0..=AHEAD {
        let Some(day) = today.checked_add_days(Days::new(ahead)) else {
            continue;
        };
        let name = format!("{PREFIX}{}", day.format("%Y%m%d"));
        let exists: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
            .bind(format!("channel_proxy.{name}"))
            .fetch_one(pool)
            .await?;
        if exists {
            continue;
        }
        let next = day.succ_opt().unwrap_or(day);
        let sql = format!(
            "CREATE TABLE IF NOT EXISTS channel_proxy.{name} PARTITION OF channel_proxy.channel_calls
             FOR VALUES FROM ('{day} 00:00+00') TO ('{next} 00:00+00')"
        );
        match alter(pool, sql).await {
            Ok(altered) => done &= altered,
            // Calls of that day already stand in the default partition: they are found there just as well.
            Err(error) => {
                tracing::warn!(error = %error, "the log of calls has no partition for {day}; the default one serves");
            }
        }
    }
    Ok(done)
}

async fn drop_old(pool: &PgPool, today: NaiveDate) -> Result<bool, sqlx::Error> {
    let Some(oldest_kept) = today.checked_sub_days(Days::new(KEEP_DAYS)) else {
        return Ok(true);
    };
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text
         FROM pg_inherits i
         JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = to_regclass('channel_proxy.channel_calls')
         ORDER BY c.relname",
    )
    .fetch_all(pool)
    .await?;
    let mut done = true;
    for name in names {
        let day = name
            .strip_prefix(PREFIX)
            .and_then(|text| NaiveDate::parse_from_str(text, "%Y%m%d").ok());
        let Some(day) = day.filter(|day| *day < oldest_kept) else {
            continue;
        };
        if alter(pool, format!("DROP TABLE channel_proxy.{name}")).await? {
            tracing::info!("dropped the calls of {day}");
        } else {
            done = false;
        }
    }
    // What no partition took is as old.
    sqlx::query("DELETE FROM channel_proxy.channel_calls_default WHERE called_at < $1::date::timestamp AT TIME ZONE 'UTC'")
        .bind(oldest_kept)
        .execute(pool)
        .await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn days_are_made_ahead_and_old_ones_go(pool: PgPool) {
        let old = "CREATE TABLE channel_proxy.channel_calls_20200101 PARTITION OF channel_proxy.channel_calls
             FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2020-01-02 00:00+00')";
        sqlx::raw_sql(old).execute(&pool).await.unwrap();
        assert!(tidy(&pool).await.unwrap());
        let names: Vec<String> = sqlx::query_scalar(
            "SELECT inhrelid::regclass::text FROM pg_inherits
             WHERE inhparent = 'channel_proxy.channel_calls'::regclass",
        )
        .fetch_all(&pool)
        .await
        .unwrap();
        assert_eq!(
            names.len(),
            5,
            "today, three days ahead, the default: {names:?}"
        );
        assert!(!names.iter().any(|name| name.contains("2020")), "{names:?}");
        assert!(tidy(&pool).await.unwrap(), "again changes nothing");
    }
}
