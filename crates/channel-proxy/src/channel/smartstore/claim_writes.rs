//! What is done about claims, and each documented answer in our words.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::calls::{always, exchange};
use super::carriers::{self, Delivery};
use super::claims::{claim_id, claims, product_order_of};
use super::errors::malformed;
use super::look::sighted;
use super::token::Tokens;
use super::writes::{self, refused, results};
use crate::channel::{Session, trace};
use crate::domain::buckets::Bucket;
use crate::domain::claim::{ChannelClaim, ClaimKind};
use crate::domain::claim_probe::decided;
use crate::domain::facts::Read;
use crate::domain::failure::{CallFailure, Reach};
use crate::domain::operation::{ClaimDecision, ClaimOperation, HoldReason, Operation, Waybill};
use crate::domain::probe::{Finding, Trace, blocked, conflict};
use crate::domain::quota::CallClass;
use crate::domain::write::WriteAnswer;
use crate::quota::Slot;

/// One call: what stands behind `…/claim/`, which is where it is counted too, and its body.
struct Call {
    path: &'static str,
    body: Option<Value>,
}

fn plain(path: &'static str) -> Option<Call> {
    Some(Call { path, body: None })
}

fn with(path: &'static str, body: Value) -> Option<Call> {
    Some(Call {
        path,
        body: Some(body),
    })
}

/// What is wrong before anything is sent.
pub fn check(operation: &ClaimOperation) -> Result<(), WriteAnswer> {
    let id = product_order_of(&operation.claim.channel_claim_id);
    if id.is_empty() || id.len() > 20 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused(
            "CLAIM_NOT_FOUND",
            "a claim of SmartStore is named by its product order and its own id, with a hyphen between",
        ));
    }
    match &operation.decision {
        ClaimDecision::Reject { note, .. } if note.trim().is_empty() => Err(refused(
            "NOTE_MISSING",
            "SmartStore shows the buyer why a claim is refused: give a note",
        )),
        ClaimDecision::Hold { note, .. } if note.trim().is_empty() => Err(refused(
            "NOTE_MISSING",
            "SmartStore shows the buyer why the refund waits: give a note",
        )),
        ClaimDecision::Hold {
            reason: HoldReason::ReplacementNotReady,
            ..
        } if operation.claim.kind != ClaimKind::Exchange => Err(refused(
            "REASON_NOT_TAKEN",
            "only an exchange waits for what goes out instead",
        )),
        ClaimDecision::Reship { waybill, .. } => {
            writes::check_tracking(&waybill.carrier, &waybill.tracking_number)?;
            taken(operation)
        }
        _ => taken(operation),
    }
}

fn taken(operation: &ClaimOperation) -> Result<(), WriteAnswer> {
    if call(operation).is_some() {
        return Ok(());
    }
    let detail = match (operation.claim.kind, &operation.decision) {
        (ClaimKind::Cancel | ClaimKind::StopShipment, ClaimDecision::Reject { .. }) => {
            "SmartStore has no refusal of a cancel but a dispatch, which this house does not start against one"
        }
        (ClaimKind::Return, ClaimDecision::ConfirmCollected) => {
            "SmartStore learns from the carrier that a return is back; then it is approved"
        }
        _ => "SmartStore has no such decision of this kind of claim",
    };
    Err(refused("CLAIM_KIND_NOT_TAKEN", detail))
}

