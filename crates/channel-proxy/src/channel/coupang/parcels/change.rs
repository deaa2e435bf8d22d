//! A parcel that left gets another number, or is said to have arrived.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::refused;
use crate::channel::coupang::calls::{tell, vendor_id, vendor_path};
use crate::channel::coupang::errors::excerpt;
use crate::channel::coupang::writes::{
    boxes, dispatch_answer, evidence, number, unanswered, whole_refusal,
};
use crate::channel::coupang::{carriers, look};
use crate::channel::{Session, trace};
use crate::domain::facts::{ParcelSight, SeenParcel, Split};
use crate::domain::failure::{CallFailure, Reach};
use crate::domain::operation::{ParcelChange, ParcelOperation, Waybill};
use crate::domain::order::LineState;
use crate::domain::parcel_probe::{corrected, delivered};
use crate::domain::probe::{Finding, Trace, conflict};
use crate::domain::quota::CallClass;
use crate::domain::write::{WriteAnswer, WriteOutcome};
use crate::quota::Slot;

/// The channel takes the report a month after the parcel left; it is asked again once a day.
const TOO_EARLY: TimeDelta = TimeDelta::days(1);

/// The parcel is read first: only one that left may get another number here, a first number goes by permit. The read
/// also tells whether the parcel was split, which the upload must repeat.
pub async fn correct_tracking(
    session: &Session,
    slot: Slot,
    operation: &ParcelOperation,
    (line_ids, waybill): (&[String], &Waybill),
    deadline: Instant,
) -> WriteAnswer {
    let (sight, read) = match look::sheet(session, slot, &operation.channel_parcel_id).await {
        Ok(seen) => seen,
        // A read: whatever became of it, nothing was told.
        Err(failure) => {
            let unsent = CallFailure {
                reach: Reach::NoEffect,
                ..failure
            };
            return WriteAnswer::from_failure(&unsent);
        }
    };
    let parcel = match left(&sight, operation, line_ids) {
        Ok(parcel) => parcel,
        Err(refused) => return refused,
    };
    // Told before: the channel would only say that it knows the number.
    if corrected(&sight, &waybill.tracking_number) == Finding::Happened {
        let facts = json!({
            "channel_parcel_id": parcel.channel_parcel_id,
            "tracking_number": parcel.tracking_number,
        });
        return WriteAnswer::confirmed().with_evidence(trace::of("parcel", facts, &[read]));
    }
    let Some(carrier) = carriers::carrier(&waybill.carrier) else {
        return refused("CARRIER_UNKNOWN", "Coupang has no carrier for this code");
    };
    let is_split = parcel.split == Split::Done;
    let dtos = line_ids.iter().map(|line_id| {
        json!({
            "shipmentBoxId": number(&operation.channel_parcel_id),
            "orderId": number(&operation.channel_order_id),
            "vendorItemId": number(line_id),
            "deliveryCompanyCode": carrier.code,
            "invoiceNumber": waybill.tracking_number,
            "splitShipping": is_split,
            "preSplitShipped": is_split,
            "estimatedShippingDate": "",
        })
    });
    let dtos: Vec<Value> = dtos.collect();
    let body = json!({"vendorId": vendor_id(session), "orderSheetInvoiceApplyDtos": dtos});
    let path = vendor_path(session, "v4", "orders/updateInvoices");
    let slot = match session.slot(CallClass::Gate, deadline).await {
        Ok(slot) => slot,
        Err(failure) => return WriteAnswer::from_failure(&failure),
    };
    match boxes(tell(session, slot, Method::POST, (&path, ""), Some(&body)).await) {
        Err(refusal) => {
            let answer = whole_refusal(&refusal);
            let number = ["송장번호", "운송장"];
            let names_it = number.iter().any(|word| refusal.message.contains(word));
            if answer.outcome == WriteOutcome::RefusedFinal && names_it {
                let reason = "TRACKING_NUMBER_INVALID".to_owned();
                return WriteAnswer { reason, ..answer };
            }
            answer
        }
        Ok((reply, results)) => match results.get(&operation.channel_parcel_id) {
            None => unanswered(&reply),
            Some(result) => dispatch_answer(result, reply.answered_at)
                .with_evidence(evidence(&reply, Some(result))),
        },
    }
}

