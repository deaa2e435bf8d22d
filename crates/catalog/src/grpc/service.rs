use std::sync::Arc;

use moa_id::{ListingId, MerchantId, ProductId, VariantId};
use moa_proto::moa::catalog::v1 as pb;
use moa_proto::moa::catalog::v1::catalog_service_server::CatalogService;
use moa_service::parse::parse_text;
use moa_service::{PageToken, internal, invalid_field, page_size, parse_id};
use tonic::{Request, Response, Status};

use crate::app::{App, MapListing, NewProduct};
use crate::domain::listing::Mapping;
use crate::domain::product::{Variant, VariantKind};
use crate::store::{listings, products};

/// Keys in one question, at most.
const MAX_KEYS: usize = 500;

pub(crate) struct Catalog {
    pub(crate) app: Arc<App>,
}

#[tonic::async_trait]
impl CatalogService for Catalog {
    async fn create_product(
        &self,
        request: Request<pb::CreateProductRequest>,
    ) -> Result<Response<pb::CreateProductResponse>, Status> {
        let request = request.into_inner();
        let mut variants = Vec::with_capacity(request.variants.len());
        for variant in request.variants {
            variants.push(self.parse_variant(variant)?);
        }
        let new = NewProduct {
            merchant_id: parse_id("merchant_id", &request.merchant_id)?,
            request_id: parse_text("request_id", &request.request_id, 200)?,
            name: parse_text("name", &request.name, 200)?,
            variants,
        };
        let product = self.app.create_product(new).await?;
        Ok(Response::new(pb::CreateProductResponse {
            product: Some(product.into()),
        }))
    }

    async fn list_products(
        &self,
        request: Request<pb::ListProductsRequest>,
    ) -> Result<Response<pb::ListProductsResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let limit = page_size(request.page_size, 50, 200)?;
        let before = PageToken::decode(&request.page_token)?.map(ProductId::from_uuid);
        let mut conn = self.app.db.acquire().await.map_err(internal)?;
        let products = products::list(&mut conn, merchant_id, before, limit).await?;
        let full = i64::try_from(products.len()).is_ok_and(|n| n == limit);
        let last = products.last().map(|product| product.id.as_uuid());
        Ok(Response::new(pb::ListProductsResponse {
            next_page_token: PageToken::encode(last.filter(|_| full).as_ref()),
            products: products.into_iter().map(Into::into).collect(),
        }))
    }

    async fn list_listings(
        &self,
        request: Request<pb::ListListingsRequest>,
    ) -> Result<Response<pb::ListListingsResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let limit = page_size(request.page_size, 50, 200)?;
        let before = PageToken::decode(&request.page_token)?.map(ListingId::from_uuid);
        let mut conn = self.app.db.acquire().await.map_err(internal)?;
        let listings =
            listings::list(&mut conn, merchant_id, request.unmapped_only, before, limit).await?;
        let full = i64::try_from(listings.len()).is_ok_and(|n| n == limit);
        let last = listings.last().map(|listing| listing.id.as_uuid());
        Ok(Response::new(pb::ListListingsResponse {
            next_page_token: PageToken::encode(last.filter(|_| full).as_ref()),
            listings: listings.into_iter().map(Into::into).collect(),
        }))
    }

    async fn map_listing(
        &self,
        request: Request<pb::MapListingRequest>,
    ) -> Result<Response<pb::MapListingResponse>, Status> {
        let request = request.into_inner();
        let quantity_multiplier = match request.quantity_multiplier {
            0 => 1,
            n if (1..=1000).contains(&n) => n,
            _ => {
                return Err(invalid_field(
                    "quantity_multiplier",
                    "must be between 1 and 1000",
                ));
            }
        };
        let command = MapListing {
            merchant_id: parse_id("merchant_id", &request.merchant_id)?,
            channel: request.channel.chars().take(40).collect(),
            account_id: parse_id("channel_account_id", &request.channel_account_id)?,
            channel_listing_id: parse_text("channel_listing_id", &request.channel_listing_id, 100)?,
            mapping: Mapping {
                variant_id: parse_id("variant_id", &request.variant_id)?,
                quantity_multiplier,
            },
            operator: request.operator.chars().take(100).collect(),
        };
        let listing = self.app.map_listing(command).await?;
        Ok(Response::new(pb::MapListingResponse {
            listing: Some(listing.into()),
        }))
    }

    async fn resolve_listings(
        &self,
        request: Request<pb::ResolveListingsRequest>,
    ) -> Result<Response<pb::ResolveListingsResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        bounded("listings", request.listings.len())?;
        let mut keys = Vec::with_capacity(request.listings.len());
        for key in request.listings {
            let account = parse_id("listings.channel_account_id", &key.channel_account_id)?;
            keys.push((account, key.channel_listing_id));
        }
        let mut conn = self.app.db.acquire().await.map_err(internal)?;
        let resolved = listings::resolve(&mut conn, merchant_id, &keys).await?;
        Ok(Response::new(pb::ResolveListingsResponse {
            mappings: resolved.into_iter().map(Into::into).collect(),
        }))
    }

    async fn batch_get_variants(
        &self,
        request: Request<pb::BatchGetVariantsRequest>,
    ) -> Result<Response<pb::BatchGetVariantsResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        bounded("variant_ids", request.variant_ids.len())?;
        let ids = request.variant_ids.iter();
        let ids: Vec<VariantId> = ids
            .map(|id| parse_id("variant_ids", id))
            .collect::<Result<_, _>>()?;
        let mut conn = self.app.db.acquire().await.map_err(internal)?;
        let variants = products::variants(&mut conn, merchant_id, &ids).await?;
        Ok(Response::new(pb::BatchGetVariantsResponse {
            variants: variants.into_iter().map(Into::into).collect(),
        }))
    }
}

impl Catalog {
    fn parse_variant(&self, variant: pb::Variant) -> Result<Variant, Status> {
        if !variant.variant_id.is_empty() {
            return Err(invalid_field("variants.variant_id", "must be empty"));
        }
        let kind = match variant.kind() {
            pb::VariantKind::Physical if !variant.digital_content.is_empty() => {
                return Err(invalid_field(
                    "variants.digital_content",
                    "must be empty for a physical variant",
                ));
            }
            pb::VariantKind::Physical => VariantKind::Physical,
            pb::VariantKind::Digital => VariantKind::Digital {
                content: parse_text("variants.digital_content", &variant.digital_content, 2000)?,
            },
            pb::VariantKind::Unspecified => {
                return Err(invalid_field(
                    "variants.kind",
                    "must be PHYSICAL or DIGITAL",
                ));
            }
        };
        Ok(Variant {
            id: self.app.ids.next(),
            sku: parse_text("variants.sku", &variant.sku, 64)?,
            name: variant.name.trim().chars().take(200).collect(),
            kind,
        })
    }
}

fn bounded(field: &str, len: usize) -> Result<(), Status> {
    if len > MAX_KEYS {
        return Err(invalid_field(
            field,
            format!("must have at most {MAX_KEYS} entries"),
        ));
    }
    Ok(())
}
