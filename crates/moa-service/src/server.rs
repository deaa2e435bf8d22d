use std::convert::Infallible;
use std::time::Duration;

use http::{Request, Response};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::{Routes, RoutesBuilder};
use tonic::transport::server::TcpIncoming;
use tower::{Service, ServiceBuilder};

use crate::guard::GuardLayer;
use crate::{AllowTable, Identity};

/// How long calls in flight may take after the stop was asked for.
const DRAIN: Duration = Duration::from_secs(8);

/// A service's gRPC server: its RPCs behind the door, with health and reflection for everybody.
pub struct GrpcServer {
    guard: GuardLayer,
    routes: RoutesBuilder,
    names: Vec<&'static str>,
}

/// Why serving ended badly.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The transport failed.
    #[error("the gRPC server failed")]
    Transport(#[from] tonic::transport::Error),
    /// The descriptor set of the contracts cannot be read.
    #[error("the contracts' descriptors cannot be served")]
    Reflection(#[from] tonic_reflection::server::Error),
}

impl GrpcServer {
    /// A server that answers as `identity` and admits whom `allow` lists.
    pub fn new(identity: Identity, allow: AllowTable) -> Self {
        Self {
            guard: GuardLayer { identity, allow },
            routes: RoutesBuilder::default(),
            names: Vec::new(),
        }
    }

    /// Adds a generated server.
    pub fn add_service<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.names.push(S::NAME);
        self.routes.add_service(service);
        self
    }

    /// The complete stack: reflection and health added, the door in front.
    async fn into_routes(mut self) -> Result<(GuardLayer, Routes), ServeError> {
        let mut reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(moa_proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .with_service_name("grpc.health.v1.Health");
        let (reporter, health) = tonic_health::server::health_reporter();
        let serving = tonic_health::ServingStatus::Serving;
        for name in &self.names {
            reflection = reflection.with_service_name(*name);
            reporter.set_service_status(name, serving).await;
        }
        self.routes.add_service(health);
        self.routes.add_service(reflection.build_v1()?);
        Ok((self.guard, self.routes.routes()))
    }

    /// Serves until `cancel`, then lets calls in flight finish inside a bounded time.
    pub async fn serve(
        self,
        listener: TcpListener,
        cancel: CancellationToken,
    ) -> Result<(), ServeError> {
        let (guard, routes) = self.into_routes().await?;
        let server = tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(Duration::from_secs(30)))
            .concurrency_limit_per_connection(512)
            .layer(guard)
            .add_routes(routes)
            .serve_with_incoming_shutdown(incoming(listener), cancel.clone().cancelled_owned());
        let drained = async {
            cancel.cancelled().await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            result = server => Ok(result?),
            () = drained => {
                tracing::warn!("calls were still in flight {} s after the stop was asked for", DRAIN.as_secs());
                Ok(())
            }
        }
    }

    /// The stack as a service, for a client in the same process: how tests call a server.
    pub async fn into_service(
        self,
    ) -> Result<
        impl Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
        ServeError,
    > {
        let (guard, routes) = self.into_routes().await?;
        Ok(ServiceBuilder::new().layer(guard).service(routes.prepare()))
    }
}

/// Connections whose small answers leave at once: an answer is several small frames, and the second would wait for the
/// first one's acknowledgement, which the caller's system holds back for 40 ms. The server's own setting of that name
/// counts only for listeners it opens itself.
fn incoming(listener: TcpListener) -> TcpIncoming {
    TcpIncoming::from(listener).with_nodelay(Some(true))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;
    use tokio_stream::StreamExt;

    use super::*;

    #[tokio::test]
    async fn answers_do_not_wait_for_acknowledgements() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let _caller = TcpStream::connect(address).await.unwrap();
        let accepted = incoming(listener).next().await.unwrap().unwrap();
        assert!(accepted.nodelay().unwrap());
    }
}
