//! Products with their variants.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use moa_proto::moa::catalog::v1 as pb;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::convert::{filled, time_or_epoch};
use super::extract::{Body, Page, Params};
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
    /// null if none.
    #[schema(required = true)]
    barcode: Option<String>,
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
#[serde(deny_unknown_fields)]
pub struct CreateProduct {
    name: String,
    /// 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    variants: Vec<CreateVariant>,
}

/// A variant to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
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
    /// Of the goods; listings with the same one are suggested.
    #[serde(default)]
    #[schema(max_length = 64, required = false)]
    barcode: Option<String>,
}

/// The routes of these resources.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new().routes(routes!(list_products, create_product))
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
        barcode: variant.barcode.unwrap_or_default(),
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

impl From<pb::Product> for Product {
    fn from(product: pb::Product) -> Self {
        let variants = product.variants.into_iter().map(|variant| Variant {
            id: variant.variant_id,
            sku: variant.sku,
            name: variant.name,
            kind: VariantKind::of(variant.kind),
            digital_content: filled(variant.digital_content),
            barcode: filled(variant.barcode),
        });
        Self {
            id: product.product_id,
            name: product.name,
            variants: variants.collect(),
            created_at: time_or_epoch(product.created_at),
        }
    }
}
