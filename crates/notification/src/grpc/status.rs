use moa_service::{internal, invalid_field, refusal};
use tonic::{Code, Status};

use crate::error::Error;

const DOMAIN: &str = "notification.moa";

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Sender(refused) => invalid_field(refused.field, refused.reason),
            Error::MessageNotFound(_) => {
                let message = error.to_string();
                refusal(Code::NotFound, DOMAIN, "MESSAGE_NOT_FOUND", message, [])
            }
            Error::Resend(refused) => refusal(
                Code::FailedPrecondition,
                DOMAIN,
                "MESSAGE_NOT_RESENDABLE",
                refused.to_string(),
                [],
            ),
            Error::Vault(_)
            | Error::InquiriesUnknown { .. }
            | Error::DataKeyMissing
            | Error::Row { .. }
            | Error::Intent(_)
            | Error::Database(_)
            | Error::Http(_)
            | Error::Serve(_) => internal(error),
        }
    }
}
