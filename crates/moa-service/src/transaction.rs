//! Transactions that can be given up at any moment.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::future::BoxFuture;
use sqlx::pool::MaybePoolConnection;
use sqlx::{PgPool, PgTransaction, Postgres, Transaction};
use tokio::runtime::Handle;

type Begun = Result<PgTransaction<'static>, sqlx::Error>;

/// Begins a transaction. Whoever is dropped while it begins (a caller that went away, a deadline, a stop) leaves nothing
/// behind. This is the only way to begin one: clippy refuses the pool's own.
///
/// `Pool::begin` of sqlx 0.9.0, dropped between sending BEGIN and reading its answer, gives the connection back inside a
/// transaction that nobody knows of (sqlx #4385, mended in #4394, which no release has yet). Whatever is written over
/// that connection then seems written and is lost when it closes, and every feed waits for it meanwhile. So a BEGIN that
/// was sent is always waited for here, by a task of its own if need be, and the transaction rolled back.
///
/// # Errors
///
/// As `Pool::begin`: no connection became free in time, or the database failed.
pub async fn begin(pool: &PgPool) -> Begun {
    let connection = MaybePoolConnection::PoolConnection(pool.acquire().await?);
    // Hidden in sqlx's documents, and all that its `Pool::begin` does: nothing public begins on an owned connection.
    Beginning(Some(Transaction::<Postgres>::begin(connection, None))).await
}

/// A BEGIN under way, none when it ended. Its future is waited for even when this is dropped.
struct Beginning(Option<BoxFuture<'static, Begun>>);

impl Future for Beginning {
    type Output = Begun;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Begun> {
        let Some(begin) = &mut self.0 else {
            return Poll::Pending;
        };
        let begun = ready!(begin.as_mut().poll(cx));
        self.0 = None;
        Poll::Ready(begun)
    }
}

impl Drop for Beginning {
    fn drop(&mut self) {
        // Without a runtime there is no pool to give the connection back to.
        if let (Some(begin), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async { drop(begin.await) });
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use sqlx::{Connection, PgConnection, Row};

    use super::*;

    /// Drops `begin` when the database has had its BEGIN and nobody has read the answer, and tells whether the pool's only
    /// connection is still in that transaction afterwards.
    async fn leaves_a_transaction<F>(
        pool: PgPoolOptions,
        options: PgConnectOptions,
        begin: fn(PgPool) -> F,
    ) -> bool
    where
        F: Future<Output = Begun>,
    {
        let one = pool.max_connections(1).connect_with(options.clone()).await;
        let one = one.unwrap();
        let mut onlooker = PgConnection::connect_with(&options).await.unwrap();
        for _ in 0..1000 {
            // The round before may still be rolled back.
            drop(one.acquire().await.unwrap());
            let mut beginning = Box::pin(begin(one.clone()));
            while beginning.as_mut().now_or_never().is_none() {
                let begun: bool = sqlx::query_scalar(
                    "SELECT EXISTS (SELECT FROM pg_stat_activity
                                    WHERE datname = current_database() AND state = 'idle in transaction')",
                )
                .fetch_one(&mut onlooker)
                .await
                .unwrap();
                if begun {
                    drop(beginning);
                    // In a transaction, now() is when that began. In one message, since each has a time of its own.
                    let row = sqlx::raw_sql("SELECT now() <> statement_timestamp() AS inside")
                        .fetch_one(&one)
                        .await
                        .unwrap();
                    return row.get("inside");
                }
            }
        }
        panic!("the answer to BEGIN was read each time before it could be dropped")
    }

    #[sqlx::test(migrations = false)]
    async fn a_transaction_given_up_while_it_begins_is_not_left_open(
        pool: PgPoolOptions,
        options: PgConnectOptions,
    ) {
        let ours = |pool: PgPool| async move { begin(&pool).await };
        assert!(!leaves_a_transaction(pool, options, ours).await);
    }

    #[sqlx::test(migrations = false)]
    async fn the_pools_own_begin_still_needs_this(pool: PgPoolOptions, options: PgConnectOptions) {
        #[expect(clippy::disallowed_methods, reason = "this is what it is refused for")]
        let theirs = |pool: PgPool| async move { pool.begin().await };
        assert!(
            leaves_a_transaction(pool, options, theirs).await,
            "sqlx rolls back a cancelled BEGIN by itself now: `moa_service::begin` can go"
        );
    }

    #[sqlx::test(migrations = false)]
    async fn what_is_begun_is_committed(pool: PgPool) {
        let mut tx = begin(&pool).await.unwrap();
        sqlx::query("CREATE TABLE kept ()")
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        sqlx::query("SELECT FROM kept")
            .execute(&pool)
            .await
            .unwrap();
    }
}
