//! The seller cancels lines that have not left.
//!
//! The envelope is odd: when nothing could be cancelled, the body's code is 400 while the status is 200, and when some
//! could, the reasons of the others stand in the message as `[<vendorItemId>]<= <reason>`.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::refused;
use crate::channel::coupang::calls::{encoded, tell, vendor_id, vendor_path};
use crate::channel::coupang::errors::{Refusal, excerpt};
use crate::channel::coupang::look;
use crate::channel::coupang::wire::Envelope;
use crate::channel::coupang::writes::{number, whole_refusal};
use crate::channel::json::{Json, field, plain};
use crate::channel::{Reply, Session, trace};
use crate::domain::facts::{ParcelSight, Read};
use crate::domain::failure::{CallFailure, FailureKind};
use crate::domain::operation::{CancelledLine, ParcelOperation, SellerCancelReason};
use crate::domain::parcel_probe::cancelled;
use crate::domain::probe::{Finding, Trace};
use crate::domain::quota::CallClass;
use crate::domain::write::{WriteAnswer, WriteOutcome};
use crate::quota::Slot;

/// What is cancelled, why and by whom.
pub struct Cancel<'a> {
    pub operation: &'a ParcelOperation,
    pub lines: &'a [CancelledLine],
    pub reason: SellerCancelReason,
    pub cancelled_by: &'a str,
}

/// `middleCancelCode`; Coupang takes three reasons.
fn code(reason: SellerCancelReason) -> Option<&'static str> {
    match reason {
        SellerCancelReason::OutOfStock => Some("CCTTER"),
        SellerCancelReason::WrongAddress => Some("CCPNER"),
        SellerCancelReason::WrongPrice => Some("CCPRER"),
        SellerCancelReason::DeliveryDelayed | SellerCancelReason::BuyerAsked => None,
    }
}

pub fn check(reason: SellerCancelReason, cancelled_by: &str) -> Result<(), WriteAnswer> {
    if code(reason).is_none() {
        return Err(refused(
            "REASON_NOT_TAKEN",
            "Coupang takes OUT_OF_STOCK, WRONG_ADDRESS and WRONG_PRICE",
        ));
    }
    if cancelled_by.is_empty() {
        return Err(refused(
            "ANSWERER_UNKNOWN",
            "Coupang wants to know who cancels: give a WING id of this vendor as cancelled_by",
        ));
    }
    Ok(())
}

pub async fn carry_out(
    session: &Session,
    slot: Slot,
    cancel: &Cancel<'_>,
    deadline: Instant,
) -> WriteAnswer {
    let order_id = &cancel.operation.channel_order_id;
    let ids: Vec<Value> = cancel
        .lines
        .iter()
        .map(|it| number(&it.channel_line_id))
        .collect();
    let counts: Vec<i32> = cancel.lines.iter().map(|line| line.quantity).collect();
    let body = json!({
        "orderId": number(order_id),
        "vendorItemIds": ids,
        "receiptCounts": counts,
        "bigCancelCode": "CANERR",
        "middleCancelCode": code(cancel.reason),
        "vendorId": vendor_id(session),
        "userId": cancel.cancelled_by,
    });
    let path = vendor_path(
        session,
        "v5",
        &format!("orders/{}/cancel", encoded(order_id)),
    );
    match tell(session, slot, Method::POST, (&path, ""), Some(&body)).await {
        Ok((reply, envelope)) => answer(cancel.lines, &reply, &envelope),
        Err(refusal) => refused_answer(session, cancel, &refusal, deadline).await,
    }
}

