//! Log-in and log-out.

use axum::Json;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth;
use super::extract::Body;
use super::origin::ClientAddress;
use super::problem::{Problem, ProblemDocument};
use crate::app::log_in::LogIn;
use crate::domain::access;
use crate::store::operators::Operator;
use moa_service::RequestId;

/// Who is logged in, and for which merchant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    operator: SessionOperator,
    merchant: SessionMerchant,
}

/// The person.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionOperator {
    id: String,
    email: String,
    name: String,
    role: Role,
    /// "ko" or "en".
    locale: String,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything but channel accounts.
    Operator,
    /// Looks only; contacts stay masked.
    Viewer,
}

/// The business.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionMerchant {
    id: String,
    name: String,
}

/// Credentials of a person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogInRequest {
    email: String,
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    /// Keep the session on this device for 30 days; else until the browser is closed or 12 hours passed unused.
    #[serde(default)]
    #[schema(required = false)]
    remember: bool,
}

/// The routes that need no session.
pub fn open_routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new().routes(routes!(get_session, log_in, log_out))
}

/// Logs in and sets the cookie `moa_session`.
#[utoipa::path(post, path = "/session", tag = "session", request_body = LogInRequest, security(()),
    responses((status = 200, body = Session), (status = "4XX", body = ProblemDocument)))]
async fn log_in(
    State(app): State<Gate>,
    ClientAddress(address): ClientAddress,
    axum::Extension(request_id): axum::Extension<RequestId>,
    Body(body): Body<LogInRequest>,
) -> Result<Response, Problem> {
    let command = LogIn {
        email: body.email,
        password: body.password,
        remember: body.remember,
        address,
        request_id: request_id.as_str().to_owned(),
    };
    let session = app.log_in(command).await?;
    let cookie = auth::session_cookie(
        &session.token,
        session.cookie_seconds,
        app.config.is_https(),
    );
    let cookies = AppendHeaders([(header::SET_COOKIE, cookie)]);
    Ok((cookies, Json(Session::of(&session.operator))).into_response())
}

/// Who is logged in.
///
/// Asking is no mistake, so the answer without a session is 204 and not a refusal.
#[utoipa::path(get, path = "/session", tag = "session", security(()),
    responses((status = 200, body = Session), (status = 204, description = "Nobody is logged in."),
        (status = "4XX", body = ProblemDocument)))]
async fn get_session(State(app): State<Gate>, headers: HeaderMap) -> Result<Response, Problem> {
    let operator = match auth::session_token(&headers) {
        Some(token) => app.authenticate(&token).await?,
        None => None,
    };
    Ok(match operator {
        Some(operator) => Json(Session::of(&operator)).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Ends the session. Does nothing without one.
#[utoipa::path(delete, path = "/session", tag = "session",
    responses((status = 204), (status = "4XX", body = ProblemDocument)))]
async fn log_out(State(app): State<Gate>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(token) = auth::session_token(&headers) {
        app.log_out(&token).await?;
    }
    let cookie = auth::session_cookie("", Some(0), app.config.is_https());
    let cookies = AppendHeaders([(header::SET_COOKIE, cookie)]);
    Ok((StatusCode::NO_CONTENT, cookies).into_response())
}

impl From<access::Role> for Role {
    fn from(role: access::Role) -> Self {
        match role {
            access::Role::Owner => Self::Owner,
            access::Role::Operator => Self::Operator,
            access::Role::Viewer => Self::Viewer,
        }
    }
}

impl Session {
    fn of(operator: &Operator) -> Self {
        Self {
            operator: SessionOperator {
                id: operator.operator_id.to_string(),
                email: operator.email.clone(),
                name: operator.name.clone(),
                role: operator.role.into(),
                locale: operator.locale.clone(),
            },
            merchant: SessionMerchant {
                id: operator.merchant_id.to_string(),
                name: operator.merchant_name.clone(),
            },
        }
    }
}
