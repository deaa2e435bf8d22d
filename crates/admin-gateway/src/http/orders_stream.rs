//! News of the board as server-sent events, so that a screen needs no polling.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use http::StatusCode;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
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
/// More orders than this in one event are a reason to read the page anew.
const MAX_IDS: usize = 500;

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
/// `orders` names the orders that changed; `refresh` (data `{}`) says that too many did, or that news was missed: read
/// the page anew. A comment each 15 seconds is a sign of life. The stream ends after 15 minutes; connect again.
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
    let news = futures::stream::unfold(listener, move |mut listener| {
        let stopping = stopping.clone();
        async move {
            tokio::select! {
                () = stopping.cancelled() => None,
                () = tokio::time::sleep_until(end) => None,
                event = next_event(&mut listener) => Some((Ok(event?), listener)),
            }
        }
    });
    let heartbeat = KeepAlive::new().interval(HEARTBEAT).text("alive");
    Ok(Sse::new(news).keep_alive(heartbeat))
}

/// Waits for news, then gathers what else comes in the same moment.
async fn next_event(listener: &mut BoardListener) -> Option<Event> {
    let mut ids = match listener.next().await {
        Ok(ids) => ids,
        Err(RecvError::Lagged(_)) => return Some(refresh()),
        Err(RecvError::Closed) => return None,
    };
    let until = tokio::time::Instant::now() + GATHER;
    while let Ok(more) = tokio::time::timeout_at(until, listener.next()).await {
        match more {
            Ok(more) => ids.extend(more),
            Err(RecvError::Lagged(_)) => return Some(refresh()),
            Err(RecvError::Closed) => break,
        }
    }
    if ids.len() > MAX_IDS {
        return Some(refresh());
    }
    let order_ids = ids.iter().map(ToString::to_string).collect();
    let event = Event::default().event("orders");
    Some(
        event
            .json_data(OrdersChanged { order_ids })
            .unwrap_or_else(|_| refresh()),
    )
}

fn refresh() -> Event {
    Event::default().event("refresh").data("{}")
}
