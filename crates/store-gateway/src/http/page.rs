//! The activation page: static, so that nothing of a link can be reflected in it.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use moa_id::MerchantId;

const PAGE: &str = include_str!("../../assets/activation.html");
const SCRIPT: &str = include_str!("../../assets/activation.js");
const STYLE: &str = include_str!("../../assets/activation.css");
const HOME: &str = include_str!("../../assets/home.html");

pub(super) async fn home() -> Html<&'static str> {
    Html(HOME)
}

/// The same page for every link; the script reads the merchant from the path and the token from the fragment.
pub(super) async fn activation(Path(merchant): Path<String>) -> Response {
    if merchant.parse::<MerchantId>().is_err() {
        return (StatusCode::NOT_FOUND, Html(HOME)).into_response();
    }
    Html(PAGE).into_response()
}

pub(super) async fn script() -> Response {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
        SCRIPT,
    )
        .into_response()
}

pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}
