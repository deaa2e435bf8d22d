//! fulfillment's `entitlements`.

use async_trait::async_trait;
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::fulfillment::v1::{
    Entitlement, EntitlementChanged, EntitlementGranted, EntitlementState,
};
use moa_service::BoxError;
use sqlx::PgConnection;

use super::{Entries, newest, payload, word};
use crate::app::board_changes::PendingChanges;
use crate::domain::timeline::TimelineKind;
use crate::store::board_entitlements::{self, EntitlementRow};
use crate::store::timeline;

/// Puts entitlements on the board.
pub struct EntitlementsFeed {
    changes: PendingChanges,
}

impl EntitlementsFeed {
    /// Tells of what it changed.
    pub fn new(changes: PendingChanges) -> Self {
        Self { changes }
    }
}

#[async_trait]
impl FeedHandler for EntitlementsFeed {
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        let mut rows = Vec::with_capacity(events.len());
        let mut made = Vec::new();
        for event in events {
            let Some((entitlement, product_name)) = entitlement_of(event)? else {
                continue;
            };
            let row = row(event, &entitlement)?;
            if let Some(kind) = kind_of_state(entitlement.state()) {
                let mut entries = Entries::of(event);
                let key = format!("entitlement:{}:{}", row.entitlement_id, row.state);
                let params = [("product_name", product_name.as_str())];
                entries.add(row.order_id, key, kind, &params);
                made.extend(entries.made);
            }
            rows.push(row);
        }
        let rows = newest(
            rows,
            |row| (row.merchant_id, row.entitlement_id),
            |row| row.version,
        );
        let changed = board_entitlements::upsert(conn, &rows).await?;
        timeline::add(conn, &made).await?;
        let told = rows.iter().filter(|row| changed.contains(&row.order_id));
        self.changes
            .set(told.map(|row| (row.merchant_id, row.order_id)).collect());
        Ok(())
    }

    fn after_commit(&self) {
        self.changes.tell();
    }
}

fn entitlement_of(event: &FeedEvent) -> Result<Option<(Entitlement, String)>, BoxError> {
    if let Some(granted) = payload::<EntitlementGranted>(event)? {
        let name = granted.product_name;
        return Ok(granted.entitlement.map(|entitlement| (entitlement, name)));
    }
    let changed = payload::<EntitlementChanged>(event)?.and_then(|changed| changed.entitlement);
    Ok(changed.map(|entitlement| (entitlement, String::new())))
}

fn row(event: &FeedEvent, entitlement: &Entitlement) -> Result<EntitlementRow, BoxError> {
    Ok(EntitlementRow {
        merchant_id: event.merchant_id.as_uuid(),
        entitlement_id: entitlement.entitlement_id.parse()?,
        version: event.version,
        order_id: entitlement.order_id.parse()?,
        line_id: entitlement.line_id.parse()?,
        state: word(entitlement.state().as_str_name(), "ENTITLEMENT_STATE_"),
    })
}

fn kind_of_state(state: EntitlementState) -> Option<TimelineKind> {
    Some(match state {
        EntitlementState::Granted => TimelineKind::EntitlementGranted,
        EntitlementState::LinkSent => TimelineKind::EntitlementLinkSent,
        EntitlementState::Activated => TimelineKind::EntitlementActivated,
        EntitlementState::Revoked => TimelineKind::EntitlementRevoked,
        EntitlementState::Unspecified => return None,
    })
}
