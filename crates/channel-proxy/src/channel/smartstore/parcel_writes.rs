//! What is done about product orders beside confirm and dispatch: the seller cancels, or promises a later day.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::calls::{always, exchange};
use super::claims::{claim_id, claims};
use super::errors::malformed;
use super::look::{Sighted, sighted};
use super::map;
use super::token::Tokens;
use super::windows::wire_time;
use super::wire::Detail;
use super::writes::{self, NOT_CANCELLABLE, refused, results};
use crate::channel::{Session, trace};
use crate::domain::buckets::Bucket;
use crate::domain::claim::{ChannelClaim, ClaimKind};
use crate::domain::facts::ParcelSight;
use crate::domain::failure::CallFailure;
use crate::domain::operation::{
    CancelledLine, DelayReason, ParcelChange, ParcelOperation, SellerCancelReason,
};
use crate::domain::parcel_probe::cancelled;
use crate::domain::probe::{Finding, Trace, conflict};
use crate::domain::write::{WriteAnswer, WriteOutcome};
use crate::quota::Slot;

/// Where a seller's cancel is counted.
const CANCEL: Bucket = Bucket("cancel/request");
/// Where a delay is counted.
const DELAY: Bucket = Bucket("delay");
/// The longest words that are shown to a buyer.
const MAX_NOTE: usize = 500;

/// What is wrong before anything is sent.
pub fn check(operation: &ParcelOperation) -> Result<(), WriteAnswer> {
    let id = &operation.channel_parcel_id;
    if id.len() > 20 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused(
            "PARCEL_NOT_FOUND",
            "a parcel of SmartStore is named by its product order, a number",
        ));
    }
    match &operation.change {
        ParcelChange::CancelLines {
            lines,
            reason,
            note,
            ..
        } => {
            if cancel_reason(*reason).is_none() {
                return Err(refused(
                    "REASON_NOT_TAKEN",
                    "SmartStore takes OUT_OF_STOCK, WRONG_PRICE, DELIVERY_DELAYED and BUYER_ASKED",
                ));
            }
            if note.chars().count() > MAX_NOTE {
                return Err(refused(
                    "NOTE_TOO_LONG",
                    "a note has at most 500 characters",
                ));
            }
            the_line(operation, lines).map(drop)
        }
        ParcelChange::DelayDispatch { note, .. } if note.trim().is_empty() => Err(refused(
            "NOTE_MISSING",
            "SmartStore shows the buyer why the parcel leaves later: give a note",
        )),
        ParcelChange::DelayDispatch { .. } => Ok(()),
        ParcelChange::CorrectTracking { .. } | ParcelChange::ReportDelivered { .. } => Err(
            refused("CHANNEL_LACKS_OPERATION", "SmartStore has no such call"),
        ),
    }
}

/// A product order is one line: itself.
fn the_line<'a>(
    operation: &ParcelOperation,
    lines: &'a [CancelledLine],
) -> Result<&'a CancelledLine, WriteAnswer> {
    match lines {
        [line] if line.channel_line_id == operation.channel_parcel_id => Ok(line),
        _ => Err(refused(
            "PARCEL_CHANGED",
            "a parcel of SmartStore holds one line, its own product order",
        )),
    }
}

fn cancel_reason(reason: SellerCancelReason) -> Option<&'static str> {
    match reason {
        SellerCancelReason::OutOfStock => Some("SOLD_OUT"),
        SellerCancelReason::WrongPrice => Some("INCORRECT_INFO"),
        SellerCancelReason::DeliveryDelayed => Some("DELAYED_DELIVERY"),
        SellerCancelReason::BuyerAsked => Some("INTENT_CHANGED"),
        SellerCancelReason::WrongAddress => None,
    }
}

fn delay_reason(reason: DelayReason) -> &'static str {
    match reason {
        DelayReason::Preparing => "PRODUCT_PREPARE",
        DelayReason::BuyerAsked => "CUSTOMER_REQUEST",
        DelayReason::MadeToOrder => "CUSTOM_BUILD",
        DelayReason::Preorder => "RESERVED_DISPATCH",
        DelayReason::Overseas => "OVERSEA_DELIVERY",
        DelayReason::Other => "ETC",
    }
}

