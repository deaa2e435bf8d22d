use moa_proto::moa::catalog::v1 as pb;
use moa_proto::moa::feed::v1::SubscribeRequest;
use moa_proto::moa::feed::v1::feed_service_client::FeedServiceClient;
use moa_service::{ServiceName, reason_of};
use prost::Message;
use sqlx::PgPool;

use crate::stage::Stage;

/// Trigger: MapListing. Consumers: fulfillment, which releases the lines held for the listing.
#[sqlx::test(migrator = "catalog::MIGRATOR")]
async fn listing_mapped_is_published_once_per_change(pool: PgPool) {
    let stage = Stage::new(pool);
    let mut client = stage.client().await;
    let mug = stage.create("MUG-W").await;
    let request = stage.mapping("70000000001", &mug);
    client.map_listing(request.clone()).await.unwrap();
    client.map_listing(request.clone()).await.unwrap();
    let pair = pb::MapListingRequest {
        quantity_multiplier: 2,
        ..request
    };
    client.map_listing(pair).await.unwrap();

    let channel = stage.channel(ServiceName::Fulfillment).await;
    let mut stream = FeedServiceClient::new(channel)
        .subscribe(SubscribeRequest {
            topic: "listings".to_owned(),
            consumer: "fulfillment.listings".to_owned(),
            after: None,
        })
        .await
        .unwrap()
        .into_inner();
    let mut seen = Vec::new();
    while seen.len() < 2 {
        for event in stream.message().await.unwrap().unwrap().events {
            let mapped = pb::ListingMapped::decode(event.payload).unwrap();
            let mapping = mapped.mapping.unwrap();
            let [component] = mapping.components.as_slice() else {
                panic!("{mapping:?}");
            };
            assert_eq!(
                (component.sku.as_str(), component.name.as_str()),
                ("MUG-W", "머그컵")
            );
            seen.push((event.aggregate_version, component.quantity));
        }
    }
    assert_eq!(seen, [(1, 1), (2, 2)]);
}

#[sqlx::test(migrator = "catalog::MIGRATOR")]
async fn only_mapped_listings_are_resolved(pool: PgPool) {
    let stage = Stage::new(pool);
    let mut client = stage.client().await;
    let mug = stage.create("MUG-W").await;
    client
        .map_listing(stage.mapping("70000000001", &mug))
        .await
        .unwrap();
    let key = |id: &str| pb::ListingKey {
        channel_account_id: stage.account.to_string(),
        channel_listing_id: id.to_owned(),
    };
    let resolved = client
        .resolve_listings(pb::ResolveListingsRequest {
            merchant_id: stage.merchant.to_string(),
            listings: vec![key("70000000001"), key("70000000002")],
        })
        .await
        .unwrap()
        .into_inner()
        .mappings;
    assert_eq!(resolved.len(), 1);
    assert_eq!(resolved[0].version, 1);
    let component = &resolved[0].components[0];
    assert_eq!(component.variant_id, mug.variant_id);
    assert_eq!(component.kind(), pb::VariantKind::Physical);
}

#[sqlx::test(migrator = "catalog::MIGRATOR")]
async fn another_merchants_variant_cannot_be_mapped(pool: PgPool) {
    let stage = Stage::new(pool);
    let mug = stage.create("MUG-W").await;
    let stranger = pb::MapListingRequest {
        merchant_id: stage.ids.next::<moa_id::MerchantId>().to_string(),
        ..stage.mapping("70000000001", &mug)
    };
    let refused = stage
        .client()
        .await
        .map_listing(stranger)
        .await
        .unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("VARIANT_NOT_FOUND"));
}
