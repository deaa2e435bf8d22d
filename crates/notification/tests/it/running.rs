use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use moa_id::Ids;
use moa_service::{ClientFactory, Clock, ServiceName, Wiring};
use moa_telemetry::Health;
use moa_testkit::{eventually, identity};
use moa_vault::KeyRing;
use notification::Config;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

#[sqlx::test(migrator = "notification::MIGRATOR")]
async fn the_service_starts_without_its_neighbours_and_stops_when_asked(pool: PgPool) {
    let health = Health::new();
    let cancel = CancellationToken::new();
    let nobody = || "http://127.0.0.1:1".to_owned();
    let nowhere = HashMap::from([
        (ServiceName::OrderSync, nobody()),
        (ServiceName::Fulfillment, nobody()),
    ]);
    let wiring = Wiring {
        pool,
        clock: Clock::system(),
        ids: Ids::system(),
        identity: identity(ServiceName::Notification),
        clients: ClientFactory::with_urls(identity(ServiceName::Notification), nowhere),
        key_ring: Arc::new(KeyRing::generate()),
        listener: tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap(),
        health: health.register("notification"),
        cancel: cancel.clone(),
    };
    let running = tokio::spawn(notification::run(Config::default(), wiring));
    eventually(|| async { health.is_ready().then_some(()) }).await;
    cancel.cancel();
    let stopped = tokio::time::timeout(Duration::from_secs(10), running).await;
    stopped.unwrap().unwrap().unwrap();
    assert!(!health.is_ready());
}
