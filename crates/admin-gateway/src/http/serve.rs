//! Accepting connections and stopping gracefully.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Gate;
use crate::error::Error;

/// What requests in flight get to finish after a stop is asked for.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until `cancel`, then lets what is in flight finish inside a bounded time.
pub async fn serve(
    gate: Gate,
    listener: TcpListener,
    cancel: CancellationToken,
) -> Result<(), Error> {
    let service = super::router(&gate).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service)
        .with_graceful_shutdown(cancel.clone().cancelled_owned())
        .into_future();
    let overdue = async {
        cancel.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        result = server => result.map_err(Error::Http),
        () = overdue => {
            tracing::warn!("requests were still in flight after {} s and were dropped", DRAIN.as_secs());
            Ok(())
        }
    }
}
