use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Health, TelemetryError, metrics};

/// How often histograms are folded, so that they do not grow while nobody scrapes.
const UPKEEP_PERIOD: Duration = Duration::from_secs(5);

/// How long a slow reader may hold up the end.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// Serves `/livez`, `/readyz` and `/metrics` on `addr` until `cancel`.
pub async fn serve_ops(
    addr: SocketAddr,
    health: Health,
    cancel: CancellationToken,
) -> Result<(), TelemetryError> {
    let listener = TcpListener::bind(addr)
        .await
        .map_err(|source| TelemetryError::Bind { addr, source })?;
    serve_ops_on(listener, health, cancel).await
}

/// Like [`serve_ops`], on a socket that listens already.
pub async fn serve_ops_on(
    listener: TcpListener,
    health: Health,
    cancel: CancellationToken,
) -> Result<(), TelemetryError> {
    let recorder = metrics::recorder()?;
    let router = Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz).with_state(health))
        .route("/metrics", get(scrape).with_state(recorder.clone()));
    let stopped = cancel.clone().cancelled_owned();
    let server = axum::serve(listener, router).with_graceful_shutdown(stopped);
    tokio::select! {
        served = server.into_future() => served.map_err(TelemetryError::Serve),
        () = keep_up(recorder, cancel) => Ok(()),
    }
}

async fn livez() -> &'static str {
    "alive\n"
}

async fn readyz(State(health): State<Health>) -> impl IntoResponse {
    let parts = health.parts();
    let ready = parts.iter().all(|part| part.ready);
    let mut text = String::from(if ready { "ready\n" } else { "not ready\n" });
    for part in parts {
        let state = if part.ready { "ready" } else { "not ready" };
        let reason = part
            .reason
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- {} {state}{reason}", part.name);
    }
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, text)
}

async fn scrape(State(recorder): State<PrometheusHandle>) -> impl IntoResponse {
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        recorder.render(),
    )
}

/// Folds histograms until the server had its time to end.
async fn keep_up(recorder: PrometheusHandle, cancel: CancellationToken) {
    let mut ticks = tokio::time::interval(UPKEEP_PERIOD);
    while !cancel.is_cancelled() {
        tokio::select! {
            _ = ticks.tick() => recorder.run_upkeep(),
            () = cancel.cancelled() => {}
        }
    }
    tokio::time::sleep(DRAIN_TIMEOUT).await;
}
