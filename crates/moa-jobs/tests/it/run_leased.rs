use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use moa_jobs::{Leases, run_leased};
use sqlx::PgPool;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{TTL, expire_all, holder, migrate};

/// Short enough to see renewals and losses, long enough for a busy machine not to lose a lease by itself.
const SHORT: Duration = Duration::from_secs(3);

/// What the work of one holder reports.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Began(i64),
    Told(i64),
}

/// Runs work that ends only when it is told to.
fn start(
    leases: Leases,
    ttl: Duration,
    cancel: &CancellationToken,
) -> (JoinHandle<()>, mpsc::UnboundedReceiver<Seen>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let cancel = cancel.clone();
    let running = tokio::spawn(async move {
        run_leased(leases, "poll", ttl, cancel, |lease, token| {
            let sender = sender.clone();
            async move {
                sender.send(Seen::Began(lease.fence())).unwrap();
                token.cancelled().await;
                sender.send(Seen::Told(lease.fence())).unwrap();
            }
        })
        .await;
    });
    (running, receiver)
}

async fn next(seen: &mut mpsc::UnboundedReceiver<Seen>) -> Seen {
    tokio::time::timeout(Duration::from_secs(20), seen.recv())
        .await
        .unwrap()
        .unwrap()
}

#[sqlx::test(migrations = false)]
async fn a_stop_ends_the_work_and_gives_the_lease_back(pool: PgPool) {
    migrate(&pool).await;
    let cancel = CancellationToken::new();
    let (running, mut seen) = start(holder(&pool, 1), TTL, &cancel);
    assert_eq!(next(&mut seen).await, Seen::Began(1));
    cancel.cancel();
    assert_eq!(next(&mut seen).await, Seen::Told(1));
    running.await.unwrap();
    let lease = holder(&pool, 2).try_acquire("poll", TTL).await.unwrap();
    assert_eq!(lease.unwrap().fence(), 2);
}

#[sqlx::test(migrations = false)]
async fn a_lease_taken_by_another_cancels_the_work(pool: PgPool) {
    migrate(&pool).await;
    let cancel = CancellationToken::new();
    let (running, mut seen) = start(holder(&pool, 1), SHORT, &cancel);
    assert_eq!(next(&mut seen).await, Seen::Began(1));

    // As if this process had slept past its expiry.
    let other = loop {
        expire_all(&pool).await;
        if let Some(lease) = holder(&pool, 2).try_acquire("poll", TTL).await.unwrap() {
            break lease;
        }
    };
    assert_eq!(next(&mut seen).await, Seen::Told(1));

    holder(&pool, 2).release(&other).await.unwrap();
    assert_eq!(next(&mut seen).await, Seen::Began(3));
    cancel.cancel();
    running.await.unwrap();
}

#[sqlx::test(migrations = false)]
async fn the_lease_of_running_work_is_renewed(pool: PgPool) {
    migrate(&pool).await;
    let cancel = CancellationToken::new();
    let (running, mut seen) = start(holder(&pool, 1), SHORT, &cancel);
    assert_eq!(next(&mut seen).await, Seen::Began(1));
    let first = expiry(&pool).await;
    let renewed = async { while expiry(&pool).await <= first {} };
    tokio::time::timeout(Duration::from_secs(20), renewed)
        .await
        .unwrap();
    cancel.cancel();
    assert_eq!(next(&mut seen).await, Seen::Told(1));
    running.await.unwrap();
}

#[sqlx::test(migrations = false)]
async fn work_is_told_and_dropped_while_the_database_is_gone(pool: PgPool) {
    migrate(&pool).await;
    let cancel = CancellationToken::new();
    let own = pool
        .options()
        .clone()
        .connect_with((*pool.connect_options()).clone())
        .await
        .unwrap();
    let (running, mut seen) = start(
        Leases::new(own.clone(), crate::SCHEMA, uuid::Uuid::from_u128(1)),
        SHORT,
        &cancel,
    );
    assert_eq!(next(&mut seen).await, Seen::Began(1));
    own.close().await;
    assert_eq!(next(&mut seen).await, Seen::Told(1));
    cancel.cancel();
    running.await.unwrap();
}

#[sqlx::test(migrations = false)]
async fn work_that_does_not_listen_is_dropped_when_its_lease_is_lost(pool: PgPool) {
    migrate(&pool).await;
    let cancel = CancellationToken::new();
    let (alive, mut dropped) = mpsc::channel::<()>(1);
    let leases = holder(&pool, 1);
    let inner = cancel.clone();
    let alive = Arc::new(std::sync::Mutex::new(Some(alive)));
    let (began, mut beginning) = mpsc::unbounded_channel();
    let running = tokio::spawn(async move {
        run_leased(leases, "poll", SHORT, inner, |lease, _token| {
            let alive = alive.lock().unwrap().take();
            began.send(lease.fence()).unwrap();
            async move {
                std::future::pending::<()>().await;
                drop(alive);
            }
        })
        .await;
    });
    assert_eq!(beginning.recv().await, Some(1));
    sqlx::query("UPDATE order_sync.leases SET fence = 7, holder = NULL, expires_at = 'infinity'")
        .execute(&pool)
        .await
        .unwrap();
    let gone = tokio::time::timeout(Duration::from_secs(20), dropped.recv())
        .await
        .unwrap();
    assert_eq!(gone, None);
    cancel.cancel();
    running.await.unwrap();
}

#[sqlx::test(migrations = false)]
async fn work_that_does_not_listen_to_a_stop_is_dropped_and_its_lease_given_back(pool: PgPool) {
    migrate(&pool).await;
    let cancel = CancellationToken::new();
    let began = Arc::new(AtomicI64::new(0));
    run_leased(
        holder(&pool, 1),
        "poll",
        Duration::from_millis(300),
        cancel.clone(),
        |lease, _token| {
            began.store(lease.fence(), Ordering::Relaxed);
            cancel.cancel();
            std::future::pending::<()>()
        },
    )
    .await;
    assert_eq!(began.load(Ordering::Relaxed), 1);
    let lease = holder(&pool, 2).try_acquire("poll", TTL).await.unwrap();
    assert_eq!(lease.unwrap().fence(), 2);
}

#[sqlx::test(migrations = false)]
async fn failed_work_runs_again_under_the_next_fence(pool: PgPool) {
    migrate(&pool).await;
    let cancel = CancellationToken::new();
    let last = Arc::new(AtomicI64::new(0));
    run_leased(
        holder(&pool, 1),
        "poll",
        Duration::from_millis(300),
        cancel.clone(),
        |lease, _token| {
            let (last, cancel) = (last.clone(), cancel.clone());
            async move {
                assert!(last.swap(lease.fence(), Ordering::Relaxed) < lease.fence());
                match lease.fence() {
                    1 => Err("failed"),
                    2 => panic!("failed badly"),
                    _ => {
                        cancel.cancel();
                        Ok(())
                    }
                }
            }
        },
    )
    .await;
    assert_eq!(last.load(Ordering::Relaxed), 3);
}

async fn expiry(pool: &PgPool) -> chrono::DateTime<chrono::Utc> {
    sqlx::query_scalar("SELECT expires_at FROM order_sync.leases")
        .fetch_one(pool)
        .await
        .unwrap()
}
