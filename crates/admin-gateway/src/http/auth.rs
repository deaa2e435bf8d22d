//! Who is asking: every route but log-in passes [`guard`].

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, OriginalUri, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};
use moa_id::MerchantId;
use moa_service::RequestId;
use uuid::Uuid;

use super::Gate;
use super::idempotency;
use super::origin::ClientAddress;
use super::problem::Problem;
use crate::domain::access::Role;
use crate::store::audit::NewAuditEntry;
use crate::store::operators::Operator;

const COOKIE: &str = "moa_session";

/// The operator of a request.
#[derive(Clone)]
pub struct SignedIn(Arc<Operator>);

impl SignedIn {
    /// The merchant, as it stands in messages.
    pub fn merchant_id(&self) -> String {
        self.0.merchant_id.to_string()
    }

    /// The merchant.
    pub fn merchant(&self) -> MerchantId {
        self.0.merchant_id
    }

    /// The person.
    pub fn operator(&self) -> &Operator {
        &self.0
    }
}

/// An operator who changes something.
#[derive(Clone)]
pub struct Acting {
    who: SignedIn,
    request_key: Uuid,
}

impl Acting {
    /// Refuses whoever has less than this role.
    pub fn needs(&self, role: Role) -> Result<(), Problem> {
        if self.who.operator().role.covers(role) {
            return Ok(());
        }
        Err(Problem::new(StatusCode::FORBIDDEN, "ROLE_REQUIRED"))
    }

    /// The merchant, as it stands in messages.
    pub fn merchant_id(&self) -> String {
        self.who.merchant_id()
    }

    /// The person, as it stands in messages.
    pub fn operator_id(&self) -> String {
        self.who.operator().operator_id.to_string()
    }

    /// The person.
    pub fn operator(&self) -> &Operator {
        self.who.operator()
    }

    /// The same for every try under one `Idempotency-Key`; the services recognise a repeat by it.
    pub fn request_id(&self) -> String {
        self.request_key.to_string()
    }
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(no_session)
    }
}

impl<S: Sync> FromRequestParts<S> for Acting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(no_session)
    }
}

/// Lets only operators through. A request that may change something is written to the audit log before anything
/// happens, and its result after.
pub async fn guard(State(app): State<Gate>, mut request: Request, next: Next) -> Response {
    let who = match sign_in(&app, request.headers()).await {
        Ok(who) => who,
        Err(problem) => return problem.into_response(),
    };
    request.extensions_mut().insert(who.clone());
    if is_safe(request.method()) {
        return next.run(request).await;
    }
    let entry = audit_entry(&app, &who, &request);
    if let Err(error) = app.begin_audit(&entry).await {
        return Problem::from(error).into_response();
    }
    let response = run_once(&app, &who, request, next).await;
    app.finish_audit(&entry, response.status().as_u16()).await;
    response
}

async fn sign_in(app: &Gate, headers: &HeaderMap) -> Result<SignedIn, Problem> {
    let token = session_token(headers).ok_or_else(no_session)?;
    let operator = app.authenticate(&token).await?.ok_or_else(no_session)?;
    Ok(SignedIn(Arc::new(operator)))
}

async fn run_once(app: &Gate, who: &SignedIn, mut request: Request, next: Next) -> Response {
    if let Some(key) = idempotency::key_of(&request) {
        return match key {
            Ok(key) => idempotency::run(app, who, key, request, next).await,
            Err(problem) => problem.into_response(),
        };
    }
    let request_key = app.ids.uuid();
    insert_acting(&mut request, who, request_key);
    next.run(request).await
}

/// Lets the handlers see who acts, under which request id.
pub(super) fn insert_acting(request: &mut Request, who: &SignedIn, request_key: Uuid) {
    request.extensions_mut().insert(Acting {
        who: who.clone(),
        request_key,
    });
}

fn audit_entry(app: &Gate, who: &SignedIn, request: &Request) -> NewAuditEntry {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("", MatchedPath::as_str);
    let request_id = request.extensions().get::<RequestId>();
    // The nested router shows the rest of the path only.
    let uri = request.extensions().get::<OriginalUri>();
    let path = uri.map_or(request.uri().path(), |uri| uri.path());
    let path: String = path.chars().take(200).collect();
    NewAuditEntry {
        merchant_id: who.merchant(),
        audit_id: app.ids.uuid(),
        at: app.clock.now(),
        operator_id: Some(who.operator().operator_id),
        action: format!("{} {route}", request.method()),
        subject: path,
        address: ClientAddress::of(request).to_string(),
        request_id: request_id
            .map(|id| id.as_str().to_owned())
            .unwrap_or_default(),
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn no_session() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "SESSION_REQUIRED")
}

/// The token of the cookie.
pub fn session_token(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, token)| token.to_owned())
}

/// The cookie that carries the token; `max_age` of `None` ends with the browser.
pub fn session_cookie(token: &str, max_age: Option<i64>, secure: bool) -> String {
    let mut cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax");
    if let Some(seconds) = max_age {
        cookie.push_str(&format!("; Max-Age={seconds}"));
    }
    if secure {
        cookie.push_str("; Secure");
    }
    cookie
}
