//! Writes every call into the ledger, when asked to be verbose.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::shared::Shared;
use crate::world::{Channel, Fact};

pub async fn witness(
    State((shared, channel)): State<(Shared, Channel)>,
    request: Request,
    next: Next,
) -> Response {
    if !shared.settings().verbose {
        return next.run(request).await;
    }
    let method = request.method().to_string();
    let path = request
        .uri()
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let response = next.run(request).await;
    shared.note(Fact::Call {
        channel,
        method,
        path,
        status: response.status().as_u16(),
    });
    response
}
