use chrono::DateTime;

use super::*;
use crate::channel::coupang::errors::check as check_reply;
use crate::channel::coupang::writes::tests::reply;
use crate::channel::json::answer;
use crate::domain::claim::{ClaimParcel, ClaimState};
use crate::domain::effect::EffectKind;
use crate::domain::facts::Read;
use crate::domain::operation::ClaimRef;

fn refusal(status: u16, message: &str) -> Refusal {
    let body = json!({"code": status.to_string(), "message": message}).to_string();
    check_reply(&reply(status, &body)).unwrap_err()
}

fn operation(kind: ClaimKind, decision: ClaimDecision) -> ClaimOperation {
    let id = match kind {
        ClaimKind::Exchange => "exchange-101",
        _ => "900001",
    };
    ClaimOperation {
        claim: ClaimRef {
            channel_claim_id: id.to_owned(),
            channel_order_id: "1".to_owned(),
            kind,
            requested_at: Some(DateTime::UNIX_EPOCH),
        },
        decision,
    }
}

fn waybill(carrier: &str, number: &str) -> Waybill {
    Waybill {
        carrier: carrier.to_owned(),
        tracking_number: number.to_owned(),
    }
}

#[test]
fn every_documented_refusal_has_its_meaning() {
    let table = [
        (400, "이미 반품이 완료 되었습니다.", Meaning::State),
        (
            400,
            "[INTERNAL_SERVER_ERROR] 취소반품접수수량과 cancelCount가 일치하지 않습니다.",
            Meaning::Reason("QUANTITY_MISMATCH"),
        ),
        (
            400,
            "상품준비중 또는 배송지시 상태의 주문이 아닙니다. [FINAL_DELIVERY]",
            Meaning::State,
        ),
        (400, "cancelType이 A 또는 RA가 아닙니다.", Meaning::State),
        (500, "출고 되어 처리할 수 없습니다.", Meaning::Left),
        (
            400,
            "취소반품접수내역이 존재하지 않습니다.",
            Meaning::Reason("CLAIM_NOT_FOUND"),
        ),
        (
            400,
            "NOT_ALLOW_INVOICE_NUMBER_RE_UPLOAD [680405450931]",
            Meaning::Reason("TRACKING_NUMBER_REUSED"),
        ),
        (
            400,
            "송장번호가 유효하지 않습니다. [합포장번호 : 1]",
            Meaning::Reason("TRACKING_NUMBER_INVALID"),
        ),
        (
            500,
            "Invalid value for DeliveryCompanyCodeEnum: POST",
            Meaning::Reason("CARRIER_UNKNOWN"),
        ),
        (500, "null", Meaning::State),
        (400, "Object is null", Meaning::State),
        (500, "Internal Exception", Meaning::Other),
        (504, "Request timed out", Meaning::Other),
        (429, "Too Many Requests", Meaning::Other),
        (401, "Invalid signature.", Meaning::Other),
    ];
    for (status, message, expected) in table {
        assert_eq!(meaning(&refusal(status, message)), expected, "{message}");
    }
}

#[test]
fn a_no_with_code_200_is_a_no() {
    let refusal = said_no(&reply(200, ""), "교환 거부할 수 없는 상태입니다.");
    assert_eq!(meaning(&refusal), Meaning::State);
}