/// The call of a decision; `None` for what SmartStore has not.
fn call(operation: &ClaimOperation) -> Option<Call> {
    let is_exchange = operation.claim.kind == ClaimKind::Exchange;
    match (operation.claim.kind, &operation.decision) {
        (ClaimKind::Cancel | ClaimKind::StopShipment, ClaimDecision::Approve { .. }) => {
            plain("cancel/approve")
        }
        (ClaimKind::Cancel | ClaimKind::StopShipment, _) => None,
        (ClaimKind::Return, ClaimDecision::Approve { .. }) => plain("return/approve"),
        (ClaimKind::Return, ClaimDecision::Reject { note, .. }) => {
            with("return/reject", json!({"rejectReturnReason": note}))
        }
        (ClaimKind::Exchange, ClaimDecision::Reject { note, .. }) => {
            with("exchange/reject", json!({"rejectExchangeReason": note}))
        }
        (ClaimKind::Exchange, ClaimDecision::ConfirmCollected) => plain("exchange/collect/approve"),
        (ClaimKind::Exchange, ClaimDecision::Reship { waybill, .. }) => {
            with("exchange/dispatch", reshipment(waybill)?)
        }
        (
            _,
            ClaimDecision::Hold {
                reason,
                note,
                extra_fee,
            },
        ) => {
            let class = hold_class(*reason, is_exchange)?;
            let (path, detail, fee) = if is_exchange {
                (
                    "exchange/holdback",
                    "holdbackExchangeDetailReason",
                    "extraExchangeFeeAmount",
                )
            } else {
                (
                    "return/holdback",
                    "holdbackReturnDetailReason",
                    "extraReturnFeeAmount",
                )
            };
            let mut body = json!({"holdbackClassType": class, detail: note});
            if let (Some(fields), Some(asked)) = (body.as_object_mut(), extra_fee) {
                fields.insert(fee.to_owned(), json!(asked.amount_minor));
            }
            with(path, body)
        }
        (ClaimKind::Return, ClaimDecision::Release) => plain("return/holdback/release"),
        (ClaimKind::Exchange, ClaimDecision::Release) => plain("exchange/holdback/release"),
        _ => None,
    }
}

fn reshipment(waybill: &Waybill) -> Option<Value> {
    Some(match carriers::delivery(&waybill.carrier)? {
        Delivery::Direct => json!({"reDeliveryMethod": "DIRECT_DELIVERY"}),
        Delivery::Courier(courier) => json!({
            "reDeliveryMethod": "DELIVERY",
            "reDeliveryCompany": courier.code,
            "reDeliveryTrackingNumber": waybill.tracking_number,
        }),
    })
}

/// `holdbackClassType`; three E are the channel's.
fn hold_class(reason: HoldReason, is_exchange: bool) -> Option<&'static str> {
    Some(match (reason, is_exchange) {
        (HoldReason::ShippingFee, false) => "RETURN_DELIVERYFEE",
        (HoldReason::ShippingFee, true) => "EXCHANGE_DELIVERYFEE",
        (HoldReason::ExtraFee, false) => "EXTRAFEEE",
        (HoldReason::ExtraFee, true) => "EXCHANGE_EXTRAFEE",
        (HoldReason::GoodsMissing, false) => "RETURN_PRODUCT_NOT_DELIVERED",
        (HoldReason::GoodsMissing, true) => "EXCHANGE_PRODUCT_NOT_DELIVERED",
        (HoldReason::ReplacementNotReady, true) => "EXCHANGE_PRODUCT_READY",
        (HoldReason::ReplacementNotReady, false) => return None,
        (HoldReason::Other, false) => "ETC",
        (HoldReason::Other, true) => "EXCHANGE_HOLDBACK",
    })
}

/// Where the call is counted.
pub fn bucket(operation: &ClaimOperation) -> Bucket {
    call(operation).map_or(Bucket::WHOLE, |call| Bucket(call.path))
}

pub async fn carry_out(
    tokens: &Tokens,
    session: &Session,
    slot: Slot,
    operation: &ClaimOperation,
    deadline: Instant,
) -> WriteAnswer {
    let Some(call) = call(operation) else {
        slot.unused();
        return refused("CLAIM_KIND_NOT_TAKEN", "SmartStore has no such call");
    };
    // The path names the product order only, so the channel would take this for whichever claim runs now.
    let bucket = slot.bucket();
    slot.unused();
    let Seen {
        claim,
        current,
        read,
    } = match seen(tokens, session, operation, deadline).await {
        Ok(seen) => seen,
        // A read: whatever became of it, nothing was told.
        Err(failure) => {
            let reach = Reach::NoEffect;
            return WriteAnswer::from_failure(&CallFailure { reach, ..failure });
        }
    };
    let finding = still_decided(claim.as_ref(), &current, operation);
    if finding != Finding::Clean || !is_offered(claim.as_ref(), operation) {
        let evidence = trace::of_claim(claim.as_ref(), &[read]);
        let not_yet = "SmartStore does not take this decision at the claim's present stage";
        return writes::found(session, Trace { finding, evidence }, not_yet.to_owned());
    }
    let slot = match session.slot_in(bucket, CallClass::Gate, deadline).await {
        Ok(slot) => slot,
        Err(failure) => return WriteAnswer::from_failure(&failure),
    };
    let id = product_order_of(&operation.claim.channel_claim_id);
    let path = format!(
        "/v1/pay-order/seller/product-orders/{id}/claim/{}",
        call.path
    );
    let told = writes::told(&path, call.body.as_ref());
    let answered = exchange(tokens, session, slot, told, deadline, &always).await;
    let answered = answered.and_then(|(reply, body)| results(reply, &body));
    match answered {
        Err(refusal) => writes::whole_refusal(&refusal),
        Ok(results) => {
            let answer = writes::item_answer(&results, id);
            // Perhaps it was decided before, by this very effect: a look tells.
            let look = || look_for(tokens, session, operation, deadline);
            writes::settled(session, answer, look).await
        }
    }
}

