//! What is done about claims, and each documented answer in our words.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::map::exchange_number;
use super::meaning::{Meaning, meaning};
use super::single::{self, Sight};
use crate::channel::coupang::calls::{encoded, tell, vendor_id, vendor_path};
use crate::channel::coupang::carriers;
use crate::channel::coupang::errors::{Refusal, excerpt};
use crate::channel::coupang::wire::text;
use crate::channel::coupang::writes::{evidence, number, whole_refusal};
use crate::channel::json::Json;
use crate::channel::{Reply, Session, trace};
use crate::domain::claim::{ChannelClaim, ClaimKind, ClaimStage};
use crate::domain::claim_probe::decided;
use crate::domain::failure::{CallFailure, FailureKind, Reach};
use crate::domain::operation::{ClaimDecision, ClaimOperation, RejectReason, Waybill};
use crate::domain::permit::LIFE_BY_INSTANT;
use crate::domain::probe::{Finding, Trace};
use crate::domain::quota::CallClass;
use crate::domain::write::{WriteAnswer, WriteOutcome};
use crate::quota::Slot;

/// One call.
struct Call {
    method: Method,
    path: String,
    body: Value,
}

fn refused(reason: &str, detail: impl Into<String>) -> WriteAnswer {
    WriteAnswer::new(WriteOutcome::RefusedFinal, reason, detail)
}

/// What is wrong before anything is sent.
pub fn check(operation: &ClaimOperation) -> Result<(), WriteAnswer> {
    let claim = &operation.claim;
    if let Err(field) = single::check(claim) {
        return Err(refused(
            "CLAIM_KIND_NOT_TAKEN",
            format!("{} {}", field.field, field.reason),
        ));
    }
    let is_exchange = claim.kind == ClaimKind::Exchange;
    let not_taken = |detail: &str| Err(refused("CLAIM_KIND_NOT_TAKEN", detail));
    match &operation.decision {
        ClaimDecision::ConfirmStop { .. } | ClaimDecision::ReportAlreadyShipped(_)
            if is_exchange =>
        {
            not_taken("an exchange stops no parcel")
        }
        ClaimDecision::Approve { .. } if is_exchange => not_taken(
            "Coupang has no approval of an exchange: confirm that the goods are back and reship",
        ),
        ClaimDecision::Reject { .. } if !is_exchange => {
            not_taken("Coupang lets only exchanges be refused")
        }
        ClaimDecision::Reship { .. } if !is_exchange => not_taken("only an exchange is reshipped"),
        ClaimDecision::Reject {
            reason: RejectReason::Other,
            ..
        } => Err(refused(
            "REASON_NOT_TAKEN",
            "Coupang takes OUT_OF_STOCK and BUYER_WITHDREW, and has no place for a note",
        )),
        ClaimDecision::ReportAlreadyShipped(waybill)
        | ClaimDecision::ReportCollection(waybill)
        | ClaimDecision::Reship { waybill, .. } => {
            carriers::check(&waybill.carrier, &waybill.tracking_number)
        }
        _ => Ok(()),
    }
}

