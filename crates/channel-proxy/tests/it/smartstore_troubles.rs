//! What stops at SmartStore, how far, and what goes on beside it.

use moa_proto::moa::channel_proxy::v1 as pb;
use moa_service::{ServiceName, metadata_of, reason_of};
use pb::channel_claims_service_client::ChannelClaimsServiceClient;
use pb::channel_listings_service_client::ChannelListingsServiceClient;
use serde_json::json;
use sqlx::PgPool;

use crate::smartstore_support::Store;
use crate::topics::expect;

async fn health(store: &Store) -> pb::ChannelAccountHealth {
    let request = pb::GetChannelAccountHealthRequest {
        merchant_id: store.stage.merchant_id.to_string(),
        channel_account_id: store.account.clone(),
    };
    let mut accounts = store.stage.proxy.accounts().await;
    let response = accounts.get_channel_account_health(request).await;
    response.unwrap().into_inner().health.unwrap()
}

/// Calls of the last minute in a bucket.
async fn calls(store: &Store, bucket: &str) -> i32 {
    let health = health(store).await;
    let found = health.buckets.iter().find(|known| known.name == bucket);
    let classes = &found.unwrap().classes;
    classes.iter().map(|class| class.last_minute).sum()
}

/// One id that is not the seller's refuses the whole question: it is found by halves, told, and left out.
#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn one_foreign_id_in_the_feed_costs_its_own_row_alone(pool: PgPool) {
    let mut store = Store::open(&pool).await;
    let mut ids = Vec::new();
    for _ in 0..9 {
        let (order_id, parcels) = store.place(json!({"kind": "physical", "lines": 1})).await;
        ids.push((order_id, parcels[0].clone()));
    }
    let (foreign_order, foreign) = ids.remove(4);
    store
        .rules(json!({"refuse_unknown_ids": true, "foreign_product_orders": [foreign]}))
        .await;
    let request = store.changes_request();
    let pages = store.stage.fetch_all(request.clone()).await.unwrap();
    let mut found: Vec<_> = pages.iter().flat_map(|page| &page.orders).collect();
    found.sort_by_key(|order| &order.channel_order_id);
    let found: Vec<_> = found.iter().map(|order| &order.channel_order_id).collect();
    let mut others: Vec<_> = ids.iter().map(|(order_id, _)| order_id).collect();
    others.sort();
    assert_eq!(found, others);
    let rejected: Vec<_> = pages.iter().flat_map(|page| &page.rejected_rows).collect();
    assert_eq!(rejected.len(), 1);
    assert_eq!(rejected[0].channel_order_id, foreign_order);
    assert!(rejected[0].reason.contains("101009"), "{rejected:?}");

    // The next read knows it: one question, and the same rows.
    let before = calls(&store, "product-orders/query").await;
    let again = store.stage.fetch_all(request).await.unwrap();
    assert_eq!(again[0].raw_page, pages[0].raw_page);
    assert_eq!(again[0].rejected_rows, pages[0].rejected_rows);
    assert_eq!(calls(&store, "product-orders/query").await, before + 1);

    // Claims are read by the same rows.
    let parcel = &ids[0];
    store.buyer(&parcel.0, "cancel").await;
    store.buyer(&ids[1].0, "cancel").await;
    let claims = store.claims().await;
    let mut orders: Vec<_> = claims.iter().map(|claim| &claim.channel_order_id).collect();
    orders.sort();
    assert_eq!(orders.len(), 2, "{claims:?}");
    assert_eq!(store.stage.verdict("quota_violations").await, 0);
}

