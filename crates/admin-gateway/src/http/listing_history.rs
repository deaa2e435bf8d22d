//! What a listing stood for and was called before, and the orders that a changed mapping concerns.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use moa_id::ListingId;
use moa_proto::moa::catalog::v1 as pb;
use moa_proto::moa::fulfillment::v1 as fulfillment;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::SignedIn;
use super::convert::{filled, time_or_epoch};
use super::extract::{Page, Params, PathId, blank_as_default};
use super::listings::{self, ListingChange, ListingComponent};
use super::problem::{Problem, ProblemDocument};
use super::shipments::ShipmentContent;
use super::words::AffectedLineStanding;

/// What a listing stood for, and what it was called: the newest 200 of each.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingHistory {
    /// Newest first.
    mappings: Vec<MappingRecord>,
    /// Newest first.
    changes: Vec<ListingChange>,
}

/// A mapping as it once began to hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct MappingRecord {
    version: i64,
    /// []: it was unmapped.
    components: Vec<ListingComponent>,
    /// The person's name, or the part of Moa that mapped; null when it was not noted.
    #[schema(required = true)]
    mapped_by: Option<String>,
    mapped_at: DateTime<Utc>,
}

/// Lines of a listing that a changed mapping concerns.
#[derive(Debug, Serialize, ToSchema)]
pub struct AffectedLines {
    lines: Vec<AffectedLine>,
    /// "" at the end.
    next_page_token: String,
}

/// A line of an order, and what a changed mapping means for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AffectedLine {
    order_id: String,
    line_id: String,
    channel: String,
    channel_order_id: String,
    product_name: String,
    option_name: String,
    /// Units of the listing: those that are owed, or those that were packed.
    quantity: i32,
    ordered_at: DateTime<Utc>,
    standing: AffectedLineStanding,
    /// null when it was not packed.
    #[schema(required = true)]
    shipment_id: Option<String>,
    #[schema(required = true)]
    carrier: Option<String>,
    #[schema(required = true)]
    tracking_number: Option<String>,
    /// What was packed for it, or granted; [] when it waits.
    contents: Vec<ShipmentContent>,
}

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AffectedFilter {
    /// Only what does not follow by itself: packed, gone or granted under another mapping.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(required = false)]
    needs_person: bool,
    /// 1 to 200; 50 when absent.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(minimum = 1, maximum = 200, required = false)]
    page_size: i32,
    #[serde(default)]
    #[param(required = false)]
    page_token: String,
}

/// The routes of these reads.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(get_listing_history))
        .routes(routes!(list_affected_lines))
}

/// Who mapped a listing to what, and how its names and codes changed.
#[utoipa::path(get, path = "/listings/{id}/history", tag = "catalog", params(("id" = String, Path)),
    responses((status = 200, body = ListingHistory), (status = "4XX", body = ProblemDocument)))]
async fn get_listing_history(
    State(app): State<Gate>,
    who: SignedIn,
    PathId(id): PathId<ListingId>,
) -> Result<Json<ListingHistory>, Problem> {
    let request = pb::GetListingHistoryRequest {
        merchant_id: who.merchant_id(),
        listing_id: id.to_string(),
    };
    let mut client = app.clients.catalog.clone();
    let history = client.get_listing_history(request).await?.into_inner();
    let mapped = history.mappings.iter().map(|record| &record.operator);
    let looked = history.changes.iter().map(|change| &change.acknowledged_by);
    let names = app
        .name_operators(who.merchant(), mapped.chain(looked))
        .await?;
    let mappings = history.mappings.into_iter().map(|record| {
        let mut mapped_by = filled(record.operator);
        listings::rename(&mut mapped_by, &names);
        MappingRecord {
            version: record.version,
            components: record.components.into_iter().map(Into::into).collect(),
            mapped_by,
            mapped_at: time_or_epoch(record.mapped_at),
        }
    });
    let changes = history.changes.into_iter();
    Ok(Json(ListingHistory {
        mappings: mappings.collect(),
        changes: changes
            .map(|change| ListingChange::from(change).named(&names))
            .collect(),
    }))
}

/// Lines that wait and follow the mapping that holds now, and those that were packed or granted under another one.
///
/// Newest first. What is FOLLOWS goes on by itself; a shipment of a PACKED line can be cancelled and packed anew; LEFT and
/// GRANTED are for a person to settle with the buyer.
#[utoipa::path(get, path = "/listings/{id}/affected-lines", tag = "catalog",
    params(("id" = String, Path), AffectedFilter),
    responses((status = 200, body = AffectedLines), (status = "4XX", body = ProblemDocument)))]
async fn list_affected_lines(
    State(app): State<Gate>,
    who: SignedIn,
    PathId(id): PathId<ListingId>,
    Params(filter): Params<AffectedFilter>,
) -> Result<Json<AffectedLines>, Problem> {
    let page = Page {
        page_size: filter.page_size,
        page_token: filter.page_token,
    };
    let listing = listings::find(&app, who.merchant_id(), id).await?;
    let request = fulfillment::ListAffectedLinesRequest {
        merchant_id: who.merchant_id(),
        channel_account_id: listing.channel_account_id,
        channel_listing_id: listing.channel_listing_id,
        needs_person_only: filter.needs_person,
        page_size: page.size()?,
        page_token: page.page_token,
    };
    let mut client = app.clients.affected_lines.clone();
    let response = client.list_affected_lines(request).await?.into_inner();
    Ok(Json(AffectedLines {
        lines: response.lines.into_iter().map(Into::into).collect(),
        next_page_token: response.next_page_token,
    }))
}

impl From<fulfillment::AffectedLine> for AffectedLine {
    fn from(line: fulfillment::AffectedLine) -> Self {
        Self {
            standing: AffectedLineStanding::of(line.standing),
            order_id: line.order_id,
            line_id: line.line_id,
            channel: line.channel,
            channel_order_id: line.channel_order_id,
            product_name: line.product_name,
            option_name: line.option_name,
            quantity: line.quantity,
            ordered_at: time_or_epoch(line.ordered_at),
            shipment_id: filled(line.shipment_id),
            carrier: filled(line.carrier),
            tracking_number: filled(line.tracking_number),
            contents: line.contents.into_iter().map(Into::into).collect(),
        }
    }
}
