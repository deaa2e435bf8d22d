use std::sync::Arc;

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{Clock, ServiceName, metadata_of, reason_of};
use sqlx::PgPool;
use tonic::Code;

use crate::support::{Proxy, Stage};

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn one_process_at_a_time_calls_for_a_seller_and_the_next_takes_over_at_once(pool: PgPool) {
    let mut stage = Stage::set(&pool).await;
    let account = stage.register(50).await;
    let request = stage.orders_request(&account, pb::LineState::Placed);
    stage
        .order_sync
        .fetch_orders(request.clone())
        .await
        .unwrap();

    let second = Proxy::start(&pool, Clock::system(), Arc::clone(&stage.key_ring)).await;
    let mut client = second.client(ServiceName::OrderSync).await;
    let refused = client.fetch_orders(request.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("CHANNEL_ACCOUNT_HELD_ELSEWHERE")
    );
    assert_eq!(metadata_of(&refused)["policy"], "RETRY");

    // A write is answered item by item: nothing was sent, so nobody need probe.
    let mut fulfillment = second.client(ServiceName::Fulfillment).await;
    let write = pb::AcknowledgeParcelsRequest {
        merchant_id: stage.merchant_id.to_string(),
        channel_account_id: account.clone(),
        items: vec![pb::AcknowledgeItem {
            effect_id: stage.ids.uuid().to_string(),
            fence: 1,
            channel_order_id: "1".to_owned(),
            channel_parcel_id: "10".to_owned(),
        }],
    };
    let results = fulfillment
        .acknowledge_parcels(write)
        .await
        .unwrap()
        .into_inner()
        .results;
    assert_eq!(results[0].outcome(), pb::WriteOutcome::RefusedLater);
    assert_eq!(results[0].reason, "CHANNEL_ACCOUNT_HELD_ELSEWHERE");

    stage.proxy.stop().await;
    client.fetch_orders(request).await.unwrap();
    assert_eq!(stage.verdict("quota_violations").await, 0);
}