/// A success, whole or in part. The documentation's table and its samples spell two names differently.
///
/// A line is settled only when the answer has it either under a receipt or among the failed ones.
pub fn answer(lines: &[CancelledLine], reply: &Reply, envelope: &Envelope) -> WriteAnswer {
    let data = |names: [&str; 2]| {
        names
            .into_iter()
            .find_map(|name| field(envelope.data(), name))
    };
    let failed = ids(data(["failedVendorItemIds", "failedItemIds"]));
    let receipts = data(["receiptMap", "ReceiptMap"]).and_then(|map| map.iter_object());
    let receipts = receipts.into_iter().flatten();
    let (receipts, done): (Vec<&str>, Vec<Vec<String>>) = receipts
        .map(|(receipt, told)| (receipt, ids(field(told, "vendorItemIds"))))
        .unzip();
    let done = done.concat();
    let of_lines = |wanted: &dyn Fn(&String) -> bool| -> Vec<&String> {
        let asked = lines.iter().map(|line| &line.channel_line_id);
        asked.filter(|id| wanted(id)).collect()
    };
    let refused_lines = of_lines(&|id| failed.contains(id));
    let unsettled_lines = of_lines(&|id| failed.contains(id) == done.contains(id));
    let evidence = json!({
        "http_status": reply.http_status,
        "sent_at": reply.sent_at,
        "answered_at": reply.answered_at,
        "receipts": receipts,
        "refused_lines": refused_lines,
        "unsettled_lines": unsettled_lines,
    })
    .to_string();
    if !unsettled_lines.is_empty() {
        let detail = format!(
            "Coupang's answer does not say whether {} of {} lines were cancelled",
            unsettled_lines.len(),
            lines.len()
        );
        return WriteAnswer::new(WriteOutcome::Unclear, "CHANNEL_MALFORMED_ANSWER", detail)
            .with_evidence(evidence);
    }
    if refused_lines.is_empty() {
        return WriteAnswer::confirmed().with_evidence(evidence);
    }
    let reason = if refused_lines.len() < lines.len() {
        "LINES_PARTLY_CANCELLED"
    } else {
        "CHANNEL_REFUSED"
    };
    refused(
        reason,
        format!(
            "Coupang refused {} of {} lines: {}",
            refused_lines.len(),
            lines.len(),
            excerpt(&reasons(&envelope.message))
        ),
    )
    .with_evidence(evidence)
}

/// A list of ids; whatever is no list has none.
fn ids(list: Option<&Json<'_>>) -> Vec<String> {
    let list = list.and_then(|list| list.as_array()).into_iter().flatten();
    list.filter_map(plain).collect()
}

/// The message without the request number it opens with.
fn reasons(message: &str) -> String {
    match message.split_once("\\r\\n").or(message.split_once('\n')) {
        Some((_, reasons)) => reasons.replace("\\r\\n", " "),
        None => message.to_owned(),
    }
}

/// Nothing could be cancelled: perhaps because it was done before.
async fn refused_answer(
    session: &Session,
    cancel: &Cancel<'_>,
    refusal: &Refusal,
    deadline: Instant,
) -> WriteAnswer {
    let answer = whole_refusal(refusal);
    if refusal.message.contains("userId") {
        return WriteAnswer {
            reason: "ANSWERER_UNKNOWN".to_owned(),
            ..answer
        };
    }
    let about_lines = refusal.failure.kind == FailureKind::Refused
        && matches!(refusal.http_status, Some(200 | 400));
    if !about_lines {
        return answer;
    }
    let (evidence, detail) = (answer.evidence, reasons(&refusal.message));
    let detail = format!("Coupang cancelled nothing: {}", excerpt(&detail));
    let settled = match look(session, cancel.operation, deadline).await {
        Err(failure) => WriteAnswer::new(
            WriteOutcome::Unclear,
            "PARCEL_STATE_CHANGED",
            format!("{detail}; perhaps it was done before, and the look failed: {failure}"),
        ),
        Ok((sight, _)) => match cancelled(&sight, cancel.lines) {
            Finding::Happened => WriteAnswer::confirmed(),
            Finding::Clean if detail.contains("개수") => refused("QUANTITY_MISMATCH", detail),
            Finding::Clean => refused("PARCEL_STATE_CHANGED", detail),
            Finding::Blocked { reason, detail } => {
                WriteAnswer::new(WriteOutcome::Blocked, reason, detail)
            }
            Finding::Conflict { reason, detail } => refused(reason, detail),
        },
    };
    settled.with_evidence(evidence)
}

async fn look(
    session: &Session,
    operation: &ParcelOperation,
    deadline: Instant,
) -> Result<(ParcelSight, Read), CallFailure> {
    let slot = session.slot(CallClass::Gate, deadline).await?;
    look::sheet(session, slot, &operation.channel_parcel_id).await
}

