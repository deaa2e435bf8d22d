//! Indexes whose making broke off.
//!
//! A migration that makes an index beside running writers (`CONCURRENTLY`) cannot be taken back as a whole: broken off, it
//! leaves an index that is kept up to date and never used, and its repeat (`IF NOT EXISTS`) would pass it over.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use sqlx::{AssertSqlSafe, PgConnection};

/// How long another process may take for its migrations; then a person has to look.
const PATIENCE: Duration = Duration::from_secs(600);
const BETWEEN: Duration = Duration::from_millis(250);

/// Makes this connection the only one that migrates `schema`, until it is closed. Asks again and again: whoever waits in one
/// statement holds a snapshot, and the making of an index beside writers waits for all snapshots.
pub async fn migrate_alone(connection: &mut PgConnection, schema: &str) -> Result<()> {
    let give_up = tokio::time::Instant::now() + PATIENCE;
    loop {
        let sql = "SELECT pg_try_advisory_lock(hashtext('moa.migrate'), hashtext($1))";
        let alone: bool = sqlx::query_scalar(sql)
            .bind(schema)
            .fetch_one(&mut *connection)
            .await?;
        if alone {
            return Ok(());
        }
        if tokio::time::Instant::now() > give_up {
            bail!(
                "another process has been migrating {schema} for ten minutes; see in pg_stat_activity what it waits for"
            );
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

/// Makes whole what an earlier try left, so that a repeat may pass it over. Gives the names.
///
/// Also an index whose migration was noted as done is mended, which dropping it would lose for good.
pub async fn mend_broken(connection: &mut PgConnection, schema: &str) -> Result<Vec<String>> {
    // Quoted where that is needed. What a mending that broke off left under a name of its own is the same once more; those
    // first, else each start that cannot mend the index adds one.
    let broken: Vec<(String, bool)> = sqlx::query_as(
        "SELECT format('%I.%I', n.nspname, c.relname), c.relname ~ '_cc(new|old)[0-9]*$'
         FROM pg_index i
         JOIN pg_class c ON c.oid = i.indexrelid
         JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = $1
           AND NOT i.indisvalid
           AND c.relkind = 'i'
         ORDER BY 2 DESC, 1",
    )
    .bind(schema)
    .fetch_all(&mut *connection)
    .await?;
    for (name, is_left_over) in &broken {
        let sql = match is_left_over {
            true => format!("DROP INDEX CONCURRENTLY {name}"),
            false => format!("REINDEX INDEX CONCURRENTLY {name}"),
        };
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut *connection)
            .await
            .with_context(|| format!("the making of {name} broke off and cannot be ended"))?;
    }
    Ok(broken.into_iter().map(|(name, _)| name).collect())
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;

    #[sqlx::test(migrations = false)]
    async fn what_broke_off_is_made_whole(pool: PgPool) {
        let mut connection = pool.acquire().await.unwrap();
        let made = "CREATE SCHEMA owner;
                    CREATE TABLE owner.things (id int PRIMARY KEY, name text);
                    INSERT INTO owner.things VALUES (1, 'a'), (2, 'a')";
        sqlx::raw_sql(made).execute(&mut *connection).await.unwrap();
        let broken = "CREATE UNIQUE INDEX CONCURRENTLY things_name_key ON owner.things (name)";
        let failed = sqlx::raw_sql(broken).execute(&mut *connection).await;
        assert!(failed.is_err(), "two have one name");
        let refused = mend_broken(&mut connection, "owner").await.unwrap_err();
        assert!(
            refused.to_string().contains("owner.things_name_key"),
            "{refused:#}"
        );

        let other_name = "UPDATE owner.things SET name = 'b' WHERE id = 2";
        sqlx::raw_sql(other_name)
            .execute(&mut *connection)
            .await
            .unwrap();
        // The failed mending left another.
        let mended = mend_broken(&mut connection, "owner").await.unwrap();
        assert_eq!(
            mended,
            ["owner.things_name_key_ccnew", "owner.things_name_key"]
        );
        let left: Vec<(String, bool)> = sqlx::query_as(
            "SELECT c.relname::text, i.indisvalid
             FROM pg_index i
             JOIN pg_class c ON c.oid = i.indexrelid
             WHERE i.indrelid = 'owner.things'::regclass
             ORDER BY 1",
        )
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        let valid = ["things_name_key", "things_pkey"].map(|name| (name.to_owned(), true));
        assert_eq!(left, valid);
        assert!(
            mend_broken(&mut connection, "owner")
                .await
                .unwrap()
                .is_empty()
        );
    }

    #[sqlx::test(migrations = false)]
    async fn a_second_migrator_waits_for_the_first(pool: PgPool) {
        let mut first = pool.acquire().await.unwrap().detach();
        migrate_alone(&mut first, "owner").await.unwrap();
        let mut second = pool.acquire().await.unwrap();
        migrate_alone(&mut second, "another").await.unwrap();
        let waiting = migrate_alone(&mut second, "owner");
        tokio::pin!(waiting);
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        sqlx::Connection::close(first).await.unwrap();
        waiting.await.unwrap();
    }
}
