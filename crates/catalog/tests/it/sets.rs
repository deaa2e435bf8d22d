//! Sets, who mapped what, and several people at once.

use moa_proto::moa::catalog::v1 as pb;
use moa_service::reason_of;
use sqlx::PgPool;

use crate::stage::Stage;

fn component(variant: &pb::Variant, quantity: i32) -> pb::MappingComponent {
    pb::MappingComponent {
        variant_id: variant.variant_id.clone(),
        quantity,
        ..pb::MappingComponent::default()
    }
}

fn quantities(components: &[pb::MappingComponent]) -> Vec<(&str, i32)> {
    let mut of: Vec<(&str, i32)> = components
        .iter()
        .map(|component| (component.sku.as_str(), component.quantity))
        .collect();
    of.sort_unstable();
    of
}

#[sqlx::test(migrator = "catalog::MIGRATOR")]
async fn a_set_is_kept_with_its_history_and_can_be_taken_back(pool: PgPool) {
    let stage = Stage::new(pool);
    let mut client = stage.client().await;
    let (mug, plate) = (stage.create("MUG-W").await, stage.create("PLATE").await);
    let single = stage.mapping("70000000001", &mug);
    client.map_listing(single.clone()).await.unwrap();
    let set = pb::MapListingRequest {
        variant_id: String::new(),
        components: vec![component(&mug, 2), component(&plate, 1)],
        operator: "second@moa.local".to_owned(),
        ..single
    };
    let mapped = client.map_listing(set.clone()).await.unwrap().into_inner();
    let listing = mapped.listing.unwrap();
    assert_eq!(
        quantities(&listing.components),
        [("MUG-W", 2), ("PLATE", 1)]
    );
    assert_eq!((listing.version, listing.variant_id.as_str()), (2, ""));
    assert_eq!(listing.mapped_by, "second@moa.local");

    let unmap = pb::UnmapListingRequest {
        merchant_id: stage.merchant.to_string(),
        listing_id: listing.listing_id.clone(),
        operator: "owner@moa.local".to_owned(),
        expected_version: Some(1),
    };
    let stale = client.unmap_listing(unmap.clone()).await.unwrap_err();
    assert_eq!(reason_of(&stale).as_deref(), Some("LISTING_CHANGED"));
    let unmap = pb::UnmapListingRequest {
        expected_version: Some(2),
        ..unmap
    };
    let unmapped = client.unmap_listing(unmap).await.unwrap().into_inner();
    assert_eq!(unmapped.listing.unwrap().components, []);

    let request = pb::GetListingHistoryRequest {
        merchant_id: stage.merchant.to_string(),
        listing_id: listing.listing_id,
    };
    let history = client
        .get_listing_history(request)
        .await
        .unwrap()
        .into_inner();
    let told: Vec<(i64, usize, &str)> = history
        .mappings
        .iter()
        .map(|record| {
            (
                record.version,
                record.components.len(),
                record.operator.as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (3, 0, "owner@moa.local"),
            (2, 2, "second@moa.local"),
            (1, 1, "owner@moa.local")
        ]
    );
    // And mapped anew, as if nothing had been.
    let again = client.map_listing(set).await.unwrap().into_inner();
    assert_eq!(again.listing.unwrap().version, 4);
}

#[sqlx::test(migrator = "catalog::MIGRATOR")]
async fn of_several_mappings_one_that_is_refused_stops_no_other(pool: PgPool) {
    let stage = Stage::new(pool);
    let mut client = stage.client().await;
    let mug = stage.create("MUG-W").await;
    let plain = |listing: &str| pb::MapListingRequest {
        merchant_id: String::new(),
        operator: String::new(),
        ..stage.mapping(listing, &mug)
    };
    let twice = pb::MapListingRequest {
        variant_id: String::new(),
        components: vec![component(&mug, 1), component(&mug, 1)],
        ..plain("70000000002")
    };
    let stranger = pb::MapListingRequest {
        variant_id: stage.merchant.to_string(),
        ..plain("70000000003")
    };
    let both_ways = pb::MapListingRequest {
        components: vec![component(&mug, 1)],
        ..plain("70000000004")
    };
    let request = pb::BatchMapListingsRequest {
        merchant_id: stage.merchant.to_string(),
        operator: "owner@moa.local".to_owned(),
        mappings: vec![
            plain("70000000001"),
            twice,
            stranger,
            both_ways,
            plain("70000000005"),
        ],
    };
    let results = client
        .batch_map_listings(request)
        .await
        .unwrap()
        .into_inner()
        .results;
    let reasons: Vec<&str> = results.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "",
            "VARIANT_TWICE",
            "VARIANT_NOT_FOUND",
            "INVALID_ARGUMENT",
            ""
        ]
    );
    let mapped = results.iter().filter_map(|one| one.listing.as_ref());
    assert!(
        mapped
            .clone()
            .all(|listing| listing.mapped_by == "owner@moa.local")
    );
    assert_eq!(mapped.count(), 2);
}
