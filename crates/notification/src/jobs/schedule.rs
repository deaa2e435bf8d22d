//! What runs at its time, once wherever the processes are.

use std::sync::Arc;
use std::time::Duration;

use moa_jobs::{BoxError, Job, Jobs, RunFailed, RunReport};
use tokio_util::sync::CancellationToken;

use crate::SCHEMA;
use crate::app::App;
use crate::error::Error;

/// The jobs of notification.
pub(crate) fn schedule(app: &Arc<App>, digest_every: Duration, cancel: CancellationToken) -> Jobs {
    let digest = {
        let app = Arc::clone(app);
        Job::new("inquiry-digest", digest_every, move |_| {
            let app = Arc::clone(&app);
            async move {
                let run = app.digest_inquiries().await.map_err(failed)?;
                let said = format!("looked at {} merchant(s), told {}", run.merchants, run.told);
                Ok(RunReport::new("INQUIRIES_DIGESTED", said)
                    .count("merchants", run.merchants)
                    .count("told", run.told))
            }
        })
    };
    Jobs::new(app.db.clone(), SCHEMA, app.ids.uuid(), vec![digest], cancel)
}

fn failed(error: Error) -> BoxError {
    match error {
        Error::InquiriesUnknown { unknown, .. } => RunFailed::new("INQUIRIES_UNKNOWN", error)
            .count("unknown", unknown)
            .into(),
        other => other.into(),
    }
}
