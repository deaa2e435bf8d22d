//! Parcels: pack lines under a tracking number, send them off, take them back.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use moa_id::ShipmentId;
use moa_proto::moa::fulfillment::v1 as pb;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::convert::{filled, time, time_or_epoch};
use super::extract::{Body, Page, Params, PathId, blank_as_default, blank_as_none};
use super::orders::Hold;
use super::problem::{Problem, ProblemDocument};
use super::words::ShipmentState;
use crate::clients::effects::missing;
use crate::domain::access::Role;

/// A parcel and what is in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shipment {
    id: String,
    /// Raised by every change.
    version: i64,
    state: ShipmentState,
    carrier: String,
    tracking_number: String,
    lines: Vec<ShipmentLine>,
    #[schema(required = true)]
    hold: Option<Hold>,
    created_at: DateTime<Utc>,
    #[schema(required = true)]
    dispatched_at: Option<DateTime<Utc>>,
    /// The orders its lines belong to.
    order_ids: Vec<String>,
}

/// So much of an order line.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShipmentLine {
    order_id: String,
    line_id: String,
    quantity: i32,
    channel_parcel_id: String,
    /// What is in the box for it; [] when it was packed by a version that did not note it, and for digital goods.
    contents: Vec<ShipmentContent>,
}

/// So many units of a variant, in all.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShipmentContent {
    variant_id: String,
    /// null when the source does not tell.
    #[schema(required = true)]
    sku: Option<String>,
    /// The product's and the variant's name.
    name: String,
    quantity: i32,
}

/// A page of shipments.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shipments {
    shipments: Vec<Shipment>,
    /// "" at the end.
    next_page_token: String,
}

/// Which shipments.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ShipmentFilter {
    #[serde(default, deserialize_with = "blank_as_none")]
    #[param(inline, required = false)]
    state: Option<ShipmentState>,
    #[serde(default)]
    #[param(required = false)]
    order_id: String,
    /// 1 to 200; 50 when absent.
    #[serde(default, deserialize_with = "blank_as_default")]
    #[param(minimum = 1, maximum = 200, required = false)]
    page_size: i32,
    #[serde(default)]
    #[param(required = false)]
    page_token: String,
}

/// A parcel to be packed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateShipment {
    /// The order of every line that does not name its own.
    order_id: String,
    /// 1 to 200.
    #[schema(min_items = 1, max_items = 200)]
    lines: Vec<CreateShipmentLine>,
    /// One of `GET /api/v1/carriers`.
    carrier: String,
    /// Hyphens and spaces are dropped.
    tracking_number: String,
    /// The number is right although a parcel of another receiver has it, too: without this, it is refused with
    /// TRACKING_NUMBER_IN_USE. Parcels of one receiver may share a number.
    #[serde(default)]
    #[schema(required = false)]
    accept_duplicate_number: bool,
}

/// So much of a line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateShipmentLine {
    /// Another order's, when the parcel bundles several orders.
    #[serde(default)]
    #[schema(required = false)]
    order_id: Option<String>,
    line_id: String,
    /// Absent or 0: all that is left of the line.
    #[serde(default)]
    #[schema(minimum = 0, required = false)]
    quantity: i32,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(list_shipments, create_shipment))
        .routes(routes!(get_shipment))
        .routes(routes!(dispatch_shipment))
        .routes(routes!(cancel_shipment))
}

/// Shipments, newest first.
#[utoipa::path(get, path = "/shipments", tag = "shipments", params(ShipmentFilter),
    responses((status = 200, body = Shipments), (status = "4XX", body = ProblemDocument)))]
async fn list_shipments(
    State(app): State<Gate>,
    who: SignedIn,
    Params(filter): Params<ShipmentFilter>,
) -> Result<Json<Shipments>, Problem> {
    let page = Page {
        page_size: filter.page_size,
        page_token: filter.page_token,
    };
    let request = pb::ListShipmentsRequest {
        merchant_id: who.merchant_id(),
        state: filter.state.map_or(0, ShipmentState::number),
        order_id: filter.order_id,
        page_size: page.size()?,
        page_token: page.page_token,
    };
    let mut client = app.clients.fulfillment.clone();
    let response = client.list_shipments(request).await?.into_inner();
    Ok(Json(Shipments {
        shipments: response.shipments.into_iter().map(Shipment::from).collect(),
        next_page_token: response.next_page_token,
    }))
}

/// Packs lines into a parcel under a tracking number.
///
/// Nothing leaves yet: dispatch it next. Refuses with ORDER_NOT_FOUND, LINE_NOT_FOUND, LINE_ALREADY_SHIPPED (its
/// metadata name the shipment), LINE_CANCELLED, LINE_HELD, QUANTITY_EXCEEDED, CARRIER_UNKNOWN,
/// TRACKING_NUMBER_MALFORMED, PARCEL_LINES_MISSING, TRACKING_NUMBER_IN_USE (its metadata name the shipment and the order
/// that have the number; send it again with `accept_duplicate_number` when it is right).
#[utoipa::path(post, path = "/shipments", tag = "shipments", request_body = CreateShipment,
    responses((status = 201, body = Shipment), (status = "4XX", body = ProblemDocument)))]
