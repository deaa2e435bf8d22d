//! Products, and what each listing of a channel stands for.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use moa_proto::moa::catalog::v1 as pb;
use moa_proto::moa::channel_proxy::v1::GetChannelAccountRequest;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::convert::{filled, time_or_epoch};
use super::extract::{Body, Page, Params, blank_as_default};
use super::problem::{Problem, ProblemDocument};
use super::words::VariantKind;
use crate::clients::effects::missing;
use crate::domain::access::Role;

/// What the merchant sells.
#[derive(Debug, Serialize, ToSchema)]
pub struct Product {
    id: String,
    name: String,
    variants: Vec<Variant>,
    created_at: DateTime<Utc>,
}

/// Our sellable unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct Variant {
    id: String,
    sku: String,
    name: String,
    kind: VariantKind,
    /// What the buyer of a digital variant gets; null for physical ones.
    #[schema(required = true)]
    digital_content: Option<String>,
}

/// A page of products.
#[derive(Debug, Serialize, ToSchema)]
pub struct Products {
    products: Vec<Product>,
    /// "" at the end.
    next_page_token: String,
}

/// A product to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateProduct {
    name: String,
    /// 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    variants: Vec<CreateVariant>,
}

/// A variant to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateVariant {
    /// Unique; 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    sku: String,
    #[serde(default)]
    #[schema(required = false)]
    name: String,
    kind: VariantKind,
    /// For digital variants: an https address, or text up to 2000 characters.
    #[serde(default)]
    #[schema(required = false)]
    digital_content: Option<String>,
}

/// A variant as offered on a channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listing {
    id: String,
    channel: String,
    channel_account_id: String,
    channel_listing_id: String,
    product_name: String,
    option_name: String,
    sku_code: String,
    /// null while unmapped.
    #[schema(required = true)]
    variant_id: Option<String>,
    /// Units of the variant in one unit of the listing; null while unmapped.
    #[schema(required = true)]
    quantity_multiplier: Option<i32>,
    version: i64,
    first_seen_at: DateTime<Utc>,
}

/// A page of listings.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listings {
    listings: Vec<Listing>,
    /// "" at the end.
    next_page_token: String,
}

/// Which listings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListingFilter {
    /// Only what waits for a mapping.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(required = false)]
    unmapped_only: bool,
    /// 1 to 200; 50 when absent.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(minimum = 1, maximum = 200, required = false)]
    page_size: i32,
    #[serde(default)]
    #[param(required = false)]
    page_token: String,
}

/// What a listing stands for.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MapListing {
    channel_account_id: String,
    channel_listing_id: String,
    variant_id: String,
    /// 1 to 1000; 1 when absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000, required = false)]
    quantity_multiplier: i32,
}

/// The routes of these resources.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(list_products, create_product))
        .routes(routes!(list_listings))
        .routes(routes!(map_listing))
}

/// Products.
#[utoipa::path(get, path = "/products", tag = "catalog", params(Page),
    responses((status = 200, body = Products), (status = "4XX", body = ProblemDocument)))]
async fn list_products(
    State(app): State<Gate>,
    who: SignedIn,
    Params(page): Params<Page>,
) -> Result<Json<Products>, Problem> {
    let request = pb::ListProductsRequest {
        merchant_id: who.merchant_id(),
        page_size: page.size()?,
        page_token: page.page_token,
    };
    let mut client = app.clients.catalog.clone();
    let response = client.list_products(request).await?.into_inner();
    Ok(Json(Products {
        products: response.products.into_iter().map(Product::from).collect(),
        next_page_token: response.next_page_token,
    }))
}

/// Makes a product with its variants. Refuses with SKU_TAKEN.
#[utoipa::path(post, path = "/products", tag = "catalog", request_body = CreateProduct,
    responses((status = 201, body = Product), (status = "4XX", body = ProblemDocument)))]
