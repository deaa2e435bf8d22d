//! Looks for what is new in channels' answers, beside the calls: a page a minute of each call and merchant.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use moa_id::{Ids, MerchantId};
use moa_outbox::Outbox;
use sqlx::PgPool;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::channel::Shape;
use crate::domain::drift::{DriftFinding, DriftKind, Place, word};
use crate::error::Error;
use crate::events;
use crate::store::drift;

/// How often a page of one call and merchant is looked at.
const EVERY: Duration = Duration::from_secs(60);
/// Larger pages are not looked at: the look would be felt.
const MAX_PAGE: usize = 1024 * 1024;
/// Pages and words that may wait.
const QUEUE: usize = 64;

/// Something to be looked at.
#[derive(Debug)]
struct Look {
    merchant_id: MerchantId,
    channel: &'static str,
    seen_at: DateTime<Utc>,
    what: What,
}

#[derive(Debug)]
enum What {
    Page {
        api: &'static str,
        shape: &'static Shape,
        body: Bytes,
    },
    Word {
        place: Place,
    },
}

/// Where pages are offered.
#[derive(Debug, Clone)]
pub struct DriftWatch {
    sender: Sender<Look>,
    receiver: Arc<tokio::sync::Mutex<Receiver<Look>>>,
    looked: Arc<Mutex<HashMap<(MerchantId, &'static str), Instant>>>,
}

impl DriftWatch {
    /// A watch at which nobody looks before [`DriftWatch::keep`].
    pub fn new() -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Self {
            sender,
            receiver: Arc::new(tokio::sync::Mutex::new(receiver)),
            looked: Arc::default(),
        }
    }

    /// Takes an answer if one of its kind is due. Never waits.
    pub fn offer(
        &self,
        merchant_id: MerchantId,
        channel: &'static str,
        (api, shape): (&'static str, &'static Shape),
        body: &Bytes,
        seen_at: DateTime<Utc>,
    ) {
        if body.len() > MAX_PAGE || !self.is_due(merchant_id, api) {
            return;
        }
        let body = body.clone();
        self.take(Look {
            merchant_id,
            channel,
            seen_at,
            what: What::Page { api, shape, body },
        });
    }

    /// Takes a state that the reader of orders did not know. Never waits.
    pub fn unknown_state(
        &self,
        merchant_id: MerchantId,
        channel: &'static str,
        state: &str,
        seen_at: DateTime<Utc>,
    ) {
        let place = Place {
            api: format!("{channel}.orders"),
            kind: DriftKind::UnknownWord,
            path: format!("state={}", word(state)),
        };
        self.take(Look {
            merchant_id,
            channel,
            seen_at,
            what: What::Word { place },
        });
    }

    fn is_due(&self, merchant_id: MerchantId, api: &'static str) -> bool {
        let now = Instant::now();
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let last = looked.get(&(merchant_id, api));
        let due = last.is_none_or(|last| now.duration_since(*last) >= EVERY);
        if due {
            looked.insert((merchant_id, api), now);
        }
        due
    }

    fn take(&self, look: Look) {
        if self.sender.try_send(look).is_err() {
            metrics::counter!("moa_channel_drift_unlooked_total").increment(1);
        }
    }

    /// Looks until `cancel`.
    pub async fn keep(&self, keeper: &Keeper, cancel: CancellationToken) {
        let mut receiver = self.receiver.lock().await;
        loop {
            let next = cancel.run_until_cancelled(receiver.recv()).await;
            let Some(Some(look)) = next else { return };
            let (channel, merchant_id) = (look.channel, look.merchant_id);
            if let Err(error) = keeper.keep(look).await {
                tracing::warn!(
                    channel.code = channel,
                    merchant.id = %merchant_id,
                    error = %error,
                    "what is new in a channel's answer was not kept; it will be seen again: {error}"
                );
            }
        }
    }
}

/// Where findings go.
pub struct Keeper {
    pub pool: PgPool,
    pub outbox: Outbox,
    pub ids: Ids,
}

impl Keeper {
    async fn keep(&self, look: Look) -> Result<(), Error> {
        let found = found_in(&look);
        if found.is_empty() {
            return Ok(());
        }
        let mut tx = moa_service::begin(&self.pool).await?;
        let mut events = Vec::new();
        for (place, sample) in found {
            metrics::counter!(
                "moa_channel_drift_total",
                "channel" => look.channel,
                "kind" => place.kind.as_str(),
            )
            .increment(1);
            let finding = DriftFinding {
                merchant_id: look.merchant_id,
                id: self.ids.uuid(),
                channel: look.channel.to_owned(),
                place,
                first_seen_at: look.seen_at,
                last_seen_at: look.seen_at,
                count: 1,
                sample,
            };
            if drift::record(&mut tx, &finding).await? {
                tracing::warn!(
                    channel.code = look.channel,
                    channel.api = %finding.place.api,
                    "the channel says something that this version does not know: {} {}",
                    finding.place.kind.as_str(),
                    finding.place.path
                );
                events.push(events::drift_found(&self.ids, &finding, look.seen_at));
            }
        }
        if !events.is_empty() {
            self.outbox.push_all(&mut tx, &events).await?;
        }
        tx.commit().await?;
        if !events.is_empty() {
            self.outbox.wake();
        }
        Ok(())
    }
}

/// What is new, in a fixed order, so that two processes that count the same places do not wait for each other.
fn found_in(look: &Look) -> BTreeMap<Place, String> {
    match &look.what {
        What::Word { place } => BTreeMap::from([(place.clone(), String::new())]),
        What::Page { api, shape, body } => {
            // What is no JSON was refused by its reader.
            let Ok(page) = serde_json::from_slice(body) else {
                return BTreeMap::new();
            };
            let unknown = shape.unknown_in(&page).into_iter();
            let placed = unknown.map(|one| {
                let place = Place {
                    api: (*api).to_owned(),
                    kind: one.kind,
                    path: one.path,
                };
                (place, one.sample)
            });
            placed.collect()
        }
    }
}
