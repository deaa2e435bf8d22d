//! The audit log: written before anything happens.

use super::App;
use crate::error::Error;
use crate::store::audit::{self, NewAuditEntry};

impl App {
    /// Writes what is about to be done. Without it, nothing is done.
    pub async fn begin_audit(&self, entry: &NewAuditEntry) -> Result<(), Error> {
        let mut conn = self.db.acquire().await?;
        audit::insert(&mut conn, entry, None).await
    }

    /// Adds the result. It is done by now: a failure here is logged and leaves an entry without result.
    pub async fn finish_audit(&self, entry: &NewAuditEntry, status: u16) {
        let finish = async {
            let mut conn = self.db.acquire().await?;
            audit::finish(&mut conn, entry.merchant_id, entry.audit_id, status.into()).await
        };
        if let Err(error) = finish.await {
            tracing::error!(audit.id = %entry.audit_id, error = %error, "the result of an audited request was not recorded: {error}");
        }
    }
}