async fn create_product(
    State(app): State<Gate>,
    acting: Acting,
    Body(body): Body<CreateProduct>,
) -> Result<(StatusCode, Json<Product>), Problem> {
    acting.needs(Role::Operator)?;
    let variants = body.variants.into_iter().map(|variant| pb::Variant {
        variant_id: String::new(),
        sku: variant.sku,
        name: variant.name,
        kind: variant.kind.number(),
        digital_content: variant.digital_content.unwrap_or_default(),
    });
    let request = pb::CreateProductRequest {
        merchant_id: acting.merchant_id(),
        request_id: acting.request_id(),
        name: body.name,
        variants: variants.collect(),
    };
    let mut client = app.clients.catalog.clone();
    let response = client.create_product(request).await?.into_inner();
    let product = response.product.ok_or_else(|| missing("product"))?;
    Ok((StatusCode::CREATED, Json(product.into())))
}

/// Listings seen so far.
#[utoipa::path(get, path = "/listings", tag = "catalog", params(ListingFilter),
    responses((status = 200, body = Listings), (status = "4XX", body = ProblemDocument)))]
async fn list_listings(
    State(app): State<Gate>,
    who: SignedIn,
    Params(filter): Params<ListingFilter>,
) -> Result<Json<Listings>, Problem> {
    let page = Page {
        page_size: filter.page_size,
        page_token: filter.page_token,
    };
    let request = pb::ListListingsRequest {
        merchant_id: who.merchant_id(),
        unmapped_only: filter.unmapped_only,
        page_size: page.size()?,
        page_token: page.page_token,
    };
    let mut client = app.clients.catalog.clone();
    let response = client.list_listings(request).await?.into_inner();
    Ok(Json(Listings {
        listings: response.listings.into_iter().map(Listing::from).collect(),
        next_page_token: response.next_page_token,
    }))
}

/// Says what a listing stands for; lines that waited for it go on.
///
/// A listing that was not seen yet may be mapped ahead. Refuses with VARIANT_NOT_FOUND, CHANNEL_ACCOUNT_NOT_FOUND.
#[utoipa::path(post, path = "/listings/map", tag = "catalog", request_body = MapListing,
    responses((status = 200, body = Listing), (status = "4XX", body = ProblemDocument)))]
async fn map_listing(
    State(app): State<Gate>,
    acting: Acting,
    Body(body): Body<MapListing>,
) -> Result<Json<Listing>, Problem> {
    acting.needs(Role::Operator)?;
    let request = GetChannelAccountRequest {
        merchant_id: acting.merchant_id(),
        channel_account_id: body.channel_account_id.clone(),
    };
    let mut channels = app.clients.channel_proxy.clone();
    let account = channels.get_channel_account(request).await?.into_inner();
    let account = account
        .channel_account
        .ok_or_else(|| missing("channel account"))?;
    let request = pb::MapListingRequest {
        merchant_id: acting.merchant_id(),
        channel_account_id: body.channel_account_id,
        channel_listing_id: body.channel_listing_id,
        variant_id: body.variant_id,
        quantity_multiplier: body.quantity_multiplier,
        operator: acting.operator_id(),
        channel: account.channel,
    };
    let mut client = app.clients.catalog.clone();
    let response = client.map_listing(request).await?.into_inner();
    let listing = response.listing.ok_or_else(|| missing("listing"))?;
    Ok(Json(listing.into()))
}

impl From<pb::Product> for Product {
    fn from(product: pb::Product) -> Self {
        let variants = product.variants.into_iter().map(|variant| Variant {
            id: variant.variant_id,
            sku: variant.sku,
            name: variant.name,
            kind: VariantKind::of(variant.kind),
            digital_content: filled(variant.digital_content),
        });
        Self {
            id: product.product_id,
            name: product.name,
            variants: variants.collect(),
            created_at: time_or_epoch(product.created_at),
        }
    }
}

impl From<pb::Listing> for Listing {
    fn from(listing: pb::Listing) -> Self {
        Self {
            id: listing.listing_id,
            channel: listing.channel,
            channel_account_id: listing.channel_account_id,
            channel_listing_id: listing.channel_listing_id,
            product_name: listing.product_name,
            option_name: listing.option_name,
            sku_code: listing.sku_code,
            variant_id: filled(listing.variant_id),
            quantity_multiplier: (listing.quantity_multiplier > 0)
                .then_some(listing.quantity_multiplier),
            version: listing.version,
            first_seen_at: time_or_epoch(listing.first_seen_at),
        }
    }
}
