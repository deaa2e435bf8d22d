//! Acknowledge and tracking upload, with each documented answer in our words.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::calls::{malformed, vendor_id, vendor_path, write};
use super::errors::{Refusal, excerpt};
use super::wire::{BoxResult, Envelope, box_results};
use super::{carriers, look, permit_expired};
use crate::channel::{AcknowledgeParcel, DispatchParcel, Reply, Session};
use crate::domain::facts::ParcelFacts;
use crate::domain::permit::{Ending, Part};
use crate::domain::probe::{self, Finding};
use crate::domain::quota::CallClass;
use crate::domain::write::{WriteAnswer, WriteOutcome};
use crate::quota::Slot;

/// Refusals of an acknowledge that are looked into at once; the others are probed later.
const MAX_SECOND_LOOKS: usize = 10;
/// After a refusal that the channel calls temporary.
pub const RETRY_AFTER: TimeDelta = TimeDelta::seconds(60);

pub async fn acknowledge(
    session: &Session,
    slot: Slot,
    parcels: &[AcknowledgeParcel],
    deadline: Instant,
) -> Vec<WriteAnswer> {
    let body = json!({
        "vendorId": vendor_id(session),
        "shipmentBoxIds": numbers(parcels.iter().map(|parcel| parcel.channel_parcel_id.as_str())),
    });
    let path = vendor_path(session, "v4", "ordersheets/acknowledgement");
    let (reply, results) =
        match boxes(write(session, slot, Method::PUT, &path, &body, |_| Ok(())).await) {
            Ok(answered) => answered,
            Err(refusal) => return parcels.iter().map(|_| whole_refusal(&refusal)).collect(),
        };
    let mut answers = Vec::with_capacity(parcels.len());
    let mut looks_left = MAX_SECOND_LOOKS;
    for parcel in parcels {
        let Some(result) = results.get(&parcel.channel_parcel_id) else {
            answers.push(unanswered(&reply));
            continue;
        };
        let answer = if result.succeed {
            WriteAnswer::confirmed()
        } else if is_state_refusal(result) && looks_left > 0 {
            looks_left -= 1;
            after_second_look(session, parcel, deadline).await
        } else {
            acknowledge_refusal(result, reply.answered_at)
        };
        answers.push(answer.with_evidence(evidence(&reply, Some(result))));
    }
    answers
}

/// "The status cannot be changed": acknowledged before, dispatched, or a cancel is under way.
fn is_state_refusal(result: &BoxResult) -> bool {
    result.result_code == "INVALID_STATUS" || result.result_message.contains("변경할 수 없습니다")
}

async fn after_second_look(
    session: &Session,
    parcel: &AcknowledgeParcel,
    deadline: Instant,
) -> WriteAnswer {
    let look = async {
        let slot = session.slot(CallClass::Gate, deadline).await?;
        look::sheet(session, slot, &parcel.channel_parcel_id).await
    };
    let facts = match look.await {
        Ok((parcel, read)) => ParcelFacts {
            parcel,
            claims: Vec::new(),
            reads: vec![read],
        },
        Err(failure) => {
            return WriteAnswer::new(
                WriteOutcome::Unclear,
                "PARCEL_STATE_CHANGED",
                format!(
                    "the channel refused, perhaps because it was done before; the look failed: {failure}"
                ),
            );
        }
    };
    match probe::acknowledged(&facts, &parcel.channel_order_id) {
        Finding::Happened => WriteAnswer::confirmed(),
        Finding::Clean => WriteAnswer {
            retry_at: Some(session.now() + RETRY_AFTER),
            ..WriteAnswer::new(
                WriteOutcome::RefusedLater,
                "PARCEL_NOT_READY",
                "the channel does not take the acknowledge yet",
            )
        },
        Finding::Blocked { reason, detail } => {
            WriteAnswer::new(WriteOutcome::Blocked, reason, detail)
        }
        Finding::Conflict { reason, detail } => {
            WriteAnswer::new(WriteOutcome::RefusedFinal, reason, detail)
        }
    }
}

fn acknowledge_refusal(result: &BoxResult, now: DateTime<Utc>) -> WriteAnswer {
    let detail = refusal_detail(result);
    if is_state_refusal(result) {
        return WriteAnswer::new(WriteOutcome::Unclear, "PARCEL_STATE_CHANGED", detail);
    }
    let reason = match result.result_code.as_str() {
        "NOT_FOUND_SHIPMENT_BOX" => "PARCEL_NOT_FOUND",
        _ => "CHANNEL_REFUSED",
    };
    refusal_by_flag(result, reason, detail, now)
}

