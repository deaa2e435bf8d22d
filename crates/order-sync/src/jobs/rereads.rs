//! The queue of parcels of one account, worked off.

use std::sync::Arc;
use std::time::Duration;

use moa_jobs::Lease;
use tokio_util::sync::CancellationToken;

use super::signals::AccountSignals;
use crate::domain::account::Account;
use crate::{App, Error};

/// How often the queue is looked into without a wake-up.
const LOOK: Duration = Duration::from_secs(10);

/// Works off the queue until `cancel`.
pub(crate) async fn reread_parcels(
    app: App,
    account: Account,
    lease: Lease,
    signals: Arc<AccountSignals>,
    cancel: CancellationToken,
) {
    loop {
        let settled = tokio::select! {
            () = cancel.cancelled() => return,
            settled = app.reread_due_parcels(&account, &lease) => settled,
        };
        match settled {
            Ok(streams) => {
                for stream in streams {
                    signals.poll(stream).notify_one();
                }
            }
            Err(Error::LeaseLost) => return,
            Err(error) => {
                let error = error.chain();
                tracing::error!(error = %error, "parcels could not be read again: {error}");
            }
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = signals.rereads.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
