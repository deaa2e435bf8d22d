//! What channels offer, and what each of it stands for.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use moa_id::{ListingId, MerchantId};
use moa_proto::moa::catalog::v1 as pb;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::SignedIn;
use super::convert::{Money, filled, time, time_or_epoch};
use super::extract::{Page, Params, PathId, blank_as_default, blank_as_none};
use super::problem::{Problem, ProblemDocument};
use super::words::{ListingAttention, ListingField, ListingPlace, SuggestionReason, VariantKind};
use crate::clients::effects::missing;

/// A variant, or a set of variants, as offered on a channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listing {
    id: String,
    channel: String,
    channel_account_id: String,
    channel_listing_id: String,
    /// The channel's names and code as last seen, in an order or in its product list.
    product_name: String,
    option_name: String,
    sku_code: String,
    /// As the channel's product list shows it; null until it was read there.
    #[schema(required = true)]
    barcode: Option<String>,
    #[schema(required = true)]
    price: Option<Money>,
    #[schema(required = true)]
    channel_product_id: Option<String>,
    /// null when the channel's list does not tell.
    #[schema(required = true)]
    on_sale: Option<bool>,
    #[schema(required = true)]
    listed_at: Option<DateTime<Utc>>,
    /// What one unit stands for; [] while unmapped.
    components: Vec<ListingComponent>,
    /// Of a mapping to one variant; null while unmapped, and for a set.
    #[schema(required = true)]
    variant_id: Option<String>,
    /// Units of that variant in one unit of the listing; null while unmapped, and for a set.
    #[schema(required = true)]
    quantity_multiplier: Option<i32>,
    /// Raised by every change of the mapping.
    version: i64,
    /// Who gave it the mapping it has; null when nobody ever did.
    #[schema(required = true)]
    mapped_by: Option<String>,
    #[schema(required = true)]
    mapped_at: Option<DateTime<Utc>>,
    /// null when nobody need look.
    #[schema(required = true)]
    attention: Option<ListingAttention>,
    /// Changes that nobody acknowledged, oldest first, up to 20.
    changes: Vec<ListingChange>,
    /// Variants it may be, the best first, up to 5; [] unless asked for, and when it is mapped.
    suggestions: Vec<MappingSuggestion>,
    first_seen_at: DateTime<Utc>,
}

/// So many units of a variant in one unit of a listing.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingComponent {
    variant_id: String,
    sku: String,
    /// The product's and the variant's name.
    name: String,
    kind: VariantKind,
    quantity: i32,
}

/// A name or code that became another one.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingChange {
    id: String,
    field: ListingField,
    /// "" when there was none.
    old_value: String,
    new_value: String,
    place: ListingPlace,
    seen_at: DateTime<Utc>,
    #[schema(required = true)]
    acknowledged_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    acknowledged_by: Option<String>,
}

/// A variant that a listing may be.
#[derive(Debug, Serialize, ToSchema)]
pub struct MappingSuggestion {
    variant_id: String,
    sku: String,
    name: String,
    kind: VariantKind,
    reason: SuggestionReason,
    /// 0 to 100; 100 for equal codes.
    score: i32,
}

/// A page of listings.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listings {
    listings: Vec<Listing>,
    /// "" at the end.
    next_page_token: String,
}

/// How many listings wait for what.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingSummary {
    all: i64,
    unmapped: i64,
    /// Nobody has looked at them.
    new: i64,
    changed: i64,
}

/// Which listings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListingFilter {
    /// Only what waits for a mapping.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(required = false)]
    unmapped_only: bool,
    /// Only what is new, or has changed.
    #[serde(default, deserialize_with = "blank_as_none")]
    #[param(inline, required = false)]
    attention: Option<ListingAttention>,
    #[serde(default)]
    #[param(required = false)]
    channel_account_id: String,
    /// Part of a name, or a whole code or channel id.
    #[serde(default)]
    #[param(max_length = 100, required = false)]
    q: String,
    /// Looks for the variants that unmapped ones may be; page_size is at most 50 then.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(required = false)]
    suggestions: bool,
    /// 1 to 200; 50 when absent.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(minimum = 1, maximum = 200, required = false)]
    page_size: i32,
    #[serde(default)]
    #[param(required = false)]
    page_token: String,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(list_listings))
        .routes(routes!(summarize_listings))
        .routes(routes!(get_listing))
}

/// Listings seen so far, newest first.
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
        attention: filter.attention.map_or(0, ListingAttention::number),
        channel_account_id: filter.channel_account_id,
        query: filter.q,
        with_suggestions: filter.suggestions,
    };
    let mut client = app.clients.catalog.clone();
    let response = client.list_listings(request).await?.into_inner();
    Ok(Json(Listings {
        listings: shown(&app, who.merchant(), response.listings).await?,
        next_page_token: response.next_page_token,
    }))
}

/// How many listings wait for what.
#[utoipa::path(get, path = "/listings/summary", tag = "catalog",
    responses((status = 200, body = ListingSummary), (status = "4XX", body = ProblemDocument)))]
