//! The HTTP edge: a page, and the calls it makes.

mod activations;
mod customers;
mod page;
mod problem;
mod session;

use std::time::Duration;

use ::http::{HeaderValue, StatusCode, header};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::App;

/// Nothing a customer sends is longer.
const BODY_LIMIT: usize = 16 * 1024;
const AT_ONCE: usize = 512;
const TIMEOUT: Duration = Duration::from_secs(15);

/// Everything from this origin, nothing from any other, in no frame, and no address handed on.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// All routes of the store.
pub fn router(app: App) -> Router {
    let header =
        |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    Router::new()
        .route("/", get(page::home))
        .route("/a/{merchant_id}", get(page::activation))
        .route("/assets/activation.js", get(page::script))
        .route("/assets/activation.css", get(page::style))
        .route("/api/v1/activations/preview", post(activations::preview))
        .route("/api/v1/activations/redeem", post(activations::redeem))
        .route("/api/v1/customers", post(customers::register))
        .route(
            "/api/v1/session",
            post(customers::log_in).delete(customers::log_out),
        )
        .fallback(problem::not_found)
        .with_state(app)
        .layer(axum::middleware::from_fn(session::same_origin))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            TIMEOUT,
        ))
        .layer(GlobalConcurrencyLimitLayer::new(AT_ONCE))
        .layer(CatchPanicLayer::new())
        .layer(header(header::CONTENT_SECURITY_POLICY, POLICY))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
}
