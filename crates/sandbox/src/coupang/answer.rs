//! The forms Coupang's answers take.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

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

pub fn timed_out() -> Response {
    let message =
        "Request timed out, if the situation continues consider applying timeout extension.";
    gateway_error(StatusCode::GATEWAY_TIMEOUT, message)
}

/// A path no API answers at.
pub fn no_such_api(method: &str, path: &str) -> Response {
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