fn refusal_by_flag(
    result: &BoxResult,
    reason: &str,
    detail: String,
    now: DateTime<Utc>,
) -> WriteAnswer {
    if result.retry_required {
        WriteAnswer {
            retry_at: Some(now + RETRY_AFTER),
            ..WriteAnswer::new(WriteOutcome::RefusedLater, reason, detail)
        }
    } else {
        WriteAnswer::new(WriteOutcome::RefusedFinal, reason, detail)
    }
}

fn refusal_detail(result: &BoxResult) -> String {
    let (code, message) = (
        excerpt(&result.result_code),
        excerpt(&result.result_message),
    );
    format!("Coupang refused with {code}: {message}")
}

pub async fn dispatch(
    session: &Session,
    slot: Slot,
    parcels: &[DispatchParcel],
    permitted_until: Ending,
) -> Vec<WriteAnswer> {
    let mut dtos = Vec::new();
    for parcel in parcels {
        let Some(carrier) = carriers::carrier(&parcel.carrier) else {
            continue;
        };
        let (splits, split_before) = match parcel.cargo.part() {
            Part::Whole => (false, false),
            Part::First { .. } => (true, false),
            Part::Last => (true, true),
        };
        let mut line = |line_id: &str, tracking_number: &str, planned_on: &str| {
            dtos.push(json!({
                "shipmentBoxId": number(&parcel.cargo.channel_parcel_id),
                "orderId": number(&parcel.cargo.channel_order_id),
                "vendorItemId": number(line_id),
                "deliveryCompanyCode": carrier.code,
                "invoiceNumber": tracking_number,
                "splitShipping": splits,
                "preSplitShipped": split_before,
                "estimatedShippingDate": planned_on,
            }));
        };
        for packed in parcel.cargo.lines() {
            line(&packed.channel_line_id, &parcel.tracking_number, "");
        }
        // What waits has a day in place of a number.
        for (line_id, planned_on) in &parcel.planned {
            line(line_id, "", &planned_on.to_string());
        }
    }
    let body = json!({"vendorId": vendor_id(session), "orderSheetInvoiceApplyDtos": dtos});
    let path = vendor_path(session, "v4", "orders/invoices");
    let may_send = |now| {
        if permitted_until.is_over(now, Instant::now().into_std()) {
            Err(permit_expired())
        } else {
            Ok(())
        }
    };
    let (reply, results) =
        match boxes(write(session, slot, Method::POST, &path, &body, may_send).await) {
            Ok(answered) => answered,
            Err(refusal) => {
                let answer = |parcel| dispatch_whole_refusal(&refusal, parcel, parcels.len());
                return parcels.iter().map(answer).collect();
            }
        };
    let answer = |parcel: &DispatchParcel| match results.get(&parcel.cargo.channel_parcel_id) {
        None => unanswered(&reply),
        Some(result) => {
            dispatch_answer(result, reply.answered_at).with_evidence(evidence(&reply, Some(result)))
        }
    };
    parcels.iter().map(answer).collect()
}