/// Somebody has to go to the API centre: until then the calls that were not granted pause, and no others.
#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_call_that_was_not_granted_pauses_and_says_why_until_a_test(pool: PgPool) {
    let mut store = Store::open(&pool).await;
    store.place(json!({"kind": "physical", "lines": 1})).await;
    let catalog = store.stage.proxy.channel(ServiceName::Catalog).await;
    let mut listings = ChannelListingsServiceClient::new(catalog);
    let request = pb::FetchProductsRequest {
        merchant_id: store.stage.merchant_id.to_string(),
        channel_account_id: store.account.clone(),
        call_class: pb::CallClass::Sweep.into(),
        page_token: String::new(),
    };
    store.rules(json!({"missing_groups": ["products"]})).await;
    let not_granted = Some("CHANNEL_CALL_NOT_GRANTED");
    let refused = listings.fetch_products(request.clone()).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), not_granted);
    assert_eq!(metadata_of(&refused)["policy"], "ASK");
    let seen = health(&store).await;
    assert_eq!(seen.closures.len(), 1, "{:?}", seen.closures);
    assert_eq!(Some(seen.closures[0].cause.as_str()), not_granted);
    let minutes = seen.closures[0].until.unwrap().seconds - seen.read_at.unwrap().seconds;
    assert!((500..=700).contains(&minutes), "ten minutes: {minutes}");
    let refusal = seen.last_refusal.unwrap();
    assert_eq!(Some(refusal.reason.as_str()), not_granted);
    assert!(refusal.detail.contains("API group"), "{refusal:?}");

    // It is granted now, which nobody told us: nothing is asked. Orders go on all the while.
    store.rules(json!({"missing_groups": []})).await;
    let refused = listings.fetch_products(request.clone()).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), not_granted);
    assert!(metadata_of(&refused).contains_key("retry_at"));
    assert_eq!(store.changes().await.len(), 1);
    // A person's test lets it through.
    let test = store.test(&store.account.clone()).await;
    assert!(test.ok, "{test:?}");
    listings.fetch_products(request).await.unwrap();
    assert_eq!(health(&store).await.closures, []);
}

/// A write that was not granted waits, and is not sent again and again meanwhile.
#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_write_that_was_not_granted_waits_for_its_pause_to_end(pool: PgPool) {
    let mut store = Store::open(&pool).await;
    store.place(json!({"kind": "physical", "lines": 1})).await;
    let orders = store.changes().await;
    let parcel = store.parcels_of(&orders[0]).remove(0);
    store.rules(json!({"missing_groups": ["orders"]})).await;
    let mut item = store.stage.acknowledge_item(&parcel, 1);
    for _ in 0..2 {
        let result = store.acknowledge(vec![item.clone()]).await.remove(0);
        let reason = "CHANNEL_CALL_NOT_GRANTED";
        expect(
            &Some(result.clone()),
            pb::WriteOutcome::RefusedLater,
            reason,
        );
        assert!(result.retry_at.is_some());
        item.fence += 1;
    }
    assert_eq!(calls(&store, "product-orders/confirm").await, 1);
}

/// The buyer asks for the same pieces as the seller cancels: that is the buyer's claim, and may be taken back.
#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_buyer_s_cancel_of_as_many_pieces_is_not_taken_for_the_seller_s(pool: PgPool) {
    let mut store = Store::open(&pool).await;
    let (order_id, _) = store.place(json!({"kind": "physical", "lines": 1})).await;
    let orders = store.changes().await;
    let parcels = store.parcels_of(&orders[0]);
    store.acknowledge_all(&parcels).await;
    store.buyer(&order_id, "cancel").await;
    let line = &parcels[0].lines[0];
    let request = pb::CancelLinesRequest {
        merchant_id: store.stage.merchant_id.to_string(),
        channel_account_id: store.account.clone(),
        effect_id: store.stage.ids.uuid().to_string(),
        fence: 1,
        lines_cancellation: Some(pb::LinesCancellation {
            channel_order_id: order_id,
            channel_parcel_id: parcels[0].channel_parcel_id.clone(),
            lines: vec![pb::CancelledLine {
                channel_line_id: line.channel_line_id.clone(),
                quantity: line.quantity,
                cancelled_before: 0,
            }],
            reason: pb::SellerCancelReason::OutOfStock.into(),
            ..Default::default()
        }),
    };
    let channel = store.stage.proxy.channel(ServiceName::Fulfillment).await;
    let mut desk = ChannelClaimsServiceClient::new(channel);
    let refused = desk.cancel_lines(request).await.unwrap().into_inner();
    let result = refused.result;
    expect(&result, pb::WriteOutcome::RefusedFinal, "CLAIM_OPEN");
    assert!(result.unwrap().detail.contains("did not ask for"));
}
