use std::time::Duration;

use futures::future::join_all;
use moa_jobs::LeaseLost;
use sqlx::PgPool;

use crate::{TTL, expire_all, holder, migrate};

/// What does not come by then waits for something.
const WAIT: Duration = Duration::from_secs(10);

#[sqlx::test(migrations = false)]
async fn one_holder_of_two_gets_the_lease(pool: PgPool) {
    migrate(&pool).await;
    let (first, second) = (holder(&pool, 1), holder(&pool, 2));
    let lease = first.try_acquire("poll", TTL).await.unwrap().unwrap();
    assert_eq!((lease.name(), lease.fence()), ("poll", 1));
    assert!(second.try_acquire("poll", TTL).await.unwrap().is_none());
    assert!(first.try_acquire("poll", TTL).await.unwrap().is_none());
    assert!(second.try_acquire("sweep", TTL).await.unwrap().is_some());
}

#[sqlx::test(migrations = false)]
async fn of_many_at_once_exactly_one_gets_the_lease(pool: PgPool) {
    migrate(&pool).await;
    for round in 1..=5 {
        let all: Vec<_> = (1..=8).map(|number| holder(&pool, number)).collect();
        let taken = join_all(all.iter().map(|leases| leases.try_acquire("poll", TTL))).await;
        let fences: Vec<i64> = taken
            .into_iter()
            .filter_map(|lease| Some(lease.unwrap()?.fence()))
            .collect();
        assert_eq!(fences, [round]);
        expire_all(&pool).await;
    }
}

#[sqlx::test(migrations = false)]
async fn an_expired_lease_passes_on_with_a_higher_fence(pool: PgPool) {
    migrate(&pool).await;
    let (first, second) = (holder(&pool, 1), holder(&pool, 2));
    let old = first.try_acquire("poll", TTL).await.unwrap().unwrap();
    expire_all(&pool).await;
    let new = second.try_acquire("poll", TTL).await.unwrap().unwrap();
    assert!(new.fence() > old.fence());
    assert!(!first.renew(&old, TTL).await.unwrap());
    first.release(&old).await.unwrap();
    assert!(second.renew(&new, TTL).await.unwrap());
}

#[sqlx::test(migrations = false)]
async fn a_released_lease_is_free_at_once_and_its_fence_is_kept(pool: PgPool) {
    migrate(&pool).await;
    let (first, second) = (holder(&pool, 1), holder(&pool, 2));
    let old = first.try_acquire("poll", TTL).await.unwrap().unwrap();
    first.release(&old).await.unwrap();
    assert!(!first.renew(&old, TTL).await.unwrap());
    let new = second.try_acquire("poll", TTL).await.unwrap().unwrap();
    assert_eq!(new.fence(), 2);
}

#[sqlx::test(migrations = false)]
async fn a_renewed_lease_lasts(pool: PgPool) {
    migrate(&pool).await;
    let (first, second) = (holder(&pool, 1), holder(&pool, 2));
    let lease = first.try_acquire("poll", TTL).await.unwrap().unwrap();
    expire_all(&pool).await;
    assert!(first.renew(&lease, TTL).await.unwrap());
    assert!(second.try_acquire("poll", TTL).await.unwrap().is_none());
}

#[sqlx::test(migrations = false)]
async fn a_stale_fence_does_not_pass_the_guard(pool: PgPool) {
    migrate(&pool).await;
    let (first, second) = (holder(&pool, 1), holder(&pool, 2));
    let old = first.try_acquire("poll", TTL).await.unwrap().unwrap();
    expire_all(&pool).await;
    let mut conn = pool.acquire().await.unwrap();
    old.guard(&mut conn).await.unwrap();

    let new = second.try_acquire("poll", TTL).await.unwrap().unwrap();
    let refused = old.guard(&mut conn).await;
    assert!(matches!(refused, Err(LeaseLost::Taken { fence: 1, .. })));
    new.guard(&mut conn).await.unwrap();

    second.release(&new).await.unwrap();
    assert!(matches!(
        new.guard(&mut conn).await,
        Err(LeaseLost::Taken { .. })
    ));
}

