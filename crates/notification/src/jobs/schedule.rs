//! What runs at its time, once wherever the processes are.

use std::sync::Arc;
use std::time::Duration;

use moa_jobs::{Job, Jobs};
use tokio_util::sync::CancellationToken;

use crate::SCHEMA;
use crate::app::App;

/// The jobs of notification.
pub(crate) fn schedule(app: &Arc<App>, digest_every: Duration, cancel: CancellationToken) -> Jobs {
    let digest = {
        let app = Arc::clone(app);
        Job::new("inquiry-digest", digest_every, move |_| {
            let app = Arc::clone(&app);
            async move {
                let run = app.digest_inquiries().await?;
                Ok(format!(
                    "looked at {} merchant(s), told {}",
                    run.merchants, run.told
                ))
            }
        })
    };
    Jobs::new(app.db.clone(), SCHEMA, app.ids.uuid(), vec![digest], cancel)
}
