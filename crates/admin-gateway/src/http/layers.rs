//! What every request passes: a name, a time limit, safe headers, problems in the client's language.

use std::any::Any;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use moa_service::{RequestId, with_request_id};
use tower_http::catch_panic::{CatchPanicLayer, ResponseForPanic};
use tracing::Instrument;

use super::problem::{self, Problem};
use super::{locale, openapi};

/// What a request may take; calls to services have shorter limits of their own.
const TIME_LIMIT: Duration = Duration::from_secs(30);

const CONTENT_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; \
    form-action 'self'; frame-ancestors 'none'";

/// Names a request, or keeps the name it came with, and carries the name to the services. Counts and times it.
pub async fn name_request(mut request: Request, next: Next) -> Response {
    let given = request.headers().get(RequestId::HEADER);
    let id = given
        .and_then(|value| value.to_str().ok())
        .and_then(RequestId::parse)
        .unwrap_or_default();
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("screen", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("http.request", http.method = %method, http.route = route, request.id = id.as_str());
    let began = Instant::now();
    let mut response = with_request_id(id.clone(), next.run(request))
        .instrument(span)
        .await;
    let status = response.status().as_u16();
    let labels = [
        ("method", method.to_string()),
        ("route", route),
        ("status", status.to_string()),
    ];
    metrics::histogram!("moa_http_request_seconds", &labels).record(began.elapsed().as_secs_f64());
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(RequestId::HEADER), value);
    }
    response
}

/// Writes problems in the language the request asked for.
pub async fn render_problems(request: Request, next: Next) -> Response {
    let locale = locale::of_headers(request.headers());
    problem::render(locale, request, next).await
}

/// Ends what takes too long. A stream counts as answered once it has begun.
pub async fn bound_time(request: Request, next: Next) -> Response {
    tokio::time::timeout(TIME_LIMIT, next.run(request))
        .await
        .unwrap_or_else(|_| Problem::new(StatusCode::GATEWAY_TIMEOUT, "TIMED_OUT").into_response())
}

/// Tells browsers what not to do with our pages, and keeps answers of the API out of every cache.
pub async fn secure_headers(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_answer = path.starts_with("/api/") && !path.starts_with(openapi::DOCS);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_answer {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.append(header::VARY, HeaderValue::from_static("accept-language"));
    }
    response
}

/// Answers a panic like any other fault of ours.
pub fn catch_panic() -> CatchPanicLayer<PanicProblem> {
    CatchPanicLayer::custom(PanicProblem)
}

/// See [`catch_panic`].
#[derive(Clone)]
pub struct PanicProblem;

impl ResponseForPanic for PanicProblem {
    type ResponseBody = axum::body::Body;

    fn response_for_panic(&mut self, panic: Box<dyn Any + Send>) -> Response {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        tracing::error!("a handler panicked: {said}");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL").into_response()
    }
}