#[sqlx::test(migrations = false)]
async fn a_guarded_transaction_ends_before_the_next_holder_begins(pool: PgPool) {
    migrate(&pool).await;
    let (first, second) = (holder(&pool, 1), holder(&pool, 2));
    let lease = first.try_acquire("poll", TTL).await.unwrap().unwrap();
    expire_all(&pool).await;

    let mut tx = moa_service::begin(&pool).await.unwrap();
    lease.guard(&mut tx).await.unwrap();
    let mut next = Box::pin(second.try_acquire("poll", TTL));
    until_somebody_waits_for_a_lock(&pool, &mut next).await;
    tx.commit().await.unwrap();
    assert_eq!(next.await.unwrap().unwrap().fence(), 2);
}

#[sqlx::test(migrations = false)]
async fn asking_for_a_living_lease_does_not_wait_for_a_guarded_transaction(pool: PgPool) {
    migrate(&pool).await;
    let (first, second) = (holder(&pool, 1), holder(&pool, 2));
    let lease = first.try_acquire("poll", TTL).await.unwrap().unwrap();
    let mut tx = moa_service::begin(&pool).await.unwrap();
    lease.guard(&mut tx).await.unwrap();
    assert!(second.try_acquire("poll", TTL).await.unwrap().is_none());
    tx.commit().await.unwrap();
}

#[sqlx::test(migrations = false)]
async fn a_renewal_does_not_wait_for_a_guarded_transaction(pool: PgPool) {
    migrate(&pool).await;
    let first = holder(&pool, 1);
    let lease = first.try_acquire("poll", TTL).await.unwrap().unwrap();
    let mut tx = moa_service::begin(&pool).await.unwrap();
    lease.guard(&mut tx).await.unwrap();
    let renewed = tokio::time::timeout(WAIT, first.renew(&lease, TTL)).await;
    assert!(renewed.expect("the renewal waits").unwrap());
    // And the guard goes on beside the renewal.
    lease.guard(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[sqlx::test(migrations = false)]
async fn a_takeover_that_waited_finds_the_renewal_made_meanwhile(pool: PgPool) {
    migrate(&pool).await;
    let (first, second) = (holder(&pool, 1), holder(&pool, 2));
    let lease = first.try_acquire("poll", TTL).await.unwrap().unwrap();
    expire_all(&pool).await;

    let mut tx = moa_service::begin(&pool).await.unwrap();
    lease.guard(&mut tx).await.unwrap();
    let mut next = Box::pin(second.try_acquire("poll", TTL));
    until_somebody_waits_for_a_lock(&pool, &mut next).await;
    let renewed = tokio::time::timeout(WAIT, first.renew(&lease, TTL)).await;
    assert!(renewed.expect("the renewal waits").unwrap());
    tx.commit().await.unwrap();
    assert!(next.await.unwrap().is_none(), "two held the lease at once");
}

#[sqlx::test(migrations = false)]
async fn a_release_waits_for_a_guarded_transaction(pool: PgPool) {
    migrate(&pool).await;
    let (first, second) = (holder(&pool, 1), holder(&pool, 2));
    let lease = first.try_acquire("poll", TTL).await.unwrap().unwrap();
    let mut tx = moa_service::begin(&pool).await.unwrap();
    lease.guard(&mut tx).await.unwrap();
    let mut release = Box::pin(first.release(&lease));
    until_somebody_waits_for_a_lock(&pool, &mut release).await;
    tx.commit().await.unwrap();
    release.await.unwrap();
    let next = second.try_acquire("poll", TTL).await.unwrap().unwrap();
    assert_eq!(next.fence(), 2);
}

/// Drives `next`, which must not end, until PostgreSQL reports a waiting lock in this database.
async fn until_somebody_waits_for_a_lock<F: Future + Unpin>(pool: &PgPool, next: &mut F) {
    let waiting = async {
        loop {
            let waiting: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')",
            )
            .fetch_one(pool)
            .await
            .unwrap();
            if waiting {
                break;
            }
        }
    };
    tokio::select! {
        _ = next => panic!("what had to wait for the guarded transaction did not"),
        waited = tokio::time::timeout(WAIT, waiting) => waited.unwrap(),
    }
}
