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

/// A mistyped number must not stand in the list for ever.
#[sqlx::test(migrator = "catalog::MIGRATOR")]
async fn a_listing_that_was_only_mapped_ahead_goes_from_the_list_with_its_mapping(pool: PgPool) {
    let stage = Stage::new(pool);
    let mut client = stage.client().await;
    let mug = stage.create("MUG-W").await;
    let mapped = client.map_listing(stage.mapping("7000000000l", &mug)).await;
    let listing = mapped.unwrap().into_inner().listing.unwrap();
    let all = pb::ListListingsRequest::default;
    assert_eq!(stage.listings(all()).await.len(), 1);

    let unmap = pb::UnmapListingRequest {
        merchant_id: stage.merchant.to_string(),
        listing_id: listing.listing_id.clone(),
        operator: "owner@moa.local".to_owned(),
        expected_version: Some(listing.version),
    };
    client.unmap_listing(unmap).await.unwrap();
    assert_eq!(stage.listings(all()).await, []);
    let counted = client
        .count_listings(pb::CountListingsRequest {
            merchant_id: stage.merchant.to_string(),
        })
        .await;
    let counted = counted.unwrap().into_inner();
    assert_eq!((counted.all, counted.unmapped), (0, 0));

    // It was no mistake: the channel shows it.
    stage
        .see(&[(1, stage.ordered("7000000000l", "머그컵", "흰색", "MUG-W"))])
        .await;
    let seen = stage.listings(all()).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].listing_id, listing.listing_id);
    assert_eq!(seen[0].attention(), pb::ListingAttention::New);
    let history = client
        .get_listing_history(pb::GetListingHistoryRequest {
            merchant_id: stage.merchant.to_string(),
            listing_id: listing.listing_id,
        })
        .await;
    assert_eq!(history.unwrap().into_inner().mappings.len(), 2);
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
