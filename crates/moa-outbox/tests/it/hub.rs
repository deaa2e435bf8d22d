//! An owner and a reader of a feed.

use std::sync::Arc;

use async_trait::async_trait;
use moa_id::{EventId, Ids, MerchantId};
use moa_outbox::{DDL, FeedConsumer, FeedEvent, FeedHandler, FeedServer, NewEvent, Outbox};
use moa_proto::moa::catalog::v1::{ListingMapped, ListingMapping};
use moa_service::{AllowTable, BoxError, GrpcServer, ServiceChannel, ServiceName};
use moa_testkit::{a_friday, eventually, identity, serve};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const SUBSCRIBE: &str = "moa.feed.v1.FeedService/Subscribe";

/// Owner and consumer in one database, as two schemas.
pub(crate) struct Hub {
    pub(crate) pool: PgPool,
    pub(crate) outbox: Outbox,
    pub(crate) ids: Ids,
    pub(crate) merchant: MerchantId,
    pub(crate) cancel: CancellationToken,
}

impl Hub {
    pub(crate) async fn new(pool: PgPool) -> Self {
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

    pub(crate) async fn channel(&self, caller: ServiceName) -> ServiceChannel {
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

    pub(crate) fn event(&self, aggregate: Uuid, version: i64) -> NewEvent {
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

    pub(crate) async fn write(&self, aggregate: Uuid, version: i64) {
        let mut tx = moa_service::begin(&self.pool).await.unwrap();
        let event = self.event(aggregate, version);
        self.outbox.push_all(&mut tx, &[event]).await.unwrap();
        tx.commit().await.unwrap();
        self.outbox.wake();
    }

    pub(crate) async fn follow(&self) -> CancellationToken {
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

    pub(crate) async fn applied(&self) -> Vec<i64> {
        sqlx::query_scalar("SELECT version FROM reader.applied ORDER BY n")
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }

    pub(crate) async fn until_applied(&self, expected: &[i64]) {
        eventually(|| async { (self.applied().await == expected).then_some(()) }).await;
    }
}

/// Writes down what it was given; refuses version 13.
pub(crate) struct Record;

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
