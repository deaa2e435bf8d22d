//! The real feed between the real outbox and the board, with two writers whose transactions overlap.

use std::sync::Arc;

use admin_gateway::SCHEMA;
use admin_gateway::feeds::OrdersFeed;
use moa_id::MerchantId;
use moa_outbox::{FeedConsumer, FeedServer, NewEvent, Outbox};
use moa_proto::moa::order_sync::v1::{Order, OrderChanged, OrderState};
use moa_service::{AllowTable, GrpcServer, ServiceName};
use moa_testkit::{a_friday, eventually, identity, serve};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use tokio_util::sync::CancellationToken;

use crate::events::order;
use crate::stage::Stage;

async fn write(stage: &Stage, conn: &mut PgConnection, merchant: MerchantId, event: (&Order, i64)) {
    let (order, version) = event;
    let mut order = order.clone();
    order.version = version;
    order.state = match version {
        2 => OrderState::Acknowledged.into(),
        _ => OrderState::Dispatched.into(),
    };
    let id = order.order_id.parse().unwrap();
    let message = OrderChanged { order: Some(order) };
    let event = NewEvent::new(
        stage.ids.next(),
        merchant,
        "orders",
        id,
        version,
        a_friday(),
        &message,
    );
    Outbox::new("order_sync")
        .push_all(conn, &[event])
        .await
        .unwrap();
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn overlapping_writers_leave_the_higher_version_on_the_board(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let ddl = moa_outbox::DDL.replace("{{schema}}", "order_sync");
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE SCHEMA order_sync; {ddl}")))
        .execute(&stage.pool)
        .await
        .unwrap();
    let cancel = CancellationToken::new();
    let feed = FeedServer::new(
        stage.pool.clone(),
        Outbox::new("order_sync"),
        &["orders"],
        cancel.clone(),
    );
    let rpcs: &[&str] = &["moa.feed.v1.FeedService/Subscribe"];
    let allow = AllowTable::new(&[(ServiceName::AdminGateway, rpcs)]);
    let server = GrpcServer::new(identity(ServiceName::OrderSync), allow).add_service(feed);
    let channel = serve(server, ServiceName::OrderSync, ServiceName::AdminGateway).await;
    let handler = Arc::new(OrdersFeed::new(stage.pending()));
    let consumer = FeedConsumer::new(
        stage.pool.clone(),
        SCHEMA,
        "admin_gateway.orders",
        "orders",
        channel,
        handler,
    );
    let following = tokio::spawn(consumer.run(cancel.clone()));

    // The second writer begins first and commits last; its version is the higher one, its place in the feed the earlier.
    let (order, marker) = (
        order(&stage.ids, "28000001", 10),
        order(&stage.ids, "28000002", 20),
    );
    let mut early = moa_service::begin(&stage.pool).await.unwrap();
    write(&stage, &mut early, owner.merchant, (&order, 3)).await;
    let mut late = moa_service::begin(&stage.pool).await.unwrap();
    write(&stage, &mut late, owner.merchant, (&order, 2)).await;
    late.commit().await.unwrap();
    early.commit().await.unwrap();
    // What comes after both shows that both were applied.
    let mut after = moa_service::begin(&stage.pool).await.unwrap();
    write(&stage, &mut after, owner.merchant, (&marker, 2)).await;
    after.commit().await.unwrap();

    let page = eventually(|| async {
        let page = owner.read("/api/v1/orders").await;
        (page["orders"].as_array().unwrap().len() == 2).then_some(page)
    })
    .await;
    assert_eq!(page["orders"][0]["version"], 3);
    assert_eq!(page["orders"][0]["state"], "DISPATCHED");
    let path = format!("/api/v1/orders/{}/timeline", order.order_id);
    let timeline = owner.read(&path).await;
    assert_eq!(timeline["entries"].as_array().unwrap().len(), 4);
    cancel.cancel();
    following.await.unwrap();
}
