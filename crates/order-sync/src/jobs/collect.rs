//! Collecting from every active account: one lease an account, a loop for each of its streams.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{join_all, join3};
use moa_id::ChannelAccountId;
use moa_jobs::{Lease, Leases, run_leased};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::past::collect_past;
use super::rereads::reread_parcels;
use super::signals::{AccountSignals, Signals};
use crate::domain::account::Account;
use crate::domain::schedule::Schedule;
use crate::domain::stream::Stream;
use crate::domain::window::Cadence;
use crate::{App, Error};

/// How often the accounts are looked up without a wake-up: another process may have applied the event.
const LOOK: Duration = Duration::from_secs(10);

/// Collects until `cancel`.
pub(crate) struct Collector {
    pub(crate) app: App,
    pub(crate) leases: Leases,
    pub(crate) signals: Signals,
}

/// An account being collected.
struct Running {
    account: Account,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

/// When a stream is read next.
#[derive(Debug, Clone, Copy, Default)]
struct Next {
    pause: Duration,
    /// The last read was refused.
    refused: bool,
}

impl Collector {
    pub(crate) async fn run(self, cancel: CancellationToken) {
        let collector = Arc::new(self);
        let mut running: HashMap<ChannelAccountId, Running> = HashMap::new();
        loop {
            match crate::store::accounts::list_active(&collector.app.pool).await {
                Ok(active) => collector.adjust(&mut running, active, &cancel),
                Err(error) => {
                    let error = error.chain();
                    tracing::error!(error = %error, "the channel accounts cannot be read: {error}");
                }
            }
            tokio::select! {
                () = cancel.cancelled() => break,
                () = collector.signals.accounts_changed.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        for (id, account) in running {
            if let Err(error) = account.task.await {
                tracing::error!(channel_account.id = %id, error = %error, "collecting ended badly: {error}");
            }
        }
    }

    /// Starts what is active and stops what is not.
    fn adjust(
        self: &Arc<Self>,
        running: &mut HashMap<ChannelAccountId, Running>,
        active: Vec<Account>,
        cancel: &CancellationToken,
    ) {
        // What ended by itself (a panic) starts again.
        running.retain(|_, account| {
            let goes_on = active.contains(&account.account) && !account.task.is_finished();
            if !goes_on {
                account.cancel.cancel();
            }
            goes_on
        });
        metrics::gauge!("moa_order_sync_accounts").set(active.len() as f64);
        for account in active {
            running
                .entry(account.channel_account_id)
                .or_insert_with(|| {
                    let cancel = cancel.child_token();
                    let work = self
                        .clone()
                        .keep_collecting(account.clone(), cancel.clone());
                    Running {
                        account,
                        cancel,
                        task: tokio::spawn(work),
                    }
                });
        }
    }

    async fn keep_collecting(self: Arc<Self>, account: Account, cancel: CancellationToken) {
        let name = format!("collect/{}", account.channel_account_id);
        let ttl = self.app.config.lease_ttl;
        let leases = self.leases.clone();
        run_leased(leases, &name, ttl, cancel, |lease, cancel| {
            Box::pin(self.clone().collect_streams(account.clone(), lease, cancel))
        })
        .await;
    }

    async fn collect_streams(
        self: Arc<Self>,
        account: Account,
        lease: Lease,
        cancel: CancellationToken,
    ) {
        let signals = self.signals.of(account.channel_account_id);
        let schedule = self.app.config.schedule(&account);
        self.tell_stretched(&account, &schedule);
        let streams = account.streams().into_iter().map(|stream| {
            let cadence = self.cadence(stream, &schedule);
            Box::pin(self.collect_stream(&account, (stream, cadence), &lease, &signals, &cancel))
        });
        let pasts = account
            .streams()
            .into_iter()
            .map(|stream| Box::pin(collect_past(&self.app, &account, stream, &lease, &cancel)));
        let rereads = reread_parcels(
            self.app.clone(),
            account.clone(),
            lease.clone(),
            signals.clone(),
            cancel.clone(),
        );
        join3(join_all(streams), join_all(pasts), Box::pin(rereads)).await;
    }

    /// How often a stream is read inside the account's quota.
    fn cadence(&self, stream: Stream, schedule: &Schedule) -> Cadence {
        let cadence = self.app.config.cadence(stream);
        // Claims are never stretched.
        let pause = schedule
            .pause(stream)
            .filter(|_| !stream.shows_claims())
            .unwrap_or(cadence.busy);
        Cadence {
            busy: pause,
            idle: cadence.idle.max(pause),
            ..cadence
        }
    }

    fn tell_stretched(&self, account: &Account, schedule: &Schedule) {
        for bucket in schedule.buckets.iter().filter(|bucket| !bucket.fits()) {
            tracing::warn!(
                channel_account.id = %account.channel_account_id,
                channel.code = %account.channel,
                quota.bucket = %bucket.bucket,
                "reading this account of {} as seldom as its lists allow takes {:.2} calls a second of {:.2}; its quota ({} a second) is too small",
                account.channel,
                bucket.polls,
                bucket.polls_allowed,
                account.quota.per_second
            );
        }
    }

    async fn collect_stream(
        &self,
        account: &Account,
        (stream, cadence): (Stream, Cadence),
        lease: &Lease,
        signals: &AccountSignals,
        cancel: &CancellationToken,
    ) {
        let mut next = Next::default();
        loop {
            let began = Instant::now();
            next = tokio::select! {
                // A read given up on the way is a window that is not closed; the next one reads it again.
                () = cancel.cancelled() => return,
                next = self.read(account, (stream, cadence), lease, next.pause) => match next {
                    Some(next) => next,
                    None => return,
                },
            };
            if stream.shows_acts() {
                signals.rereads.notify_one();
            }
            tokio::select! {
                () = cancel.cancelled() => return,
                // A channel that refuses is left in peace for as long as it takes, whoever is in a hurry.
                () = self.hurry(signals, (stream, cadence), began), if !next.refused => {}
                () = self.watch_parcels(signals, began), if is_slow_claims(stream) && !next.refused => {}
                () = tokio::time::sleep(next.pause) => {}
            }
        }
    }

    /// Ends when somebody asks for a read, but not sooner after the last one than new orders are looked for: acts come
    /// in bursts, and one list shows all of a burst.
    async fn hurry(
        &self,
        signals: &AccountSignals,
        (stream, cadence): (Stream, Cadence),
        last_read: Instant,
    ) {
        signals.poll(stream).notified().await;
        let least = self.app.config.poll_min.min(cadence.busy);
        tokio::time::sleep_until(last_read + least).await;
    }

    /// Ends a pause that is longer than claims may be unread once a parcel was sent off: a cancel that slips in behind
    /// the last look is found within a minute.
    async fn watch_parcels(&self, signals: &AccountSignals, last_read: Instant) {
        signals.sent_off.notified().await;
        tokio::time::sleep_until(last_read + self.app.config.revisit).await;
    }

    /// Whether a parcel of the account was sent off so lately that all its claims are watched.
    async fn is_watched(&self, account: &Account) -> bool {
        match self.app.sent_off_lately(account).await {
            Ok(lately) => lately,
            Err(error) => {
                let error = error.chain();
                tracing::warn!(channel_account.id = %account.channel_account_id, error = %error, "when a parcel was last sent off could not be read, so claims are watched: {error}");
                true
            }
        }
    }

    /// Reads a window and tells when the next one is; none when the lease is lost.
    async fn read(
        &self,
        account: &Account,
        (stream, cadence): (Stream, Cadence),
        lease: &Lease,
        pause: Duration,
    ) -> Option<Next> {
        match self.app.collect(account, stream, lease).await {
            Ok(collected) => {
                let mut pause = cadence.pause(pause, collected.quiet_for);
                if is_slow_claims(stream) && self.is_watched(account).await {
                    pause = pause.min(self.app.config.revisit);
                }
                Some(Next {
                    pause,
                    refused: false,
                })
            }
            Err(Error::LeaseLost) => None,
            Err(error) => {
                let failures = self.note(account, stream, &error).await;
                let told = match &error {
                    Error::Channel { retry_after, .. } => retry_after.unwrap_or_default(),
                    _ => Duration::ZERO,
                };
                Some(Next {
                    pause: cadence.back_off(failures).max(told),
                    refused: true,
                })
            }
        }
    }

    async fn note(&self, account: &Account, stream: Stream, error: &Error) -> u32 {
        let (code, name, chain) = (&account.channel, stream.as_str(), error.chain());
        metrics::counter!("moa_order_sync_poll_failures_total", "channel" => code.clone(), "reason" => error.reason().to_owned())
            .increment(1);
        match self.app.note_failure(account, stream, error).await {
            Ok(failures) => {
                // A channel that is away for a moment is no one's alarm; the screen shows it all the same.
                if failures >= 3 || !matches!(error, Error::Channel { .. }) {
                    tracing::error!(channel_account.id = %account.channel_account_id, stream = name, error = %chain, "{name} of {code} could not be read {failures} time(s) in a row: {chain}");
                }
                failures
            }
            Err(unnoted) => {
                let unnoted = unnoted.chain();
                tracing::error!(channel_account.id = %account.channel_account_id, stream = name, error = %chain, "{name} of {code} could not be read: {chain}; nor could that be noted: {unnoted}");
                3
            }
        }
    }
}

/// Whether a stream shows claims that are read seldom as long as no parcel is on its way.
fn is_slow_claims(stream: Stream) -> bool {
    stream == Stream::ClaimsSettled
}
