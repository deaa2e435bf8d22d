//! fulfillment's `shipments`.

use async_trait::async_trait;
use moa_outbox::{FeedEvent, FeedHandler};
use moa_proto::moa::fulfillment::v1::{Shipment, ShipmentChanged, ShipmentState};
use moa_service::BoxError;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Entries, newest, payload, word};
use crate::app::board_changes::PendingChanges;
use crate::domain::timeline::TimelineKind;
use crate::store::board_shipments::{self, ShipmentRow};
use crate::store::timeline;

/// Puts shipments on the board.
pub struct ShipmentsFeed {
    changes: PendingChanges,
}

impl ShipmentsFeed {
    /// Tells of what it changed.
    pub fn new(changes: PendingChanges) -> Self {
        Self { changes }
    }
}

#[async_trait]
impl FeedHandler for ShipmentsFeed {
    async fn apply(&self, conn: &mut PgConnection, events: &[FeedEvent]) -> Result<(), BoxError> {
        let mut rows = Vec::with_capacity(events.len());
        let mut entries = Vec::new();
        for event in events {
            let Some(ShipmentChanged {
                shipment: Some(shipment),
            }) = payload(event)?
            else {
                continue;
            };
            let row = row(event, &shipment)?;
            entries.extend(entries_of(event, &shipment, &row)?);
            rows.push(row);
        }
        let rows = newest(
            rows,
            |row| (row.merchant_id, row.shipment_id),
            |row| row.version,
        );
        let changed = board_shipments::upsert(conn, &rows).await?;
        timeline::add(conn, &entries).await?;
        let told = rows
            .iter()
            .flat_map(|row| row.lines.iter().map(|(order, _)| (row.merchant_id, *order)));
        self.changes
            .set(told.filter(|(_, order)| changed.contains(order)).collect());
        Ok(())
    }

    fn after_commit(&self) {
        self.changes.tell();
    }
}

fn row(event: &FeedEvent, shipment: &Shipment) -> Result<ShipmentRow, BoxError> {
    let lines = shipment
        .lines
        .iter()
        .map(|line| Ok((line.order_id.parse()?, line.line_id.parse()?)))
        .collect::<Result<Vec<_>, BoxError>>()?;
    Ok(ShipmentRow {
        merchant_id: event.merchant_id.as_uuid(),
        shipment_id: shipment.shipment_id.parse()?,
        version: event.version,
        state: word(shipment.state().as_str_name(), "SHIPMENT_STATE_"),
        carrier: shipment.carrier.clone(),
        tracking_number: shipment.tracking_number.clone(),
        hold_reason: shipment.hold_reason.clone(),
        hold_detail: shipment.hold_detail.clone(),
        lines,
    })
}

fn entries_of(
    event: &FeedEvent,
    shipment: &Shipment,
    row: &ShipmentRow,
) -> Result<Vec<timeline::NewEntry>, BoxError> {
    let mut entries = Entries::of(event);
    let params = [
        ("carrier", shipment.carrier.as_str()),
        ("tracking_number", shipment.tracking_number.as_str()),
        ("reason", shipment.hold_reason.as_str()),
        ("detail", shipment.hold_detail.as_str()),
    ];
    let (kind, happens_again) = match shipment.state() {
        ShipmentState::Ready => (TimelineKind::ShipmentCreated, false),
        ShipmentState::Dispatching => (TimelineKind::ShipmentDispatching, true),
        ShipmentState::Dispatched => (TimelineKind::ShipmentDispatched, false),
        ShipmentState::Held if shipment.hold_reason == "RECEIVER_CHANGED" => {
            (TimelineKind::ReceiverChanged, true)
        }
        ShipmentState::Held => (TimelineKind::ShipmentHeld, true),
        ShipmentState::Cancelled => (TimelineKind::ShipmentCancelled, false),
        ShipmentState::Unspecified => return Ok(Vec::new()),
    };
    let id = &shipment.shipment_id;
    // A held shipment may be tried again and held again: each time is an entry.
    let key = match happens_again {
        true => format!("shipment:{id}:{}:{}", row.state, row.version),
        false => format!("shipment:{id}:{}", row.state),
    };
    for order_id in &shipment.order_ids {
        let order_id: Uuid = order_id.parse()?;
        entries.add(order_id, key.clone(), kind, &params);
    }
    Ok(entries.made)
}
