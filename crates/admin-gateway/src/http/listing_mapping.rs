//! Saying what listings stand for, and that somebody has looked.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use moa_id::ListingId;
use moa_proto::moa::catalog::v1 as pb;
use moa_proto::moa::channel_proxy::v1::GetChannelAccountRequest;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::Acting;
use super::convert::filled;
use super::extract::{Body, PathId};
use super::listings::{self, Listing};
use super::problem::{Problem, ProblemDocument};
use crate::clients::effects::missing;
use crate::domain::access::Role;

/// Mappings in one request, at most.
const MAX_MAPPINGS: usize = 100;

/// What a listing stands for: `components`, or `variant_id` for a single variant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MapListing {
    channel_account_id: String,
    channel_listing_id: String,
    /// A set: 1 to 20, each variant once.
    #[serde(default)]
    #[schema(max_items = 20, required = false)]
    components: Vec<MapComponent>,
    /// In place of `components`.
    #[serde(default)]
    #[schema(required = false)]
    variant_id: String,
    /// With `variant_id`: 1 to 1000; 1 when absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000, required = false)]
    quantity_multiplier: Option<i32>,
    /// The listing's version that the person saw, so that nobody else's decision is lost; absent: whatever it is.
    #[serde(default)]
    #[schema(required = false)]
    expected_version: Option<i64>,
}

/// So many units of a variant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MapComponent {
    variant_id: String,
    /// Units in one unit of the listing.
    #[schema(minimum = 1, maximum = 1000)]
    quantity: i32,
}

/// Several listings at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MapListings {
    /// 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    mappings: Vec<MapListing>,
}

/// What became of each mapping, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub struct MappedListings {
    results: Vec<MappedListing>,
}

/// What became of one mapping.
#[derive(Debug, Serialize, ToSchema)]
pub struct MappedListing {
    /// null when it was refused.
    #[schema(required = true)]
    listing: Option<Listing>,
    /// Why it was refused; null when it was not.
    #[schema(required = true)]
    reason: Option<String>,
    #[schema(required = true)]
    detail: Option<String>,
}

/// A mapping to be taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnmapListing {
    /// The listing's version that the person saw; absent: whatever it is.
    #[serde(default)]
    #[schema(required = false)]
    expected_version: Option<i64>,
}

/// A look at a listing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeListing {
    /// The last of its changes that was shown; later ones stay. Absent: none was shown.
    #[serde(default)]
    #[schema(required = false)]
    last_change_id: Option<String>,
}

/// The routes of these actions.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(map_listing))
        .routes(routes!(map_listings))
        .routes(routes!(unmap_listing))
        .routes(routes!(acknowledge_listing))
}

/// Says what a listing stands for; lines that waited for it go on.
///
/// Lines that were not packed yet follow a corrected mapping by themselves; `GET /listings/{id}/affected-lines` names the
/// others. A listing that was not seen yet may be mapped ahead. Refuses with VARIANT_NOT_FOUND, VARIANT_TWICE,
/// LISTING_CHANGED, CHANNEL_ACCOUNT_NOT_FOUND.
#[utoipa::path(post, path = "/listings/map", tag = "catalog", request_body = MapListing,
    responses((status = 200, body = Listing), (status = "4XX", body = ProblemDocument)))]
async fn map_listing(
    State(app): State<Gate>,
    acting: Acting,
    Body(body): Body<MapListing>,
) -> Result<Json<Listing>, Problem> {
    acting.needs(Role::Operator)?;
    let channel = channel_of(&app, &acting, &body.channel_account_id).await?;
    let request = pb::MapListingRequest {
        merchant_id: acting.merchant_id(),
        operator: acting.operator_id(),
        ..mapping(body, channel)
    };
    let mut client = app.clients.catalog.clone();
    let mapped = client.map_listing(request).await?.into_inner().listing;
    Ok(Json(
        listings::show(&app, acting.operator().merchant_id, mapped).await?,
    ))
}

/// Maps several listings, each by itself: one that is refused stops no other.
#[utoipa::path(post, path = "/listings/map-many", tag = "catalog", request_body = MapListings,
    responses((status = 200, body = MappedListings), (status = "4XX", body = ProblemDocument)))]
