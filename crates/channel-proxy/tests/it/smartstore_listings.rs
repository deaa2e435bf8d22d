//! What a merchant offers at SmartStore, and how it is changed, with the sandbox as judge.

use moa_id::EffectId;
use moa_proto::moa::channel_proxy::v1 as pb;
use moa_proto::moa::money::v1::Money;
use moa_service::{ServiceChannel, ServiceName};
use pb::channel_listings_service_client::ChannelListingsServiceClient;
use pb::probe_effect_request::Intended;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::smartstore_support::Store;
use crate::topics::{Head, expect, expect_confirmed};

/// A store with the service of its listings.
struct Shelf {
    store: Store,
    listings: ChannelListingsServiceClient<ServiceChannel>,
}

impl Shelf {
    async fn open(pool: &PgPool) -> Self {
        let store = Store::open(pool).await;
        let channel = store.stage.proxy.channel(ServiceName::Catalog).await;
        Self {
            store,
            listings: ChannelListingsServiceClient::new(channel),
        }
    }

    fn head(&self) -> Head {
        Head {
            merchant_id: self.store.stage.merchant_id.to_string(),
            channel_account_id: self.store.account.clone(),
            effect_id: self.store.stage.ids.next::<EffectId>().to_string(),
            fence: 1,
        }
    }

    /// What the sandbox offers, as its operator knows it.
    async fn offered(&self) -> Vec<Value> {
        let accounts = self.store.stage.get("/control/accounts").await;
        let listings = accounts["smartstore"][0]["listings"].as_array();
        listings.unwrap().clone()
    }

    /// The first listing that is an option, or the first that is none.
    async fn listing(&self, is_option: bool) -> pb::ListingRef {
        let offered = self.offered().await;
        let fits = |listing: &&Value| listing["option_id"].is_string() == is_option;
        listing_ref(offered.iter().find(fits).unwrap())
    }

    /// Every product as the search shows it.
    async fn products(&mut self) -> Vec<pb::ChannelProduct> {
        let request = pb::FetchProductsRequest {
            merchant_id: self.store.stage.merchant_id.to_string(),
            channel_account_id: self.store.account.clone(),
            call_class: pb::CallClass::Sweep.into(),
            page_token: String::new(),
        };
        let page = self.listings.fetch_products(request).await.unwrap();
        let page = page.into_inner();
        assert_eq!(page.rejected_rows, []);
        assert_eq!(page.next_page_token, "");
        page.products
    }

    async fn product(&mut self, id: &str) -> pb::FetchProductResponse {
        let request = pb::FetchProductRequest {
            merchant_id: self.store.stage.merchant_id.to_string(),
            channel_account_id: self.store.account.clone(),
            call_class: pb::CallClass::Sweep.into(),
            channel_product_id: id.to_owned(),
        };
        let single = self.listings.fetch_product(request).await;
        single.unwrap().into_inner()
    }

    async fn offer(&mut self, listing: &pb::ListingRef) -> pb::FetchOfferResponse {
        let request = pb::FetchOfferRequest {
            merchant_id: self.store.stage.merchant_id.to_string(),
            channel_account_id: self.store.account.clone(),
            call_class: pb::CallClass::Poll.into(),
            listing: Some(listing.clone()),
        };
        let single = self.listings.fetch_offer(request).await;
        single.unwrap().into_inner()
    }

    fn stock(&self, listing: &pb::ListingRef, quantity: i64) -> pb::SetStockRequest {
        let head = self.head();
        pb::SetStockRequest {
            merchant_id: head.merchant_id,
            channel_account_id: head.channel_account_id,
            effect_id: head.effect_id,
            fence: head.fence,
            stock_change: Some(pb::StockChange {
                listing: Some(listing.clone()),
                quantity,
            }),
        }
    }

    async fn set_stock(&mut self, request: pb::SetStockRequest) -> Option<pb::WriteResult> {
        let response = self.listings.set_stock(request).await;
        response.unwrap().into_inner().result
    }

