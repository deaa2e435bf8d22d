//! fulfillment's `parcels`: what the channel took.

use async_trait::async_trait;
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::fulfillment::v1::{ParcelAcknowledged, ParcelDispatched};
use moa_service::BoxError;
use sqlx::PgConnection;

use super::{Entries, payload};
use crate::app::board_changes::PendingChanges;
use crate::domain::timeline::TimelineKind;
use crate::store::timeline;

/// Adds what the channel took to the timeline.
pub struct ParcelsFeed {
    changes: PendingChanges,
}

impl ParcelsFeed {
    /// Tells of what it changed.
    pub fn new(changes: PendingChanges) -> Self {
        Self { changes }
    }
}

#[async_trait]
impl FeedHandler for ParcelsFeed {
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        let mut made = Vec::new();
        for event in events {
            let mut entries = Entries::of(event);
            if let Some(parcel) = payload::<ParcelAcknowledged>(event)? {
                let key = format!("parcel:{}:acknowledged", parcel.channel_parcel_id);
                let order_id = parcel.order_id.parse()?;
                entries.add(order_id, key, TimelineKind::ParcelAcknowledged, &[]);
            } else if let Some(parcel) = payload::<ParcelDispatched>(event)? {
                let number = &parcel.tracking_number;
                let key = format!("parcel:{}:dispatched:{number}", parcel.channel_parcel_id);
                let params = [
                    ("carrier", parcel.carrier.as_str()),
                    ("tracking_number", number),
                ];
                let order_id = parcel.order_id.parse()?;
                entries.add(order_id, key, TimelineKind::ParcelDispatched, &params);
            }
            made.extend(entries.made);
        }
        timeline::add(conn, &made).await?;
        self.changes.set(
            made.iter()
                .map(|entry| (entry.merchant_id, entry.order_id))
                .collect(),
        );
        Ok(())
    }

    fn after_commit(&self) {
        self.changes.tell();
    }
}
