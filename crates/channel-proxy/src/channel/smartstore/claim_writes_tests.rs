use moa_money::Money;

use super::*;
use crate::domain::operation::{ClaimRef, RejectReason};

fn operation(kind: ClaimKind, decision: ClaimDecision) -> ClaimOperation {
    ClaimOperation {
        claim: ClaimRef {
            channel_claim_id: "2026112711000004-2026112720000002".to_owned(),
            channel_order_id: "2026112710000003".to_owned(),
            kind,
            requested_at: None,
        },
        decision,
    }
}

fn reject(note: &str) -> ClaimDecision {
    ClaimDecision::Reject {
        reason: RejectReason::Other,
        note: note.to_owned(),
    }
}

fn hold(reason: HoldReason) -> ClaimDecision {
    ClaimDecision::Hold {
        reason,
        note: "배송비가 아직입니다".to_owned(),
        extra_fee: Some(Money::krw(3000)),
    }
}

#[test]
fn each_decision_has_its_call_and_its_bucket() {
    let approve = || ClaimDecision::Approve { quantity: 1 };
    let table = [
        (ClaimKind::Cancel, approve(), "cancel/approve"),
        (ClaimKind::StopShipment, approve(), "cancel/approve"),
        (ClaimKind::Return, approve(), "return/approve"),
        (ClaimKind::Return, reject("사용 흔적"), "return/reject"),
        (ClaimKind::Exchange, reject("품절"), "exchange/reject"),
        (
            ClaimKind::Exchange,
            ClaimDecision::ConfirmCollected,
            "exchange/collect/approve",
        ),
        (
            ClaimKind::Return,
            hold(HoldReason::ShippingFee),
            "return/holdback",
        ),
        (
            ClaimKind::Exchange,
            hold(HoldReason::ReplacementNotReady),
            "exchange/holdback",
        ),
        (
            ClaimKind::Return,
            ClaimDecision::Release,
            "return/holdback/release",
        ),
        (
            ClaimKind::Exchange,
            ClaimDecision::Release,
            "exchange/holdback/release",
        ),
    ];
    for (kind, decision, path) in table {
        let operation = operation(kind, decision);
        assert_eq!(check(&operation), Ok(()), "{path}");
        assert_eq!(bucket(&operation), Bucket(path));
    }
}

#[test]
fn what_the_channel_does_not_take_is_refused_before_it_is_sent() {
    let table = [
        (
            ClaimKind::Cancel,
            reject("안 됩니다"),
            "CLAIM_KIND_NOT_TAKEN",
        ),
        (
            ClaimKind::Cancel,
            hold(HoldReason::Other),
            "CLAIM_KIND_NOT_TAKEN",
        ),
        (
            ClaimKind::Return,
            ClaimDecision::ConfirmCollected,
            "CLAIM_KIND_NOT_TAKEN",
        ),
        (
            ClaimKind::Exchange,
            ClaimDecision::Approve { quantity: 1 },
            "CLAIM_KIND_NOT_TAKEN",
        ),
        (ClaimKind::Return, reject(" "), "NOTE_MISSING"),
        (
            ClaimKind::Return,
            hold(HoldReason::ReplacementNotReady),
            "REASON_NOT_TAKEN",
        ),
    ];
    for (kind, decision, reason) in table {
        let refused = check(&operation(kind, decision)).unwrap_err();
        assert_eq!(refused.reason, reason);
    }
    let mut strange = operation(ClaimKind::Return, ClaimDecision::Release);
    strange.claim.channel_claim_id = "../1".to_owned();
    assert_eq!(check(&strange).unwrap_err().reason, "CLAIM_NOT_FOUND");
}

#[test]
fn bodies_speak_the_channel_s_words() {
    let body = |kind, decision| call(&operation(kind, decision)).unwrap().body.unwrap();
    assert_eq!(
        body(ClaimKind::Return, hold(HoldReason::ExtraFee)),
        json!({
            "holdbackClassType": "EXTRAFEEE",
            "holdbackReturnDetailReason": "배송비가 아직입니다",
            "extraReturnFeeAmount": 3000,
        })
    );
    let reship = |carrier: &str| ClaimDecision::Reship {
        channel_parcel_id: "2026112711000004".to_owned(),
        waybill: Waybill {
            carrier: carrier.to_owned(),
            tracking_number: "680405450931".to_owned(),
        },
    };
    assert_eq!(
        body(ClaimKind::Exchange, reship("HANJIN")),
        json!({
            "reDeliveryMethod": "DELIVERY",
            "reDeliveryCompany": "HANJIN",
            "reDeliveryTrackingNumber": "680405450931",
        })
    );
    assert_eq!(
        body(ClaimKind::Exchange, reship("DIRECT")),
        json!({"reDeliveryMethod": "DIRECT_DELIVERY"})
    );
}

#[test]
fn a_decision_is_about_the_claim_that_was_decided_and_no_other() {
    let page: Value = serde_json::from_str(include_str!("fixtures/details.json")).unwrap();
    let detail = crate::channel::smartstore::wire::Detail::read(&page["data"][3]).unwrap();
    let claim = &claims(&detail, chrono::DateTime::UNIX_EPOCH).unwrap()[0];
    let operation = |kind, quantity| operation(kind, ClaimDecision::Approve { quantity });
    let word = |claim: Option<&ChannelClaim>, current: &str, operation: &ClaimOperation| {
        match still_decided(claim, current, operation) {
            Finding::Happened => "happened",
            Finding::Clean => "clean",
            Finding::Blocked { reason, .. } | Finding::Conflict { reason, .. } => reason,
        }
    };
    let table = [
        (ClaimKind::Cancel, 1, "clean"),
        (ClaimKind::StopShipment, 1, "clean"),
        (ClaimKind::Cancel, 3, "QUANTITY_CHANGED"),
        (ClaimKind::Return, 1, "CLAIM_STATE_CHANGED"),
    ];
    for (kind, quantity, expected) in table {
        let operation = operation(kind, quantity);
        assert_eq!(
            word(Some(claim), &claim.channel_claim_id, &operation),
            expected,
            "{kind:?} {quantity}"
        );
    }
    let decided = operation(ClaimKind::Cancel, 1);
    assert_eq!(word(None, "", &decided), "CLAIM_WITHDRAWN");
    assert_eq!(word(Some(claim), "", &decided), "clean");
    let next = "2026112711000004-2026112720000009";
    assert_eq!(word(Some(claim), next, &decided), "CLAIM_WITHDRAWN");
    assert!(is_offered(Some(claim), &decided));
    let held = self::operation(ClaimKind::Cancel, hold(HoldReason::Other));
    assert!(!is_offered(Some(claim), &held));
}
