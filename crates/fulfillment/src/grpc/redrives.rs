//! What this service knows that speaks against an operator's redrive.

use std::fmt;
use std::sync::Arc;

use moa_effects::{Effect, RedriveGuard};
use sqlx::PgConnection;
use tonic::Status;

use crate::app::App;

pub(super) struct Redrives(pub(super) Arc<App>);

impl fmt::Debug for Redrives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redrives")
    }
}

#[tonic::async_trait]
impl RedriveGuard for Redrives {
    async fn check(&self, conn: &mut PgConnection, effect: &Effect) -> Result<(), Status> {
        Ok(self.0.check_redrive(conn, effect).await?)
    }
}