/// Whether the claim is still the one that was decided about, and the `current` one: clean then.
fn still_decided(
    claim: Option<&ChannelClaim>,
    current: &str,
    operation: &ClaimOperation,
) -> Finding {
    let finding = decided(claim, &operation.decision);
    let (Finding::Clean, Some(claim)) = (&finding, claim) else {
        return finding;
    };
    let kind = match operation.claim.kind {
        ClaimKind::StopShipment => ClaimKind::Cancel,
        kind => kind,
    };
    match operation.decision {
        _ if !current.is_empty() && claim.channel_claim_id != current => blocked(
            "CLAIM_WITHDRAWN",
            "the buyer took the claim back and made another one, which was not decided about",
        ),
        _ if claim.kind != kind => conflict(
            "CLAIM_STATE_CHANGED",
            "the channel shows the claim as one of another kind",
        ),
        ClaimDecision::Approve { quantity } if claim.quantity() != quantity => conflict(
            "QUANTITY_CHANGED",
            format!(
                "the claim is about {} pieces now, and {quantity} were decided about",
                claim.quantity()
            ),
        ),
        _ => finding,
    }
}

/// Whether the channel takes the decision at the claim's stage.
fn is_offered(claim: Option<&ChannelClaim>, operation: &ClaimOperation) -> bool {
    let kind = Operation::Claim(operation.clone()).kind();
    claim.is_some_and(|claim| claim.actions.contains(&kind))
}

/// A claim as it is now.
struct Seen {
    /// Absent when the channel does not show it.
    claim: Option<ChannelClaim>,
    /// The claim that its product order names as its own; empty when it names none.
    current: String,
    /// The read that showed this.
    read: Read,
}

async fn seen(
    tokens: &Tokens,
    session: &Session,
    operation: &ClaimOperation,
    deadline: Instant,
) -> Result<Seen, CallFailure> {
    let id = product_order_of(&operation.claim.channel_claim_id);
    let sight = sighted(tokens, session, id, deadline).await?;
    let shown = sight.detail.as_ref();
    let current = shown.map(|detail| detail.product.claim_id.as_str());
    let current = current.filter(|current| !current.is_empty());
    let current = current.map(|current| claim_id(id, current));
    let shown = shown.map(|detail| claims(detail, sight.read.sent_at));
    let shown = shown.transpose().map_err(|error| malformed(&error))?;
    let named = |claim: &ChannelClaim| claim.channel_claim_id == operation.claim.channel_claim_id;
    Ok(Seen {
        claim: shown.into_iter().flatten().find(named),
        current: current.unwrap_or_default(),
        read: sight.read,
    })
}

/// Did it happen?
pub async fn look_for(
    tokens: &Tokens,
    session: &Session,
    operation: &ClaimOperation,
    deadline: Instant,
) -> Result<Trace, CallFailure> {
    let seen = seen(tokens, session, operation, deadline).await?;
    Ok(Trace {
        finding: decided(seen.claim.as_ref(), &operation.decision),
        evidence: trace::of_claim(seen.claim.as_ref(), &[seen.read]),
    })
}

#[cfg(test)]
#[path = "claim_writes_tests.rs"]
mod tests;
