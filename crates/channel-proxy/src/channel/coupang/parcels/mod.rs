//! Parcels beside acknowledge and dispatch: what is read one by one, and what the seller changes.

pub mod cancel;
mod change;
pub mod history;
pub mod order;

use tokio::time::Instant;

use crate::channel::Session;
use crate::domain::failure::CallFailure;
use crate::domain::operation::{ParcelChange, ParcelOperation};
use crate::domain::probe::Trace;
use crate::domain::write::{WriteAnswer, WriteOutcome};
use crate::quota::Slot;

/// A refusal of ours.
fn refused(reason: &str, detail: impl Into<String>) -> WriteAnswer {
    WriteAnswer::new(WriteOutcome::RefusedFinal, reason, detail)
}

/// What is wrong before anything is sent.
pub fn check(operation: &ParcelOperation) -> Result<(), WriteAnswer> {
    match &operation.change {
        ParcelChange::CancelLines {
            reason,
            cancelled_by,
            ..
        } => cancel::check(*reason, cancelled_by),
        ParcelChange::CorrectTracking { waybill, .. } => {
            super::carriers::check(&waybill.carrier, &waybill.tracking_number)
        }
        ParcelChange::DelayDispatch { .. } | ParcelChange::ReportDelivered { .. } => Ok(()),
    }
}

pub async fn carry_out(
    session: &Session,
    slot: Slot,
    operation: &ParcelOperation,
    deadline: Instant,
) -> WriteAnswer {
    match &operation.change {
        ParcelChange::CancelLines {
            lines,
            reason,
            cancelled_by,
            ..
        } => {
            let order = cancel::Cancel {
                operation,
                lines,
                reason: *reason,
                cancelled_by,
            };
            cancel::carry_out(session, slot, &order, deadline).await
        }
        ParcelChange::CorrectTracking { line_ids, waybill } => {
            change::correct_tracking(session, slot, operation, (line_ids, waybill), deadline).await
        }
        ParcelChange::ReportDelivered { tracking_number } => {
            change::report_delivered(session, slot, operation, tracking_number).await
        }
        ParcelChange::DelayDispatch { .. } => {
            slot.unused();
            refused("CHANNEL_LACKS_OPERATION", "Coupang takes no delay")
        }
    }
}

/// Did it happen?
pub async fn look_for(
    session: &Session,
    operation: &ParcelOperation,
    deadline: Instant,
) -> Result<Trace, CallFailure> {
    match &operation.change {
        ParcelChange::CancelLines { lines, .. } => {
            cancel::look_for(session, operation, lines, deadline).await
        }
        _ => change::look_for(session, operation, deadline).await,
    }
}