async fn summarize_listings(
    State(app): State<Gate>,
    who: SignedIn,
) -> Result<Json<ListingSummary>, Problem> {
    let request = pb::CountListingsRequest {
        merchant_id: who.merchant_id(),
    };
    let mut client = app.clients.catalog.clone();
    let counts = client.count_listings(request).await?.into_inner();
    Ok(Json(ListingSummary {
        all: counts.all,
        unmapped: counts.unmapped,
        new: counts.new,
        changed: counts.changed,
    }))
}

/// One listing.
#[utoipa::path(get, path = "/listings/{id}", tag = "catalog", params(("id" = String, Path)),
    responses((status = 200, body = Listing), (status = "4XX", body = ProblemDocument)))]
async fn get_listing(
    State(app): State<Gate>,
    who: SignedIn,
    PathId(id): PathId<ListingId>,
) -> Result<Json<Listing>, Problem> {
    let listing = find(&app, who.merchant_id(), id).await?;
    Ok(Json(show(&app, who.merchant(), Some(listing)).await?))
}

/// One listing as catalog has it.
pub(super) async fn find(
    app: &Gate,
    merchant_id: String,
    id: ListingId,
) -> Result<pb::Listing, Problem> {
    let request = pb::GetListingRequest {
        merchant_id,
        listing_id: id.to_string(),
    };
    let mut client = app.clients.catalog.clone();
    let listing = client.get_listing(request).await?.into_inner().listing;
    Ok(listing.ok_or_else(|| missing("listing"))?)
}

/// A listing that catalog answered with, with the names of who did what.
pub(super) async fn show(
    app: &Gate,
    merchant_id: MerchantId,
    listing: Option<pb::Listing>,
) -> Result<Listing, Problem> {
    let listing = listing.ok_or_else(|| missing("listing"))?;
    let mut shown = shown(app, merchant_id, vec![listing]).await?;
    Ok(shown.pop().ok_or_else(|| missing("listing"))?)
}

async fn shown(
    app: &Gate,
    merchant_id: MerchantId,
    listings: Vec<pb::Listing>,
) -> Result<Vec<Listing>, Problem> {
    let noted = listings.iter().map(|listing| &listing.mapped_by);
    let names = app.name_operators(merchant_id, noted).await?;
    let shown = listings.into_iter().map(|listing| {
        let mut shown = Listing::from(listing);
        rename(&mut shown.mapped_by, &names);
        shown
    });
    Ok(shown.collect())
}

/// Puts a person's name where an id was noted.
pub(super) fn rename(noted: &mut Option<String>, names: &HashMap<String, String>) {
    if let Some(text) = noted
        && let Some(name) = names.get(text.as_str())
    {
        text.clone_from(name);
    }
}

impl From<pb::Listing> for Listing {
    fn from(listing: pb::Listing) -> Self {
        let attention = (listing.attention != 0).then(|| ListingAttention::of(listing.attention));
        let suggestions = listing
            .suggestions
            .into_iter()
            .map(|one| MappingSuggestion {
                variant_id: one.variant_id,
                sku: one.sku,
                name: one.name,
                kind: VariantKind::of(one.kind),
                reason: SuggestionReason::of(one.reason),
                score: one.score,
            });
        Self {
            id: listing.listing_id,
            channel: listing.channel,
            channel_account_id: listing.channel_account_id,
            channel_listing_id: listing.channel_listing_id,
            product_name: listing.product_name,
            option_name: listing.option_name,
            sku_code: listing.sku_code,
            barcode: filled(listing.barcode),
            price: listing.price.map(Into::into),
            channel_product_id: filled(listing.channel_product_id),
            on_sale: listing.on_sale,
            listed_at: time(listing.listed_at),
            components: listing.components.into_iter().map(Into::into).collect(),
            variant_id: filled(listing.variant_id),
            quantity_multiplier: (listing.quantity_multiplier > 0)
                .then_some(listing.quantity_multiplier),
            version: listing.version,
            mapped_by: filled(listing.mapped_by),
            mapped_at: time(listing.mapped_at),
            attention,
            changes: listing.changes.into_iter().map(Into::into).collect(),
            suggestions: suggestions.collect(),
            first_seen_at: time_or_epoch(listing.first_seen_at),
        }
    }
}

impl From<pb::MappingComponent> for ListingComponent {
    fn from(component: pb::MappingComponent) -> Self {
        Self {
            kind: VariantKind::of(component.kind),
            variant_id: component.variant_id,
            sku: component.sku,
            name: component.name,
            quantity: component.quantity,
        }
    }
}

impl From<pb::ListingChange> for ListingChange {
    fn from(change: pb::ListingChange) -> Self {
        Self {
            id: change.listing_change_id,
            field: ListingField::of(change.field),
            old_value: change.old_value,
            new_value: change.new_value,
            place: ListingPlace::of(change.place),
            seen_at: time_or_epoch(change.seen_at),
            acknowledged_at: time(change.acknowledged_at),
            acknowledged_by: filled(change.acknowledged_by),
        }
    }
}

impl ListingChange {
    /// Who acknowledged it, by name.
    pub(super) fn named(mut self, names: &HashMap<String, String>) -> Self {
        rename(&mut self.acknowledged_by, names);
        self
    }
}
