//! How the API refuses: problem documents (RFC 9457), in Korean or English.
//!
//! A handler returns a [`Problem`]; the outermost layer writes it, because only there the language the client asked
//! for and the request id are known ([`render`]).

use std::collections::BTreeMap;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use moa_service::{RequestId, metadata_of, reason_of, status::fields_of};
use serde::Serialize;
use tonic::{Code, Status};
use utoipa::ToSchema;

use crate::error::Error;
use crate::http::locale::Locale;
use crate::http::problem_titles;

/// The media type of a problem document.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// Why a request was refused. Clients match on `reason`, never on the text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// `urn:moa:problem:<reason>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The reason for people, in the language of `Accept-Language`.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and the way out.
    pub detail: String,
    /// Stable, e.g. `LINE_ALREADY_SHIPPED`.
    pub reason: String,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
    /// What the client needs to act on, e.g. the shipment that holds the line.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Name of the request in the logs.
    pub request_id: String,
}

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Its path, e.g. `lines[0].quantity`.
    pub field: String,
    /// What is wrong with it.
    pub description: String,
}

/// A refusal on its way out.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    reason: String,
    detail: Option<String>,
    fields: Vec<FieldProblem>,
    metadata: BTreeMap<String, String>,
    retry_after_s: Option<u64>,
}

impl Problem {
    /// A refusal with a reason that `problem_titles` knows; its standing explanation serves as detail.
    pub fn new(status: StatusCode, reason: &str) -> Self {
        Self {
            status,
            reason: reason.to_owned(),
            detail: None,
            fields: Vec::new(),
            metadata: BTreeMap::new(),
            retry_after_s: None,
        }
    }

    /// The same with what happened this time.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// A wrong field of the request.
    pub fn field(field: &str, description: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT");
        problem.fields.push(FieldProblem {
            field: field.to_owned(),
            description: description.into(),
        });
        problem
    }

    /// The same for a body that is what another service's contract has below `prefix`: fields lose it.
    pub fn fields_below(mut self, prefix: &str) -> Self {
        for field in &mut self.fields {
            if let Some(rest) = field.field.strip_prefix(prefix) {
                field.field = rest.to_owned();
            }
        }
        let said = self.detail.as_deref();
        if let Some(rest) = said.and_then(|detail| detail.strip_prefix(prefix)) {
            self.detail = Some(rest.to_owned());
        }
        self
    }

    /// The same for a field that the other service's contract calls otherwise than this API.
    pub fn field_renamed(mut self, theirs: &str, ours: &str) -> Self {
        for field in &mut self.fields {
            if field.field == theirs {
                ours.clone_into(&mut field.field);
            }
        }
        let said = self.detail.as_deref();
        let rest = said.and_then(|detail| detail.strip_prefix(theirs));
        if let Some(rest) = rest.filter(|rest| rest.starts_with(' ')) {
            self.detail = Some(format!("{ours}{rest}"));
        }
        self
    }

    /// A value that it carries.
    pub fn metadata(&self, name: &str) -> Option<&str> {
        self.metadata.get(name).map(String::as_str)
    }

    /// The same with one more value for clients.
    pub fn with_metadata(mut self, name: &str, value: impl Into<String>) -> Self {
        self.metadata.insert(name.to_owned(), value.into());
        self
    }

    /// When it is worth trying again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The HTTP status it will have.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    fn document(self, locale: Locale, request_id: &str) -> ProblemDocument {
        let words = problem_titles::of(&self.reason, self.status);
        let (title, standing) = words.in_locale(locale);
        let detail = self.detail.unwrap_or_else(|| match self.fields.first() {
            Some(first) => format!("{}: {}", first.field, first.description),
            None => standing.to_owned(),
        });
        ProblemDocument {
            kind: format!("urn:moa:problem:{}", self.reason),
            title: title.to_owned(),
            status: self.status.as_u16(),
            detail,
            reason: self.reason,
            fields: self.fields,
            metadata: self.metadata,
            request_id: request_id.to_owned(),
        }
    }
}

impl From<Status> for Problem {
    fn from(status: Status) -> Self {
        let http = http_status(status.code());
        if http == StatusCode::INTERNAL_SERVER_ERROR {
            log_fault(&status);
            return Self::new(http, "INTERNAL");
        }
        let reason = reason_of(&status).unwrap_or_else(|| reason_of_code(status.code()).to_owned());
        let mut problem = Self::new(http, &reason);
        if !status.message().is_empty() && http != StatusCode::SERVICE_UNAVAILABLE {
            problem.detail = Some(status.message().to_owned());
        }
        if http == StatusCode::SERVICE_UNAVAILABLE {
            tracing::warn!(reason, "a service could not answer: {}", status.message());
        }
        problem.fields = fields_of(&status)
            .into_iter()
            .map(|(field, description)| FieldProblem { field, description })
            .collect();
        problem.metadata = metadata_of(&status).into_iter().collect();
        // A refusal with a reason of its own names the field it is about in its metadata.
        if problem.fields.is_empty()
            && let Some(field) = problem.metadata.remove("field")
        {
            problem.fields.push(FieldProblem {
                field,
                description: status.message().to_owned(),
            });
        }
        problem
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(status) => Self::from(status),
            Error::CredentialsRefused => Self::new(StatusCode::UNAUTHORIZED, "CREDENTIALS_REFUSED"),
            Error::LoginThrottled { retry_after_s } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "LOGIN_THROTTLED")
                    .retry_after(retry_after_s)
            }
            Error::OrderNotFound => Self::new(StatusCode::NOT_FOUND, "ORDER_NOT_FOUND"),
            fault => {
                log_fault(&fault);
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the problem of a response in the request's language.
pub async fn render(locale: Locale, request: Request, next: Next) -> Response {
    let request_id = request
        .extensions()
        .get::<RequestId>()
        .map(|id| id.as_str().to_owned())
        .unwrap_or_default();
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    let retry_after = problem.retry_after_s;
    let document = problem.document(locale, &request_id);
    let mut rendered = (response.status(), axum::Json(document)).into_response();
    for (name, value) in response.headers() {
        if name != header::CONTENT_LENGTH && name != header::CONTENT_TYPE {
            rendered.headers_mut().append(name, value.clone());
        }
    }
    let headers = rendered.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    headers.insert(
        header::CONTENT_LANGUAGE,
        HeaderValue::from_static(locale.as_str()),
    );
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    rendered
}

fn http_status(code: Code) -> StatusCode {
    match code {
        Code::InvalidArgument | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded | Code::Cancelled => StatusCode::GATEWAY_TIMEOUT,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        // PERMISSION_DENIED and UNAUTHENTICATED speak of this service, not of the operator: a fault of the installation.
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn reason_of_code(code: Code) -> &'static str {
    match code {
        Code::InvalidArgument | Code::OutOfRange => "INVALID_ARGUMENT",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::Unavailable => "SERVICE_UNAVAILABLE",
        Code::DeadlineExceeded | Code::Cancelled => "DEADLINE_EXCEEDED",
        Code::Unimplemented => "UNIMPLEMENTED",
        _ => "INTERNAL",
    }
}

fn log_fault(error: &(dyn std::error::Error + 'static)) {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!(error = %chain, "a request failed: {chain}");
}
