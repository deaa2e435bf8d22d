//! The customer's cookie, and the guard against requests that other sites make in a customer's name.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use moa_id::MerchantId;

use super::problem::Problem;

/// A session belongs to one merchant's store.
fn cookie_name(merchant_id: MerchantId) -> String {
    format!("moa_customer_{}", merchant_id.as_uuid().simple())
}

pub(super) fn cookie(merchant_id: MerchantId, token: String, secure: bool) -> Cookie<'static> {
    Cookie::build((cookie_name(merchant_id), token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .build()
}

pub(super) fn removal(merchant_id: MerchantId) -> Cookie<'static> {
    Cookie::build((cookie_name(merchant_id), ""))
        .path("/")
        .build()
}

pub(super) fn token(jar: &CookieJar, merchant_id: MerchantId) -> Option<String> {
    Some(jar.get(&cookie_name(merchant_id))?.value().to_owned())
}

/// Refuses a write whose `Origin` is another site's.
pub(super) async fn same_origin(request: Request, next: Next) -> Response {
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if reads || comes_from_here(request.headers()) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::FORBIDDEN,
        "ORIGIN_REFUSED",
        "the request comes from another site",
    )
    .into_response()
}

fn comes_from_here(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        // Browsers always send it with a POST; who does not is a program, which holds no one's cookie by accident.
        return true;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    matches!((origin, host), (Some((_, origin)), Some(host)) if origin == host)
}