async fn create_shipment(
    State(app): State<Gate>,
    acting: Acting,
    Body(body): Body<CreateShipment>,
) -> Result<(StatusCode, Json<Shipment>), Problem> {
    acting.needs(Role::Operator)?;
    if !(1..=200).contains(&body.lines.len()) {
        return Err(Problem::field("lines", "must have 1 to 200 entries"));
    }
    let order_id = body.order_id;
    let lines = body.lines.into_iter().map(|line| pb::CreateShipmentLine {
        order_id: line.order_id.unwrap_or_else(|| order_id.clone()),
        line_id: line.line_id,
        quantity: line.quantity,
    });
    let request = pb::CreateShipmentRequest {
        merchant_id: acting.merchant_id(),
        request_id: acting.request_id(),
        lines: lines.collect(),
        carrier: body.carrier,
        tracking_number: body.tracking_number,
        operator_id: acting.operator_id(),
        accept_duplicate_number: body.accept_duplicate_number,
    };
    let mut client = app.clients.fulfillment.clone();
    let response = client.create_shipment(request).await?.into_inner();
    Ok((StatusCode::CREATED, whole(response.shipment)?))
}

/// One shipment.
#[utoipa::path(get, path = "/shipments/{id}", tag = "shipments", params(("id" = String, Path)),
    responses((status = 200, body = Shipment), (status = "4XX", body = ProblemDocument)))]
async fn get_shipment(
    State(app): State<Gate>,
    who: SignedIn,
    PathId(id): PathId<ShipmentId>,
) -> Result<Json<Shipment>, Problem> {
    let request = pb::GetShipmentRequest {
        merchant_id: who.merchant_id(),
        shipment_id: id.to_string(),
    };
    let mut client = app.clients.fulfillment.clone();
    let response = client.get_shipment(request).await?.into_inner();
    whole(response.shipment)
}

/// Sends a shipment off.
///
/// The channel is looked at once more, and told the tracking number only when nothing speaks against it; otherwise the
/// shipment is HELD with the reason. Does nothing when it is on its way already; a HELD shipment is tried again.
#[utoipa::path(post, path = "/shipments/{id}/dispatch", tag = "shipments", params(("id" = String, Path)),
    responses((status = 202, body = Shipment), (status = "4XX", body = ProblemDocument)))]
async fn dispatch_shipment(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<ShipmentId>,
) -> Result<(StatusCode, Json<Shipment>), Problem> {
    acting.needs(Role::Operator)?;
    let request = pb::DispatchShipmentRequest {
        merchant_id: acting.merchant_id(),
        shipment_id: id.to_string(),
        operator_id: acting.operator_id(),
    };
    let mut client = app.clients.fulfillment.clone();
    let response = client.dispatch_shipment(request).await?.into_inner();
    Ok((StatusCode::ACCEPTED, whole(response.shipment)?))
}

/// Takes back a shipment that has not left, so that its lines can be packed anew.
#[utoipa::path(post, path = "/shipments/{id}/cancel", tag = "shipments", params(("id" = String, Path)),
    responses((status = 200, body = Shipment), (status = "4XX", body = ProblemDocument)))]
async fn cancel_shipment(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<ShipmentId>,
) -> Result<Json<Shipment>, Problem> {
    acting.needs(Role::Operator)?;
    let request = pb::CancelShipmentRequest {
        merchant_id: acting.merchant_id(),
        shipment_id: id.to_string(),
        operator_id: acting.operator_id(),
    };
    let mut client = app.clients.fulfillment.clone();
    let response = client.cancel_shipment(request).await?.into_inner();
    whole(response.shipment)
}

pub(super) fn whole(shipment: Option<pb::Shipment>) -> Result<Json<Shipment>, Problem> {
    let shipment = shipment.ok_or_else(|| missing("shipment"))?;
    Ok(Json(shipment.into()))
}

impl From<pb::ShipmentContent> for ShipmentContent {
    fn from(content: pb::ShipmentContent) -> Self {
        Self {
            variant_id: content.variant_id,
            sku: filled(content.sku),
            name: content.name,
            quantity: content.quantity,
        }
    }
}

impl From<pb::Shipment> for Shipment {
    fn from(shipment: pb::Shipment) -> Self {
        let hold = filled(shipment.hold_reason).map(|reason| Hold {
            reason,
            detail: shipment.hold_detail,
        });
        let lines = shipment.lines.into_iter().map(|line| ShipmentLine {
            order_id: line.order_id,
            line_id: line.line_id,
            quantity: line.quantity,
            channel_parcel_id: line.channel_parcel_id,
            contents: line.contents.into_iter().map(Into::into).collect(),
        });
        Self {
            id: shipment.shipment_id,
            version: shipment.version,
            state: ShipmentState::of(shipment.state),
            carrier: shipment.carrier,
            tracking_number: shipment.tracking_number,
            lines: lines.collect(),
            hold,
            created_at: time_or_epoch(shipment.created_at),
            dispatched_at: time(shipment.dispatched_at),
            order_ids: shipment.order_ids,
        }
    }
}
