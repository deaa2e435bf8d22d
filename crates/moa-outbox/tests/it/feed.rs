use std::sync::Arc;

use async_trait::async_trait;
use moa_id::{EventId, Ids, MerchantId};
use moa_outbox::{DDL, FeedConsumer, FeedEvent, FeedHandler, FeedServer, NewEvent, Outbox};
use moa_proto::moa::catalog::v1::{ListingMapped, ListingMapping};
use moa_proto::moa::feed::v1::feed_service_client::FeedServiceClient;
use moa_proto::moa::feed::v1::{Cursor, SubscribeRequest};
use moa_service::{AllowTable, BoxError, GrpcServer, ServiceChannel, ServiceName, reason_of};
use moa_testkit::{a_friday, eventually, identity, serve};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const SUBSCRIBE: &str = "moa.feed.v1.FeedService/Subscribe";

/// Owner and consumer in one database, as two schemas.
struct Hub {
    pool: PgPool,
    outbox: Outbox,
    ids: Ids,
    merchant: MerchantId,
    cancel: CancellationToken,
}

impl Hub {
    async fn new(pool: PgPool) -> Self {
        for schema in ["owner", "reader"] {
            let ddl = DDL.replace("{{schema}}", schema);
            let sql = format!("CREATE SCHEMA {schema}; {ddl}");
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&pool)
                .await
                .unwrap();
        }
        sqlx::raw_sql("CREATE TABLE reader.applied (n bigserial, aggregate_id uuid, version bigint, quantity int)")
            .execute(&pool)
            .await
            .unwrap();
        let ids = Ids::seeded(1);
        Self {
            pool,
            outbox: Outbox::new("owner"),
            merchant: ids.next(),
            ids,
            cancel: CancellationToken::new(),
        }
    }

    async fn channel(&self, caller: ServiceName) -> ServiceChannel {
        let allow = AllowTable::new(&[(ServiceName::Fulfillment, &[SUBSCRIBE])]);
        let feed = FeedServer::new(
            self.pool.clone(),
            self.outbox.clone(),
            &["listings"],
            self.cancel.clone(),
        );
        let server = GrpcServer::new(identity(ServiceName::Catalog), allow).add_service(feed);
        serve(server, ServiceName::Catalog, caller).await
    }

    fn event(&self, aggregate: Uuid, version: i64) -> NewEvent {
        let message = ListingMapped {
            mapping: Some(ListingMapping {
                quantity_multiplier: i32::try_from(version).unwrap(),
                ..Default::default()
            }),
        };
        let id: EventId = self.ids.next();
        NewEvent::new(
            id,
            self.merchant,
            "listings",
            aggregate,
            version,
            a_friday(),
            &message,
        )
    }

    async fn write(&self, aggregate: Uuid, version: i64) {
        let mut tx = self.pool.begin().await.unwrap();
        let event = self.event(aggregate, version);
        self.outbox.push_all(&mut tx, &[event]).await.unwrap();
        tx.commit().await.unwrap();
        self.outbox.wake();
    }

    async fn follow(&self) -> CancellationToken {
        let cancel = self.cancel.child_token();
        let consumer = FeedConsumer::new(
            self.pool.clone(),
            "reader",
            "reader.listings",
            "listings",
            self.channel(ServiceName::Fulfillment).await,
            Arc::new(Record),
        );
        tokio::spawn(consumer.run(cancel.clone()));
        cancel
    }

    async fn applied(&self) -> Vec<i64> {
        sqlx::query_scalar("SELECT version FROM reader.applied ORDER BY n")
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }

    async fn until_applied(&self, expected: &[i64]) {
        eventually(|| async { (self.applied().await == expected).then_some(()) }).await;
    }
}

/// Writes down what it was given; refuses version 13.
struct Record;

#[async_trait]
impl FeedHandler for Record {
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        for event in events {
            if event.version == 13 {
                return Err("thirteen cannot be applied".into());
            }
            let message = event.decode::<ListingMapped>().ok_or("another message")??;
            sqlx::query(
                "INSERT INTO reader.applied (aggregate_id, version, quantity) VALUES ($1, $2, $3)",
            )
            .bind(event.aggregate_id)
            .bind(event.version)
            .bind(message.mapping.unwrap_or_default().quantity_multiplier)
            .execute(&mut *conn)
            .await?;
        }
        Ok(())
    }
}

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
    let mut slow = hub.pool.begin().await.unwrap();
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
    let mut tx = hub.pool.begin().await.unwrap();
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
    let versions: Vec<i64> = batch.events.iter().map(|e| e.aggregate_version).collect();
    assert_eq!(versions, [2]);
}

#[sqlx::test(migrations = false)]
async fn partitions_are_made_ahead_and_kept_while_someone_is_behind(pool: PgPool) {
    let hub = Hub::new(pool).await;
    moa_outbox::ensure_partitions(&hub.pool, "owner")
        .await
        .unwrap();
    moa_outbox::ensure_partitions(&hub.pool, "owner")
        .await
        .unwrap();
    let partitions: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'owner.outbox'::regclass",
    )
    .fetch_one(&hub.pool)
    .await
    .unwrap();
    assert_eq!(partitions, 5, "today, three days ahead, and the default");
}