/// The call of a decision; `None` for what Coupang has not.
fn call(session: &Session, operation: &ClaimOperation) -> Option<Call> {
    let vendor = vendor_id(session);
    let claim_id = operation.claim.channel_claim_id.as_str();
    let exchange = exchange_number(claim_id);
    let id = exchange.unwrap_or(claim_id);
    let at_claim = |action: &str, body: Value| {
        let list = exchange.map_or("returnRequests", |_| "exchangeRequests");
        Some(Call {
            method: Method::PUT,
            path: vendor_path(session, "v4", &format!("{list}/{}/{action}", encoded(id))),
            body,
        })
    };
    let code = |waybill: &Waybill| carriers::carrier(&waybill.carrier).map(|known| known.code);
    match &operation.decision {
        ClaimDecision::ConfirmStop { quantity } => at_claim(
            "stoppedShipment",
            json!({"vendorId": vendor, "receiptId": number(id), "cancelCount": quantity}),
        ),
        ClaimDecision::ReportAlreadyShipped(waybill) => at_claim(
            "completedShipment",
            json!({
                "vendorId": vendor,
                "receiptId": number(id),
                "deliveryCompanyCode": code(waybill)?,
                "invoiceNumber": waybill.tracking_number,
            }),
        ),
        ClaimDecision::Approve { quantity } => at_claim(
            "approval",
            json!({"vendorId": vendor, "receiptId": number(id), "cancelCount": quantity}),
        ),
        ClaimDecision::ConfirmCollected => {
            let name = exchange.map_or("receiptId", |_| "exchangeId");
            at_claim(
                "receiveConfirmation",
                json!({"vendorId": vendor, name: number(id)}),
            )
        }
        ClaimDecision::Reject { reason, .. } => {
            let code = match reason {
                RejectReason::OutOfStock => "SOLDOUT",
                RejectReason::BuyerWithdrew => "WITHDRAW",
                RejectReason::Other => return None,
            };
            at_claim(
                "rejection",
                json!({"vendorId": vendor, "exchangeId": number(id), "exchangeRejectCode": code}),
            )
        }
        ClaimDecision::ReportCollection(waybill) => Some(Call {
            method: Method::POST,
            path: vendor_path(session, "v4", "return-exchange-invoices/manual"),
            body: json!({
                "returnExchangeDeliveryType": exchange.map_or("RETURN", |_| "EXCHANGE"),
                "receiptId": number(id),
                "deliveryCompanyCode": code(waybill)?,
                "invoiceNumber": waybill.tracking_number,
            }),
        }),
        ClaimDecision::Reship {
            channel_parcel_id,
            waybill,
        } => {
            let row = json!({
                "exchangeId": number(id),
                "vendorId": vendor,
                "shipmentBoxId": number(channel_parcel_id),
                "goodsDeliveryCode": code(waybill)?,
                "invoiceNumber": waybill.tracking_number,
            });
            // An array, of which one row is sent.
            let upload = at_claim("invoices", json!([row]))?;
            Some(Call {
                method: Method::POST,
                ..upload
            })
        }
        ClaimDecision::Hold { .. } | ClaimDecision::Release => None,
    }
}

pub async fn carry_out(
    session: &Session,
    slot: Slot,
    operation: &ClaimOperation,
    deadline: Instant,
) -> WriteAnswer {
    let Some(call) = call(session, operation) else {
        slot.unused();
        return refused("CLAIM_KIND_NOT_TAKEN", "Coupang has no such call");
    };
    let slot = if tells_first_number(&operation.decision) {
        match look_first(session, slot, operation, deadline).await {
            Ok(slot) => slot,
            Err(answer) => return answer,
        }
    } else {
        slot
    };
    let target = (call.path.as_str(), "");
    match tell(session, slot, call.method, target, Some(&call.body)).await {
        Ok((reply, envelope)) => {
            let proof = evidence(&reply, None);
            match said(&operation.decision, envelope.data()) {
                Said::Yes => WriteAnswer::confirmed().with_evidence(proof),
                // HTTP 200 and code 200, and yet it says no.
                Said::No => {
                    let refusal = said_no(&reply, &text(envelope.data(), "resultMessage"));
                    refused_answer(session, operation, &refusal, deadline).await
                }
                Said::Nothing => WriteAnswer::new(
                    WriteOutcome::Unclear,
                    "CHANNEL_MALFORMED_ANSWER",
                    "the channel's answer says neither SUCCESS nor FAIL",
                )
                .with_evidence(proof),
            }
        }
        Err(refusal) => refused_answer(session, operation, &refusal, deadline).await,
    }
}

/// What a call that was taken says of its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Yes,
    No,
    Nothing,
}

/// Stops, rejections and an exchange's number are answered with a `resultCode`; approvals and what concerns the
/// collection need none.
fn said(decision: &ClaimDecision, data: &Json<'_>) -> Said {
    let needs_result = match decision {
        ClaimDecision::ConfirmStop { .. }
        | ClaimDecision::ReportAlreadyShipped(_)
        | ClaimDecision::Reject { .. }
        | ClaimDecision::Reship { .. } => true,
        ClaimDecision::Approve { .. }
        | ClaimDecision::ConfirmCollected
        | ClaimDecision::ReportCollection(_)
        | ClaimDecision::Hold { .. }
        | ClaimDecision::Release => false,
    };
    match text(data, "resultCode").as_str() {
        "SUCCESS" => Said::Yes,
        "FAIL" => Said::No,
        "" if !needs_result => Said::Yes,
        _ => Said::Nothing,
    }
}

const fn tells_first_number(decision: &ClaimDecision) -> bool {
    matches!(
        decision,
        ClaimDecision::ReportAlreadyShipped(_) | ClaimDecision::Reship { .. }
    )
}

