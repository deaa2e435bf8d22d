//! Following fulfillment's acts on parcels: each is read again, since the channel may have changed it.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use moa_id::ChannelAccountId;
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::fulfillment::v1 as pb;
use moa_service::{BoxError, Clock};
use sqlx::PgConnection;

use super::signals::Signals;
use crate::domain::state::LineState;
use crate::store::accounts;
use crate::store::rereads::{self, NewReread};

/// Queues parcels of `ParcelAcknowledged` and `ParcelDispatched`.
pub(crate) struct Parcels {
    clock: Clock,
    signals: Signals,
    /// Accounts of the batch under way.
    touched: Mutex<Vec<ChannelAccountId>>,
}

impl Parcels {
    pub(crate) fn new(clock: Clock, signals: Signals) -> Self {
        Self {
            clock,
            signals,
            touched: Mutex::default(),
        }
    }
}

#[async_trait]
impl FeedHandler for Parcels {
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        let mut queued = Vec::new();
        for event in events {
            if let Some(acknowledged) = event.decode::<pb::ParcelAcknowledged>() {
                let parcel = acknowledged?;
                queued.push(NewReread {
                    merchant_id: event.merchant_id,
                    channel_account_id: parcel.channel_account_id.parse()?,
                    channel_order_id: parcel.channel_order_id,
                    channel_parcel_id: parcel.channel_parcel_id,
                    line_state: LineState::Acknowledged,
                });
            } else if let Some(dispatched) = event.decode::<pb::ParcelDispatched>() {
                let parcel = dispatched?;
                queued.push(NewReread {
                    merchant_id: event.merchant_id,
                    channel_account_id: parcel.channel_account_id.parse()?,
                    channel_order_id: parcel.channel_order_id,
                    channel_parcel_id: parcel.channel_parcel_id,
                    line_state: LineState::Dispatched,
                });
            }
        }
        let now = self.clock.now();
        rereads::insert(conn, &queued, now).await?;
        let sent_off = queued
            .iter()
            .filter(|reread| reread.line_state == LineState::Dispatched);
        let sent_off: Vec<_> = sent_off
            .map(|reread| (reread.merchant_id, reread.channel_account_id))
            .collect();
        accounts::note_sent_off(conn, &sent_off, now).await?;
        let accounts = queued.iter().map(|reread| reread.channel_account_id);
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        touched.extend(accounts);
        Ok(())
    }

    fn after_commit(&self) {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        touched.sort();
        touched.dedup();
        for account in touched.drain(..) {
            let signals = self.signals.of(account);
            signals.rereads.notify_one();
            signals.sent_off.notify_one();
        }
    }
}
