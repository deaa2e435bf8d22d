//! Claims inside the detail object.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::answer::instant;
use super::wire;
use super::world::{Claim, ClaimKind, ClaimStatus, Collect, ProductOrder};

/// From the day that goods are back. The field is documented, not how far ahead it lies.
pub const REFUNDED_AFTER: TimeDelta = TimeDelta::days(3);
/// Won, for one way.
const ONE_WAY: i64 = 3_000;

/// The key under which a claim of this kind stands.
pub fn claim_key(kind: ClaimKind) -> &'static str {
    match kind {
        ClaimKind::Cancel => "cancel",
        ClaimKind::Return => "return",
        ClaimKind::Exchange => "exchange",
    }
}

/// A claim as `currentClaim` and `beforeClaim` show it.
pub fn claim_object(claim: &Claim, product_order: &ProductOrder) -> Value {
    let mut object = json!({
        "claimId": claim.id.to_string(),
        "claimStatus": claim.status,
        "claimRequestDate": instant(claim.requested_at),
        "requestChannel": channel(claim),
        "requestQuantity": claim.quantity,
    });
    let key = claim_key(claim.kind);
    let Value::Object(members) = &mut object else {
        return object;
    };
    members.insert(format!("{key}Reason"), json!(claim.reason));
    members.insert(format!("{key}DetailedReason"), json!(claim.detail));
    let done = claim.status == ClaimStatus::CancelDone || claim.status == ClaimStatus::ReturnDone;
    let completed = claim.completed_at.filter(|_| done).map(instant);
    match claim.kind {
        ClaimKind::Cancel => {
            members.insert(
                "cancelApprovalDate".to_owned(),
                json!(claim.approved_at.map(instant)),
            );
            members.insert("cancelCompletedDate".to_owned(), json!(completed));
            members.insert("refundExpectedDate".to_owned(), json!(completed));
        }
        ClaimKind::Return => {
            members.insert("returnCompletedDate".to_owned(), json!(completed));
            let expected = completed.or(refund_expected(claim).map(instant));
            members.insert("refundExpectedDate".to_owned(), json!(expected));
            members.extend(coming_back(claim, product_order));
        }
        ClaimKind::Exchange => {
            members.extend(coming_back(claim, product_order));
            let again = claim.redelivery.as_ref();
            let more = json!({
                "reDeliveryMethod": again.map(|sent| sent.method),
                "reDeliveryCompany": again.map(|sent| &sent.company),
                "reDeliveryTrackingNumber": again.map(|sent| &sent.number),
                "reDeliveryStatus": again.map(|sent| match sent.delivered_at {
                    Some(_) => "DELIVERY_COMPLETION",
                    None => "DELIVERING",
                }),
                "reDeliveryOperationDate": again.map(|sent| instant(sent.sent_at)),
            });
            if let Value::Object(more) = more {
                members.extend(more);
            }
        }
    }
    object
}

/// A claim of the past, whose keys have other names.
pub fn completed_object(claim: &Claim, product_order: &ProductOrder) -> Value {
    let mut object = json!({
        "claimId": claim.id.to_string(),
        "claimType": claim.kind,
        "claimStatus": claim.status,
        "claimRequestDate": instant(claim.requested_at),
        "requestChannel": channel(claim),
        "requestQuantity": claim.quantity,
        "claimRequestReason": claim.reason,
        "claimRequestDetailContent": claim.detail,
        "claimRequestAdmissionDate": claim.approved_at.map(instant),
        "claimCompleteOperationDate": claim.completed_at.map(instant),
        "collectOperationDate": claim
            .collect
            .as_ref()
            .and_then(|collect| collect.done_at)
            .map(instant),
    });
    if let (Value::Object(members), true) = (&mut object, claim.collect.is_some()) {
        members.extend(coming_back(claim, product_order));
    }
    object
}

/// When a return is refunded whose goods are back, unless the seller holds it back. That the money then goes by itself is
/// documented nowhere, so it is only played when `refunds_when_expected` is on.
fn refund_expected(claim: &Claim) -> Option<DateTime<Utc>> {
    let waits = claim.status == ClaimStatus::CollectDone && !claim.is_held();
    let collected = claim.collect.as_ref().filter(|_| waits)?.done_at?;
    collected.checked_add_signed(REFUNDED_AFTER)
}

/// Won, demanded of a buyer who changed his mind: one way back, and for an exchange one more way out.
fn way_back(claim: &Claim) -> i64 {
    let by_buyer = matches!(
        claim.reason.as_str(),
        "INTENT_CHANGED" | "COLOR_AND_SIZE" | "WRONG_ORDER"
    );
    match claim.kind {
        _ if !by_buyer || claim.by_seller => 0,
        ClaimKind::Exchange => 2 * ONE_WAY,
        _ => ONE_WAY,
    }
}

fn channel(claim: &Claim) -> &'static str {
    if claim.by_seller {
        "판매자"
    } else {
        "구매회원"
    }
}

/// What returns and exchanges have in common: the way back, and what the seller keeps back meanwhile.
fn coming_back(claim: &Claim, product_order: &ProductOrder) -> Map<String, Value> {
    let collect = claim.collect.as_ref();
    let holdback = claim.holdback.as_ref();
    let (from, to) = (
        product_order.recipient.as_ref().map(wire::address),
        wire::taking_address(),
    );
    let fee = way_back(claim);
    let method = match claim.kind {
        ClaimKind::Exchange => "판매자에게 직접 송금",
        _ => "환불금에서 차감",
    };
    let held = holdback.map(|held| if held.holds() { "HOLDBACK" } else { "RELEASED" });
    let value = json!({
        "collectAddress": from,
        "returnReceiveAddress": to,
        "collectStatus": collect.map(|collect| collect_status(claim, collect)),
        "collectDeliveryMethod": collect.map(|collect| collect.method),
        "collectDeliveryCompany": collect.map(|collect| &collect.company),
        "collectTrackingNumber": collect.map(|collect| &collect.number),
        "collectCompletedDate": collect.and_then(|collect| collect.done_at).map(instant),
        "holdbackStatus": held,
        "holdbackReason": holdback.map(|held| &held.class),
        "holdbackDetailedReason": holdback.map(|held| &held.detail),
        "holdbackConfigDate": holdback.map(|held| instant(held.set_at)),
        "holdbackConfigurer": holdback.map(|_| "판매자"),
        "holdbackReleaseDate": holdback.and_then(|held| held.released_at).map(instant),
        "holdbackReleaser": holdback.and_then(|held| held.released_at).map(|_| "판매자"),
        "etcFeeDemandAmount": holdback.and_then(|held| held.extra_fee),
        "claimDeliveryFeeDemandAmount": fee,
        "claimDeliveryFeePayMethod": (fee > 0).then_some(method),
    });
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn collect_status(claim: &Claim, collect: &Collect) -> &'static str {
    if collect.done_at.is_some() {
        "DELIVERED"
    } else if claim.status == ClaimStatus::Collecting {
        "DELIVERING"
    } else {
        "NOT_REQUESTED"
    }
}
