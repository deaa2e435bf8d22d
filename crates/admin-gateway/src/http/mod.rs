//! The HTTP edge. A resource is a file; what every request passes is in `layers`, `origin`, `auth` and `problem`.

pub mod answer_templates;
pub mod auth;
pub mod carriers;
pub mod catalog;
pub mod channel_accounts;
pub mod channel_calls;
pub mod channel_credentials;
pub mod channel_keys;
pub mod channel_upkeep;
pub mod claim_parts;
pub mod claims;
pub mod convert;
pub mod coverage;
pub mod effects;
pub mod entitlements;
pub mod extract;
pub mod find_by_person;
pub mod idempotency;
pub mod inquiries;
mod inquiry_answers;
pub mod inquiry_desk;
pub mod jobs;
mod known;
mod layers;
pub mod listing_history;
pub mod listing_mapping;
pub mod listings;
pub mod locale;
pub mod openapi;
pub mod operators;
pub mod order_details;
pub mod order_whereabouts;
pub mod orders;
pub mod orders_stream;
pub mod origin;
pub mod problem;
mod problem_titles;
pub mod receivers;
pub mod retention;
mod screen;
pub mod senders;
mod serve;
pub mod session;
pub mod shipments;
pub mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use http::StatusCode;
use tower_http::compression::CompressionLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use known::Known;
use problem::Problem;

pub use serve::serve;

/// What every handler can reach.
pub type Gate = Arc<App>;

/// Where the API begins.
const PREFIX: &str = "/api/v1";

/// The largest body a request may have.
pub const BODY_LIMIT: usize = 256 * 1024;

/// Every resource under `/api/v1`; `guard` stands before all but the session itself.
fn api(gate: Option<&Gate>) -> OpenApiRouter<Gate> {
    let guarded = OpenApiRouter::new()
        .merge(orders_stream::routes())
        .merge(orders::routes())
        .merge(find_by_person::routes())
        .merge(order_details::routes())
        .merge(shipments::routes())
        .merge(receivers::routes())
        .merge(retention::routes())
        .merge(inquiries::routes())
        .merge(inquiry_answers::routes())
        .merge(inquiry_desk::routes())
        .merge(answer_templates::routes())
        .merge(operators::routes())
        .merge(claims::routes())
        .merge(effects::routes())
        .merge(channel_accounts::routes())
        .merge(channel_upkeep::routes())
        .merge(channel_credentials::routes())
        .merge(channel_calls::routes())
        .merge(coverage::routes())
        .merge(order_whereabouts::routes())
        .merge(jobs::routes())
        .merge(senders::routes())
        .merge(catalog::routes())
        .merge(listings::routes())
        .merge(listing_mapping::routes())
        .merge(listing_history::routes())
        .merge(entitlements::routes())
        .merge(carriers::routes());
    let mut guarded = guarded;
    openapi::describe_keys(guarded.get_openapi_mut());
    let guarded = match gate {
        Some(gate) => {
            let known = Known::of(guarded.get_openapi(), PREFIX);
            guarded
                .route_layer(from_fn_with_state(known, known::check))
                .route_layer(from_fn_with_state(gate.clone(), auth::guard))
        }
        None => guarded,
    };
    OpenApiRouter::with_openapi(openapi::base()).nest(PREFIX, guarded.merge(session::open_routes()))
}

/// The whole server.
pub fn router(gate: &Gate) -> Router {
    let (api, document) = api(Some(gate)).split_for_parts();
    let unknown = || async { Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND") };
    api.merge(openapi::pages(document))
        .route("/api", axum::routing::any(unknown))
        .route("/api/{*rest}", axum::routing::any(unknown))
        .fallback(screen::serve)
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED")
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(gate.clone(), origin::check))
        .layer(from_fn(layers::bound_time))
        .layer(layers::catch_panic())
        .layer(from_fn(layers::render_problems))
        .layer(from_fn(layers::secure_headers))
        .layer(CompressionLayer::new())
        .layer(from_fn(layers::name_request))
        .with_state(gate.clone())
}

/// The API's description.
pub fn document() -> utoipa::openapi::OpenApi {
    api(None).into_openapi()
}