pub async fn look_for(
    session: &Session,
    operation: &ParcelOperation,
    lines: &[CancelledLine],
    deadline: Instant,
) -> Result<Trace, CallFailure> {
    let (sight, read) = look(session, operation, deadline).await?;
    let counts: Vec<Value> = match &sight {
        ParcelSight::Seen(parcel) => parcel
            .lines
            .iter()
            .map(|line| json!({"channel_line_id": line.channel_line_id, "cancelled": line.cancelled}))
            .collect(),
        ParcelSight::Gone | ParcelSight::NotFound => Vec::new(),
    };
    let gone = sight == ParcelSight::Gone;
    let facts = json!({"gone": gone, "lines": counts});
    Ok(Trace {
        finding: cancelled(&sight, lines),
        evidence: trace::of("parcel", facts, &[read]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::coupang::writes::tests::reply;

    fn line(id: &str) -> CancelledLine {
        CancelledLine {
            channel_line_id: id.to_owned(),
            quantity: 1,
            cancelled_before: 0,
        }
    }

    fn answered(data: &Value) -> WriteAnswer {
        let body = json!({
            "code": "200",
            "message": "[요청번호] 5f0c \\r\\n[70000000002]<= 취소 가능한 개수보다 요청한 개수가 더 많습니다 \\r\\n",
            "data": data,
        });
        let body = body.to_string();
        let envelope = Envelope::read(body.as_bytes()).unwrap();
        answer(
            &[line("70000000001"), line("70000000002")],
            &reply(200, &body),
            &envelope,
        )
    }

    fn told(receipt: &Value, failed: &Value) -> Value {
        let receipt =
            json!({"receiptId": 900001, "receiptType": "CANCEL", "vendorItemIds": receipt});
        json!({"receiptMap": {"900001": receipt}, "failedVendorItemIds": failed})
    }

    #[test]
    fn a_partial_cancel_names_the_lines_that_were_refused() {
        let (first, second) = (70000000001_i64, 70000000002_i64);
        let whole = answered(&told(&json!([first, second]), &json!([])));
        assert_eq!(whole.outcome, WriteOutcome::Confirmed);
        let part = answered(&told(&json!([first]), &json!([second])));
        assert_eq!(part.outcome, WriteOutcome::RefusedFinal);
        assert_eq!(part.reason, "LINES_PARTLY_CANCELLED");
        assert!(
            part.detail.contains("취소 가능한 개수보다"),
            "{}",
            part.detail
        );
        assert!(!part.detail.contains("5f0c"), "{}", part.detail);
        let evidence: Value = serde_json::from_str(&part.evidence).unwrap();
        assert_eq!(evidence["refused_lines"], json!(["70000000002"]));
        assert_eq!(evidence["receipts"], json!(["900001"]));
        let all = answered(&told(&json!([]), &json!(["70000000001", second])));
        assert_eq!(all.reason, "CHANNEL_REFUSED");
        let renamed = json!({
            "ReceiptMap": {"900001": {"vendorItemIds": [first]}},
            "failedItemIds": [second],
        });
        assert_eq!(answered(&renamed).reason, "LINES_PARTLY_CANCELLED");
    }

    #[test]
    fn a_line_that_the_answer_does_not_settle_is_unclear() {
        let (first, second) = (70000000001_i64, 70000000002_i64);
        let receipt = json!({"900001": {"vendorItemIds": [first, second]}});
        let table = [
            Value::Null,
            json!({}),
            json!({"receiptMap": {"900001": {"receiptId": 900001}}, "failedVendorItemIds": []}),
            told(&json!([first]), &json!([])),
            told(&json!([first]), &Value::Null),
            told(&json!([]), &json!([second])),
            told(&json!([first, second]), &json!([second])),
        ];
        for data in table {
            let answer = answered(&data);
            assert_eq!(answer.outcome, WriteOutcome::Unclear, "{data}");
            assert_eq!(answer.reason, "CHANNEL_MALFORMED_ANSWER", "{data}");
        }
        let without_failed = answered(&json!({"receiptMap": receipt}));
        assert_eq!(without_failed.outcome, WriteOutcome::Confirmed);
    }

    #[test]
    fn only_three_reasons_are_taken_and_somebody_must_cancel() {
        let refusal = |reason, by| check(reason, by).err().map(|answer| answer.reason);
        assert_eq!(refusal(SellerCancelReason::OutOfStock, "wing"), None);
        assert_eq!(
            refusal(SellerCancelReason::BuyerAsked, "wing").as_deref(),
            Some("REASON_NOT_TAKEN")
        );
        assert_eq!(
            refusal(SellerCancelReason::WrongPrice, "").as_deref(),
            Some("ANSWERER_UNKNOWN")
        );
    }
}
