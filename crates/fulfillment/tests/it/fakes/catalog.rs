use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use moa_proto::moa::catalog::v1 as catalog;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::not_played;

/// Plays catalog: mappings by the channel's listing id, and what variants contain.
#[derive(Clone, Default)]
pub(crate) struct Catalog(pub(crate) Arc<Mutex<Shelf>>);

/// What catalog knows.
#[derive(Default)]
pub(crate) struct Shelf {
    pub(crate) mappings: HashMap<String, catalog::ListingMapping>,
    pub(crate) is_away: bool,
    /// Answers each listing twice.
    pub(crate) repeats_itself: bool,
    pub(crate) calls: usize,
}

#[tonic::async_trait]
impl catalog::catalog_service_server::CatalogService for Catalog {
    async fn resolve_listings(
        &self,
        request: Request<catalog::ResolveListingsRequest>,
    ) -> Result<Response<catalog::ResolveListingsResponse>, Status> {
        let mut shelf = self.0.lock().unwrap();
        shelf.calls += 1;
        if shelf.is_away {
            return Err(Status::unavailable("away"));
        }
        let mut mappings = Vec::new();
        for listing in request.into_inner().listings {
            if let Some(mapping) = shelf.mappings.get(&listing.channel_listing_id) {
                mappings.push(catalog::ListingMapping {
                    channel_account_id: listing.channel_account_id,
                    ..mapping.clone()
                });
            }
        }
        if shelf.repeats_itself {
            mappings.extend(mappings.clone());
        }
        Ok(Response::new(catalog::ResolveListingsResponse { mappings }))
    }

    async fn batch_get_variants(
        &self,
        request: Request<catalog::BatchGetVariantsRequest>,
    ) -> Result<Response<catalog::BatchGetVariantsResponse>, Status> {
        let shelf = self.0.lock().unwrap();
        if shelf.is_away {
            return Err(Status::unavailable("away"));
        }
        let known: HashSet<String> = shelf
            .mappings
            .values()
            .flat_map(|mapping| &mapping.components)
            .map(|component| component.variant_id.clone())
            .collect();
        let wanted = request
            .into_inner()
            .variant_ids
            .into_iter()
            .filter(|id| known.contains(id));
        let variants = wanted.map(|variant_id| catalog::Variant {
            variant_id,
            kind: catalog::VariantKind::Digital.into(),
            digital_content: "https://books.example/1".to_owned(),
            ..catalog::Variant::default()
        });
        Ok(Response::new(catalog::BatchGetVariantsResponse {
            variants: variants.collect(),
        }))
    }

    async fn create_product(
        &self,
        _: Request<catalog::CreateProductRequest>,
    ) -> Result<Response<catalog::CreateProductResponse>, Status> {
        Err(not_played())
    }

    async fn list_products(
        &self,
        _: Request<catalog::ListProductsRequest>,
    ) -> Result<Response<catalog::ListProductsResponse>, Status> {
        Err(not_played())
    }

    async fn list_listings(
        &self,
        _: Request<catalog::ListListingsRequest>,
    ) -> Result<Response<catalog::ListListingsResponse>, Status> {
        Err(not_played())
    }

    async fn get_listing(
        &self,
        _: Request<catalog::GetListingRequest>,
    ) -> Result<Response<catalog::GetListingResponse>, Status> {
        Err(not_played())
    }

    async fn count_listings(
        &self,
        _: Request<catalog::CountListingsRequest>,
    ) -> Result<Response<catalog::CountListingsResponse>, Status> {
        Err(not_played())
    }

    async fn map_listing(
        &self,
        _: Request<catalog::MapListingRequest>,
    ) -> Result<Response<catalog::MapListingResponse>, Status> {
        Err(not_played())
    }

    async fn batch_map_listings(
        &self,
        _: Request<catalog::BatchMapListingsRequest>,
    ) -> Result<Response<catalog::BatchMapListingsResponse>, Status> {
        Err(not_played())
    }

    async fn unmap_listing(
        &self,
        _: Request<catalog::UnmapListingRequest>,
    ) -> Result<Response<catalog::UnmapListingResponse>, Status> {
        Err(not_played())
    }

    async fn acknowledge_listing(
        &self,
        _: Request<catalog::AcknowledgeListingRequest>,
    ) -> Result<Response<catalog::AcknowledgeListingResponse>, Status> {
        Err(not_played())
    }

    async fn get_listing_history(
        &self,
        _: Request<catalog::GetListingHistoryRequest>,
    ) -> Result<Response<catalog::GetListingHistoryResponse>, Status> {
        Err(not_played())
    }
}

/// What a listing of any account stands for, as catalog says it.
pub(crate) fn mapping(
    listing_id: &str,
    version: i64,
    components: &[catalog::MappingComponent],
) -> catalog::ListingMapping {
    catalog::ListingMapping {
        channel_listing_id: listing_id.to_owned(),
        components: components.to_vec(),
        version,
        ..catalog::ListingMapping::default()
    }
}

/// So many units of a variant.
pub(crate) fn component(
    variant_id: Uuid,
    kind: catalog::VariantKind,
    quantity: i32,
) -> catalog::MappingComponent {
    catalog::MappingComponent {
        variant_id: variant_id.to_string(),
        quantity,
        kind: kind.into(),
        sku: format!("SKU-{}", variant_id.as_u128()),
        name: format!("상품 {}", variant_id.as_u128()),
    }
}
