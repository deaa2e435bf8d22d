use moa_proto::moa::feed::v1::feed_service_client::FeedServiceClient;
use moa_proto::moa::feed::v1::{Cursor, SubscribeRequest};
use moa_service::{ServiceName, reason_of};
use sqlx::PgPool;

use crate::hub::Hub;

#[sqlx::test(migrations = false)]
async fn events_are_applied_once_even_when_the_consumer_comes_and_goes(pool: PgPool) {
    let hub = Hub::new(pool).await;
    let aggregate = hub.ids.uuid();
    hub.write(aggregate, 1).await;
    let first = hub.follow().await;
    hub.until_applied(&[1]).await;
    first.cancel();
    hub.write(aggregate, 2).await;
    hub.follow().await;
    hub.write(aggregate, 3).await;
    hub.until_applied(&[1, 2, 3]).await;
}

#[sqlx::test(migrations = false)]
async fn a_row_committed_late_is_not_skipped(pool: PgPool) {
    let hub = Hub::new(pool).await;
    hub.follow().await;
    // The older transaction writes first and commits last.
    let mut slow = moa_service::begin(&hub.pool).await.unwrap();
    let event = hub.event(hub.ids.uuid(), 1);
    hub.outbox.push_all(&mut slow, &[event]).await.unwrap();
    hub.write(hub.ids.uuid(), 2).await;
    // The younger one is committed, but held back: reading past it would lose the older.
    let visible: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM owner.outbox WHERE xid < pg_snapshot_xmin(pg_current_snapshot())",
    )
    .fetch_one(&hub.pool)
    .await
    .unwrap();
    assert_eq!(visible, 0);
    assert!(hub.applied().await.is_empty());
    slow.commit().await.unwrap();
    hub.outbox.wake();
    hub.until_applied(&[1, 2]).await;
}

#[sqlx::test(migrations = false)]
async fn two_processes_following_as_one_consumer_apply_each_event_once(pool: PgPool) {
    let hub = Hub::new(pool).await;
    hub.follow().await;
    hub.follow().await;
    let aggregate = hub.ids.uuid();
    for version in 20..60 {
        hub.write(aggregate, version).await;
    }
    let expected: Vec<i64> = (20..60).collect();
    hub.until_applied(&expected).await;
}

#[sqlx::test(migrations = false)]
async fn an_event_that_cannot_be_applied_holds_up_only_what_comes_after(pool: PgPool) {
    let hub = Hub::new(pool).await;
    let mut tx = moa_service::begin(&hub.pool).await.unwrap();
    let events = [11, 12, 13, 14].map(|version| hub.event(hub.ids.uuid(), version));
    hub.outbox.push_all(&mut tx, &events).await.unwrap();
    tx.commit().await.unwrap();
    hub.follow().await;
    hub.until_applied(&[11, 12]).await;
}

#[sqlx::test(migrations = false)]
async fn a_cursor_of_another_epoch_is_refused_loudly(pool: PgPool) {
    let hub = Hub::new(pool).await;
    let channel = hub.channel(ServiceName::Fulfillment).await;
    let request = SubscribeRequest {
        topic: "listings".to_owned(),
        consumer: "reader.listings".to_owned(),
        after: Some(Cursor {
            epoch: 7,
            xid: 1,
            seq: 1,
        }),
    };
    let refused = FeedServiceClient::new(channel)
        .subscribe(request)
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("FEED_EPOCH_MISMATCH"));
}

#[sqlx::test(migrations = false)]
async fn a_caller_that_is_not_listed_is_refused(pool: PgPool) {
    let hub = Hub::new(pool).await;
    let channel = hub.channel(ServiceName::StoreGateway).await;
    let request = SubscribeRequest {
        topic: "listings".to_owned(),
        consumer: "thief".to_owned(),
        after: None,
    };
    let refused = FeedServiceClient::new(channel)
        .subscribe(request)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    assert_eq!(reason_of(&refused).as_deref(), Some("CALL_NOT_ALLOWED"));
}

#[sqlx::test(migrations = false)]
async fn the_current_cursor_misses_nothing_that_a_snapshot_lacked(pool: PgPool) {
    let hub = Hub::new(pool).await;
    hub.write(hub.ids.uuid(), 1).await;
    let mut conn = hub.pool.acquire().await.unwrap();
    let cursor = hub.outbox.current_cursor(&mut conn).await.unwrap();
    hub.write(hub.ids.uuid(), 2).await;
    let request = SubscribeRequest {
        topic: "listings".to_owned(),
        consumer: "reader.listings".to_owned(),
        after: Some(cursor),
    };
    let channel = hub.channel(ServiceName::Fulfillment).await;
    let mut stream = FeedServiceClient::new(channel)
        .subscribe(request)
        .await
        .unwrap()
        .into_inner();
    let batch = stream.message().await.unwrap().unwrap();
    // A transaction elsewhere in the cluster may hold the cursor back, so that the first event comes along.
    let last = batch.events.last().map(|event| event.aggregate_version);
    assert_eq!(last, Some(2));
}