/// Where the call is counted.
pub fn bucket(operation: &ParcelOperation) -> Bucket {
    match &operation.change {
        ParcelChange::CancelLines { .. } => CANCEL,
        _ => DELAY,
    }
}

/// Path below the product order, and body. The channel spells the reason of a delay one way here and another when read.
fn call(operation: &ParcelOperation) -> Result<(&'static str, Value), WriteAnswer> {
    match &operation.change {
        ParcelChange::CancelLines {
            lines,
            reason,
            note,
            ..
        } => {
            let line = the_line(operation, lines)?;
            let mut body = json!({
                "cancelReason": cancel_reason(*reason),
                "cancelQuantity": line.quantity,
            });
            if let (Some(fields), false) = (body.as_object_mut(), note.trim().is_empty()) {
                fields.insert("cancelDetailedReason".to_owned(), json!(note));
            }
            Ok(("claim/cancel/request", body))
        }
        ParcelChange::DelayDispatch {
            until,
            reason,
            note,
        } => Ok((
            "delay",
            json!({
                "dispatchDueDate": wire_time(*until),
                "delayedDispatchReason": delay_reason(*reason),
                "dispatchDelayedDetailedReason": note,
            }),
        )),
        ParcelChange::CorrectTracking { .. } | ParcelChange::ReportDelivered { .. } => Err(
            refused("CHANNEL_LACKS_OPERATION", "SmartStore has no such call"),
        ),
    }
}

pub async fn carry_out(
    tokens: &Tokens,
    session: &Session,
    slot: Slot,
    operation: &ParcelOperation,
    deadline: Instant,
) -> WriteAnswer {
    let id = operation.channel_parcel_id.as_str();
    let (rest, body) = match call(operation) {
        Ok(call) => call,
        Err(refused) => {
            slot.unused();
            return refused;
        }
    };
    let path = format!("/v1/pay-order/seller/product-orders/{id}/{rest}");
    let told = writes::told(&path, Some(&body));
    let answered = exchange(tokens, session, slot, told, deadline, &always).await;
    match answered.and_then(|(reply, body)| results(reply, &body)) {
        Err(refusal) => writes::whole_refusal(&refusal),
        Ok(results) => {
            let answer = writes::item_answer(&results, id);
            let look = || look_for(tokens, session, operation, deadline);
            if answer.reason == NOT_CANCELLABLE {
                return not_cancellable(session, answer, look().await);
            }
            writes::settled(session, answer, look).await
        }
    }
}

/// What can be cancelled no more may have been cancelled before, by this very effect.
fn not_cancellable(
    session: &Session,
    refused: WriteAnswer,
    look: Result<Trace, CallFailure>,
) -> WriteAnswer {
    match look {
        Ok(trace) if trace.finding == Finding::Clean => refused,
        Ok(trace) => writes::found(session, trace, refused.detail),
        Err(_) => WriteAnswer {
            outcome: WriteOutcome::Unclear,
            ..refused
        },
    }
}

/// Did it happen?
pub async fn look_for(
    tokens: &Tokens,
    session: &Session,
    operation: &ParcelOperation,
    deadline: Instant,
) -> Result<Trace, CallFailure> {
    let sight = sighted(tokens, session, &operation.channel_parcel_id, deadline).await?;
    let finding = match &operation.change {
        ParcelChange::CancelLines { lines, reason, .. } => cancel_found(&sight, lines, *reason)?,
        ParcelChange::DelayDispatch { until, .. } => delay_found(&sight, *until),
        ParcelChange::CorrectTracking { .. } | ParcelChange::ReportDelivered { .. } => {
            conflict("CHANNEL_LACKS_OPERATION", "SmartStore has no such call")
        }
    };
    let facts = sight.detail.as_ref().map(|detail| {
        json!({
            "channel_parcel_id": detail.product.product_order_id,
            "status": detail.product.product_order_status,
            "remaining": detail.product.remain_quantity,
            "due": detail.product.shipping_due_date,
        })
    });
    Ok(Trace {
        finding,
        evidence: trace::of("parcel", facts.unwrap_or_default(), &[sight.read]),
    })
}

