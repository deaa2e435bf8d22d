//! News of the board as server-sent events, so that a screen needs no polling.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Gate;
use super::auth::SignedIn;
use super::problem::{Problem, ProblemDocument};
use crate::app::board_changes::BoardListener;

/// A stream ends after this; the browser connects again, and by that shows that its session still lives.
const LIFE: Duration = Duration::from_secs(15 * 60);
/// A sign of life, so that proxies keep the connection.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// News of one moment goes out as one event.
const GATHER: Duration = Duration::from_millis(150);
/// So many orders go out at once, without waiting for more.
const ENOUGH: usize = 500;

/// Data of the event `orders`.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrdersChanged {
    /// The orders that changed on the board.
    order_ids: Vec<String>,
}

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<Gate> {
    OpenApiRouter::new().routes(routes!(stream_orders))
}

/// News of the board (server-sent events).
///
/// `orders` names the orders that changed. `refresh` (data `{}`) says that news was missed, and ends the stream: connect
/// again and read the page anew. A comment each 15 seconds is a sign of life. The stream ends after 15 minutes.
#[utoipa::path(get, path = "/orders/stream", tag = "orders",
    responses((status = 200, content_type = "text/event-stream", body = OrdersChanged),
        (status = "4XX", body = ProblemDocument)))]
async fn stream_orders(
    State(app): State<Gate>,
    who: SignedIn,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let listener = app.board_changes.listen(who.merchant()).ok_or_else(|| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "TOO_MANY_STREAMS").retry_after(30)
    })?;
    let end = tokio::time::Instant::now() + LIFE;
    let stopping = app.stopping.clone();
    let news = futures::stream::unfold(Some(listener), move |listener| {
        let stopping = stopping.clone();
        async move {
            let mut listener = listener?;
            tokio::select! {
                () = stopping.cancelled() => None,
                () = tokio::time::sleep_until(end) => None,
                news = next_news(&mut listener) => match news {
                    Some(event) => Some((Ok(event), Some(listener))),
                    // The last event: whoever connects again starts from a whole page.
                    None => Some((Ok(refresh()), None)),
                },
            }
        }
    });
    let heartbeat = KeepAlive::new().interval(HEARTBEAT).text("alive");
    Ok(Sse::new(news).keep_alive(heartbeat))
}

/// Waits for news, then gathers what else comes in the same moment. None when news was missed.
async fn next_news(listener: &mut BoardListener) -> Option<Event> {
    let mut ids = listener.next().await.ok()?;
    let until = tokio::time::Instant::now() + GATHER;
    while ids.len() < ENOUGH
        && let Ok(more) = tokio::time::timeout_at(until, listener.next()).await
    {
        ids.extend(more.ok()?);
    }
    let order_ids = ids.iter().map(ToString::to_string).collect();
    let event = Event::default().event("orders");
    event.json_data(OrdersChanged { order_ids }).ok()
}

fn refresh() -> Event {
    Event::default().event("refresh").data("{}")
}
