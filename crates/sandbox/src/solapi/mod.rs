//! SOLAPI: text messages by HMAC-signed calls, with their later fate.

pub mod answer;
mod auth;
mod compose;
mod group;
mod list;
mod send;

pub use auth::Signatures;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post};

use crate::shared::Shared;
use crate::world::Channel;
use crate::{calls, faults};

/// The account a call was signed by, as its index.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub u32);

/// What an account starts with, in won.
pub const OPENING_BALANCE: i64 = 10_000_000;

pub fn router(shared: Shared) -> Router {
    Router::new()
        .route("/messages/v4/send", post(send::one))
        .route("/messages/v4/send-many", post(send::many))
        .route("/messages/v4/send-many/detail", post(send::many_in_detail))
        .route("/messages/v4/list", get(list::messages))
        .route("/messages/v4/list-old", get(list::messages))
        .route("/cash/v1/balance", get(list::balance))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(DefaultBodyLimit::max(15 * 1024 * 1024))
        .layer(middleware::from_fn_with_state(shared.clone(), auth::admit))
        .layer(middleware::from_fn_with_state(
            (shared.clone(), Channel::Solapi),
            faults::inject,
        ))
        .layer(middleware::from_fn_with_state(
            (shared.clone(), Channel::Solapi),
            calls::witness,
        ))
        .with_state(shared)
}

async fn unknown(request: Request) -> Response {
    let message = format!("Cannot {} {}", request.method(), request.uri().path());
    answer::error(StatusCode::NOT_FOUND, "ResourceNotFound", &message)
}
