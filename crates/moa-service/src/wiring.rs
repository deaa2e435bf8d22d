use std::sync::Arc;

use moa_id::Ids;
use moa_telemetry::HealthHandle;
use moa_vault::KeyRing;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{ClientFactory, Clock, Identity};

/// What the binary hands to each service's `run`: its ways to reach the world.
pub struct Wiring {
    /// The service's own schema, through its own role. The store gateway has none and leaves it alone.
    pub pool: PgPool,
    /// The time.
    pub clock: Clock,
    /// Where identifiers come from.
    pub ids: Ids,
    /// Who this service is.
    pub identity: Identity,
    /// The other services.
    pub clients: ClientFactory,
    /// What opens and makes sealed data.
    pub key_ring: Arc<KeyRing>,
    /// Bound already, so that a taken port is reported before anything starts. gRPC; HTTP for the gateways.
    pub listener: TcpListener,
    /// Says on `/readyz` whether the service does its work.
    pub health: HealthHandle,
    /// Asked for a stop: take no new work, finish what is in flight.
    pub cancel: CancellationToken,
}