    async fn set_price(&mut self, listing: &pb::ListingRef, won: i64) -> Option<pb::WriteResult> {
        let head = self.head();
        let request = pb::SetPriceRequest {
            merchant_id: head.merchant_id,
            channel_account_id: head.channel_account_id,
            effect_id: head.effect_id,
            fence: head.fence,
            price_change: Some(pb::PriceChange {
                listing: Some(listing.clone()),
                price: Some(Money {
                    amount_minor: won,
                    currency: "KRW".to_owned(),
                }),
                allow_large_change: false,
            }),
        };
        let response = self.listings.set_price(request).await;
        response.unwrap().into_inner().result
    }

    async fn stop(&mut self, listing: &pb::ListingRef) -> Option<pb::WriteResult> {
        let head = self.head();
        let request = pb::StopSaleRequest {
            merchant_id: head.merchant_id,
            channel_account_id: head.channel_account_id,
            effect_id: head.effect_id,
            fence: head.fence,
            sale_stop: Some(pb::SaleStop {
                listing: Some(listing.clone()),
            }),
        };
        let response = self.listings.stop_sale(request).await;
        response.unwrap().into_inner().result
    }

    async fn resume(&mut self, listing: &pb::ListingRef) -> Option<pb::WriteResult> {
        let head = self.head();
        let request = pb::ResumeSaleRequest {
            merchant_id: head.merchant_id,
            channel_account_id: head.channel_account_id,
            effect_id: head.effect_id,
            fence: head.fence,
            sale_resumption: Some(pb::SaleResumption {
                listing: Some(listing.clone()),
                quantity: 0,
            }),
        };
        let response = self.listings.resume_sale(request).await;
        response.unwrap().into_inner().result
    }
}

