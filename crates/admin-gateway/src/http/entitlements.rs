//! Rights to digital goods.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use moa_proto::moa::fulfillment::v1 as pb;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::SignedIn;
use super::convert::{time, time_or_epoch};
use super::extract::{Page, Params, blank_as_default};
use super::problem::{Problem, ProblemDocument};
use super::words::EntitlementState;

/// The right to a digital product.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entitlement {
    id: String,
    order_id: String,
    line_id: String,
    state: EntitlementState,
    granted_at: DateTime<Utc>,
    #[schema(required = true)]
    link_sent_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    activated_at: Option<DateTime<Utc>>,
}

/// A page of entitlements.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entitlements {
    entitlements: Vec<Entitlement>,
    /// "" at the end.
    next_page_token: String,
}

/// Which entitlements.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EntitlementFilter {
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

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new().routes(routes!(list_entitlements))
}

/// Entitlements, newest first.
#[utoipa::path(get, path = "/entitlements", tag = "entitlements", params(EntitlementFilter),
    responses((status = 200, body = Entitlements), (status = "4XX", body = ProblemDocument)))]
async fn list_entitlements(
    State(app): State<Gate>,
    who: SignedIn,
    Params(filter): Params<EntitlementFilter>,
) -> Result<Json<Entitlements>, Problem> {
    let page = Page {
        page_size: filter.page_size,
        page_token: filter.page_token,
    };
    let request = pb::ListEntitlementsRequest {
        merchant_id: who.merchant_id(),
        order_id: filter.order_id,
        page_size: page.size()?,
        page_token: page.page_token,
    };
    let mut client = app.clients.fulfillment.clone();
    let response = client.list_entitlements(request).await?.into_inner();
    let entitlements = response.entitlements.into_iter().map(Entitlement::from);
    Ok(Json(Entitlements {
        entitlements: entitlements.collect(),
        next_page_token: response.next_page_token,
    }))
}

impl From<pb::Entitlement> for Entitlement {
    fn from(entitlement: pb::Entitlement) -> Self {
        Self {
            id: entitlement.entitlement_id,
            order_id: entitlement.order_id,
            line_id: entitlement.line_id,
            state: EntitlementState::of(entitlement.state),
            granted_at: time_or_epoch(entitlement.granted_at),
            link_sent_at: time(entitlement.link_sent_at),
            activated_at: time(entitlement.activated_at),
        }
    }
}
