use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};

use crate::context::{RequestId, current_request_id, inject_trace};
use crate::{Env, EnvReader, Identity, ServiceName};

/// What a call gets when it does not say.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);
/// Pauses before a read is tried again.
const RETRY_PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];
/// Reads that may be repeated, known by the first word of their name.
const READ_VERBS: [&str; 6] = ["Get", "List", "Batch", "Resolve", "Fetch", "Preview"];

type Transport = BoxCloneSyncService<Request<Body>, Response<Body>, Status>;

/// Makes channels to the other services.
#[derive(Clone)]
pub struct ClientFactory {
    identity: Identity,
    urls: Arc<HashMap<ServiceName, String>>,
}

impl ClientFactory {
    /// Addresses from `MOA_<SERVICE>_URL`, default `http://127.0.0.1:5005x`.
    pub fn read(identity: Identity, env: &mut EnvReader<'_>) -> Self {
        let mut urls = HashMap::new();
        for name in ServiceName::ALL {
            let Some(port) = name.grpc_port() else {
                continue;
            };
            let variable = format!("MOA_{}_URL", name.variable_part());
            let url = env.address(&variable, &format!("http://127.0.0.1:{port}"));
            urls.insert(name, url);
        }
        Self {
            identity,
            urls: Arc::new(urls),
        }
    }

    /// Given addresses: the binary knows them when every service runs in one process.
    pub fn with_urls(identity: Identity, urls: HashMap<ServiceName, String>) -> Self {
        Self {
            identity,
            urls: Arc::new(urls),
        }
    }

    /// Default addresses, as `moa up` uses them.
    pub fn local(identity: Identity) -> Self {
        Self::read(identity, &mut Env::default().reader())
    }

    /// The address of a service, for messages.
    pub fn url(&self, callee: ServiceName) -> Option<&str> {
        self.urls.get(&callee).map(String::as_str)
    }

    /// A channel to `callee` that connects when it is first used and again whenever the connection is lost.
    pub fn channel(&self, callee: ServiceName) -> ServiceChannel {
        let url = self.urls.get(&callee).cloned().unwrap_or_default();
        let endpoint = match Endpoint::from_shared(url) {
            Ok(endpoint) => endpoint,
            // An address was checked when it was read; this one fails on its first call, by name.
            Err(_) => Endpoint::from_static("http://127.0.0.1:0"),
        };
        let channel = endpoint
            .connect_timeout(Duration::from_secs(3))
            .tcp_nodelay(true)
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_while_idle(true)
            .connect_lazy();
        ServiceChannel::new(self.identity.clone(), callee, transport(channel, callee))
    }
}

fn transport(channel: Channel, callee: ServiceName) -> Transport {
    let service = channel.map_err(move |error| {
        let mut deepest: &dyn std::error::Error = &error;
        while let Some(cause) = deepest.source() {
            deepest = cause;
        }
        let text = format!("{callee} cannot be reached: {deepest}");
        let mut status = Status::new(Code::Unavailable, text);
        status.set_source(Arc::new(error));
        status
    });
    BoxCloneSyncService::new(service)
}

/// A signed way to one other service. Give it to a generated client; clones share the connection.
#[derive(Clone)]
pub struct ServiceChannel {
    identity: Identity,
    callee: ServiceName,
    transport: Transport,
}

impl ServiceChannel {
    fn new(identity: Identity, callee: ServiceName, transport: Transport) -> Self {
        Self {
            identity,
            callee,
            transport,
        }
    }

    /// A channel over any service in this process instead of a connection: how tests reach a server.
    pub fn in_process<S>(identity: Identity, callee: ServiceName, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        let service = service.map_err(|never| match never {});
        Self::new(identity, callee, BoxCloneSyncService::new(service))
    }

    fn sign(&self, headers: &mut http::HeaderMap) -> Result<(), Status> {
        let refused = |_| Status::internal("a service token could not be made");
        let token = self.identity.token_for(self.callee).map_err(|error| {
            tracing::error!(error = %error, "a service token could not be made: {error}");
            Status::internal("a service token could not be made")
        })?;
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(refused)?;
        headers.insert(AUTHORIZATION, bearer);
        let id = current_request_id();
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            headers.entry(RequestId::HEADER).or_insert(value);
        }
        inject_trace(headers);
        Ok(())
    }
}

