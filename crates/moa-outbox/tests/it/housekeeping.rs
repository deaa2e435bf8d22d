use sqlx::PgPool;

use crate::hub::Hub;

#[sqlx::test(migrations = false)]
async fn partitions_are_made_ahead_and_kept_while_someone_is_behind(pool: PgPool) {
    let hub = Hub::new(pool).await;
    moa_outbox::ensure_partitions(&hub.pool, "owner")
        .await
        .unwrap();
    moa_outbox::ensure_partitions(&hub.pool, "owner")
        .await
        .unwrap();
    assert_eq!(
        partitions(&hub).await,
        5,
        "today, three days ahead, and the default"
    );
}

#[sqlx::test(migrations = false)]
async fn a_long_reader_is_not_waited_for(pool: PgPool) {
    let hub = Hub::new(pool).await;
    let mut reader = moa_service::begin(&hub.pool).await.unwrap();
    sqlx::query("SELECT count(*) FROM owner.outbox")
        .execute(&mut *reader)
        .await
        .unwrap();
    // Queued behind the reader, it would hold up every writer; so it gives up, and comes again.
    let made = moa_outbox::ensure_partitions(&hub.pool, "owner");
    tokio::time::timeout(std::time::Duration::from_secs(30), made)
        .await
        .expect("it waits for the reader")
        .unwrap();
    assert_eq!(partitions(&hub).await, 1, "only the default one");
    hub.write(hub.ids.uuid(), 1).await;

    reader.commit().await.unwrap();
    moa_outbox::ensure_partitions(&hub.pool, "owner")
        .await
        .unwrap();
    assert_eq!(
        partitions(&hub).await,
        4,
        "today's event stands in the default one"
    );
}

async fn partitions(hub: &Hub) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'owner.outbox'::regclass",
    )
    .fetch_one(&hub.pool)
    .await
    .unwrap()
}