async fn map_listings(
    State(app): State<Gate>,
    acting: Acting,
    Body(body): Body<MapListings>,
) -> Result<Json<MappedListings>, Problem> {
    acting.needs(Role::Operator)?;
    if body.mappings.is_empty() || body.mappings.len() > MAX_MAPPINGS {
        let text = format!("must have 1 to {MAX_MAPPINGS} entries");
        return Err(Problem::field("mappings", text));
    }
    let mut channels: BTreeMap<String, String> = BTreeMap::new();
    for one in &body.mappings {
        let account = &one.channel_account_id;
        if !channels.contains_key(account) {
            let channel = channel_of(&app, &acting, account).await?;
            channels.insert(account.clone(), channel);
        }
    }
    let mappings = body.mappings.into_iter().map(|one| {
        let channel = channels.get(&one.channel_account_id).cloned();
        mapping(one, channel.unwrap_or_default())
    });
    let request = pb::BatchMapListingsRequest {
        merchant_id: acting.merchant_id(),
        operator: acting.operator_id(),
        mappings: mappings.collect(),
    };
    let mut client = app.clients.catalog.clone();
    let response = client.batch_map_listings(request).await?.into_inner();
    let mut results = Vec::with_capacity(response.results.len());
    for result in response.results {
        let listing = match result.listing {
            None => None,
            mapped => Some(listings::show(&app, acting.operator().merchant_id, mapped).await?),
        };
        results.push(MappedListing {
            listing,
            reason: filled(result.reason),
            detail: filled(result.detail),
        });
    }
    Ok(Json(MappedListings { results }))
}

/// Takes a listing's mapping back; lines of it that were not packed are held again.
///
/// Refuses with LISTING_NOT_FOUND, LISTING_CHANGED.
#[utoipa::path(post, path = "/listings/{id}/unmap", tag = "catalog", params(("id" = String, Path)),
    request_body = UnmapListing,
    responses((status = 200, body = Listing), (status = "4XX", body = ProblemDocument)))]
async fn unmap_listing(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<ListingId>,
    Body(body): Body<UnmapListing>,
) -> Result<Json<Listing>, Problem> {
    acting.needs(Role::Operator)?;
    let request = pb::UnmapListingRequest {
        merchant_id: acting.merchant_id(),
        listing_id: id.to_string(),
        operator: acting.operator_id(),
        expected_version: body.expected_version,
    };
    let mut client = app.clients.catalog.clone();
    let unmapped = client.unmap_listing(request).await?.into_inner().listing;
    Ok(Json(
        listings::show(&app, acting.operator().merchant_id, unmapped).await?,
    ))
}

/// Notes that a person has looked: a new listing is new no more, and its changes are acknowledged.
///
/// Refuses with LISTING_NOT_FOUND.
#[utoipa::path(post, path = "/listings/{id}/acknowledge", tag = "catalog", params(("id" = String, Path)),
    request_body = AcknowledgeListing,
    responses((status = 200, body = Listing), (status = "4XX", body = ProblemDocument)))]
async fn acknowledge_listing(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<ListingId>,
    Body(body): Body<AcknowledgeListing>,
) -> Result<Json<Listing>, Problem> {
    acting.needs(Role::Operator)?;
    let request = pb::AcknowledgeListingRequest {
        merchant_id: acting.merchant_id(),
        listing_id: id.to_string(),
        operator: acting.operator_id(),
        last_change_id: body.last_change_id.unwrap_or_default(),
    };
    let mut client = app.clients.catalog.clone();
    let seen = client
        .acknowledge_listing(request)
        .await?
        .into_inner()
        .listing;
    Ok(Json(
        listings::show(&app, acting.operator().merchant_id, seen).await?,
    ))
}

/// The account's channel; refused when there is no such account.
async fn channel_of(app: &Gate, acting: &Acting, account_id: &str) -> Result<String, Problem> {
    let request = GetChannelAccountRequest {
        merchant_id: acting.merchant_id(),
        channel_account_id: account_id.to_owned(),
    };
    let mut channels = app.clients.channel_proxy.clone();
    let account = channels.get_channel_account(request).await?.into_inner();
    let account = account.channel_account;
    Ok(account.ok_or_else(|| missing("channel account"))?.channel)
}

fn mapping(body: MapListing, channel: String) -> pb::MapListingRequest {
    let components = body
        .components
        .into_iter()
        .map(|component| pb::MappingComponent {
            variant_id: component.variant_id,
            quantity: component.quantity,
            ..pb::MappingComponent::default()
        });
    // In the contract, 0 is what nobody said.
    let quantity_multiplier = match body.quantity_multiplier {
        None => 0,
        Some(0) => -1,
        Some(units) => units,
    };
    pb::MapListingRequest {
        channel_account_id: body.channel_account_id,
        channel_listing_id: body.channel_listing_id,
        variant_id: body.variant_id,
        quantity_multiplier,
        components: components.collect(),
        expected_version: body.expected_version,
        channel,
        ..pb::MapListingRequest::default()
    }
}
