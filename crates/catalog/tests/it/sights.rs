//! What channels show of listings, heard from order-sync, and what a person makes of it.

use moa_proto::moa::catalog::v1 as pb;
use moa_proto::moa::money::v1::Money;
use moa_proto::moa::order_sync::v1::{ListedOffer, ListingSeen};
use moa_service::{reason_of, timestamp};
use moa_testkit::a_friday;
use sqlx::PgPool;

use crate::stage::Stage;

const LISTING: &str = "70000000001";

fn all() -> pb::ListListingsRequest {
    pb::ListListingsRequest::default()
}

fn attention(attention: pb::ListingAttention) -> pb::ListListingsRequest {
    pb::ListListingsRequest {
        attention: attention.into(),
        ..all()
    }
}

fn listed(seen: ListingSeen, sku: &str, barcode: &str) -> ListingSeen {
    let offer = ListedOffer {
        channel_product_id: "30000001".to_owned(),
        product_name: "머그컵".to_owned(),
        option_name: "흰색".to_owned(),
        sku_code: sku.to_owned(),
        barcode: barcode.to_owned(),
        price: Some(Money {
            amount_minor: 12_000,
            currency: "KRW".to_owned(),
        }),
        on_sale: Some(true),
        read_at: Some(timestamp(a_friday())),
    };
    ListingSeen {
        listed: Some(offer),
        ..seen
    }
}

#[sqlx::test(migrator = "catalog::MIGRATOR")]
async fn a_changed_option_waits_until_a_person_has_seen_that_very_change(pool: PgPool) {
    let stage = Stage::new(pool);
    let mut client = stage.client().await;
    let mug = stage.create("MUG-W").await;
    stage
        .see(&[(1, stage.ordered(LISTING, "머그컵", "색상: 흰색", "MUG-W"))])
        .await;
    assert_eq!(
        stage
            .listings(attention(pb::ListingAttention::New))
            .await
            .len(),
        1
    );
    client
        .map_listing(stage.mapping(LISTING, &mug))
        .await
        .unwrap();
    assert_eq!(
        stage.listings(attention(pb::ListingAttention::New)).await,
        []
    );

    // One feed may tell of two changes at once, and of the same twice: the newest tells all.
    let black = stage.ordered(LISTING, "머그컵", "색상: 검정", "MUG-W");
    stage
        .see(&[
            (3, black.clone()),
            (2, stage.ordered(LISTING, "머그", "", "MUG-W")),
        ])
        .await;
    stage.see(&[(3, black)]).await;
    let changed = stage
        .listings(attention(pb::ListingAttention::Changed))
        .await;
    let [listing] = changed.as_slice() else {
        panic!("{changed:?}");
    };
    let [change] = listing.changes.as_slice() else {
        panic!("{listing:?}");
    };
    assert_eq!(change.field(), pb::ListingField::OptionName);
    assert_eq!(
        (change.old_value.as_str(), change.new_value.as_str()),
        ("색상: 흰색", "색상: 검정")
    );
    assert_eq!(
        listing.components.len(),
        1,
        "a mapping stays until a person changes it"
    );

    // While the person looks at it, it changes once more.
    stage
        .see(&[(4, stage.ordered(LISTING, "머그컵", "색상: 파랑", "MUG-W"))])
        .await;
    let acknowledge = |change: &pb::ListingChange| pb::AcknowledgeListingRequest {
        merchant_id: stage.merchant.to_string(),
        listing_id: listing.listing_id.clone(),
        operator: "owner@moa.local".to_owned(),
        last_change_id: change.listing_change_id.clone(),
    };
    let left = client
        .acknowledge_listing(acknowledge(change))
        .await
        .unwrap();
    let left = left.into_inner().listing.unwrap();
    assert_eq!(left.changes[0].new_value, "색상: 파랑");
    let done = client
        .acknowledge_listing(acknowledge(&left.changes[0]))
        .await
        .unwrap();
    let done = done.into_inner().listing.unwrap();
    assert_eq!(done.attention(), pb::ListingAttention::Unspecified);
    let counts = client
        .count_listings(pb::CountListingsRequest {
            merchant_id: stage.merchant.to_string(),
        })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (counts.all, counts.unmapped, counts.new, counts.changed),
        (1, 0, 0, 0)
    );
    let history = client
        .get_listing_history(pb::GetListingHistoryRequest {
            merchant_id: stage.merchant.to_string(),
            listing_id: listing.listing_id.clone(),
        })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(history.changes.len(), 2);
    assert!(
        history
            .changes
            .iter()
            .all(|c| c.acknowledged_by == "owner@moa.local")
    );
}

