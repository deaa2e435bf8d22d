use moa_service::{internal, invalid_field};
use tonic::Status;

use crate::error::Error;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Sender(refused) => invalid_field(refused.field, refused.reason),
            Error::Vault(_)
            | Error::DataKeyMissing
            | Error::Row { .. }
            | Error::Intent(_)
            | Error::Database(_)
            | Error::Http(_)
            | Error::Serve(_) => internal(error),
        }
    }
}
