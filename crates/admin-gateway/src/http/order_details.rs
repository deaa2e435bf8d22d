//! One order, looked at closely: its story, what it waits for, whom it is for.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use moa_id::OrderId;
use moa_proto::moa::fulfillment::v1::{ExplainOrderRequest, LineExplanation};
use moa_proto::moa::order_sync::v1::OrderContact;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::{Acting, SignedIn};
use super::convert::{filled, time};
use super::extract::PathId;
use super::locale::Locale;
use super::problem::{Problem, ProblemDocument};
use crate::domain::access::Role;

/// What happened to an order, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    entries: Vec<TimelineEntry>,
}

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    at: DateTime<Utc>,
    /// Stable, e.g. `SHIPMENT_DISPATCHED`.
    kind: String,
    /// In the language of `Accept-Language`.
    text: String,
    /// Why, as a stable code, e.g. `CANCEL_REQUESTED` of a shipment that is held; null where there is nothing to say.
    #[schema(required = true)]
    reason: Option<String>,
    /// What the reason is about, in the English words of the service that gave it.
    #[schema(required = true)]
    detail: Option<String>,
}

/// What every line waits for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explanation {
    lines: Vec<ExplainedLine>,
}

/// What one line waits for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedLine {
    line_id: String,
    /// null when the line has shipped or is cancelled.
    #[schema(required = true)]
    blocker: Option<String>,
    #[schema(required = true)]
    detail: Option<String>,
    /// Who moves it on: MERCHANT, CHANNEL, MOA or CUSTOMER.
    #[schema(required = true)]
    owner: Option<String>,
    #[schema(required = true)]
    deadline: Option<DateTime<Utc>>,
    #[schema(required = true)]
    since: Option<DateTime<Utc>>,
}

/// Whom the order is for.
#[derive(Serialize, ToSchema)]
pub struct Contact {
    orderer_name: String,
    orderer_phone: String,
    receiver_name: String,
    receiver_phone: String,
    postcode: String,
    address1: String,
    address2: String,
    delivery_note: String,
    /// The contact was erased; every field is empty.
    erased: bool,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(get_timeline))
        .routes(routes!(explain_order))
        .routes(routes!(reveal_contact))
}

/// What happened to an order, oldest first.
#[utoipa::path(get, path = "/orders/{id}/timeline", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = Timeline), (status = "4XX", body = ProblemDocument)))]
async fn get_timeline(
    State(app): State<Gate>,
    who: SignedIn,
    locale: Locale,
    PathId(id): PathId<OrderId>,
) -> Result<Json<Timeline>, Problem> {
    let entries = app.get_timeline(who.merchant(), id).await?;
    let entries = entries.into_iter().map(|entry| TimelineEntry {
        at: entry.at,
        kind: entry.kind.as_str().to_owned(),
        text: entry.kind.text(&entry.params, locale),
        reason: entry.params.get("reason").cloned().and_then(filled),
        detail: entry.params.get("detail").cloned().and_then(filled),
    });
    Ok(Json(Timeline {
        entries: entries.collect(),
    }))
}

/// What each line of an order waits for: exactly one current blocker, or none when it has shipped.
#[utoipa::path(get, path = "/orders/{id}/explain", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = Explanation), (status = "4XX", body = ProblemDocument)))]
async fn explain_order(
    State(app): State<Gate>,
    who: SignedIn,
    PathId(id): PathId<OrderId>,
) -> Result<Json<Explanation>, Problem> {
    let request = ExplainOrderRequest {
        merchant_id: who.merchant_id(),
        order_id: id.to_string(),
    };
    let mut client = app.clients.fulfillment.clone();
    let response = client.explain_order(request).await?.into_inner();
    let lines = response
        .lines
        .into_iter()
        .map(ExplainedLine::from)
        .collect();
    Ok(Json(Explanation { lines }))
}

/// Shows whom an order is for. Recorded in the audit log, with the operator.
#[utoipa::path(post, path = "/orders/{id}/contact/reveal", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = Contact), (status = "4XX", body = ProblemDocument)))]
async fn reveal_contact(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<OrderId>,
) -> Result<Json<Contact>, Problem> {
    acting.needs(Role::Operator)?;
    let contact = app.reveal_contact(acting.operator(), id).await?;
    Ok(Json(contact.into()))
}

impl From<OrderContact> for Contact {
    fn from(contact: OrderContact) -> Self {
        Self {
            orderer_name: contact.orderer_name,
            orderer_phone: contact.orderer_phone,
            receiver_name: contact.receiver_name,
            receiver_phone: contact.receiver_phone,
            postcode: contact.postcode,
            address1: contact.address1,
            address2: contact.address2,
            delivery_note: contact.delivery_note,
            erased: contact.erased,
        }
    }
}

impl From<LineExplanation> for ExplainedLine {
    fn from(line: LineExplanation) -> Self {
        Self {
            line_id: line.line_id,
            blocker: filled(line.blocker),
            detail: filled(line.detail),
            owner: filled(line.owner),
            deadline: time(line.deadline),
            since: time(line.since),
        }
    }
}
