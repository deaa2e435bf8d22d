//! The forms SOLAPI's answers take.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub fn error(status: StatusCode, code: &str, message: &str) -> Response {
    (
        status,
        Json(json!({"errorCode": code, "errorMessage": message})),
    )
        .into_response()
}

/// A refusal of a whole call.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
}

impl Refusal {
    pub fn invalid(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "ValidationError",
            message: message.into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        error(self.status, self.code, &self.message)
    }
}

impl From<crate::journal::JournalError> for Refusal {
    fn from(error: crate::journal::JournalError) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the sandbox cannot write its journal"
        );
        let message = "Internal server error".to_owned();
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: "InternalError",
            message,
        }
    }
}