#[test]
fn only_success_is_a_yes_where_a_result_is_documented() {
    let number = || waybill("CJ_LOGISTICS", "680405450931");
    let with_result = [
        ClaimDecision::ConfirmStop { quantity: 1 },
        ClaimDecision::ReportAlreadyShipped(number()),
        ClaimDecision::Reject {
            reason: RejectReason::OutOfStock,
            note: String::new(),
        },
        ClaimDecision::Reship {
            channel_parcel_id: "7".to_owned(),
            waybill: number(),
        },
    ];
    let without = [
        ClaimDecision::Approve { quantity: 1 },
        ClaimDecision::ConfirmCollected,
        ClaimDecision::ReportCollection(number()),
    ];
    let table = [
        (json!({"resultCode": "SUCCESS"}), Said::Yes, Said::Yes),
        (json!({"resultCode": "FAIL"}), Said::No, Said::No),
        (json!({"resultCode": "ERROR"}), Said::Nothing, Said::Nothing),
        (json!({"resultCode": null}), Said::Nothing, Said::Yes),
        (json!({}), Said::Nothing, Said::Yes),
        (json!([]), Said::Nothing, Said::Yes),
        (Value::Null, Said::Nothing, Said::Yes),
    ];
    for (data, documented, undocumented) in table {
        let told = answer(&data);
        for decision in &with_result {
            assert_eq!(
                said(decision, told.root()),
                documented,
                "{decision:?} {data}"
            );
        }
        for decision in &without {
            assert_eq!(
                said(decision, told.root()),
                undocumented,
                "{decision:?} {data}"
            );
        }
    }
}

#[test]
fn a_second_look_tells_what_a_refusal_of_the_state_means() {
    let approve = operation(ClaimKind::Return, ClaimDecision::Approve { quantity: 1 });
    let look = |state: Option<ClaimState>| {
        let claim = state.map(|state| {
            ChannelClaim::new(
                "900001",
                "1",
                ClaimKind::Return,
                state,
                DateTime::UNIX_EPOCH,
            )
        });
        Ok(Sight {
            claim,
            raw: bytes::Bytes::new(),
            read: Read {
                what: "return_request",
                sent_at: DateTime::UNIX_EPOCH,
                sent: std::time::Instant::now(),
                answered_at: DateTime::UNIX_EPOCH,
                http_status: 200,
            },
        })
    };
    let table = [
        (Some(ClaimState::Completed), "CONFIRMED", ""),
        (
            Some(ClaimState::Requested),
            "REFUSED_FINAL",
            "CLAIM_STATE_CHANGED",
        ),
        (Some(ClaimState::Withdrawn), "BLOCKED", "CLAIM_WITHDRAWN"),
        (None, "BLOCKED", "CLAIM_WITHDRAWN"),
        (
            Some(ClaimState::Rejected),
            "REFUSED_FINAL",
            "CLAIM_REJECTED",
        ),
    ];
    for (state, outcome, reason) in table {
        let answer = after_second_look(&approve, look(state), "no".to_owned());
        assert_eq!(answer.outcome.as_str(), outcome, "{state:?}");
        assert_eq!(answer.reason, reason, "{state:?}");
    }
    let failed = CallFailure::without_effect(FailureKind::QuotaExhausted, "busy");
    let answer = after_second_look(&approve, Err(failed), "no".to_owned());
    assert_eq!(answer.outcome, WriteOutcome::Unclear);
}

#[test]
fn what_coupang_cannot_be_told_is_refused_before_it_is_sent() {
    let good = waybill("CJ_LOGISTICS", "680405450931");
    let reject = |reason| ClaimDecision::Reject {
        reason,
        note: String::new(),
    };
    let reship = |waybill| ClaimDecision::Reship {
        channel_parcel_id: "7".to_owned(),
        waybill,
    };
    let stop = ClaimDecision::ConfirmStop { quantity: 1 };
    let approve = ClaimDecision::Approve { quantity: 1 };
    let table = [
        (ClaimKind::StopShipment, stop.clone(), ""),
        (ClaimKind::Exchange, stop.clone(), "CLAIM_KIND_NOT_TAKEN"),
        (ClaimKind::Cancel, stop, "CLAIM_KIND_NOT_TAKEN"),
        (ClaimKind::Return, approve.clone(), ""),
        (ClaimKind::Exchange, approve, "CLAIM_KIND_NOT_TAKEN"),
        (ClaimKind::Exchange, reject(RejectReason::OutOfStock), ""),
        (
            ClaimKind::Exchange,
            reject(RejectReason::Other),
            "REASON_NOT_TAKEN",
        ),
        (
            ClaimKind::Return,
            reject(RejectReason::OutOfStock),
            "CLAIM_KIND_NOT_TAKEN",
        ),
        (ClaimKind::Exchange, reship(good.clone()), ""),
        (
            ClaimKind::Exchange,
            reship(waybill("POST", "1")),
            "CARRIER_UNKNOWN",
        ),
        (
            ClaimKind::StopShipment,
            ClaimDecision::ReportAlreadyShipped(waybill("CJ_LOGISTICS", "6804-1")),
            "TRACKING_NUMBER_INVALID",
        ),
        (ClaimKind::Return, reship(good), "CLAIM_KIND_NOT_TAKEN"),
    ];
    for (kind, decision, expected) in table {
        let operation = operation(kind, decision);
        let reason = check(&operation).err().map(|refused| refused.reason);
        assert_eq!(reason.unwrap_or_default(), expected, "{operation:?}");
    }
    let mut lost = operation(ClaimKind::Exchange, ClaimDecision::ConfirmCollected);
    lost.claim.requested_at = None;
    assert!(
        check(&lost).is_err(),
        "an exchange is found by its time alone"
    );
}

