//! The unread past of one stream, worked off beside its present.

use std::time::Duration;

use moa_jobs::Lease;
use tokio_util::sync::CancellationToken;

use crate::domain::account::Account;
use crate::domain::stream::Stream;
use crate::domain::window::Cadence;
use crate::{App, Error};

/// How often a stream is asked whether anything is unread.
const LOOK: Duration = Duration::from_secs(5);

/// Reads what is unread until `cancel`, part by part without pause: whoever reads the present comes first by its larger
/// share of the quota, and its pages wait for a burst of new orders.
pub(crate) async fn collect_past(
    app: &App,
    account: &Account,
    stream: Stream,
    lease: &Lease,
    cancel: &CancellationToken,
) {
    let cadence = Cadence {
        busy: LOOK,
        ..app.config.cadence(stream)
    };
    let mut failures = 0;
    loop {
        let read = tokio::select! {
            // A part given up on the way is read again.
            () = cancel.cancelled() => return,
            read = app.collect_past(account, stream, lease) => read,
        };
        let pause = match read {
            Ok(Some(_)) => {
                failures = 0;
                Duration::ZERO
            }
            Ok(None) => LOOK,
            Err(Error::LeaseLost) => return,
            Err(error) => {
                failures += 1;
                note(app, account, stream, &error, failures).await;
                let told = match &error {
                    Error::Channel { retry_after, .. } => retry_after.unwrap_or_default(),
                    _ => Duration::ZERO,
                };
                cadence.back_off(failures).max(told)
            }
        };
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn note(app: &App, account: &Account, stream: Stream, error: &Error, failures: u32) {
    let (code, name, chain) = (&account.channel, stream.as_str(), error.chain());
    metrics::counter!("moa_order_sync_past_failures_total", "channel" => code.clone(), "reason" => error.reason().to_owned())
        .increment(1);
    // A channel that is away for a moment is no one's alarm; the screen shows it all the same.
    if failures >= 3 || !matches!(error, Error::Channel { .. }) {
        tracing::error!(channel_account.id = %account.channel_account_id, stream = name, error = %chain, "the past of {name} of {code} could not be read {failures} time(s) in a row: {chain}");
    }
    if let Err(unnoted) = app.note_past_failure(account, stream, error).await {
        let unnoted = unnoted.chain();
        tracing::error!(channel_account.id = %account.channel_account_id, stream = name, error = %unnoted, "that the past of {name} of {code} could not be read could not be noted: {unnoted}");
    }
}