/// A cancel that waits for its approval was asked for all the same: another one would be a second claim. One about
/// other pieces, or that the buyer asked for, is not the merchant's: it may be taken back.
fn cancel_found(
    sight: &Sighted,
    lines: &[CancelledLine],
    reason: SellerCancelReason,
) -> Result<Finding, CallFailure> {
    let Some(detail) = &sight.detail else {
        return Ok(cancelled(&ParcelSight::NotFound, lines));
    };
    let asked = lines.iter().map(|line| line.quantity);
    let asked = asked.fold(0, i32::saturating_add);
    let claims = claims(detail, sight.read.sent_at).map_err(|error| malformed(&error))?;
    let waiting = claims
        .iter()
        .find(|claim| claim.kind == ClaimKind::Cancel && claim.is_open());
    let done = cancelled(&ParcelSight::Seen(map::parcel(detail)), lines);
    let Some(claim) = waiting.filter(|_| done != Finding::Happened) else {
        return Ok(done);
    };
    let quantity = claim.quantity();
    Ok(match (asked_by(detail, claim, reason), quantity == asked) {
        (AskedBy::Merchant, true) => Finding::Happened,
        (AskedBy::Merchant, false) => conflict(
            "CLAIM_OPEN",
            format!(
                "a cancel of {quantity} pieces waits for its approval, and {asked} were to be cancelled"
            ),
        ),
        (AskedBy::Other, _) => conflict(
            "CLAIM_OPEN",
            format!(
                "a cancel of {quantity} pieces waits that the merchant did not ask for; decide about that claim"
            ),
        ),
    })
}

/// Who asked for a cancel.
enum AskedBy {
    /// The merchant, as far as the channel shows it.
    Merchant,
    /// The buyer, or nobody knows.
    Other,
}

/// `requestChannel` is documented as a text without its words. Those that were seen say so by themselves; where there is
/// none of them, a cancel with the reason that we would have given is taken for ours.
fn asked_by(detail: &Detail, claim: &ChannelClaim, reason: SellerCancelReason) -> AskedBy {
    let shown = detail.claims.iter().flatten().find(|shown| {
        claim_id(&detail.product.product_order_id, &shown.claim_id) == claim.channel_claim_id
    });
    let word = shown.map_or("", |shown| shown.request_channel.as_str());
    let says = |words: [&str; 2]| words.iter().any(|known| word.contains(known));
    if says(["구매", "BUYER"]) {
        AskedBy::Other
    } else if says(["판매", "SELLER"]) || cancel_reason(reason) == Some(claim.reason.as_str()) {
        AskedBy::Merchant
    } else {
        AskedBy::Other
    }
}

