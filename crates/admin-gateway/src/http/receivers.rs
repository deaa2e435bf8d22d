//! A shipment whose receiver changed after it was packed: the addresses of before and now, and going on.

use axum::Json;
use axum::extract::State;
use moa_id::{OrderId, ShipmentId};
use moa_proto::moa::fulfillment::v1 as pb;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::Acting;
use super::extract::{Body, PathId};
use super::order_details::Contact;
use super::problem::{Problem, ProblemDocument};
use super::shipments::{Shipment, whole};
use crate::clients::effects::missing;
use crate::domain::access::Role;

/// Whom a shipment was packed for and whom it is for now.
#[derive(Serialize, ToSchema)]
pub struct ReceiverChanges {
    changes: Vec<ReceiverChange>,
}

/// One order's contact, of before and now.
#[derive(Serialize, ToSchema)]
pub struct ReceiverChange {
    order_id: String,
    /// To be named when it is confirmed.
    contact_version: i64,
    /// null when it is not kept any more.
    #[schema(required = true)]
    before: Option<Contact>,
    now: Contact,
}

/// What the operator saw.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmReceiver {
    /// 1 to 200.
    #[schema(min_items = 1, max_items = 200)]
    seen: Vec<SeenReceiver>,
}

/// The contact of an order that was looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenReceiver {
    order_id: String,
    contact_version: i64,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new()
        .routes(routes!(reveal_receivers))
        .routes(routes!(confirm_receiver))
}

/// Shows whom a shipment was packed for beside whom it is for now. Recorded in the audit log and by order-sync, with the
/// operator.
#[utoipa::path(post, path = "/shipments/{id}/receiver/reveal", tag = "shipments", params(("id" = String, Path)),
    responses((status = 200, body = ReceiverChanges), (status = "4XX", body = ProblemDocument)))]
async fn reveal_receivers(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<ShipmentId>,
) -> Result<Json<ReceiverChanges>, Problem> {
    acting.needs(Role::Operator)?;
    let request = pb::GetShipmentRequest {
        merchant_id: acting.merchant_id(),
        shipment_id: id.to_string(),
    };
    let mut client = app.clients.fulfillment.clone();
    let response = client.get_shipment(request).await?.into_inner();
    let shipment = response.shipment.ok_or_else(|| missing("shipment"))?;
    let mut changes = Vec::with_capacity(shipment.receivers.len());
    for packed_for in shipment.receivers {
        let order_id: OrderId = packed_for
            .order_id
            .parse()
            .map_err(|_| missing("shipment.receivers.order_id"))?;
        let change = app
            .reveal_contact_change(acting.operator(), order_id, packed_for.contact_version)
            .await?;
        let now = change.now.ok_or_else(|| missing("now"))?;
        changes.push(ReceiverChange {
            order_id: packed_for.order_id,
            contact_version: now.contact_version,
            before: change.before.map(Contact::from),
            now: now.into(),
        });
    }
    Ok(Json(ReceiverChanges { changes }))
}

/// Goes on with a shipment that is held because its receiver changed: the new address was looked at and stands on it.
///
/// The shipment is READY again; dispatch it next. Does nothing when it is not held for that. Refuses with
/// RECEIVER_SEEN_OUTDATED when the receiver changed once more than `seen` says, and with RECEIVER_NOT_READ_YET while only
/// the look at the channel knows of the change.
#[utoipa::path(post, path = "/shipments/{id}/receiver/confirm", tag = "shipments", params(("id" = String, Path)),
    request_body = ConfirmReceiver,
    responses((status = 200, body = Shipment), (status = "4XX", body = ProblemDocument)))]
async fn confirm_receiver(
    State(app): State<Gate>,
    acting: Acting,
    PathId(id): PathId<ShipmentId>,
    Body(body): Body<ConfirmReceiver>,
) -> Result<Json<Shipment>, Problem> {
    acting.needs(Role::Operator)?;
    let seen = body.seen.into_iter().map(|seen| pb::SeenReceiver {
        order_id: seen.order_id,
        contact_version: seen.contact_version,
    });
    let request = pb::ConfirmReceiverRequest {
        merchant_id: acting.merchant_id(),
        shipment_id: id.to_string(),
        operator_id: acting.operator_id(),
        seen: seen.collect(),
    };
    let mut client = app.clients.fulfillment.clone();
    let response = client.confirm_receiver(request).await?.into_inner();
    whole(response.shipment)
}