/// A first number makes the channel treat goods as gone, and here it leaves without a permit. So the claim is read
/// first with the slot, and the call's own slot must come while a permit resting on that read would live.
async fn look_first(
    session: &Session,
    slot: Slot,
    operation: &ClaimOperation,
    deadline: Instant,
) -> Result<Slot, WriteAnswer> {
    let sight = single::look(session, slot, &operation.claim)
        .await
        .map_err(|failure| {
            // A read: whatever became of it, nothing was told.
            WriteAnswer::from_failure(&CallFailure {
                reach: Reach::NoEffect,
                ..failure
            })
        })?;
    let ends = Instant::from_std(sight.read.sent) + LIFE_BY_INSTANT;
    takes_number(operation, sight.claim.as_ref()).map_err(|answer| {
        answer.with_evidence(trace::of_claim(sight.claim.as_ref(), &[sight.read]))
    })?;
    let slot = session.slot(CallClass::Gate, deadline.min(ends)).await;
    slot.map_err(|failure| WriteAnswer::from_failure(&failure))
}

/// Whether the claim still waits for this number.
fn takes_number(
    operation: &ClaimOperation,
    claim: Option<&ChannelClaim>,
) -> Result<(), WriteAnswer> {
    match decided(claim, &operation.decision) {
        Finding::Happened => return Err(WriteAnswer::confirmed()),
        Finding::Clean => {}
        Finding::Blocked { reason, detail } => {
            return Err(WriteAnswer::new(WriteOutcome::Blocked, reason, detail));
        }
        Finding::Conflict { reason, detail } => return Err(refused(reason, detail)),
    }
    let kind = operation.decision.kind();
    let waits = claim.is_some_and(|claim| {
        // An exchange may have a further parcel, whose number is missing still.
        claim.actions.contains(&kind) || claim.stage == ClaimStage::Reshipped
    });
    if waits {
        return Ok(());
    }
    Err(refused(
        "CLAIM_STATE_CHANGED",
        "the claim does not take a number as it is now at the channel",
    ))
}

fn said_no(reply: &Reply, message: &str) -> Refusal {
    let failure = CallFailure::without_effect(
        FailureKind::Refused,
        format!("the channel refused ({})", excerpt(message)),
    );
    Refusal {
        failure,
        http_status: Some(reply.http_status),
        message: message.to_owned(),
    }
}

/// A refusal in our words. Where it may only say that the claim has moved on, perhaps by this very decision, a second
/// look tells.
async fn refused_answer(
    session: &Session,
    operation: &ClaimOperation,
    refusal: &Refusal,
    deadline: Instant,
) -> WriteAnswer {
    let answer = whole_refusal(refusal);
    let detail = answer.detail.clone();
    let evidence = answer.evidence.clone();
    match meaning(refusal) {
        Meaning::Reason(reason) => refused(reason, detail).with_evidence(evidence),
        Meaning::Left => {
            WriteAnswer::new(WriteOutcome::Blocked, "PARCEL_ALREADY_DISPATCHED", detail)
                .with_evidence(evidence)
        }
        Meaning::Other => answer,
        Meaning::State => {
            let look = single::look_again(session, &operation.claim, deadline).await;
            after_second_look(operation, look, detail).with_evidence(evidence)
        }
    }
}

fn after_second_look(
    operation: &ClaimOperation,
    look: Result<Sight, CallFailure>,
    detail: String,
) -> WriteAnswer {
    let sight = match look {
        Ok(sight) => sight,
        Err(failure) => {
            return WriteAnswer::new(
                WriteOutcome::Unclear,
                "CLAIM_STATE_CHANGED",
                format!("{detail}; perhaps it was done before, and the look failed: {failure}"),
            );
        }
    };
    match decided(sight.claim.as_ref(), &operation.decision) {
        Finding::Happened => WriteAnswer::confirmed(),
        Finding::Clean => refused("CLAIM_STATE_CHANGED", detail),
        Finding::Blocked { reason, detail } => {
            WriteAnswer::new(WriteOutcome::Blocked, reason, detail)
        }
        Finding::Conflict { reason, detail } => refused(reason, detail),
    }
}

/// Did it happen? A fresh look at the claim.
pub async fn look_for(
    session: &Session,
    operation: &ClaimOperation,
    deadline: Instant,
) -> Result<Trace, CallFailure> {
    let sight = single::look_again(session, &operation.claim, deadline).await?;
    Ok(Trace {
        finding: decided(sight.claim.as_ref(), &operation.decision),
        evidence: trace::of_claim(sight.claim.as_ref(), &[sight.read]),
    })
}

#[cfg(test)]
#[path = "writes_tests.rs"]
mod tests;
