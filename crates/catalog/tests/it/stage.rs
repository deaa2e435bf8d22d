//! A catalogue with one merchant, called as the admin gateway.

use std::sync::Arc;

use catalog::App;
use catalog::feeds::ListingsSeen;
use moa_id::{ChannelAccountId, Ids, MerchantId};
use moa_outbox::{FeedEvent, FeedHandler, Outbox};
use moa_proto::moa::catalog::v1 as pb;
use moa_proto::moa::catalog::v1::catalog_service_client::CatalogServiceClient;
use moa_proto::moa::order_sync::v1::ListingSeen;
use moa_service::{ServiceChannel, ServiceName, timestamp};
use moa_testkit::{a_friday, fixed_clock, identity, serve};
use prost::{Message, Name};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

pub struct Stage {
    pub ids: Ids,
    pub merchant: MerchantId,
    pub account: ChannelAccountId,
    pool: PgPool,
    app: Arc<App>,
    cancel: CancellationToken,
}

impl Stage {
    pub fn new(pool: PgPool) -> Self {
        let ids = Ids::seeded(1);
        let app = App {
            db: pool.clone(),
            clock: fixed_clock(),
            ids: ids.clone(),
            outbox: Outbox::new(catalog::SCHEMA),
        };
        Self {
            merchant: ids.next(),
            account: ids.next(),
            ids,
            pool,
            app: Arc::new(app),
            cancel: CancellationToken::new(),
        }
    }

    pub async fn channel(&self, caller: ServiceName) -> ServiceChannel {
        let server = catalog::grpc(
            Arc::clone(&self.app),
            identity(ServiceName::Catalog),
            self.cancel.clone(),
        );
        serve(server, ServiceName::Catalog, caller).await
    }

    pub async fn client(&self) -> CatalogServiceClient<ServiceChannel> {
        CatalogServiceClient::new(self.channel(ServiceName::AdminGateway).await)
    }

    /// order-sync tells of what it saw, each with the version of its listing.
    pub async fn see(&self, told: &[(i64, ListingSeen)]) {
        let events: Vec<FeedEvent> = told
            .iter()
            .map(|(version, seen)| FeedEvent {
                event_id: self.ids.next(),
                merchant_id: self.merchant,
                type_name: ListingSeen::full_name(),
                aggregate_id: self.ids.uuid(),
                version: *version,
                occurred_at: a_friday(),
                payload: seen.encode_to_vec().into(),
            })
            .collect();
        let mut tx = moa_service::begin(&self.pool).await.unwrap();
        let feed = ListingsSeen::new(Arc::clone(&self.app));
        feed.apply(&mut tx, &events).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A listing as an order shows it.
    pub fn ordered(&self, listing: &str, product: &str, option: &str, sku: &str) -> ListingSeen {
        ListingSeen {
            channel: "coupang".to_owned(),
            channel_account_id: self.account.to_string(),
            channel_listing_id: listing.to_owned(),
            product_name: product.to_owned(),
            option_name: option.to_owned(),
            sku_code: sku.to_owned(),
            ordered_at: Some(timestamp(a_friday())),
            listed: None,
        }
    }

    /// The listings that a list shows.
    pub async fn listings(&self, request: pb::ListListingsRequest) -> Vec<pb::Listing> {
        let request = pb::ListListingsRequest {
            merchant_id: self.merchant.to_string(),
            ..request
        };
        let page = self.client().await.list_listings(request).await.unwrap();
        page.into_inner().listings
    }

    pub fn product(&self, request_id: &str, skus: &[&str]) -> pb::CreateProductRequest {
        let variants = skus.iter().map(|sku| pb::Variant {
            sku: (*sku).to_owned(),
            kind: pb::VariantKind::Physical.into(),
            ..Default::default()
        });
        pb::CreateProductRequest {
            merchant_id: self.merchant.to_string(),
            request_id: request_id.to_owned(),
            name: "머그컵".to_owned(),
            variants: variants.collect(),
        }
    }

    pub async fn create(&self, sku: &str) -> pb::Variant {
        let request = self.product(sku, &[sku]);
        let answer = self.client().await.create_product(request).await.unwrap();
        answer.into_inner().product.unwrap().variants[0].clone()
    }

    pub fn mapping(&self, listing: &str, variant: &pb::Variant) -> pb::MapListingRequest {
        pb::MapListingRequest {
            merchant_id: self.merchant.to_string(),
            channel: "coupang".to_owned(),
            channel_account_id: self.account.to_string(),
            channel_listing_id: listing.to_owned(),
            variant_id: variant.variant_id.clone(),
            operator: "owner@moa.local".to_owned(),
            ..Default::default()
        }
    }
}
