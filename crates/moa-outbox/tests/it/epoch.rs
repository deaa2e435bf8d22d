//! A database that came from another cluster, where transaction ids were far ahead.

use moa_outbox::ensure_partitions;
use moa_proto::moa::feed::v1::feed_service_client::FeedServiceClient;
use moa_proto::moa::feed::v1::{Cursor, SubscribeRequest};
use moa_service::{ServiceName, metadata_of, reason_of};
use sqlx::{AssertSqlSafe, PgPool};
use tonic::Status;

use crate::hub::Hub;

/// No cluster here ever gets that far.
const FAR: i64 = 1 << 40;

/// Lets all that is stored seem written in the other cluster, as a restore does.
async fn move_house(hub: &Hub) {
    for (table, xid) in [
        ("owner.outbox", "xid::text::bigint"),
        ("owner.feed_consumers", "xid"),
        ("reader.feed_cursors", "xid"),
    ] {
        let cast = if table == "owner.outbox" {
            "::text::xid8"
        } else {
            ""
        };
        let sql = format!("UPDATE {table} SET xid = ({xid} + {FAR}){cast}");
        sqlx::query(AssertSqlSafe(sql))
            .execute(&hub.pool)
            .await
            .unwrap();
    }
}

async fn epoch(hub: &Hub) -> i64 {
    sqlx::query_scalar("SELECT epoch FROM owner.feed_epoch")
        .fetch_one(&hub.pool)
        .await
        .unwrap()
}

async fn refusal(hub: &Hub, after: Cursor) -> Status {
    let request = SubscribeRequest {
        topic: "listings".to_owned(),
        consumer: "reader.listings".to_owned(),
        after: Some(after),
    };
    let channel = hub.channel(ServiceName::Fulfillment).await;
    FeedServiceClient::new(channel)
        .subscribe(request)
        .await
        .unwrap_err()
}

#[sqlx::test(migrations = false)]
async fn a_cursor_of_a_later_transaction_than_there_was_is_refused(pool: PgPool) {
    let hub = Hub::new(pool).await;
    hub.write(hub.ids.uuid(), 1).await;
    let after = Cursor {
        epoch: 1,
        xid: FAR.unsigned_abs(),
        seq: 1,
    };
    let refused = refusal(&hub, after).await;
    assert_eq!(reason_of(&refused).as_deref(), Some("FEED_EPOCH_MISMATCH"));
    assert_eq!(metadata_of(&refused)["history"], "kept");
}

#[sqlx::test(migrations = false)]
async fn a_feed_whose_events_are_gone_says_so(pool: PgPool) {
    let hub = Hub::new(pool).await;
    for version in 1..=4 {
        hub.write(hub.ids.uuid(), version).await;
    }
    sqlx::query("DELETE FROM owner.outbox WHERE seq <= 3")
        .execute(&hub.pool)
        .await
        .unwrap();
    let history = async |seq| {
        let after = Cursor {
            epoch: 7,
            xid: 1,
            seq,
        };
        let refused = refusal(&hub, after).await;
        metadata_of(&refused)["history"].clone()
    };
    assert_eq!(history(2).await, "gone", "the third was never read");
    assert_eq!(history(3).await, "kept");
    assert_eq!(
        history(i64::MAX).await,
        "gone",
        "a list's cursor names no event"
    );
}

#[sqlx::test(migrations = false)]
async fn after_a_move_to_another_cluster_feeds_go_on_by_themselves(pool: PgPool) {
    let hub = Hub::new(pool).await;
    let first = hub.follow().await;
    let aggregate = hub.ids.uuid();
    hub.write(aggregate, 1).await;
    hub.write(aggregate, 2).await;
    hub.until_applied(&[1, 2]).await;
    first.cancel();
    hub.write(aggregate, 3).await;
    move_house(&hub).await;

    // As the service starts in the new cluster.
    ensure_partitions(&hub.pool, "owner").await.unwrap();
    assert_eq!(epoch(&hub).await, 2);
    let unread: i64 = sqlx::query_scalar("SELECT xid + seq FROM owner.feed_consumers")
        .fetch_one(&hub.pool)
        .await
        .unwrap();
    assert_eq!(unread, 0, "nothing of it may be dropped as passed");
    hub.write(aggregate, 4).await;
    hub.follow().await;
    // From the beginning and in their order; what was applied before comes again and is for the handler to know.
    hub.until_applied(&[1, 2, 1, 2, 3, 4]).await;

    // Once only.
    ensure_partitions(&hub.pool, "owner").await.unwrap();
    assert_eq!(epoch(&hub).await, 2);
}
