//! notification's `messages`.

use async_trait::async_trait;
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::notification::v1::{MessageAccepted, MessageDelivered, MessageFailed};
use moa_service::BoxError;
use sqlx::PgConnection;

use super::{Entries, payload};
use crate::app::board_changes::PendingChanges;
use crate::domain::timeline::TimelineKind;
use crate::store::timeline::{self, NewEntry};

/// Adds what became of messages to the timeline of their order.
pub struct MessagesFeed {
    changes: PendingChanges,
}

impl MessagesFeed {
    /// Tells of what it changed.
    pub fn new(changes: PendingChanges) -> Self {
        Self { changes }
    }
}

#[async_trait]
impl FeedHandler for MessagesFeed {
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        let mut made = Vec::new();
        for event in events {
            made.extend(entry_of(event)?);
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

/// The entry of a message; none when it is about no single order.
fn entry_of(event: &FeedEvent) -> Result<Vec<NewEntry>, BoxError> {
    let (message_id, order_id, template, reason, kind) =
        if let Some(m) = payload::<MessageAccepted>(event)? {
            let kind = TimelineKind::MessageAccepted;
            (m.message_id, m.order_id, m.template, String::new(), kind)
        } else if let Some(m) = payload::<MessageDelivered>(event)? {
            let kind = TimelineKind::MessageDelivered;
            (m.message_id, m.order_id, m.template, String::new(), kind)
        } else if let Some(m) = payload::<MessageFailed>(event)? {
            let kind = TimelineKind::MessageFailed;
            (m.message_id, m.order_id, m.template, m.reason, kind)
        } else {
            return Ok(Vec::new());
        };
    if order_id.is_empty() {
        return Ok(Vec::new());
    }
    let mut entries = Entries::of(event);
    let key = format!("message:{message_id}:{}", kind.as_str());
    let params = [("template", template.as_str()), ("reason", reason.as_str())];
    entries.add(order_id.parse()?, key, kind, &params);
    Ok(entries.made)
}
