//! The forms Coupang's answers take.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// The names an API's path can begin with.
const PROVIDERS: [&str; 5] = [
    "openapi",
    "seller_api",
    "marketplace_openapi",
    "fms",
    "rg_open_api",
];

/// A business answer; one client crashes without the charset.
pub fn ok(body: &impl Serialize) -> Response {
    with_status(StatusCode::OK, body)
}

/// A refusal by an order or return API.
pub fn bad_request(message: &str) -> Response {
    error(StatusCode::BAD_REQUEST, message)
}

/// An error of an order or return API, with the status repeated as a number.
pub fn error(status: StatusCode, message: &str) -> Response {
    with_status(
        status,
        &json!({"code": status.as_u16(), "message": message, "data": null}),
    )
}

/// An error of the gateway in front of the APIs.
pub fn gateway_error(status: StatusCode, message: &str) -> Response {
    with_status(
        status,
        &json!({"code": "ERROR", "message": message, "transactionId": Uuid::new_v4()}),
    )
}

/// No credentials at all, which the gateway also says in Korean.
pub fn not_authorized() -> Response {
    let body = json!({
        "code": "ERROR",
        "message": "Request is not authorized.",
        "transactionId": Uuid::new_v4(),
        "messages": {"korean": "요청이 승인되지 않았습니다.", "english": "Request is not authorized."},
    });
    with_status(StatusCode::UNAUTHORIZED, &body)
}

pub fn forbidden_address(address: &str) -> Response {
    let message = format!("[FORBIDDEN] Your ip address {address} is not allowed for this request.");
    gateway_error(StatusCode::FORBIDDEN, &message)
}

pub fn throttled() -> Response {
    gateway_error(
        StatusCode::TOO_MANY_REQUESTS,
        "Too Many Requests. Try after 3 seconds",
    )
}

/// What is answered to a vendor or address that is shut out for longer. Where it points to is not known.
pub fn blocked() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    response
}

/// The page of the front door to callers it has had enough of.
pub fn access_denied() -> Response {
    let page = "<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n \nYou don't have \
                permission to access this resource on this server.<P>\nReference&#32;&#35;18&#46;4d7a2f17&#46;1795\
                000000&#46;2b7e1f\n</BODY>\n</HTML>\n";
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

pub fn timed_out() -> Response {
    let message =
        "Request timed out, if the situation continues consider applying timeout extension.";
    gateway_error(StatusCode::GATEWAY_TIMEOUT, message)
}

/// A path no API answers at.
pub fn no_such_api(method: &str, path: &str) -> Response {
    let provider = path.split('/').nth(3).unwrap_or_default();
    if path.starts_with("/v2/providers/") && !PROVIDERS.contains(&provider) {
        return gateway_error(
            StatusCode::BAD_REQUEST,
            "Provider id is not specified correctly.",
        );
    }
    let message = format!("No exactly matching API specification is found for {method} {path}.");
    let body =
        json!({"code": "PRECONDITION_FAILED", "message": message, "transactionId": Uuid::new_v4()});
    with_status(StatusCode::PRECONDITION_FAILED, &body)
}

/// What the sandbox itself has to give up on.
pub fn internal() -> Response {
    error(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

/// The envelope of writes: the code is text there.
pub fn written(data: Value) -> Response {
    ok(&json!({"code": "200", "message": "OK", "data": data}))
}

/// A JSON answer with any status.
pub fn with_status(status: StatusCode, body: &impl Serialize) -> Response {
    let (status, bytes) = match serde_json::to_vec(body) {
        Ok(bytes) => (status, bytes),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Vec::new()),
    };
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("application/json;charset=UTF-8");
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}