#[sqlx::test(migrator = "catalog::MIGRATOR")]
async fn the_product_list_adds_price_and_barcode_without_a_false_alarm(pool: PgPool) {
    let stage = Stage::new(pool);
    let mut client = stage.client().await;
    let mug = stage.create("MUG-W").await;
    // Mapped ahead, so that nobody need look when it is seen.
    client
        .map_listing(stage.mapping(LISTING, &mug))
        .await
        .unwrap();
    let ordered = stage.ordered(LISTING, "머그컵", "색상: 흰색", "MUG-W");
    stage.see(&[(1, ordered.clone())]).await;
    stage.see(&[(2, listed(ordered.clone(), "", "8801"))]).await;
    let shown = stage.listings(all()).await.remove(0);
    assert_eq!(shown.attention(), pb::ListingAttention::Unspecified);
    assert_eq!(
        (
            shown.option_name.as_str(),
            shown.sku_code.as_str(),
            shown.barcode.as_str()
        ),
        ("색상: 흰색", "MUG-W", "8801")
    );
    assert_eq!(shown.price.unwrap().amount_minor, 12_000);
    stage.see(&[(3, listed(ordered, "", "8802"))]).await;
    let shown = stage
        .listings(attention(pb::ListingAttention::Changed))
        .await;
    assert_eq!(shown[0].changes[0].field(), pb::ListingField::Barcode);
    assert_eq!(shown[0].changes[0].place(), pb::ListingPlace::ProductList);
}

#[sqlx::test(migrator = "catalog::MIGRATOR")]
async fn suggestions_come_with_the_page_and_one_is_accepted(pool: PgPool) {
    let stage = Stage::new(pool);
    let mut client = stage.client().await;
    let mut product = stage.product("first", &["MUG-W", "MUG-B"]);
    product.variants[0].name = "흰색".to_owned();
    product.variants[1].name = "검정".to_owned();
    product.variants[1].barcode = "8801".to_owned();
    client.create_product(product).await.unwrap();
    let by_code = stage.ordered("1", "머그", "", "mug-w");
    let by_barcode = listed(stage.ordered("2", "잔", "", ""), "", "8801");
    let by_name = stage.ordered("3", "[무료배송] 머그 컵", "색상: 검정", "");
    let alien = stage.ordered("4", "텀블러", "", "");
    stage
        .see(&[(1, by_code), (1, by_barcode), (1, by_name), (1, alien)])
        .await;
    let asked = pb::ListListingsRequest {
        unmapped_only: true,
        with_suggestions: true,
        ..all()
    };
    let mut page = stage.listings(asked.clone()).await;
    page.sort_by(|a, b| a.channel_listing_id.cmp(&b.channel_listing_id));
    let best: Vec<Option<(&str, pb::SuggestionReason)>> = page
        .iter()
        .map(|listing| listing.suggestions.first())
        .map(|best| best.map(|best| (best.sku.as_str(), best.reason())))
        .collect();
    assert_eq!(
        best,
        [
            Some(("MUG-W", pb::SuggestionReason::Sku)),
            Some(("MUG-B", pb::SuggestionReason::Barcode)),
            Some(("MUG-B", pb::SuggestionReason::Name)),
            None,
        ]
    );
    let accepted = pb::MapListingRequest {
        merchant_id: stage.merchant.to_string(),
        channel_account_id: stage.account.to_string(),
        channel_listing_id: "3".to_owned(),
        variant_id: page[2].suggestions[0].variant_id.clone(),
        expected_version: Some(page[2].version),
        ..pb::MapListingRequest::default()
    };
    client.map_listing(accepted).await.unwrap();
    assert_eq!(stage.listings(asked.clone()).await.len(), 3);
    let too_many = pb::ListListingsRequest {
        merchant_id: stage.merchant.to_string(),
        page_size: 51,
        ..asked
    };
    let refused = client.list_listings(too_many).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("INVALID_ARGUMENT"));
}

#[sqlx::test(migrator = "catalog::MIGRATOR")]
async fn a_listing_is_found_by_part_of_its_name_and_by_its_codes(pool: PgPool) {
    let stage = Stage::new(pool);
    stage
        .see(&[
            (1, stage.ordered("1", "스탠리 텀블러", "500ml", "TUM-5")),
            (1, stage.ordered("2", "머그컵", "100% 면", "MUG")),
        ])
        .await;
    for (query, found) in [
        ("텀블러", 1),
        ("TUM-5", 1),
        ("tum", 0),
        ("100%", 1),
        ("2", 1),
        ("", 2),
    ] {
        let request = pb::ListListingsRequest {
            query: query.to_owned(),
            ..all()
        };
        assert_eq!(stage.listings(request).await.len(), found, "{query}");
    }
}
