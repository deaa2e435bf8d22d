use std::sync::Arc;

use moa_id::{ListingId, MerchantId, ProductId, VariantId};
use moa_proto::moa::catalog::v1 as pb;
use moa_proto::moa::catalog::v1::catalog_service_server::CatalogService;
use moa_service::parse::parse_text;
use moa_service::{PageToken, internal, invalid_field, page_size, parse_id, reason_of};
use tonic::{Code, Request, Response, Status};

use super::{convert, parse};
use crate::app::{App, NewProduct, Suggest, UnmapListing};
use crate::domain::listing::Listing;
use crate::error::Error;
use crate::store::{changes, listings, mappings, products};

/// Where the list of products goes on.
const PRODUCTS: PageToken = PageToken::of("products");

/// Keys in one question, at most.
const MAX_KEYS: usize = 500;
/// Mappings in one batch, at most.
const MAX_MAPPINGS: usize = 100;
/// Listings of a page with suggestions, at most: each is compared with every variant.
const MAX_SUGGESTED: i32 = 50;
/// Records of a listing's history, at most.
const HISTORY: i64 = 200;

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
            variants.push(parse::variant(self.app.ids.next(), variant)?);
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
        let before = PRODUCTS
            .decode(&request.page_token)?
            .map(ProductId::from_uuid);
        let mut conn = self.app.db.acquire().await.map_err(internal)?;
        let products = products::list(&mut conn, merchant_id, before, limit).await?;
        let full = i64::try_from(products.len()).is_ok_and(|n| n == limit);
        let last = products.last().map(|product| product.id.as_uuid());
        Ok(Response::new(pb::ListProductsResponse {
            next_page_token: PRODUCTS.encode(last.filter(|_| full).as_ref()),
            products: products.into_iter().map(Into::into).collect(),
        }))
    }

    async fn list_listings(
        &self,
        request: Request<pb::ListListingsRequest>,
    ) -> Result<Response<pb::ListListingsResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let (suggest, longest) = match request.with_suggestions {
            true => (Suggest::Yes, MAX_SUGGESTED),
            false => (Suggest::No, 200),
        };
        let limit = page_size(request.page_size, 50, longest)?;
        let filter = parse::listing_filter(&request)?;
        let app = &self.app;
        let listings = app
            .show_listings(merchant_id, &filter, limit, suggest)
            .await?;
        let full = i64::try_from(listings.len()).is_ok_and(|n| n == limit);
        let last = listings.last().map(|shown| shown.listing.id.as_uuid());
        Ok(Response::new(pb::ListListingsResponse {
            next_page_token: parse::LISTINGS.encode(last.filter(|_| full).as_ref()),
            listings: listings.into_iter().map(convert::listing).collect(),
        }))
    }

    async fn get_listing(
        &self,
        request: Request<pb::GetListingRequest>,
    ) -> Result<Response<pb::GetListingResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let listing_id: ListingId = parse_id("listing_id", &request.listing_id)?;
        let mut conn = self.app.db.acquire().await.map_err(internal)?;
        let found = listings::get(&mut conn, merchant_id, listing_id).await?;
        drop(conn);
        let listing = found.ok_or(Error::ListingNotFound(listing_id))?;
        Ok(Response::new(pb::GetListingResponse {
            listing: Some(self.shown(merchant_id, listing).await?),
        }))
    }

    async fn count_listings(
        &self,
        request: Request<pb::CountListingsRequest>,
    ) -> Result<Response<pb::CountListingsResponse>, Status> {
        let merchant_id = parse_id("merchant_id", &request.into_inner().merchant_id)?;
        let mut conn = self.app.db.acquire().await.map_err(internal)?;
        let counts = listings::count(&mut conn, merchant_id).await?;
        Ok(Response::new(pb::CountListingsResponse {
            all: counts.all,
            unmapped: counts.unmapped,
            new: counts.new,
            changed: counts.changed,
        }))
    }

    async fn map_listing(
        &self,
        request: Request<pb::MapListingRequest>,
    ) -> Result<Response<pb::MapListingResponse>, Status> {
        let command = parse::map_listing(request.into_inner())?;
        let merchant_id = command.merchant_id;
        let listing = self.app.map_listing(command).await?;
        Ok(Response::new(pb::MapListingResponse {
            listing: Some(self.shown(merchant_id, listing).await?),
        }))
    }

    async fn batch_map_listings(
        &self,
        request: Request<pb::BatchMapListingsRequest>,
    ) -> Result<Response<pb::BatchMapListingsResponse>, Status> {
        let request = request.into_inner();
        let _: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        if request.mappings.is_empty() || request.mappings.len() > MAX_MAPPINGS {
            let text = format!("must have 1 to {MAX_MAPPINGS} entries");
            return Err(invalid_field("mappings", text));
        }
        let mut results = Vec::with_capacity(request.mappings.len());
        for mapping in request.mappings {
            let mapping = pb::MapListingRequest {
                merchant_id: request.merchant_id.clone(),
                operator: request.operator.clone(),
                ..mapping
            };
            let mapped = self.map_listing(Request::new(mapping)).await;
            results.push(match mapped {
                Ok(mapped) => pb::MappedListing {
                    listing: mapped.into_inner().listing,
                    ..Default::default()
                },
                // What is ours to mend fails the whole call, so that it is logged and tried again.
                Err(status) if matches!(status.code(), Code::Internal | Code::Unknown) => {
                    return Err(status);
                }
                Err(status) => pb::MappedListing {
                    listing: None,
                    reason: reason_of(&status).unwrap_or_default(),
                    detail: status.message().to_owned(),
                },
            });
        }
        Ok(Response::new(pb::BatchMapListingsResponse { results }))
    }

    async fn unmap_listing(
        &self,
        request: Request<pb::UnmapListingRequest>,
    ) -> Result<Response<pb::UnmapListingResponse>, Status> {
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let command = UnmapListing {
            merchant_id,
            listing_id: parse_id("listing_id", &request.listing_id)?,
            expected_version: request.expected_version,
            operator: parse::operator(&request.operator),
        };
        let listing = self.app.unmap_listing(command).await?;
        Ok(Response::new(pb::UnmapListingResponse {
            listing: Some(self.shown(merchant_id, listing).await?),
        }))
    }

    async fn acknowledge_listing(
        &self,
        request: Request<pb::AcknowledgeListingRequest>,
    ) -> Result<Response<pb::AcknowledgeListingResponse>, Status> {
        let request = request.into_inner();
        let merchant_id = parse_id("merchant_id", &request.merchant_id)?;
        let listing_id = parse_id("listing_id", &request.listing_id)?;
        let last = parse::change_id(&request.last_change_id)?;
        let operator = parse::operator(&request.operator);
        let listing = self
            .app
            .acknowledge_listing(merchant_id, listing_id, last, operator)
            .await?;
        Ok(Response::new(pb::AcknowledgeListingResponse {
            listing: Some(self.shown(merchant_id, listing).await?),
        }))
    }

    async fn get_listing_history(
        &self,
        request: Request<pb::GetListingHistoryRequest>,
    ) -> Result<Response<pb::GetListingHistoryResponse>, Status> {
        let request = request.into_inner();
        let merchant_id: MerchantId = parse_id("merchant_id", &request.merchant_id)?;
        let id: ListingId = parse_id("listing_id", &request.listing_id)?;
        let mut conn = self.app.db.acquire().await.map_err(internal)?;
        let found = listings::get(&mut conn, merchant_id, id).await?;
        found.ok_or(Error::ListingNotFound(id))?;
        let mappings = mappings::history(&mut conn, merchant_id, id, HISTORY).await?;
        let changes = changes::newest(&mut conn, merchant_id, id, HISTORY).await?;
        Ok(Response::new(pb::GetListingHistoryResponse {
            mappings: mappings.into_iter().map(Into::into).collect(),
            changes: changes.into_iter().map(Into::into).collect(),
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
        let resolved = mappings::resolve(&mut conn, merchant_id, &keys).await?;
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
    async fn shown(&self, merchant_id: MerchantId, listing: Listing) -> Result<pb::Listing, Error> {
        let shown = self.app.show_listing(merchant_id, listing).await?;
        Ok(convert::listing(shown))
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
