//! What a service knows that speaks against starting an effect anew.

use std::fmt;

use async_trait::async_trait;
use sqlx::PgConnection;
use tonic::Status;

use crate::Effect;

/// Asked before an operator's redrive, inside its transaction: what the guard locks stays locked until the effect stands
/// at PENDING.
#[async_trait]
pub trait RedriveGuard: fmt::Debug + Send + Sync {
    /// Refuses with the service's own reason when the effect must not start anew now. Its state alone is judged by the
    /// ledger afterwards.
    async fn check(&self, conn: &mut PgConnection, effect: &Effect) -> Result<(), Status>;
}

/// Nothing speaks against it but the effect's state.
#[derive(Debug)]
pub(super) struct Unguarded;

#[async_trait]
impl RedriveGuard for Unguarded {
    async fn check(&self, _: &mut PgConnection, _: &Effect) -> Result<(), Status> {
        Ok(())
    }
}
