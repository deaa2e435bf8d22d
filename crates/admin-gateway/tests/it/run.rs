//! The service as the binary starts it.

use std::sync::Arc;

use admin_gateway::Config;
use moa_id::Ids;
use moa_service::{ClientFactory, Clock, Env, ServiceName, Wiring};
use moa_telemetry::Health;
use moa_testkit::{eventually, identity};
use moa_vault::KeyRing;
use serde_json::Value;
use sqlx::PgPool;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn it_serves_without_the_others_and_stops_when_asked(pool: PgPool) {
    let home = TempDir::new().unwrap();
    let env = Env::from_map([("MOA_HOME", home.path().to_str().unwrap())]);
    let config = Config::read(&mut env.reader());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (health, cancel) = (Health::new(), CancellationToken::new());
    let me = identity(ServiceName::AdminGateway);
    let wiring = Wiring {
        pool,
        clock: Clock::system(),
        ids: Ids::system(),
        identity: me.clone(),
        clients: ClientFactory::with_urls(me, [].into()),
        key_ring: Arc::new(KeyRing::generate()),
        listener,
        health: health.register("admin-gateway"),
        cancel: cancel.clone(),
    };
    let running = tokio::spawn(admin_gateway::run(config, wiring));
    let http = reqwest::Client::builder().build().unwrap();
    let session = format!("{base}/api/v1/session");
    eventually(|| async { health.is_ready().then_some(()) }).await;
    let text = std::fs::read_to_string(home.path().join("admin.json")).unwrap();
    let login: Value = serde_json::from_str(&text).unwrap();
    let response = http.post(&session).json(&login).send().await.unwrap();
    let cookie = response.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .to_owned();
    let orders = http
        .get(format!("{base}/api/v1/orders"))
        .header("cookie", &cookie);
    let orders: Value = orders.send().await.unwrap().json().await.unwrap();
    assert_eq!(orders["orders"], serde_json::json!([]));
    let effects = http
        .get(format!("{base}/api/v1/effects"))
        .header("cookie", &cookie);
    assert_eq!(effects.send().await.unwrap().status(), 503);
    cancel.cancel();
    running.await.unwrap().unwrap();
}