/// The parcel, if it left with exactly these lines.
fn left<'a>(
    sight: &'a ParcelSight,
    operation: &ParcelOperation,
    line_ids: &[String],
) -> Result<&'a SeenParcel, WriteAnswer> {
    let parcel = match sight {
        ParcelSight::Gone => {
            return Err(WriteAnswer::new(
                WriteOutcome::Blocked,
                "ORDER_CANCELLED",
                "the channel says that this order was cancelled or returned",
            ));
        }
        ParcelSight::NotFound => {
            return Err(refused(
                "PARCEL_NOT_FOUND",
                "the channel does not know this parcel",
            ));
        }
        ParcelSight::Seen(parcel) => parcel,
    };
    if parcel.channel_order_id != operation.channel_order_id {
        return Err(refused(
            "PARCEL_CHANGED",
            "the parcel belongs to another order at the channel",
        ));
    }
    match &parcel.state {
        LineState::Dispatched | LineState::Delivered | LineState::Confirmed => {}
        LineState::Placed | LineState::Acknowledged => {
            return Err(refused(
                "PARCEL_NOT_DISPATCHED",
                "the parcel has not left; its first number goes by a permit",
            ));
        }
        _ => {
            return Err(refused(
                "PARCEL_STATE_CHANGED",
                "the parcel is in no state in which its number can be corrected",
            ));
        }
    }
    let mut live = parcel.lines.iter().filter(|line| line.shippable() > 0);
    let asked = |id: &str| line_ids.iter().any(|line_id| line_id == id);
    let known = |id: &String| parcel.lines.iter().any(|line| line.channel_line_id == *id);
    if !live.all(|line| asked(&line.channel_line_id)) || !line_ids.iter().all(known) {
        return Err(refused(
            "PARCEL_CHANGED",
            "the lines of the parcel at the channel are not those that were named",
        ));
    }
    Ok(parcel)
}

/// Tells the channel that a parcel arrived of which its carrier said nothing for a month.
pub async fn report_delivered(
    session: &Session,
    slot: Slot,
    operation: &ParcelOperation,
    tracking_number: &str,
) -> WriteAnswer {
    let body = json!({
        "shipmentBoxId": number(&operation.channel_parcel_id),
        "invoiceNumber": tracking_number,
    });
    let path = vendor_path(session, "v4", "completeLongTermUndelivery");
    match tell(session, slot, Method::POST, (&path, ""), Some(&body)).await {
        Ok((reply, _)) => WriteAnswer::confirmed().with_evidence(evidence(&reply, None)),
        Err(refusal) => {
            let answer = whole_refusal(&refusal);
            if answer.outcome != WriteOutcome::RefusedFinal {
                return answer;
            }
            let (evidence, detail) = (answer.evidence.clone(), answer.detail.clone());
            let retry_at = session.now() + TOO_EARLY;
            match status_in(&refusal.message) {
                Some("FINAL_DELIVERY") => WriteAnswer::confirmed(),
                Some("DEPARTURE" | "DELIVERING") => WriteAnswer {
                    retry_at: Some(retry_at),
                    ..WriteAnswer::new(
                        WriteOutcome::RefusedLater,
                        "DELIVERY_REPORT_TOO_EARLY",
                        "Coupang takes this a month after the parcel left, under the number it knows",
                    )
                },
                Some(status) => refused(
                    "PARCEL_STATE_CHANGED",
                    format!("Coupang shows the parcel as {}", excerpt(status)),
                ),
                None if refusal.message.contains("not found") => {
                    refused("PARCEL_NOT_FOUND", detail)
                }
                None => answer,
            }
            .with_evidence(evidence)
        }
    }
}

/// `배송완료 처리 실패. 배송상태: <STATUS>`.
fn status_in(message: &str) -> Option<&str> {
    let (_, status) = message.split_once("배송상태:")?;
    Some(status.trim())
}

/// Did it happen?
pub async fn look_for(
    session: &Session,
    operation: &ParcelOperation,
    deadline: Instant,
) -> Result<Trace, CallFailure> {
    let slot = session.slot(CallClass::Gate, deadline).await?;
    let (sight, read) = look::sheet(session, slot, &operation.channel_parcel_id).await?;
    let finding = match &operation.change {
        ParcelChange::CorrectTracking { waybill, .. } => {
            corrected(&sight, &waybill.tracking_number)
        }
        ParcelChange::ReportDelivered { .. } => delivered(&sight),
        ParcelChange::CancelLines { .. } | ParcelChange::DelayDispatch { .. } => unknown(),
    };
    let facts = match &sight {
        ParcelSight::Seen(parcel) => json!({
            "channel_parcel_id": parcel.channel_parcel_id,
            "tracking_number": parcel.tracking_number,
        }),
        ParcelSight::Gone => json!({"gone": true}),
        ParcelSight::NotFound => json!({"not_found": true}),
    };
    Ok(Trace {
        finding,
        evidence: trace::of("parcel", facts, &[read]),
    })
}

fn unknown() -> Finding {
    conflict("CHANNEL_LACKS_OPERATION", "Coupang has no such operation")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_read_out_of_the_refusal() {
        let message = "배송완료 처리 실패. 배송상태: DELIVERING";
        assert_eq!(status_in(message), Some("DELIVERING"));
        assert_eq!(status_in("shipmentBoxId (1) is not found."), None);
    }
}
