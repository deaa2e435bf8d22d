use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::money::v1::Money;
use moa_service::ServiceName;
use moa_service::status::fields_of;
use pb::channel_settlements_service_client::ChannelSettlementsServiceClient;
use pb::probe_effect_request::Intended;
use sqlx::PgPool;

use crate::topics::{Topics, expect, expect_confirmed};

async fn products(topics: &mut Topics) -> Vec<pb::ChannelProduct> {
    let mut request = pb::FetchProductsRequest {
        merchant_id: topics.merchant_id(),
        channel_account_id: topics.account.clone(),
        call_class: pb::CallClass::Sweep.into(),
        page_token: String::new(),
    };
    let mut products = Vec::new();
    loop {
        let page = topics.listings.fetch_products(request.clone()).await;
        let page = page.unwrap().into_inner();
        assert_eq!(page.rejected_rows, []);
        products.extend(page.products);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return products;
        }
    }
}

/// The first variant of the first product.
async fn first_listing(topics: &mut Topics) -> pb::ListingRef {
    let product = products(topics).await.remove(0);
    let request = pb::FetchProductRequest {
        merchant_id: topics.merchant_id(),
        channel_account_id: topics.account.clone(),
        call_class: pb::CallClass::Sweep.into(),
        channel_product_id: product.channel_product_id.clone(),
    };
    let single = topics
        .listings
        .fetch_product(request)
        .await
        .unwrap()
        .into_inner();
    let product = single.product.unwrap();
    let listing = product.listings[0].clone();
    assert!(
        listing.price.is_some() && !listing.sku_code.is_empty(),
        "{listing:?}"
    );
    pb::ListingRef {
        channel_listing_id: listing.channel_listing_id,
        channel_product_id: product.channel_product_id,
    }
}

async fn offer(topics: &mut Topics, listing: &pb::ListingRef) -> pb::FetchOfferResponse {
    let request = pb::FetchOfferRequest {
        merchant_id: topics.merchant_id(),
        channel_account_id: topics.account.clone(),
        call_class: pb::CallClass::Poll.into(),
        listing: Some(listing.clone()),
    };
    topics
        .listings
        .fetch_offer(request)
        .await
        .unwrap()
        .into_inner()
}

fn set_stock(topics: &Topics, listing: &pb::ListingRef, quantity: i64) -> pb::SetStockRequest {
    let head = topics.head();
    pb::SetStockRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: 1,
        stock_change: Some(pb::StockChange {
            listing: Some(listing.clone()),
            quantity,
        }),
    }
}

fn set_price(
    topics: &Topics,
    listing: &pb::ListingRef,
    won: i64,
    allow_large_change: bool,
) -> pb::SetPriceRequest {
    let head = topics.head();
    let price = Money {
        amount_minor: won,
        currency: "KRW".to_owned(),
    };
    pb::SetPriceRequest {
        merchant_id: head.merchant_id,
        channel_account_id: head.channel_account_id,
        effect_id: head.effect_id,
        fence: 1,
        price_change: Some(pb::PriceChange {
            listing: Some(listing.clone()),
            price: Some(price),
            allow_large_change,
        }),
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_stock_is_set_and_an_unclear_one_is_found_in_the_offer(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let listing = first_listing(&mut topics).await;
    topics.trouble("reset_after", "quantities", 1).await;
    let mut request = set_stock(&topics, &listing, 17);
    let result = topics.listings.set_stock(request.clone()).await.unwrap();
    let result = result.into_inner().result;
    expect(
        &result,
        pb::WriteOutcome::Unclear,
        "CHANNEL_CONNECTION_LOST",
    );
    let intended = Intended::StockChange(request.stock_change.clone().unwrap());
    let probed = topics.probe(&request.effect_id, intended).await;
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Happened, "{probed:?}");
    request.fence += 1;
    let result = topics.listings.set_stock(request).await.unwrap();
    expect_confirmed(&result.into_inner().result);
    let offer = offer(&mut topics, &listing).await.offer.unwrap();
    assert_eq!(offer.stock, 17);

    let negative = set_stock(&topics, &listing, -1);
    let refused = topics.listings.set_stock(negative).await.unwrap_err();
    assert_eq!(fields_of(&refused)[0].0, "stock_change.quantity");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_price_changes_much_only_when_that_is_meant(pool: PgPool) {
    let mut topics = Topics::set(&pool).await;
    let listing = first_listing(&mut topics).await;
    let before = offer(&mut topics, &listing).await.offer.unwrap();
    let before = before.price.unwrap().amount_minor;
    let odd = set_price(&topics, &listing, before + 5, false);
    let result = topics
        .listings
        .set_price(odd)
        .await
        .unwrap()
        .into_inner()
        .result;
    expect(&result, pb::WriteOutcome::RefusedFinal, "PRICE_INVALID");

    let large = before * 5;
    let request = set_price(&topics, &listing, large, false);
    let result = topics
        .listings
        .set_price(request)
        .await
        .unwrap()
        .into_inner()
        .result;
    let reason = "PRICE_CHANGE_TOO_LARGE";
    expect(&result, pb::WriteOutcome::RefusedFinal, reason);
    let request = set_price(&topics, &listing, large, true);
    let result = topics.listings.set_price(request).await.unwrap();
    expect_confirmed(&result.into_inner().result);
    let after = offer(&mut topics, &listing).await.offer.unwrap();
    assert_eq!(after.price.unwrap().amount_minor, large);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn revenue_is_told_by_day_up_to_yesterday(pool: PgPool) {
    let topics = Topics::set(&pool).await;
    let channel = topics.stage.proxy.channel(ServiceName::OrderSync).await;
    let mut settlements = ChannelSettlementsServiceClient::new(channel);
    let mut request = pb::FetchSettlementsRequest {
        merchant_id: topics.merchant_id(),
        channel_account_id: topics.account.clone(),
        call_class: pb::CallClass::Sweep.into(),
        from_day: "2026-01-01".to_owned(),
        to_day: "2026-03-01".to_owned(),
        page_token: String::new(),
    };
    let mut pages = 0;
    loop {
        let page = settlements.fetch_settlements(request.clone()).await;
        let page = page.unwrap().into_inner();
        assert_eq!((page.settlements.len(), page.rejected_rows.len()), (0, 0));
        pages += 1;
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(pages, 3, "sixty days are three reads of a month at most");

    request.to_day = "2999-01-01".to_owned();
    let refused = settlements
        .fetch_settlements(request.clone())
        .await
        .unwrap_err();
    assert_eq!(fields_of(&refused)[0].0, "to_day");
    request.to_day = "01.03.2026".to_owned();
    let refused = settlements.fetch_settlements(request).await.unwrap_err();
    assert_eq!(fields_of(&refused)[0].0, "to_day");
}
