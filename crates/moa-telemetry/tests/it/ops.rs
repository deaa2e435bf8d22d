use std::net::SocketAddr;

use moa_telemetry::{Health, TelemetryError, serve_ops, serve_ops_on};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

async fn start(health: Health, cancel: CancellationToken) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { serve_ops_on(listener, health, cancel).await.unwrap() });
    addr
}

async fn ask(addr: SocketAddr, path: &str) -> (u16, String) {
    let response = reqwest::get(format!("http://{addr}{path}")).await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn readiness_lists_who_is_not_ready_and_why() {
    let health = Health::new();
    let orders = health.register("order-sync");
    let catalog = health.register("catalog");
    let addr = start(health, CancellationToken::new()).await;

    orders.set_ready(true);
    catalog.set_not_ready("feed epoch differs");
    assert_eq!(
        ask(addr, "/readyz").await,
        (
            503,
            "not ready\n- catalog not ready: feed epoch differs\n- order-sync ready\n".to_owned()
        )
    );

    catalog.set_ready(true);
    assert_eq!(
        ask(addr, "/readyz").await,
        (
            200,
            "ready\n- catalog ready\n- order-sync ready\n".to_owned()
        )
    );
}

#[tokio::test]
async fn a_process_that_is_not_ready_is_alive() {
    let health = Health::new();
    let _part = health.register("order-sync");
    let addr = start(health, CancellationToken::new()).await;
    assert_eq!(ask(addr, "/livez").await, (200, "alive\n".to_owned()));
}

#[tokio::test]
async fn counted_things_can_be_scraped() {
    let addr = start(Health::new(), CancellationToken::new()).await;
    // The recorder is installed when the server starts; asking once makes sure that it has.
    ask(addr, "/livez").await;
    metrics::counter!("moa_test_orders_total", "channel" => "coupang").increment(3);
    metrics::histogram!("moa_test_call_seconds").record(0.02);

    let (status, text) = ask(addr, "/metrics").await;
    assert_eq!(status, 200);
    assert!(
        text.contains("moa_test_orders_total{channel=\"coupang\"} 3"),
        "{text}"
    );
    assert!(
        text.contains("moa_test_call_seconds_bucket{le=\"0.025\"} 1"),
        "{text}"
    );
}

#[tokio::test]
async fn a_taken_port_names_the_variable_to_change() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let error = serve_ops(addr, Health::new(), CancellationToken::new())
        .await
        .unwrap_err();
    assert!(matches!(error, TelemetryError::Bind { .. }));
    assert!(error.to_string().contains("MOA_OPS_ADDR"), "{error}");
}

#[tokio::test]
async fn the_server_ends_when_it_is_cancelled() {
    let cancel = CancellationToken::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = tokio::spawn(serve_ops_on(listener, Health::new(), cancel.clone()));
    cancel.cancel();
    server.await.unwrap().unwrap();
}