#[test]
fn a_first_number_leaves_only_while_the_claim_waits_for_it() {
    use ClaimKind::{Exchange, Return, StopShipment};
    use ClaimState::{Completed, Requested, Withdrawn};
    let number = || waybill("CJ_LOGISTICS", "680405450931");
    let shipped = || ClaimDecision::ReportAlreadyShipped(number());
    let reship = || ClaimDecision::Reship {
        channel_parcel_id: "77".to_owned(),
        waybill: number(),
    };
    let (report, send) = (EffectKind::ReportAlreadyShipped, EffectKind::ReshipExchange);
    let (asked, back, left) = (
        ClaimStage::Requested,
        ClaimStage::Collected,
        ClaimStage::Reshipped,
    );
    let table = [
        (
            shipped(),
            StopShipment,
            Requested,
            &asked,
            vec![report],
            "may",
        ),
        (
            shipped(),
            StopShipment,
            Requested,
            &back,
            vec![],
            "CLAIM_STATE_CHANGED",
        ),
        (
            shipped(),
            StopShipment,
            Completed,
            &asked,
            vec![],
            "CLAIM_ALREADY_COMPLETED",
        ),
        (
            shipped(),
            StopShipment,
            Withdrawn,
            &asked,
            vec![report],
            "CLAIM_WITHDRAWN",
        ),
        (shipped(), Return, Requested, &asked, vec![], ""),
        (reship(), Exchange, Requested, &back, vec![send], "may"),
        (reship(), Exchange, Requested, &left, vec![], "may"),
        (
            reship(),
            Exchange,
            Requested,
            &asked,
            vec![],
            "CLAIM_STATE_CHANGED",
        ),
        (
            reship(),
            Exchange,
            Completed,
            &back,
            vec![],
            "CLAIM_ALREADY_COMPLETED",
        ),
        (
            reship(),
            Exchange,
            Withdrawn,
            &back,
            vec![send],
            "CLAIM_WITHDRAWN",
        ),
    ];
    for (decision, kind, state, stage, actions, expected) in table {
        let operation = operation(kind, decision);
        let claim = ChannelClaim {
            stage: stage.clone(),
            actions,
            reshipments: vec![ClaimParcel {
                channel_parcel_id: "77".to_owned(),
                carrier: None,
                channel_carrier: String::new(),
                tracking_number: String::new(),
            }],
            ..ChannelClaim::new("900001", "1", kind, state, DateTime::UNIX_EPOCH)
        };
        let answer = takes_number(&operation, Some(&claim));
        let reason = answer.map_or_else(|answer| answer.reason, |()| "may".to_owned());
        assert_eq!(reason, expected, "{claim:?}");
        let gone = takes_number(&operation, None).unwrap_err();
        assert_eq!(gone.outcome, WriteOutcome::Blocked);
    }
}
