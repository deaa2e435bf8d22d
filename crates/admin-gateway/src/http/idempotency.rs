//! `Idempotency-Key`: the same key by the same operator within 24 hours answers the first result.
//!
//! The request id that goes to the services belongs to the key's row. So a repeat after a crash, when the first result
//! was never written down, is recognised by the service that did the work.

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use sha2::{Digest, Sha256};

use super::Gate;
use super::auth::{SignedIn, insert_acting};
use super::problem::Problem;
use crate::http::BODY_LIMIT;
use crate::store::idempotency::{ClaimedKey, KeyClaim, StoredAnswer};

const HEADER: &str = "idempotency-key";
/// Their answers or what they ask is personal data, which must not be kept here; a repeat changes nothing anyway.
const NEVER_KEPT: [&str; 2] = ["/reveal", "/find-by-person"];

/// Whether answers of this route are kept for their keys.
pub fn keeps_answers_of(route: &str) -> bool {
    !NEVER_KEPT.iter().any(|end| route.ends_with(end))
}

/// The request's key, when it has one that counts.
pub fn key_of(request: &Request) -> Option<Result<String, Problem>> {
    let value = request.headers().get(HEADER)?;
    let route = request.extensions().get::<MatchedPath>();
    let kept = route.is_none_or(|route| keeps_answers_of(route.as_str()));
    if request.method() != Method::POST || !kept {
        return None;
    }
    let key = value.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > 200 {
        let description = "must have 1 to 200 ASCII characters";
        return Some(Err(Problem::field("Idempotency-Key", description)));
    }
    Some(Ok(key.to_owned()))
}

/// Runs a request once for its key.
pub async fn run(
    app: &Gate,
    who: &SignedIn,
    key: String,
    request: Request,
    next: Next,
) -> Response {
    match try_run(app, who, key, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn try_run(
    app: &Gate,
    who: &SignedIn,
    key: String,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT)
        .await
        .map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE"))?;
    let mut hash = Sha256::new();
    hash.update(parts.uri.path().as_bytes());
    hash.update([0]);
    hash.update(&body);
    let claim = KeyClaim {
        merchant_id: who.merchant(),
        operator_id: who.operator().operator_id,
        key,
        request_hash: hash.finalize().to_vec(),
    };
    let claimed = app.claim_key(&claim).await?;
    let request_key = match claimed {
        ClaimedKey::Ours { request_key } => request_key,
        ClaimedKey::Answered(answer) => return Ok(replay(answer)),
        ClaimedKey::OtherRequest => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Err(Problem::new(status, "IDEMPOTENCY_KEY_REUSED"));
        }
        ClaimedKey::InProgress => {
            let problem = Problem::new(StatusCode::CONFLICT, "IDEMPOTENCY_KEY_IN_PROGRESS");
            return Err(problem.retry_after(2));
        }
    };
    let mut request = Request::from_parts(parts, Body::from(body));
    insert_acting(&mut request, who, request_key);
    let response = next.run(request).await;
    keep(app, &claim, response).await
}

/// Writes an answer down. A refusal did nothing, so its key is as good as new; after a fault nobody knows what was done,
/// so the next try goes on under the same request id.
async fn keep(app: &Gate, claim: &KeyClaim, response: Response) -> Result<Response, Problem> {
    if response.status().is_client_error() {
        app.forget_key(claim).await?;
        return Ok(response);
    }
    if !response.status().is_success() {
        app.unlock_key(claim).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|error| {
        tracing::error!(error = %error, "an answer could not be kept for its idempotency key");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL")
    })?;
    let answer = StoredAnswer {
        status: parts.status.as_u16(),
        body: body.to_vec(),
    };
    app.keep_answer(claim, &answer).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replay(answer: StoredAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}
