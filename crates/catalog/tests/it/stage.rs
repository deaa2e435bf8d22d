//! A catalogue with one merchant, called as the admin gateway.

use std::sync::Arc;

use catalog::App;
use moa_id::{ChannelAccountId, Ids, MerchantId};
use moa_outbox::Outbox;
use moa_proto::moa::catalog::v1 as pb;
use moa_proto::moa::catalog::v1::catalog_service_client::CatalogServiceClient;
use moa_service::{ServiceChannel, ServiceName};
use moa_testkit::{fixed_clock, identity, serve};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

pub struct Stage {
    pub ids: Ids,
    pub merchant: MerchantId,
    pub account: ChannelAccountId,
    app: Arc<App>,
    cancel: CancellationToken,
}

impl Stage {
    pub fn new(pool: PgPool) -> Self {
        let ids = Ids::seeded(1);
        let app = App {
            db: pool,
            clock: fixed_clock(),
            ids: ids.clone(),
            outbox: Outbox::new(catalog::SCHEMA),
        };
        Self {
            merchant: ids.next(),
            account: ids.next(),
            ids,
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
