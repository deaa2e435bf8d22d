//! The forms SmartStore's answers take. Each family of APIs has its own envelope and its own error body.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::trace::Trace;
use crate::journal::JournalError;

/// Whose answer it is, which decides about its envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The token call.
    Token,
    /// Orders and claims: `{timestamp, traceId, data}`.
    PayOrder,
    /// Goods: no envelope, and a charset in the content type.
    Products,
    /// Questions about goods: no envelope.
    Contents,
    /// Questions of buyers: no envelope.
    PayUser,
    /// Answers to them: `{code, message, data, timestamp, traceId}`.
    PayMerchant,
    /// Settlement and the seller: no envelope.
    Plain,
}

/// An answer before the gateway puts its own marks on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    status: StatusCode,
    family: Family,
    /// An error, or a body without an envelope, as it stands; data otherwise.
    body: Option<Value>,
}

impl Answer {
    /// What was asked for.
    pub fn ok(family: Family, body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            family,
            body: Some(body),
        }
    }

    /// Nothing to tell: a bare envelope of the order APIs, an empty body elsewhere.
    pub fn nothing(family: Family) -> Self {
        let status = if family == Family::PayOrder {
            StatusCode::OK
        } else {
            StatusCode::NO_CONTENT
        };
        Self {
            status,
            family,
            body: None,
        }
    }

    /// A refusal with a code of the family.
    pub fn error(family: Family, status: StatusCode, code: &str, message: &str) -> Self {
        Self {
            status,
            family,
            body: Some(json!({"code": code, "message": message})),
        }
    }

    /// A refused call of the order APIs.
    pub fn bad_order_call(code: &str, message: &str) -> Self {
        Self::error(Family::PayOrder, StatusCode::BAD_REQUEST, code, message)
    }

    /// A body that the order APIs cannot read.
    pub fn unreadable() -> Self {
        Self::bad_order_call(
            "000400",
            "요청이 올바르지 않습니다. (HttpMessageNotReadableException)",
        )
    }

    /// A body that is not JSON. Only the status is known of it.
    pub fn unsupported() -> Self {
        Self::error(
            Family::PayOrder,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "000415",
            "요청이 올바르지 않습니다. (HttpMediaTypeNotSupportedException)",
        )
    }

    /// This answer, naming the fields at fault as (name, type, message).
    pub fn with_inputs(mut self, inputs: &[(&str, &str, &str)]) -> Self {
        let named: Vec<Value> = inputs
            .iter()
            .map(|(name, kind, message)| match self.family {
                Family::PayUser => json!({"name": name, "message": message}),
                _ => json!({"name": name, "type": kind, "message": message}),
            })
            .collect();
        if let Some(Value::Object(members)) = &mut self.body {
            members.insert("invalidInputs".to_owned(), Value::Array(named));
        }
        self
    }

    /// The sandbox itself has to give up.
    pub fn internal() -> Self {
        Self::error(
            Family::PayOrder,
            StatusCode::INTERNAL_SERVER_ERROR,
            "9999",
            "처리 중 오류가 발생했습니다.",
        )
    }

    /// The answer as it leaves, with what the gateway knows of the call.
    pub fn finish(self, trace: &Trace, now: DateTime<Utc>) -> Response {
        let is_error = !self.status.is_success();
        let enveloped = self.family == Family::PayOrder || self.family == Family::PayMerchant;
        let body = match (self.body, self.family) {
            (body, Family::PayOrder) if !is_error => {
                let mut members = Map::new();
                if let Some(data) = body {
                    members.insert("data".to_owned(), data);
                }
                Some(Value::Object(members))
            }
            (body, _) => body,
        };
        let body = body.map(|mut body| {
            if let (Value::Object(members), true) = (&mut body, enveloped || is_error) {
                members.insert("timestamp".to_owned(), json!(instant(now)));
                if !matches!(self.family, Family::Products | Family::Token) {
                    members.insert("traceId".to_owned(), json!(trace.as_str()));
                }
            }
            body
        });
        let content_type = match self.family {
            Family::Products => "application/json;charset=UTF-8",
            _ => "application/json",
        };
        written(self.status, body.as_ref(), content_type)
    }
}

/// Carries the answer to the gateway layer, which finishes it.
impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        response.extensions_mut().insert(self);
        response
    }
}