/// One box's result of an upload, by the documented table.
pub fn dispatch_answer(result: &BoxResult, now: DateTime<Utc>) -> WriteAnswer {
    use WriteOutcome as Outcome;
    let detail = refusal_detail(result);
    let (outcome, reason) = match result.result_code.as_str() {
        _ if result.succeed => return WriteAnswer::confirmed(),
        // Also the answer to a repeat of the same number, which is not the same as success: a look decides.
        "INVALID_STATUS" => (Outcome::Unclear, "PARCEL_STATE_CHANGED"),
        "DUPLICATE_INVOICE_NUMBER" => (Outcome::Unclear, "TRACKING_NUMBER_DUPLICATE"),
        "UNDEFINED_ERROR_OCCUR" => (Outcome::Unclear, "CHANNEL_FAULT"),
        "NOT_FOUND_SHIPMENT_BOX" => (Outcome::RefusedFinal, "PARCEL_NOT_FOUND"),
        // Called temporary, but the same number will not become another.
        "INVALID_INVOICE_NUMBER" => (Outcome::RefusedFinal, "TRACKING_NUMBER_INVALID"),
        "NOT_ALLOW_INVOICE_NUMBER_RE_UPLOAD" => (Outcome::RefusedFinal, "TRACKING_NUMBER_REUSED"),
        "NOT_FOUND_INVOICE_NUMBER" => (Outcome::RefusedFinal, "TRACKING_NUMBER_MISSING"),
        "NOT_FOUND_VENDOR_ITEM" => (Outcome::RefusedFinal, "PARCEL_CHANGED"),
        "ORDER_DELIVERY_CANCELED" => (Outcome::Blocked, "ORDER_CANCELLED"),
        "ORDER_DELIVERY_PARTIAL_STOP_REQUESTED" | "ORDER_DELIVERY_CANCELED_HOLDING_FOR_CANCEL" => {
            (Outcome::Blocked, "CANCEL_REQUESTED")
        }
        "PERMISSION_DENIED" => {
            return refusal_by_flag(result, "CHANNEL_PERMISSION_DENIED", detail, now);
        }
        "PSD_NOT_ALLOW_TO_CHANGE" => (Outcome::RefusedFinal, "CHANNEL_REFUSED"),
        "NOT_ALLOW_VENDOR_DIRECT"
        | "NOT_ALLOW_SEPARATE_AFTER_NORMAL_DELIVERY"
        | "IS_SEPARATE_MUST_BE_TRUE_WHEN_SEPARATE_DELIVERY"
        | "NOT_ALLOW_SEPARATE_WHEN_ONE_VENDOR_ITEM" => {
            (Outcome::RefusedFinal, "SPLIT_NOT_POSSIBLE")
        }
        // In no document: temporary, says the channel, so nobody knows what it did.
        _ if result.retry_required => (Outcome::Unclear, "CHANNEL_REFUSED"),
        _ => (Outcome::RefusedFinal, "CHANNEL_REFUSED"),
    };
    WriteAnswer::new(outcome, reason, detail)
}

/// A refusal of the whole upload. A wrong number is named in brackets: the other parcels may go without it.
fn dispatch_whole_refusal(
    refusal: &Refusal,
    parcel: &DispatchParcel,
    parcels: usize,
) -> WriteAnswer {
    let answer = whole_refusal(refusal);
    if answer.outcome != WriteOutcome::RefusedFinal || refusal.http_status != Some(400) {
        return answer;
    }
    let names_a_number = refusal.message.contains("송장번호") || refusal.message.contains("운송장");
    if !names_a_number {
        return answer;
    }
    if parcels == 1
        || refusal
            .message
            .contains(&format!("[{}]", parcel.tracking_number))
    {
        return WriteAnswer {
            reason: "TRACKING_NUMBER_INVALID".to_owned(),
            ..answer
        };
    }
    WriteAnswer {
        outcome: WriteOutcome::RefusedLater,
        reason: "BATCH_REFUSED".to_owned(),
        detail: "the channel refused the whole upload because of another parcel's number"
            .to_owned(),
        ..answer
    }
}

pub fn whole_refusal(refusal: &Refusal) -> WriteAnswer {
    let evidence =
        json!({"http_status": refusal.http_status, "message": excerpt(&refusal.message)});
    WriteAnswer::from_failure(&refusal.failure).with_evidence(evidence.to_string())
}

pub fn unanswered(reply: &Reply) -> WriteAnswer {
    WriteAnswer::new(
        WriteOutcome::Unclear,
        "CHANNEL_MALFORMED_ANSWER",
        "the channel's answer does not mention this parcel",
    )
    .with_evidence(evidence(reply, None))
}

pub type Answered = (Reply, HashMap<String, BoxResult>);

/// The results by box. Several results of one box count as the worst of them.
pub fn boxes(answer: Result<(Reply, Envelope), Refusal>) -> Result<Answered, Refusal> {
    let (reply, envelope) = answer?;
    let results = box_results(&envelope).map_err(|error| malformed(&error))?;
    let mut by_box: HashMap<String, BoxResult> = HashMap::new();
    for result in results {
        match by_box.get(&result.shipment_box_id) {
            Some(known) if !known.succeed => {}
            _ => {
                by_box.insert(result.shipment_box_id.clone(), result);
            }
        }
    }
    Ok((reply, by_box))
}

pub fn evidence(reply: &Reply, result: Option<&BoxResult>) -> String {
    json!({
        "http_status": reply.http_status,
        "sent_at": reply.sent_at,
        "answered_at": reply.answered_at,
        "result_code": result.map(|result| excerpt(&result.result_code)),
    })
    .to_string()
}

/// Ids are numbers on this wire; whatever is none goes as text and is refused there.
pub fn number(id: &str) -> Value {
    id.parse::<u64>()
        .map_or_else(|_| json!(id), |number| json!(number))
}

pub fn numbers<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<Value> {
    ids.map(number).collect()
}

#[cfg(test)]
#[path = "writes_tests.rs"]
pub mod tests;
