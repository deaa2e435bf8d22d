//! The operator's desk: place and cancel orders, change the rules, read ledger and verdict.
//!
//! Errors are `{"error": {"field", "reason"}}`; `field` is null when no single one is at fault.

mod accounts;
mod claims;
mod coupang;
mod faults;
mod fields;
mod inquiries;
mod orders;
mod page;
mod rules;
mod smartstore;

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, body::Body};
use serde::Deserialize;
use serde_json::json;

use crate::journal::JournalError;
use crate::shared::Shared;
use crate::verdict::Verdict;

/// Ledger entries in one answer, unless fewer are asked for.
const LEDGER_PAGE: usize = 1_000;

pub fn router(shared: Shared) -> Router {
    Router::new()
        .route("/", get(page::show))
        .route("/control/accounts", get(accounts::list))
        .route("/control/orders", post(orders::place).get(orders::list))
        .route("/control/orders/{channel}/{order}", get(orders::get))
        .route(
            "/control/orders/{channel}/{order}/cancel",
            post(claims::cancel),
        )
        .route("/control/orders/{channel}/{order}/stop", post(claims::stop))
        .route(
            "/control/orders/{channel}/{order}/return",
            post(claims::send_back),
        )
        .route(
            "/control/orders/{channel}/{order}/exchange",
            post(claims::exchange),
        )
        .route(
            "/control/orders/{channel}/{order}/confirm",
            post(claims::confirm),
        )
        .route(
            "/control/orders/{channel}/{order}/address",
            post(claims::change_address),
        )
        .route(
            "/control/orders/{channel}/{order}/ask",
            post(inquiries::ask),
        )
        .route(
            "/control/questions/{channel}/{inquiry}/delete",
            post(inquiries::delete),
        )
        .route(
            "/control/receipts/{channel}/{receipt}/{action}",
            post(claims::receipt),
        )
        .route(
            "/control/exchanges/{channel}/{exchange}/withdraw",
            post(claims::withdraw_exchange),
        )
        .route("/control/orders/smartstore/{order}", get(smartstore::get))
        .route(
            "/control/orders/smartstore/{order}/ask",
            post(smartstore::ask),
        )
        .route(
            "/control/orders/smartstore/{order}/{action}",
            post(smartstore::act),
        )
        .route(
            "/control/smartstore",
            put(smartstore::set_rules).get(smartstore::show_rules),
        )
        .route(
            "/control/smartstore/revoke-tokens",
            post(smartstore::revoke_tokens),
        )
        .route(
            "/control/smartstore/lift-penalties",
            post(smartstore::lift_penalties),
        )
        .route("/control/rate", put(rules::set_rate).get(rules::show))
        .route("/control/quotas", put(rules::set_quotas).get(rules::show))
        .route(
            "/control/visibility",
            put(rules::set_visibility).get(rules::show),
        )
        .route("/control/pace", put(rules::set_pace).get(rules::show))
        .route("/control/clock", put(rules::move_clock).get(rules::show))
        .route("/control/verbose", put(rules::set_verbose).get(rules::show))
        .route("/control/faults", put(faults::set).get(faults::list))
        .route(
            "/control/poison",
            put(faults::set_poisoned).get(faults::list_poisoned),
        )
        .route(
            "/control/coupang",
            put(coupang::set_rules).get(coupang::show_rules),
        )
        .route("/control/coupang/open-door", post(coupang::open_door))
        .route(
            "/control/keys/coupang/{vendor}/{action}",
            post(coupang::key),
        )
        .route("/control/lag", put(coupang::set_lag).get(coupang::show_lag))
        .route("/control/ledger", get(ledger))
        .route("/control/verdict", get(verdict))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .with_state(shared)
}

/// A call the desk cannot follow.
#[derive(Debug, PartialEq, Eq)]
pub struct ControlError {
    status: StatusCode,
    field: Option<String>,
    reason: String,
}

impl ControlError {
    fn field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            field: Some(field.into()),
            reason: reason.into(),
        }
    }

    fn plain(status: StatusCode, reason: impl Into<String>) -> Self {
        Self {
            status,
            field: None,
            reason: reason.into(),
        }
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let body = json!({"error": {"field": self.field, "reason": self.reason}});
        (self.status, Json(body)).into_response()
    }
}

impl From<JournalError> for ControlError {
    fn from(error: JournalError) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the sandbox cannot write its journal"
        );
        Self::plain(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

async fn unknown(request: Request) -> ControlError {
    let reason = format!(
        "{} {} is not part of the control desk",
        request.method(),
        request.uri().path()
    );
    ControlError::plain(StatusCode::NOT_FOUND, reason)
}

#[derive(Deserialize)]
struct LedgerQuery {
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
}

async fn ledger(
    State(shared): State<Shared>,
    query: Result<Query<LedgerQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, ControlError> {
    let Query(query) =
        query.map_err(|error| ControlError::field("after, limit", error.body_text()))?;
    let limit = query.limit.unwrap_or(LEDGER_PAGE);
    if !(1..=10_000).contains(&limit) {
        return Err(ControlError::field(
            "limit",
            format!("{limit} is outside 1 to 10000"),
        ));
    }
    let body = shared.store().ledger.page(query.after, limit);
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Ok(response)
}

async fn verdict(State(shared): State<Shared>) -> Json<Verdict> {
    Json(shared.store().judge.verdict())
}