fn listing_ref(offered: &Value) -> pb::ListingRef {
    let product = offered["channel_product_no"].as_str().unwrap();
    let listing = match offered["option_id"].as_str() {
        Some(option) => format!("{product}-{option}"),
        None => product.to_owned(),
    };
    pb::ListingRef {
        channel_listing_id: listing,
        channel_product_id: product.to_owned(),
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn every_listing_of_the_store_is_reached_by_its_product(pool: PgPool) {
    let mut shelf = Shelf::open(&pool).await;
    let offered = shelf.offered().await;
    let mut found = Vec::new();
    for product in shelf.products().await {
        let id = product.channel_product_id;
        for listing in shelf.product(&id).await.product.unwrap().listings {
            assert!(listing.price.is_some() && !listing.sku_code.is_empty());
            found.push((listing.channel_listing_id, listing.sku_code));
        }
    }
    let known = |listing: &Value| {
        let sku = listing["sku"].as_str().unwrap().to_owned();
        (listing_ref(listing).channel_listing_id, sku)
    };
    let mut expected: Vec<_> = offered.iter().map(known).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn one_option_s_stock_is_set_and_the_others_keep_theirs(pool: PgPool) {
    let mut shelf = Shelf::open(&pool).await;
    // The strictest reading of the documents: what a write leaves out is gone.
    let strict = json!({"option_stock_clears_missing": true});
    shelf.store.rules(strict).await;
    let listing = shelf.listing(true).await;
    let id = listing.channel_product_id.clone();
    let before = shelf.product(&id).await.product.unwrap();
    assert!(before.listings.len() > 1);

    let request = shelf.stock(&listing, 17);
    expect_confirmed(&shelf.set_stock(request.clone()).await);
    let after = shelf.product(&id).await.product.unwrap();
    for (before, after) in before.listings.iter().zip(&after.listings) {
        let is_it = after.channel_listing_id == listing.channel_listing_id;
        let expected = if is_it { Some(17) } else { before.stock };
        assert_eq!(after.stock, expected, "{after:?}");
        assert_eq!(after.price, before.price);
    }

    // A repeat of the effect is answered from memory: no second write undoes what was sold since.
    let newer = shelf.stock(&listing, 9);
    expect_confirmed(&shelf.set_stock(newer).await);
    expect_confirmed(&shelf.set_stock(request).await);
    let offer = shelf.offer(&listing).await.offer.unwrap();
    assert_eq!(offer.stock, 9);
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn an_unclear_stock_is_found_in_the_offer(pool: PgPool) {
    let mut shelf = Shelf::open(&pool).await;
    let listing = shelf.listing(true).await;
    let fault = json!([{"channel": "smartstore", "kind": "reset_after", "path": "option-stock", "times": 1}]);
    shelf.store.stage.faults(fault).await;
    let request = shelf.stock(&listing, 17);
    let result = shelf.set_stock(request.clone()).await;
    let lost = "CHANNEL_CONNECTION_LOST";
    expect(&result, pb::WriteOutcome::Unclear, lost);
    let probe = pb::ProbeEffectRequest {
        merchant_id: request.merchant_id,
        channel_account_id: request.channel_account_id,
        effect_id: request.effect_id,
        channel_order_id: String::new(),
        channel_parcel_id: String::new(),
        intended: request.stock_change.map(Intended::StockChange),
    };
    let probed = shelf.store.stage.fulfillment.probe_effect(probe).await;
    let probed = probed.unwrap().into_inner();
    assert_eq!(probed.verdict(), pb::ProbeVerdict::Happened, "{probed:?}");
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_price_is_set_of_an_option_and_of_a_product_without_any(pool: PgPool) {
    let mut shelf = Shelf::open(&pool).await;
    for is_option in [true, false] {
        let listing = shelf.listing(is_option).await;
        let before = shelf.offer(&listing).await.offer.unwrap();
        let won = before.price.unwrap().amount_minor;
        let odd = shelf.set_price(&listing, won + 5).await;
        expect(&odd, pb::WriteOutcome::RefusedFinal, "PRICE_INVALID");
        expect_confirmed(&shelf.set_price(&listing, won + 500).await);
        let after = shelf.offer(&listing).await.offer.unwrap();
        assert_eq!(after.price.unwrap().amount_minor, won + 500);
        assert_eq!(after.stock, before.stock);
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_sale_is_stopped_and_resumed_however_often_it_is_told(pool: PgPool) {
    let mut shelf = Shelf::open(&pool).await;
    for is_option in [true, false] {
        let listing = shelf.listing(is_option).await;
        let before = shelf.offer(&listing).await.offer.unwrap();
        for _ in 0..2 {
            expect_confirmed(&shelf.stop(&listing).await);
        }
        assert!(!shelf.offer(&listing).await.offer.unwrap().on_sale);
        for _ in 0..2 {
            expect_confirmed(&shelf.resume(&listing).await);
        }
        let after = shelf.offer(&listing).await.offer.unwrap();
        assert!(after.on_sale);
        assert_eq!(after.stock, before.stock);
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn a_sold_out_product_comes_back_by_its_stock(pool: PgPool) {
    let mut shelf = Shelf::open(&pool).await;
    let listing = shelf.listing(false).await;
    for stock in [0, 7] {
        let request = shelf.stock(&listing, stock);
        expect_confirmed(&shelf.set_stock(request).await);
        let offer = shelf.offer(&listing).await.offer.unwrap();
        assert_eq!((offer.stock, offer.on_sale), (stock, stock > 0));
    }
}

#[sqlx::test(migrator = "channel_proxy::MIGRATOR")]
async fn what_nobody_offers_is_gone_and_cannot_be_changed(pool: PgPool) {
    let mut shelf = Shelf::open(&pool).await;
    let nothing = pb::ListingRef {
        channel_listing_id: "7".to_owned(),
        channel_product_id: String::new(),
    };
    assert!(shelf.offer(&nothing).await.gone);
    assert!(shelf.product("7").await.gone);
    let request = shelf.stock(&nothing, 1);
    let result = shelf.set_stock(request).await;
    let reason = "LISTING_NOT_FOUND";
    expect(&result, pb::WriteOutcome::RefusedFinal, reason);
    // A product with options is not changed as a whole.
    let option = shelf.listing(true).await;
    let whole = pb::ListingRef {
        channel_listing_id: option.channel_product_id.clone(),
        ..option
    };
    let request = shelf.stock(&whole, 1);
    let result = shelf.set_stock(request).await;
    let reason = "LISTING_NOT_CHANGEABLE";
    expect(&result, pb::WriteOutcome::RefusedFinal, reason);
}
