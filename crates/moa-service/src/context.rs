//! What a call carries along: the request id, and the W3C trace context.

use std::future::Future;

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::TraceContextExt;
use tonic::metadata::{MetadataKey, MetadataMap};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// One request's name through all services, as it stands in logs and problem documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The header that carries it.
    pub const HEADER: &'static str = "x-request-id";

    /// A new one.
    pub fn new() -> Self {
        Self(moa_id::Ids::system().uuid().simple().to_string())
    }

    /// One that came from outside, when it is harmless to log: 1 to 64 letters, digits, `-`, `_`.
    pub fn parse(text: &str) -> Option<Self> {
        let harmless = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        ((1..=64).contains(&text.len()) && text.chars().all(harmless))
            .then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for RequestId {
    fn default() -> Self {
        Self::new()
    }
}

tokio::task_local! {
    static REQUEST_ID: RequestId;
}

/// Runs work under a request id, which every call made inside carries on.
pub async fn with_request_id<F: Future>(id: RequestId, work: F) -> F::Output {
    REQUEST_ID.scope(id, work).await
}

/// The request id of the work at hand; a new one outside of any request.
pub fn current_request_id() -> RequestId {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// The W3C trace id of the work at hand, as 32 hexadecimal digits; none while no trace is recorded.
pub fn current_trace_id() -> Option<String> {
    let context = tracing::Span::current().context();
    let span = context.span().span_context().clone();
    span.is_valid().then(|| span.trace_id().to_string())
}

struct Headers<'a>(&'a http::HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

struct Metadata<'a>(&'a mut MetadataMap);

impl Injector for Metadata<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(key), Ok(value)) = (MetadataKey::from_bytes(key.as_bytes()), value.parse()) {
            self.0.insert(key, value);
        }
    }
}

/// Makes the caller's span the parent of ours.
pub(crate) fn continue_trace(span: &tracing::Span, headers: &http::HeaderMap) {
    let parent = opentelemetry::global::get_text_map_propagator(|propagator| {
        propagator.extract(&Headers(headers))
    });
    // Without an exporter there is no span to attach to, which is no fault.
    if let Err(error) = span.set_parent(parent) {
        tracing::trace!(?error, "the trace is not continued");
    }
}

/// Writes the current span into the headers of a call.
pub(crate) fn inject_trace(headers: &mut http::HeaderMap) {
    let mut metadata = MetadataMap::new();
    let context = tracing::Span::current().context();
    opentelemetry::global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&context, &mut Metadata(&mut metadata));
    });
    headers.extend(metadata.into_headers());
}
