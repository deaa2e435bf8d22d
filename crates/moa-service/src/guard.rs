//! The door of every gRPC server: identity, allow-table, deadline, request id, trace, panics, the log line of a failure.

use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures::FutureExt;
use http::{Request, Response};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, Service};
use tracing::Instrument;

use crate::allow::is_open_to_all;
use crate::context::{RequestId, continue_trace, with_request_id};
use crate::status::refusal;
use crate::{AllowTable, Identity, ServiceName};

/// What a call without a deadline gets.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(30);
/// The most a caller may ask for.
const MAX_DEADLINE: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Copy)]
struct Caller(ServiceName);

/// Who made this call, as proven by its token.
pub fn current_caller<T>(request: &tonic::Request<T>) -> Option<ServiceName> {
    request.extensions().get::<Caller>().map(|caller| caller.0)
}

/// Puts a [`Guard`] before a server's services.
#[derive(Clone)]
pub(crate) struct GuardLayer {
    pub(crate) identity: Identity,
    pub(crate) allow: AllowTable,
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guard<S>;

    fn layer(&self, inner: S) -> Guard<S> {
        Guard {
            inner,
            layer: self.clone(),
        }
    }
}

#[derive(Clone)]
pub(crate) struct Guard<S> {
    inner: S,
    layer: GuardLayer,
}

impl<S> Service<Request<Body>> for Guard<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
    S::Error: Into<Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let path = request.uri().path().to_owned();
        if !is_open_to_all(&path) {
            match self.layer.admit(&request, &path) {
                Ok(caller) => request.extensions_mut().insert(Caller(caller)),
                Err(status) => {
                    tracing::warn!(rpc.path = %path, reason = %status.message(), "refused a call to {path}: {}", status.message());
                    return Box::pin(async move { Ok(status.into_http()) });
                }
            };
        }
        let request_id = header(&request, RequestId::HEADER)
            .and_then(RequestId::parse)
            .unwrap_or_default();
        let deadline = header(&request, "grpc-timeout")
            .and_then(parse_grpc_timeout)
            .map_or(DEFAULT_DEADLINE, |asked| asked.min(MAX_DEADLINE));
        let span = tracing::info_span!("rpc", rpc.path = %path, request.id = request_id.as_str());
        continue_trace(&span, request.headers());

        // The service that was polled ready is the one to use; its clone stays behind.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        let work = async move {
            let started = Instant::now();
            let call = AssertUnwindSafe(inner.call(request)).catch_unwind();
            let response = match tokio::time::timeout(deadline, call).await {
                Ok(Ok(Ok(response))) => response,
                Ok(Ok(Err(never))) => match never.into() {},
                Ok(Err(_panic)) => Status::internal("internal error").into_http(),
                Err(_elapsed) => Status::deadline_exceeded(format!(
                    "no answer within {} ms",
                    deadline.as_millis()
                ))
                .into_http(),
            };
            log_failure(&path, &response, started.elapsed());
            record(&path, &response, started.elapsed());
            Ok(response)
        };
        Box::pin(with_request_id(request_id, work.instrument(span)))
    }
}

impl GuardLayer {
    fn admit(&self, request: &Request<Body>, path: &str) -> Result<ServiceName, Status> {
        let me = self.identity.name();
        let domain = format!("{me}.moa");
        let token =
            header(request, "authorization").and_then(|value| value.strip_prefix("Bearer "));
        let caller = token.and_then(|token| self.identity.verify(token));
        let Some(caller) = caller else {
            return Err(refusal(
                Code::Unauthenticated,
                &domain,
                "CALLER_UNKNOWN",
                format!("{me} takes calls with a service token only; `moa token {me}` prints one"),
                [],
            ));
        };
        if self.allow.allows(caller, path) {
            return Ok(caller);
        }
        let rpc = path.trim_start_matches('/').to_owned();
        Err(refusal(
            Code::PermissionDenied,
            &domain,
            "CALL_NOT_ALLOWED",
            format!("{caller} may not call {rpc}"),
            [("caller", caller.to_string()), ("rpc", rpc.clone())],
        ))
    }
}

fn header<'a>(request: &'a Request<Body>, name: &str) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// At most eight digits and a unit: H, M, S, m, u or n (the gRPC over HTTP/2 protocol).
pub(crate) fn parse_grpc_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// A fault of ours is logged once, here, with its chain; a refusal is the caller's business.
fn log_failure(path: &str, response: &Response<Body>, took: Duration) {
    let Some(status) = response.extensions().get::<Status>() else {
        return;
    };
    let duration_ms = took.as_millis();
    match status.code() {
        Code::Internal | Code::Unknown | Code::DataLoss | Code::Unimplemented => {
            let chain = chain_of(status);
            tracing::error!(rpc.path = %path, duration_ms, error = %chain, "{path} failed: {chain}");
        }
        Code::DeadlineExceeded => {
            tracing::warn!(rpc.path = %path, duration_ms, "{path} took too long");
        }
        code => {
            tracing::debug!(rpc.path = %path, duration_ms, rpc.code = ?code, "{path} refused: {}", status.message());
        }
    }
}

fn chain_of(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let mut source = std::error::Error::source(status);
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

fn record(path: &str, response: &Response<Body>, took: Duration) {
    let code = response
        .extensions()
        .get::<Status>()
        .map_or(Code::Ok, Status::code);
    metrics::histogram!("moa_rpc_duration_seconds", "rpc" => path.to_owned(), "code" => format!("{code:?}"))
        .record(took.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_read_as_the_protocol_writes_them() {
        assert_eq!(parse_grpc_timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse_grpc_timeout("10S"), Some(Duration::from_secs(10)));
        for nonsense in ["", "S", "10", "123456789S", "1x", "é"] {
            assert_eq!(parse_grpc_timeout(nonsense), None, "{nonsense}");
        }
    }
}
