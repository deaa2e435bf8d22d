use std::collections::HashMap;

use moa_telemetry::{LogFormat, Telemetry, TelemetryConfig, TelemetryError};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Keeps what a collector would.
struct Collector(mpsc::UnboundedSender<ExportTraceServiceRequest>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0
            .send(request.into_inner())
            .map_err(|_| Status::unavailable("the test is over"))?;
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn config(endpoint: String) -> TelemetryConfig {
    TelemetryConfig {
        format: LogFormat::Json,
        // Quiet on purpose: the log's filter must not cut traces.
        filter: "error".to_owned(),
        otlp_endpoint: Some(endpoint),
        service_name: "moa-test".to_owned(),
    }
}

/// The only test that initialises telemetry, since a process can do that once.
#[tokio::test]
async fn spans_reach_the_collector_at_shutdown_and_their_context_travels() {
    let (sender, mut received) = mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(
        tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(Collector(sender)))
            .serve_with_incoming(TcpListenerStream::new(listener)),
    );

    let telemetry = Telemetry::init(config(endpoint.clone())).unwrap();
    assert!(matches!(
        Telemetry::init(config(endpoint)),
        Err(TelemetryError::AlreadyInitialised(_))
    ));

    let mut carrier = HashMap::<String, String>::new();
    {
        let span = tracing::info_span!("test.dispatch_shipment", shipment.id = "17");
        opentelemetry::global::get_text_map_propagator(|propagator| {
            propagator.inject_context(&span.context(), &mut carrier);
        });
    }
    telemetry.shutdown().await;

    let request = received.recv().await.unwrap();
    let span = &request.resource_spans[0].scope_spans[0].spans[0];
    assert_eq!(span.name, "test.dispatch_shipment");
    assert!(
        span.attributes
            .iter()
            .any(|attribute| attribute.key == "shipment.id")
    );
    let resource = request.resource_spans[0].resource.as_ref().unwrap();
    assert!(
        resource
            .attributes
            .iter()
            .any(|attribute| attribute.key == "service.name")
    );
    let trace_id: String = span
        .trace_id
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert!(carrier["traceparent"].contains(&trace_id), "{carrier:?}");
}
