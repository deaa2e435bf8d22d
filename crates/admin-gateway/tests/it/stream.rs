use admin_gateway::feeds::OrdersFeed;
use reqwest::{Method, Response};
use sqlx::PgPool;

use crate::events::{order, placed};
use crate::stage::Stage;

/// Reads until an event is complete.
async fn next_event(response: &mut Response) -> String {
    let mut text = String::new();
    while !text.ends_with("\n\n") {
        let chunk = response.chunk().await.unwrap().expect("the stream goes on");
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    text
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn the_stream_names_the_orders_that_changed(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let request = owner.request(Method::GET, "/api/v1/orders/stream");
    let mut stream = request
        .header("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(stream.status(), 200);
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let order = order(&stage.ids, "28000001", 10);
    let feed = OrdersFeed::new(stage.pending());
    stage
        .apply(&feed, &[placed(&stage.ids, owner.merchant, &order)])
        .await;
    let event = next_event(&mut stream).await;
    let data = format!("data: {{\"order_ids\":[\"{}\"]}}", order.order_id);
    assert_eq!(event, format!("event: orders\n{data}\n\n"));
}

#[sqlx::test(migrator = "admin_gateway::MIGRATOR")]
async fn a_stop_ends_the_streams(pool: PgPool) {
    let stage = Stage::new(pool).await;
    let owner = stage.owner().await;
    let mut stream = owner.get("/api/v1/orders/stream").await;
    stage.app.stopping.cancel();
    assert_eq!(stream.chunk().await.unwrap(), None);
}
