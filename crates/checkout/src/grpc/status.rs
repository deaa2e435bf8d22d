use moa_service::{internal, refusal};
use tonic::{Code, Status};

use crate::error::Error;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let refuse = |code, reason| refusal(code, "checkout.moa", reason, message.clone(), []);
        match error {
            Error::Email(_) => refuse(Code::InvalidArgument, "EMAIL_MALFORMED"),
            Error::Password(_) => refuse(Code::InvalidArgument, "PASSWORD_TOO_SHORT"),
            Error::CustomerExists => refuse(Code::AlreadyExists, "CUSTOMER_EXISTS"),
            Error::CredentialsRefused => refuse(Code::Unauthenticated, "CREDENTIALS_REFUSED"),
            Error::LoginThrottled { retry_after_s } => refusal(
                Code::ResourceExhausted,
                "checkout.moa",
                "LOGIN_THROTTLED",
                message,
                [("retry_after_s", retry_after_s.to_string())],
            ),
            Error::SessionUnknown => refuse(Code::Unauthenticated, "SESSION_UNKNOWN"),
            Error::Vault(_)
            | Error::DataKeyMissing
            | Error::Hashing(_)
            | Error::Database(_)
            | Error::Serve(_) => internal(error),
        }
    }
}