impl From<JournalError> for Answer {
    fn from(error: JournalError) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the sandbox cannot write its journal"
        );
        Self::internal()
    }
}

/// An error of the gateway in front of the APIs.
pub fn gateway_error(status: StatusCode, code: &str, message: &str, trace: &Trace) -> Response {
    let body = json!({
        "code": code,
        "message": message,
        "timestamp": instant(trace.at()),
        "traceId": trace.as_str(),
    });
    let mut response = written(status, Some(&body), "application/json");
    mark(&mut response, trace);
    response
}

pub fn not_authorized(trace: &Trace) -> Response {
    let message = "요청을 보낼 권한이 없습니다.";
    gateway_error(StatusCode::UNAUTHORIZED, "GW.AUTHN", message, trace)
}

pub fn forbidden_address(trace: &Trace) -> Response {
    let message = "호출이 허용되지 않은 IP입니다.";
    gateway_error(StatusCode::FORBIDDEN, "GW.IP_NOT_ALLOWED", message, trace)
}

/// The application was not granted this API. The code is what clients expect; the reference has none.
pub fn not_granted(trace: &Trace) -> Response {
    let message = "요청을 보낼 권한이 없습니다.";
    gateway_error(StatusCode::FORBIDDEN, "GW.AUTHZ", message, trace)
}

pub fn not_found(trace: &Trace) -> Response {
    let message = "요청하신 리소스를 찾을 수 없습니다.";
    gateway_error(StatusCode::NOT_FOUND, "GW.NOT_FOUND", message, trace)
}

pub fn throttled(trace: &Trace) -> Response {
    let message = "요청이 많아 서비스를 일시적으로 사용할 수 없습니다.";
    gateway_error(
        StatusCode::TOO_MANY_REQUESTS,
        "GW.RATE_LIMIT",
        message,
        trace,
    )
}

/// The answer to an application that is penalised for its token calls.
pub fn quota_used(trace: &Trace) -> Response {
    let message = "할당된 시간당 요청량을 초과하였습니다.";
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut response = gateway_error(status, "GW.QUOTA_LIMIT", message, trace);
    let headers = response.headers_mut();
    headers.insert("gncp-gw-quota-limit", HeaderValue::from_static("1"));
    headers.insert("gncp-gw-quota-period", HeaderValue::from_static("HOURS"));
    headers.insert("gncp-gw-quota-remaining", HeaderValue::from_static("0"));
    response
}

pub fn internal_error(trace: &Trace) -> Response {
    let message = "작업 중 오류가 발생하였습니다.";
    gateway_error(
        StatusCode::INTERNAL_SERVER_ERROR,
        "GW.INTERNAL_SERVER_ERROR",
        message,
        trace,
    )
}

/// Closed for maintenance.
pub fn closed(trace: &Trace) -> Response {
    let message = "서비스를 일시적으로 사용할 수 없습니다.";
    gateway_error(
        StatusCode::SERVICE_UNAVAILABLE,
        "GW.BLOCK.02",
        message,
        trace,
    )
}

pub fn timed_out(trace: &Trace) -> Response {
    let message = "요청 대기 시간이 초과되었습니다.";
    gateway_error(StatusCode::GATEWAY_TIMEOUT, "GW.TIMEOUT.01", message, trace)
}

/// Puts the marks of the gateway on an answer.
pub fn mark(response: &mut Response, trace: &Trace) {
    let headers = response.headers_mut();
    set(headers, "gncp-gw-trace-id", trace.as_str());
    set(
        headers,
        "gncp-gw-httpclient-responsetime",
        &trace.age_millis().to_string(),
    );
}

/// Sets a header whose text is known to be plain.
pub fn set(headers: &mut axum::http::HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// A time as the wire writes it: Korean, with milliseconds.
pub fn instant(at: DateTime<Utc>) -> String {
    at.with_timezone(&super::kst())
        .format("%Y-%m-%dT%H:%M:%S%.3f%:z")
        .to_string()
}

/// Leaves out what is null, as these APIs do.
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, without_nulls(value)))
                .collect(),
        ),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn written(status: StatusCode, body: Option<&Value>, content_type: &'static str) -> Response {
    let Some(body) = body else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        return response;
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