impl Service<Request<Body>> for ServiceChannel {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        // Each attempt waits for the transport itself, inside its deadline.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if let Err(status) = self.sign(request.headers_mut()) {
            return Box::pin(async move { Err(status) });
        }
        let method = request.uri().path().rsplit('/').next().unwrap_or_default();
        if method == "Subscribe" || method == "ServerReflectionInfo" {
            // A stream stays open as long as both want it.
            return Box::pin(self.transport.clone().oneshot(request));
        }
        let repeatable = READ_VERBS.iter().any(|verb| method.starts_with(verb));
        let deadline = deadline_of(&mut request);
        let transport = self.transport.clone();
        let callee = self.callee;
        Box::pin(async move {
            let work = async {
                if repeatable {
                    call_again_when_away(transport, request).await
                } else {
                    transport.oneshot(request).await
                }
            };
            tokio::time::timeout(deadline, work)
                .await
                .unwrap_or_else(|_| {
                    Err(Status::deadline_exceeded(format!(
                        "{callee} did not answer within {} ms",
                        deadline.as_millis()
                    )))
                })
        })
    }
}

/// The deadline the caller set (`tonic::Request::set_timeout`), else ours, written where the server reads it.
fn deadline_of(request: &mut Request<Body>) -> Duration {
    let asked = request
        .headers()
        .get("grpc-timeout")
        .and_then(|value| value.to_str().ok())
        .and_then(crate::guard::parse_grpc_timeout);
    if let Some(asked) = asked {
        return asked;
    }
    let text = format!("{}m", DEFAULT_DEADLINE.as_millis());
    if let Ok(value) = HeaderValue::from_str(&text) {
        request.headers_mut().insert("grpc-timeout", value);
    }
    DEFAULT_DEADLINE
}

/// A read is small, so its body is kept and sent again when the service was away.
async fn call_again_when_away(
    transport: Transport,
    request: Request<Body>,
) -> Result<Response<Body>, Status> {
    let (parts, body) = request.into_parts();
    let bytes: Bytes = body.collect().await?.to_bytes();
    let mut pauses = RETRY_PAUSES.iter();
    loop {
        let body = Body::new(Full::new(bytes.clone()).map_err(|never| match never {}));
        let attempt = Request::from_parts(parts.clone(), body);
        let result = transport.clone().oneshot(attempt).await;
        if !is_away(&result) {
            return result;
        }
        let Some(pause) = pauses.next() else {
            return result;
        };
        tokio::time::sleep(*pause).await;
    }
}

/// The service is not there. A refusal that says UNAVAILABLE with a reason of its own is an answer, not an absence.
fn is_away(result: &Result<Response<Body>, Status>) -> bool {
    match result {
        Ok(response) => {
            let headers = response.headers();
            let code = headers.get("grpc-status").and_then(|v| v.to_str().ok());
            code == Some("14") && !headers.contains_key("grpc-status-details-bin")
        }
        Err(status) => status.code() == Code::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::never_left;

    async fn call(address: std::net::SocketAddr) -> Status {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        let transport = transport(endpoint.connect_lazy(), ServiceName::Catalog);
        let request = Request::builder().uri("/a/call").body(Body::empty());
        transport.oneshot(request.unwrap()).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_call_that_nobody_listened_for_never_left_and_one_that_broke_off_may_have() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let hang_up = async {
            drop(listener.accept().await.unwrap());
            drop(listener);
        };
        let (broken, ()) = tokio::join!(call(address), hang_up);
        assert!(!never_left(&broken), "{broken:?}");

        let refused = call(address).await;
        assert!(never_left(&refused), "{refused:?}");
        assert_eq!(refused.code(), Code::Unavailable);
        assert!(refused.message().starts_with("catalog cannot be reached: "));
    }
}
