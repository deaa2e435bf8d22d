//! The only place where an error becomes a status.

use moa_service::{internal, refusal};
use tonic::{Code, Status};

use crate::Error;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::OrderNotFound(order_id) => refusal(
                Code::NotFound,
                "order-sync.moa",
                "ORDER_NOT_FOUND",
                error.to_string(),
                [("order_id", order_id.to_string())],
            ),
            Error::OrderStillOpen(order_id) => refusal(
                Code::FailedPrecondition,
                "order-sync.moa",
                "ORDER_STILL_OPEN",
                error.to_string(),
                [("order_id", order_id.to_string())],
            ),
            Error::ClaimNotFound(claim_id) => refusal(
                Code::NotFound,
                "order-sync.moa",
                "CLAIM_NOT_FOUND",
                error.to_string(),
                [("claim_id", claim_id.to_string())],
            ),
            Error::InquiryNotFound(inquiry_id) => refusal(
                Code::NotFound,
                "order-sync.moa",
                "INQUIRY_NOT_FOUND",
                error.to_string(),
                [("inquiry_id", inquiry_id.to_string())],
            ),
            Error::TemplateNotFound(_) => refusal(
                Code::NotFound,
                "order-sync.moa",
                "ANSWER_TEMPLATE_NOT_FOUND",
                error.to_string(),
                [],
            ),
            Error::TemplateNameTaken(ref name) => refusal(
                Code::AlreadyExists,
                "order-sync.moa",
                "ANSWER_TEMPLATE_NAME_TAKEN",
                error.to_string(),
                [("name", name.clone())],
            ),
            Error::TemplateChanged {
                version,
                updated_by,
                updated_at,
            } => refusal(
                Code::Aborted,
                "order-sync.moa",
                "ANSWER_TEMPLATE_CHANGED",
                error.to_string(),
                [
                    ("version", version.to_string()),
                    (
                        "updated_by",
                        updated_by.map_or_else(String::new, |id| id.to_string()),
                    ),
                    ("updated_at", updated_at.to_rfc3339()),
                ],
            ),
            Error::TemplatesTooMany(most) => refusal(
                Code::FailedPrecondition,
                "order-sync.moa",
                "ANSWER_TEMPLATES_TOO_MANY",
                error.to_string(),
                [("most", most.to_string())],
            ),
            Error::AccountNotFound(account_id) => refusal(
                Code::NotFound,
                "order-sync.moa",
                "CHANNEL_ACCOUNT_NOT_FOUND",
                error.to_string(),
                [("channel_account_id", account_id.to_string())],
            ),
            other => internal(other),
        }
    }
}