fn delay_found(sight: &Sighted, until: DateTime<Utc>) -> Finding {
    let Some(detail) = &sight.detail else {
        return conflict(
            "PARCEL_NOT_FOUND",
            "the channel does not show this product order",
        );
    };
    // Days are promised, and the channel keeps a second at most.
    let same = |due: DateTime<Utc>| (due - until).num_seconds().abs() < 1;
    match detail.product.shipping_due_date {
        Some(due) if same(due) && !detail.product.delayed_dispatch_reason.is_empty() => {
            Finding::Happened
        }
        _ => Finding::Clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(change: ParcelChange) -> ParcelOperation {
        ParcelOperation {
            channel_order_id: "2026112710000001".to_owned(),
            channel_parcel_id: "2026112711000001".to_owned(),
            change,
        }
    }

    fn cancel(line_id: &str, reason: SellerCancelReason) -> ParcelOperation {
        operation(ParcelChange::CancelLines {
            lines: vec![CancelledLine {
                channel_line_id: line_id.to_owned(),
                quantity: 2,
                cancelled_before: 0,
            }],
            reason,
            note: "품절입니다".to_owned(),
            cancelled_by: String::new(),
        })
    }

    #[test]
    fn a_seller_s_cancel_names_its_pieces_and_its_reason() {
        let operation = cancel("2026112711000001", SellerCancelReason::OutOfStock);
        assert_eq!(check(&operation), Ok(()));
        assert_eq!(bucket(&operation), CANCEL);
        let (path, body) = call(&operation).unwrap();
        assert_eq!(path, "claim/cancel/request");
        assert_eq!(
            body,
            json!({"cancelReason": "SOLD_OUT", "cancelQuantity": 2, "cancelDetailedReason": "품절입니다"})
        );
        let reason = |operation: &ParcelOperation| check(operation).unwrap_err().reason;
        let other = cancel("2026112711000002", SellerCancelReason::OutOfStock);
        assert_eq!(reason(&other), "PARCEL_CHANGED");
        let address = cancel("2026112711000001", SellerCancelReason::WrongAddress);
        assert_eq!(reason(&address), "REASON_NOT_TAKEN");
    }

    #[test]
    fn a_delay_is_promised_in_korean_time_with_a_note() {
        let delay = |note: &str| {
            operation(ParcelChange::DelayDispatch {
                until: "2026-12-01T14:59:59Z".parse().unwrap(),
                reason: DelayReason::MadeToOrder,
                note: note.to_owned(),
            })
        };
        assert_eq!(check(&delay("")).unwrap_err().reason, "NOTE_MISSING");
        let (path, body) = call(&delay("주문 제작")).unwrap();
        assert_eq!(path, "delay");
        assert_eq!(
            body,
            json!({
                "dispatchDueDate": "2026-12-01T23:59:59.000+09:00",
                "delayedDispatchReason": "CUSTOM_BUILD",
                "dispatchDelayedDetailedReason": "주문 제작",
            })
        );
    }

    #[test]
    fn a_cancel_that_waits_is_ours_only_when_we_asked_for_it_and_for_as_many_pieces() {
        let page: Value = serde_json::from_str(include_str!("fixtures/details.json")).unwrap();
        // Of three pieces one is cancelled, and a cancel of another one waits.
        let found = |asked_by: Option<&str>, its_reason: &str, quantity: i32| {
            let mut row = page["data"][3].clone();
            let cancel = &mut row["currentClaim"]["cancel"];
            cancel["cancelReason"] = json!(its_reason);
            if let Some(word) = asked_by {
                cancel["requestChannel"] = json!(word);
            }
            let sight = Sighted {
                detail: Some(Detail::read(&row).unwrap()),
                read: crate::domain::facts::Read {
                    what: "product_orders",
                    sent_at: DateTime::UNIX_EPOCH,
                    sent: std::time::Instant::now(),
                    answered_at: DateTime::UNIX_EPOCH,
                    http_status: 200,
                },
            };
            let line = CancelledLine {
                channel_line_id: "2026112711000004".to_owned(),
                quantity,
                cancelled_before: 1,
            };
            let reason = SellerCancelReason::OutOfStock;
            match cancel_found(&sight, &[line], reason).unwrap() {
                Finding::Happened => "ours",
                Finding::Conflict { reason, .. } => reason,
                other => panic!("{other:?}"),
            }
        };
        let table = [
            (Some("판매자"), "SOLD_OUT", 1, "ours"),
            (Some("판매자"), "ETC", 1, "ours"),
            (Some("판매자"), "SOLD_OUT", 2, "CLAIM_OPEN"),
            (Some("구매회원"), "SOLD_OUT", 1, "CLAIM_OPEN"),
            (Some("구매회원"), "INTENT_CHANGED", 1, "CLAIM_OPEN"),
            // A word that nobody knows, or none.
            (Some("API"), "SOLD_OUT", 1, "ours"),
            (Some("API"), "INTENT_CHANGED", 1, "CLAIM_OPEN"),
            (None, "SOLD_OUT", 1, "ours"),
            (None, "INTENT_CHANGED", 1, "CLAIM_OPEN"),
            (None, "SOLD_OUT", 2, "CLAIM_OPEN"),
        ];
        for (asked_by, its_reason, quantity, expected) in table {
            let finding = found(asked_by, its_reason, quantity);
            assert_eq!(finding, expected, "{asked_by:?} {its_reason} {quantity}");
        }
    }
}
