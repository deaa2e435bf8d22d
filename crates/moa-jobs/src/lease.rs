use std::sync::Arc;
use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use uuid::Uuid;

use crate::schema::assert_plain;

/// The leases of one schema, taken in the name of one holder. Clones are the same holder.
#[derive(Debug, Clone)]
pub struct Leases {
    pool: PgPool,
    schema: &'static str,
    holder: Uuid,
    sql: Arc<Statements>,
}

#[derive(Debug)]
struct Statements {
    acquire: Arc<str>,
    renew: Arc<str>,
    release: Arc<str>,
    guard: Arc<str>,
}

/// The right to do one named thing alone, until it expires.
#[derive(Debug, Clone)]
pub struct Lease {
    name: Arc<str>,
    holder: Uuid,
    fence: i64,
    sql: Arc<Statements>,
}

/// The database failed on leases.
#[derive(Debug, thiserror::Error)]
#[error("the database failed on lease `{name}`")]
pub struct LeaseError {
    name: Arc<str>,
    #[source]
    source: sqlx::Error,
}

/// The lease does not protect this transaction, which must be rolled back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LeaseLost {
    /// Somebody took the lease since, or it was released.
    #[error("lease `{name}` with fence {fence} is held no more")]
    Taken {
        /// Which lease.
        name: String,
        /// The stale fence.
        fence: i64,
    },
    /// Whether it is held could not be found out.
    #[error("lease `{name}` could not be checked")]
    Unchecked {
        /// Which lease.
        name: String,
        /// What the database says.
        #[source]
        source: sqlx::Error,
    },
}

impl Leases {
    /// Leases of `<schema>.leases`. `holder` is made once per process start, so that a restart is another holder.
    ///
    /// # Panics
    ///
    /// When `schema` is not a plain lower-case name: it is written in the source, never taken from outside.
    pub fn new(pool: PgPool, schema: &'static str, holder: Uuid) -> Self {
        assert_plain(schema);
        Self {
            pool,
            schema,
            holder,
            sql: Arc::new(Statements::new(schema)),
        }
    }

    pub(crate) fn schema(&self) -> &'static str {
        self.schema
    }

    /// Takes a lease that nobody holds, for `ttl`. None while somebody does, even if that is this very holder.
    pub async fn try_acquire(
        &self,
        name: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, LeaseError> {
        let fence: Option<i64> = sqlx::query_scalar(AssertSqlSafe(self.sql.acquire.clone()))
            .bind(name)
            .bind(self.holder)
            .bind(ttl.as_secs_f64())
            .fetch_optional(&self.pool)
            .await
            .map_err(|source| failed(name, source))?;
        Ok(fence.map(|fence| Lease {
            name: name.into(),
            holder: self.holder,
            fence,
            sql: self.sql.clone(),
        }))
    }

    /// Lets a lease last `ttl` from now. False when it was taken or released since: the work under it must stop.
    pub async fn renew(&self, lease: &Lease, ttl: Duration) -> Result<bool, LeaseError> {
        let renewed = sqlx::query(AssertSqlSafe(self.sql.renew.clone()))
            .bind(&*lease.name)
            .bind(lease.holder)
            .bind(lease.fence)
            .bind(ttl.as_secs_f64())
            .execute(&self.pool)
            .await
            .map_err(|source| failed(&lease.name, source))?;
        Ok(renewed.rows_affected() == 1)
    }

    /// Gives a lease back, so that the next one need not wait for its expiry. Nothing happens if it is held no more.
    pub async fn release(&self, lease: &Lease) -> Result<(), LeaseError> {
        sqlx::query(AssertSqlSafe(self.sql.release.clone()))
            .bind(&*lease.name)
            .bind(lease.holder)
            .bind(lease.fence)
            .execute(&self.pool)
            .await
            .map_err(|source| failed(&lease.name, source))?;
        Ok(())
    }
}

impl Lease {
    /// What it is the right to.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A number that every later holder's exceeds; whoever receives work can refuse a lower one.
    pub fn fence(&self) -> i64 {
        self.fence
    }

    /// Makes the caller's transaction fail unless the lease is still ours, and keeps it ours until the transaction ends.
    ///
    /// An expired lease that nobody took is still ours: the next holder, and a release, wait for this transaction. A
    /// renewal does not: work that always has some guarded transaction open keeps its lease.
    pub async fn guard(&self, conn: &mut PgConnection) -> Result<(), LeaseLost> {
        let held = sqlx::query(AssertSqlSafe(self.sql.guard.clone()))
            .bind(&*self.name)
            .bind(self.holder)
            .bind(self.fence)
            .fetch_optional(conn)
            .await
            .map_err(|source| LeaseLost::Unchecked {
                name: self.name.to_string(),
                source,
            })?;
        held.map(|_| ()).ok_or_else(|| LeaseLost::Taken {
            name: self.name.to_string(),
            fence: self.fence,
        })
    }
}

impl Statements {
    fn new(schema: &str) -> Self {
        Self {
            // A row that somebody holds is neither locked nor waited for, so asking never waits for the holder's guarded
            // transactions, which an INSERT … ON CONFLICT DO UPDATE would. One that is free is locked FOR UPDATE, which
            // waits for guards; the UPDATE alone would not. What waited sees a renewal made meanwhile and takes nothing.
            acquire: format!(
                "WITH free AS (
                     SELECT name
                     FROM {schema}.leases
                     WHERE name = $1 AND expires_at <= clock_timestamp()
                     FOR UPDATE
                 ), taken AS (
                     UPDATE {schema}.leases l
                     SET holder = $2, fence = l.fence + 1, expires_at = clock_timestamp() + make_interval(secs => $3)
                     FROM free
                     WHERE l.name = free.name
                     RETURNING l.fence
                 ), made AS (
                     INSERT INTO {schema}.leases (name, holder, fence, expires_at)
                     SELECT $1, $2, 1, clock_timestamp() + make_interval(secs => $3)
                     WHERE NOT EXISTS (SELECT FROM taken)
                     ON CONFLICT ON CONSTRAINT leases_pkey DO NOTHING
                     RETURNING fence
                 )
                 SELECT fence FROM taken UNION ALL SELECT fence FROM made"
            )
            .into(),
            // No column of the key changes, so this goes on beside guards, which are FOR KEY SHARE.
            renew: format!(
                "UPDATE {schema}.leases
                 SET expires_at = clock_timestamp() + make_interval(secs => $4)
                 WHERE name = $1 AND holder = $2 AND fence = $3"
            )
            .into(),
            release: format!(
                "WITH held AS (
                     SELECT name
                     FROM {schema}.leases
                     WHERE name = $1 AND holder = $2 AND fence = $3
                     FOR UPDATE
                 )
                 UPDATE {schema}.leases l
                 SET holder = NULL, expires_at = clock_timestamp()
                 FROM held
                 WHERE l.name = held.name"
            )
            .into(),
            guard: format!(
                "SELECT FROM {schema}.leases
                 WHERE name = $1 AND holder = $2 AND fence = $3
                 FOR KEY SHARE"
            )
            .into(),
        }
    }
}

fn failed(name: &str, source: sqlx::Error) -> LeaseError {
    LeaseError {
        name: name.into(),
        source,
    }
}
