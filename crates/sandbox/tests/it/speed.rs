use std::time::Instant;

use serde_json::json;

use crate::hub::{Hub, today};

/// How many rows a second the order list serves. Nothing is asserted of time; it prints what it measured, on
/// Linux, with client and server on one thread: `cargo nextest run -p sandbox --run-ignored only --no-capture speed`.
#[tokio::test]
#[ignore = "measures; its result is for people"]
async fn rows_of_the_order_list_on_one_core() {
    const ORDERS: usize = 5_000;
    const ROUNDS: usize = 4;
    let hub = Hub::with(|config| config.coupang_calls_per_second = 1_000_000).await;
    hub.place(json!({"count": ORDERS, "kind": "physical", "lines": 1}))
        .await;
    let (started, core) = (Instant::now(), on_core());
    let mut rows = 0;
    for _ in 0..ROUNDS {
        let mut token = String::new();
        loop {
            let path = format!(
                "v5/vendors/{}/ordersheets?{}&status=ACCEPT&maxPerPage=50&nextToken={token}",
                hub.vendor(),
                today()
            );
            let request = hub.coupang_request(reqwest::Method::GET, &path);
            let text = request.send().await.unwrap().text().await.unwrap();
            rows += text.matches("\"shipmentBoxId\"").count();
            let rest = text.rsplit("\"nextToken\":\"").next().unwrap();
            token = rest.split('"').next().unwrap().to_owned();
            if token.is_empty() {
                break;
            }
        }
    }
    assert_eq!(rows, ROUNDS * ORDERS);
    let (wall, core) = (started.elapsed().as_secs_f64(), on_core() - core);
    println!(
        "{rows} rows in {wall:.2} s of time and {core:.2} s of one core: {:.0} rows a core second",
        rows as f64 / core
    );
}

/// Seconds this thread has spent on a core.
fn on_core() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanos: u64 = text.split(' ').next().unwrap().parse().unwrap();
    nanos as f64 / 1e9
}
